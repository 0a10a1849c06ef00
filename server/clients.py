"""Clients: who counts as one where requests, connections and queries are shared out.

A client is an IPv4 address or an IPv6 network of /64, which is what one household gets.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Network, ip_address

from flask import Flask, request

from missiongraph.admission import ASKER, Asker


def register(app: Flask) -> None:
    """Let the queries of each request be those of its client."""
    app.before_request(_ask)


def client() -> str:
    """Who sends the current request."""
    return network_of(request.remote_addr or "")


@lru_cache(4096)
def network_of(address: str) -> str:
    """What an address counts as; one that is none counts as itself."""
    try:
        if ip_address(address).version == 6:
            return str(IPv6Network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        pass
    return address


def _ask() -> None:
    ASKER.set(Asker(client()))

"""Clients: who counts as one where requests, connections and queries are shared out.

A client is an IPv4 address or an IPv6 network of /64, which is what one household gets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import Flask, request

from missiongraph.isolation.admission import ASKER, Asker

_WITH_PORT = re.compile(r"\[([^]]*)\](?::\d*)?|([^:]*):\d*")


def register(app: Flask) -> None:
    """Let the queries of each request be those of its client."""
    app.before_request(_ask)
    app.teardown_request(_forget)


def client() -> str:
    """Who sends the current request."""
    return network_of(request.remote_addr or "")


@lru_cache(4096)
def network_of(address: str) -> str:
    """What an address counts as; one that is none counts as itself.

    It may have a port, as some proxies tell it.
    """
    if port := _WITH_PORT.fullmatch(address):
        address = port[1] or port[2] or ""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))
    return str(known)


def _ask() -> None:
    ASKER.set(Asker(client()))


def _forget(_: BaseException | None) -> None:
    """The thread goes on with others' requests, in tests with none."""
    ASKER.set(Asker())

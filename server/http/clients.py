"""Identifies the client of a request, so that connections and queries can be shared out fairly.

A client is an IPv4 address or an IPv6 /64 network, which is what one household gets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import Flask, request

from missiongraph.isolation.admission import ASKER, Asker

_WITH_PORT = re.compile(r"\[([^]]*)\](?::\d*)?|([^:]*):\d*")


def register(app: Flask) -> None:
    """Attribute the queries of each request to its client."""
    app.before_request(_ask)
    app.teardown_request(_forget)


def client() -> str:
    """The client of the current request."""
    return network_of(request.remote_addr or "")


@lru_cache(4096)
def network_of(address: str) -> str:
    """The client that an address belongs to; a text that is no address stands for itself.

    The address may carry a port, as some proxies send it.
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
    """Reset the client, as the thread goes on with other clients' requests."""
    ASKER.set(Asker())

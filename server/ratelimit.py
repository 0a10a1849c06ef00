"""A limit on requests per client, off unless the setting ``requests_per_minute`` is above 0.

A client is an IPv4 address or an IPv6 network of /64, which is what one household gets. Probes
of health and preflights count for nothing; every other request counts, whatever its answer.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import Flask, request
from flask_limiter import Limiter, RequestLimit

from .intake import forget_long_accept
from .settings import Settings

_FREE = ("health.", "metrics.", "static")
_NOWHERE = "nowhere"  # the endpoint of a path, or of a method, that is not served
_WITH_PORT = re.compile(r"\[([^]]*)\](?::\d*)?|([^:]*):\d*")


def register(app: Flask, settings: Settings) -> None:
    """Answer 429 with ``Retry-After`` to clients that send more than they may.

    It has to come before whatever else may answer a request, or that would not count.
    """
    if not settings.requests_per_minute:
        return
    limiter = Limiter(
        lambda: client(request.remote_addr or ""),
        app=app,
        application_limits=[f"{settings.requests_per_minute} per minute"],
        storage_uri="memory://",
        headers_enabled=True,
        request_identifier=lambda: request.endpoint or _NOWHERE,
        on_breach=_refuse,
    )
    limiter.request_filter(_free)


def client(address: str) -> str:
    """Who sends from ``address``, which may have a port, as some proxies tell it."""
    if port := _WITH_PORT.fullmatch(address):
        address = port[1] or port[2] or ""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or IPv6Network((known, 64), strict=False))
    return str(known)


def _refuse(_: RequestLimit) -> None:
    forget_long_accept()


def _free() -> bool:
    return request.method == "OPTIONS" or (request.endpoint or "").startswith(_FREE)

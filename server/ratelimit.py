"""A limit on requests per client, off unless the setting ``requests_per_minute`` is above 0.

A client is an IPv4 address or an IPv6 network of /64, which is what one household gets. Probes
of health and preflights count for nothing.
"""

from __future__ import annotations

from ipaddress import IPv6Network, ip_address

from flask import Flask, request
from flask_limiter import Limiter

from .settings import Settings

_FREE = ("health.", "metrics.", "static")


def register(app: Flask, settings: Settings) -> None:
    """Answer 429 with ``Retry-After`` to clients that send more than they may."""
    if not settings.requests_per_minute:
        return
    limiter = Limiter(
        client,
        app=app,
        application_limits=[f"{settings.requests_per_minute} per minute"],
        storage_uri="memory://",
        headers_enabled=True,
    )
    limiter.request_filter(_free)


def client() -> str:
    """Whose request the current one is, for all that clients have a share of."""
    address = request.remote_addr or ""
    try:
        if ip_address(address).version == 6:
            return str(IPv6Network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        pass
    return address


def _free() -> bool:
    return request.method == "OPTIONS" or (request.endpoint or "").startswith(_FREE)

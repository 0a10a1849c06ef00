"""A limit on requests per client, off unless the setting ``requests_per_minute`` is above 0.

Probes of health and preflights count for nothing.
"""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter

from .clients import client
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


def _free() -> bool:
    return request.method == "OPTIONS" or (request.endpoint or "").startswith(_FREE)

"""Limits requests per client, if the setting ``requests_per_minute`` is above 0.

Health probes, metrics, static files and preflights are not counted; every other request is,
whatever its response. What counts as one client: :mod:`missiongraph.server.http.clients`.
"""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter, RequestLimit

from missiongraph.server.http.clients import client
from missiongraph.server.settings import Settings

from .request_checks import forget_long_accept

_FREE = ("health.", "metrics.", "static")
_NOWHERE = "nowhere"  # the endpoint of a path, or of a method, that is not served


def register(app: Flask, settings: Settings) -> None:
    """Send 429 with ``Retry-After`` to clients above the limit.

    Register this before other ``before_request`` functions, whose responses would not be counted.
    """
    if not settings.requests_per_minute:
        return
    limiter = Limiter(
        client,
        app=app,
        application_limits=[f"{settings.requests_per_minute} per minute"],
        storage_uri="memory://",
        headers_enabled=True,
        request_identifier=lambda: request.endpoint or _NOWHERE,
        on_breach=_refuse,
    )
    limiter.request_filter(_free)


def _refuse(_: RequestLimit) -> None:
    forget_long_accept()


def _free() -> bool:
    return request.method == "OPTIONS" or (request.endpoint or "").startswith(_FREE)

"""A limit on requests per client, off unless the setting ``requests_per_minute`` is above 0.

Probes of health and preflights count for nothing; every other request counts, whatever its
answer. Who counts as one client: :mod:`missiongraph.server.http.clients`.
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
    """Answer 429 with ``Retry-After`` to clients that send more than they may.

    It has to come before whatever else may answer a request, or that would not count.
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

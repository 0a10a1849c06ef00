"""Sets the headers of every response: CORS, security, caching, compression and entity tags.

CORS lets pages of any origin read and, with a token, write. Responses carry a strong ``ETag``;
that of a compressed response ends in its encoding (``"tag:br"``). A client that sends back either
gets 304 while nothing has changed.
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask_compress import Compress

from missiongraph.server.http.negotiation import HTML, SOLUTIONS, TRIPLES
from missiongraph.server.state.context import Context, context

_PACKINGS = ["br", "gzip"]
_PACKED = [
    *(HTML, "text/css", "text/javascript", "text/plain", "application/json", "image/svg+xml"),
    *{*SOLUTIONS.values(), *TRIPLES.values()},
]
_DAY = 24 * 60 * 60

_EVERY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Link, Location, Preference-Applied, Retry-After, X-Request-ID, "
        "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
    ),
}
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""The policy of SVG pictures: styles of their own, no scripts."""

_PREFLIGHT = {
    "Access-Control-Allow-Headers": (
        "Accept, Authorization, Content-Type, If-Match, If-None-Match, Prefer, X-Request-ID"
    ),
    "Access-Control-Max-Age": str(_DAY),
}
_PAGE = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def register(app: Flask) -> None:
    """Set headers on every response. Flask calls ``after_request`` functions last to first."""
    app.config["COMPRESS_ALGORITHM"] = app.config["COMPRESS_ALGORITHM_STREAMING"] = _PACKINGS
    app.config["COMPRESS_MIMETYPES"] = _PACKED
    app.before_request(_drop_refused_packings)
    app.after_request(_conditional)
    Compress(app)
    app.after_request(_common)


def held_by_client(tag: str) -> str:
    """The client's entity tag for the answer ``tag``, in an encoding that the client accepts.

    Empty if If-None-Match does not name the answer.
    """
    for held in request.if_none_match.as_set():
        name, _, packing = held.partition(":")
        if name == tag and (not packing or request.accept_encodings.quality(packing)):
            return held
    return ""


def _common(response: Response) -> Response:
    response.headers.extend(_EVERY)
    response.vary.add("Accept")
    if request.method == "OPTIONS":
        response.headers.extend(_PREFLIGHT)
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
    if response.mimetype == HTML:
        response.headers.extend(_PAGE)
    if response.mimetype == "image/svg+xml":
        response.headers["Content-Security-Policy"] = _PICTURE
    if _readable(response) and "Cache-Control" not in response.headers:
        _set_age(response, context())
    if _lasting(response) and not response.is_streamed:
        response.add_etag()
    if close := getattr(response.response, "close", None):
        response.call_on_close(close)  # Flask-Compress does not close the stream it compresses
    return response


def _set_age(response: Response, served: Context) -> None:
    """Let clients cache for a while; if the graph takes writes, make them revalidate."""
    if served.access.read_takes_token:
        response.cache_control.private = True
    else:
        response.cache_control.public = True
    if served.writable:
        response.cache_control.no_cache = True
    else:
        response.cache_control.max_age = served.settings.cache_seconds


def _conditional(response: Response) -> Response:
    """Make a response 304 if the client has it; not for streams, which would be read whole."""
    if _lasting(response) and not response.is_streamed:
        response.make_conditional(request)
    return response


def _readable(response: Response) -> bool:
    return request.method in ("GET", "HEAD") and response.status_code in (200, 304)


def _lasting(response: Response) -> bool:
    """Whether a client may cache the response."""
    fresh = _readable(response) and response.status_code == 200
    return fresh and not response.cache_control.no_store


def _drop_refused_packings() -> None:
    """Remove encodings with ``q=0``: Flask-Compress would take ``gzip;q=0`` as accepted."""
    if "q=0" in request.headers.get("Accept-Encoding", ""):
        taken = [f"{kind};q={quality}" for kind, quality in request.accept_encodings if quality]
        request.environ["HTTP_ACCEPT_ENCODING"] = ", ".join(taken)

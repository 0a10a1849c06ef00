"""Sets the headers of every response: CORS, security, caching, compression and entity tags.

CORS lets pages of any origin read and, with a token, write. Responses carry a strong ``ETag``;
that of a compressed response ends in its encoding (``"tag:br"``). A client that sends back either
gets 304 while nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from flask_compress import Compress

from missiongraph.server.http.negotiation import HTML, SOLUTIONS, TRIPLES
from missiongraph.server.state.context import Context, context

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PACKINGS = ["br", "gzip"]
_PACKED = [
    *(HTML, "text/css", "text/javascript", "text/plain", "application/json", "image/svg+xml"),
    *{*SOLUTIONS.values(), *TRIPLES.values()},
]
_DAY = 24 * 60 * 60

_POLICY = "Content-Security-Policy"
_EVERY = {
    _POLICY: (
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

_CONDITIONS = {
    f"HTTP_{name}"
    for name in (
        *("IF_MATCH", "IF_NONE_MATCH", "IF_RANGE", "RANGE"),
        *("IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE"),
    )
}
"""The headers of a conditional request, as WSGI names them."""

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
    app.wsgi_app = _with_every(app.wsgi_app)  # type: ignore[method-assign, assignment]


def _with_every(app: WSGIApplication) -> WSGIApplication:
    """Wrap the application so that all responses have the headers of all responses.

    A list takes them in a fraction of the time that Flask's headers take.
    """
    every = [*_EVERY.items()]
    others = [(name, value) for name, value in every if name != _POLICY]

    def called(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            own = any(name == _POLICY for name, _ in headers)
            return start_response(status, [*headers, *(others if own else every)], *error)

        return app(environ, start)

    return called


def held_by_client(tag: str) -> str:
    """The client's entity tag for the answer ``tag``, in an encoding that the client accepts.

    Empty if If-None-Match does not name the answer.
    """
    if "HTTP_IF_NONE_MATCH" not in request.environ:
        return ""
    for held in request.if_none_match.as_set():
        name, _, packing = held.partition(":")
        if name == tag and (not packing or request.accept_encodings.quality(packing)):
            return held
    return ""


def _common(response: Response) -> Response:
    others = response.headers.get("Vary")
    response.headers["Vary"] = f"{others}, Accept" if others else "Accept"
    if request.method == "OPTIONS":
        response.headers.extend(_PREFLIGHT)
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
    if response.mimetype == HTML:
        response.headers.extend(_PAGE)
        if _POLICY in response.headers:  # which says who may frame the page
            del response.headers["X-Frame-Options"]
    if response.mimetype == "image/svg+xml":
        response.headers[_POLICY] = _PICTURE
    if _readable(response) and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = _age(context())
    if _lasting(response) and not response.is_streamed:
        response.add_etag()
    if close := getattr(response.response, "close", None):
        response.call_on_close(close)  # Flask-Compress does not close the stream it compresses
    return response


def _age(served: Context) -> str:
    """Let clients cache for a while; if the graph takes writes, make them revalidate."""
    whose = "private" if served.access.read_takes_token else "public"
    seconds = served.settings.cache_seconds
    return f"{whose}, {'no-cache' if served.writable else f'max-age={seconds}'}"


def _conditional(response: Response) -> Response:
    """Make a response 304 if the client has it; not for streams, which would be read whole."""
    asked = not _CONDITIONS.isdisjoint(request.environ)
    if asked and _lasting(response) and not response.is_streamed:
        response.make_conditional(request)
    return response


def _readable(response: Response) -> bool:
    return request.method in ("GET", "HEAD") and response.status_code in (200, 304)


def _lasting(response: Response) -> bool:
    """Whether a client may cache the response."""
    fresh = _readable(response) and response.status_code == 200
    return fresh and "no-store" not in response.headers.get("Cache-Control", "")


def _drop_refused_packings() -> None:
    """Remove encodings with ``q=0``: Flask-Compress would take ``gzip;q=0`` as accepted."""
    if "q=0" in request.headers.get("Accept-Encoding", ""):
        taken = [f"{kind};q={quality}" for kind, quality in request.accept_encodings if quality]
        request.environ["HTTP_ACCEPT_ENCODING"] = ", ".join(taken)

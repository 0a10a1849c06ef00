"""Checks every request before its view parses it.

Parsing is work too: thousands of media types in one Accept header, or a form of millions of
fields, would keep the web process busy for seconds, and with it all other clients.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import Flask, request

from missiongraph.server.http import body_limits
from missiongraph.server.http.problems import Problem
from missiongraph.server.state.context import context

from .application import unquoted

HEADER_BYTES = 8 * 1024
"""Bytes of the longest header accepted."""

FIELDS = 1000
"""Fields that a query string or a form may have, less one."""

_FORM = "application/x-www-form-urlencoded"

_HOST = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)


def register(app: Flask) -> None:
    """Check every request before its view; checks raise :class:`Problem`."""
    for check in (_headers, _host, _encoding, _query_string, _body):
        app.before_request(check)


def _headers() -> None:
    for name, value in request.headers.items():
        if len(value) > HEADER_BYTES:
            forget_long_accept()
            raise Problem(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"The header {name} has more than {HEADER_BYTES} bytes.",
            )


def forget_long_accept() -> None:
    """Drop an Accept header that is too long, so that the error response does not parse it."""
    if len(request.headers.get("Accept", "")) > HEADER_BYTES:
        request.environ["HTTP_ACCEPT"] = ""


def _host() -> None:
    """Require one valid Host header, as graphs are named after it (RFC 9112, section 3.2)."""
    host = request.environ.get("HTTP_HOST", "")
    old = request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
    if not (_HOST.fullmatch(host) or (old and not host)):
        raise Problem(HTTPStatus.BAD_REQUEST, "Send one Host header with the name of this server.")


def _encoding() -> None:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed.")


def _query_string() -> None:
    _readable(request.query_string, "URL")


def _body() -> None:
    """Check the size of the body, and the fields of a form."""
    if request.method in ("GET", "HEAD"):
        return
    served, known = context(), "Authorization" in request.headers
    head = body_limits.Head(request.method, request.path, request.mimetype, known)
    size = request.content_length or 0
    if refusal := body_limits.refusal(head, size, served.settings, writable=served.writable):
        problem = Problem(HTTPStatus(refusal.code), refusal.body, **refusal.members)
        problem.headers |= refusal.headers
        raise problem
    if request.mimetype == _FORM:
        _readable(request.get_data(), "form")


def _readable(encoded: bytes, where: str) -> None:
    """Require few fields and, once unquoted, UTF-8 (SPARQL 1.1 Protocol, section 2.1.8)."""
    if encoded.count(b"&") >= FIELDS:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The {where} has more than {FIELDS} fields.")
    try:
        unquoted(encoded).decode("utf-8")
    except UnicodeError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The {where} is not in UTF-8.") from error

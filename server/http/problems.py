"""Sends errors as problem details (RFC 9457), or as a page to browsers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from xml.sax.saxutils import escape

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from missiongraph.errors import NotAcceptable
from missiongraph.rdf.representable import XML_FORBIDDEN

from .addresses import at
from .negotiation import accept_of, preferred, wants_page
from .request_record import record

_JSON = ("application/problem+json", "application/json")
_XML = (
    *("application/problem+xml", "application/xml", "text/xml"),
    *("application/sparql-results+xml", "application/rdf+xml"),
)


class Problem(Exception):
    """An error response.

    ``detail`` says in one sentence what went wrong or what to do; ``members`` extend the
    problem object (for example with the line of a syntax error).
    """

    def __init__(self, status: HTTPStatus, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.status, self.detail, self.members = status, detail, members
        self.headers: dict[str, str] = {}

    def response(self) -> Response:
        """The problem as a page, JSON or XML, as the client's Accept header prefers."""
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "request_id": record().id,
        } | self.members
        if wants_page(request.headers.get("Accept")):
            page = render_template("problem.html", problem=body)
            return Response(page, self.status.value, self.headers, mimetype="text/html")
        if _reads_only_xml():
            text, kind = _xml(body), "application/problem+xml"
        else:
            text, kind = json.dumps(body, ensure_ascii=False), "application/problem+json"
        return Response(text, self.status.value, self.headers, mimetype=kind)


def _reads_only_xml() -> bool:
    """Whether the client accepts XML but no JSON."""
    accept = accept_of(request.headers.get("Accept"), None)
    return not preferred(accept, _JSON) and bool(preferred(accept, _XML))


def _xml(body: Mapping[str, object]) -> str:
    """A problem as XML (RFC 9457, appendix B); forbidden characters become ``\\u0001``."""
    members = "".join(f"<{name}>{_element(value)}</{name}>" for name, value in body.items())
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<problem xmlns="urn:ietf:rfc:7807">{members}</problem>\n'


def _element(value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_element(part)}</{name}>" for name, part in value.items())
    if isinstance(value, list | tuple):
        return "".join(f"<i>{_element(part)}</i>" for part in value)
    text = json.dumps(value) if isinstance(value, bool | None) else str(value)
    return escape(XML_FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def acceptable(*kinds: str) -> str:
    """The media type of ``kinds`` that the client prefers; raises :class:`Problem` (406)."""
    chosen = preferred(accept_of(request.headers.get("Accept"), None), kinds)
    if chosen is None:
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"This is available as {', '.join(kinds)}.")
    return chosen


def register(app: Flask) -> None:
    """Turn every error of the application into a problem response."""
    app.register_error_handler(Problem, Problem.response)
    app.register_error_handler(NotAcceptable, _not_acceptable)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unexpected)


def _not_acceptable(error: NotAcceptable) -> Response:
    """An answer that does not fit the chosen format; the message names the value."""
    return Problem(HTTPStatus.NOT_ACCEPTABLE, str(error)).response()


def _of_http(error: HTTPException) -> Response:
    """An error raised by Flask, such as not found, method not allowed or too large."""
    if error.code is None or error.code < 400:
        return Response(status=error.code, headers=dict(error.get_headers()))
    detail, allowed = error.description or "", dict(error.get_headers()).get("Allow")
    if error.code == HTTPStatus.NOT_FOUND:
        detail = f"There is nothing at {at(request.path)}. Start from {at('/')}, or from "
        detail += f"{at('/openapi.json')}, which lists the addresses for programs."
    if allowed:
        detail = f"{request.method} is not allowed at {at(request.path)}; use {allowed}."
        if request.method == "PATCH":
            detail += f" To change a part of a graph, send a SPARQL Update to {at('/sparql')}."
    response = Problem(HTTPStatus(error.code), detail).response()
    if allowed:
        response.headers["Allow"] = allowed
    return response


def _unexpected(error: Exception) -> Response:
    """A fault of the server: logged in full, sent to the client without details."""
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The server failed; its log has the details."
    ).response()

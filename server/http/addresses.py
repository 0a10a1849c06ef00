"""Addresses of things on this site, below whatever prefix the site is served under."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Flask, abort, has_request_context, request

from missiongraph.namespaces import BASE, GRAPH, ID, NETWORK, VOCAB

from .iris import path, uri

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DIRECT = (VOCAB.removeprefix(BASE), NETWORK.removeprefix(BASE))
"""Beginnings of the IRIs, without the base, that do not lie below ``/id/``."""

_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
"""Allowed prefixes: none of them can be read by a browser as the name of another host."""

_REFUSED = "missiongraph.refused_prefix"


def register(app: Flask) -> None:
    """Refuse requests whose prefix, set by a mount or a proxy, is not a plain path."""
    app.wsgi_app = _without_bad_prefix(app.wsgi_app)  # type: ignore[method-assign, assignment]
    app.before_request(_require_prefix)


def at(path: str) -> str:
    """The path with the prefix under which clients reach the site.

    The prefix comes from a WSGI mount (PEP 3333, ``SCRIPT_NAME``) or a trusted proxy
    (``X-Forwarded-Prefix``). Outside a request there is none.
    """
    return request.script_root + path if has_request_context() else path


def local(iri: str) -> str:
    """The link target for an IRI: its page on this site if the IRI is ours, else the IRI itself."""
    if iri.startswith((ID, VOCAB, NETWORK)):
        return at("/page/" + place(iri))
    if not iri.startswith(BASE):
        return iri
    document = iri.removeprefix(BASE)
    whole = iri.startswith(GRAPH) and not {"?", "#"}.isdisjoint(document)  # no query, no fragment
    return at("/" + (path(document) if whole else uri(document)))


def place(iri: str) -> str:
    """The encoded part of the address of one of our IRIs, after ``/page/`` or ``/data/``."""
    return path(iri.removeprefix(ID).removeprefix(BASE))


def iri_of(place: str) -> str:
    """The IRI for a decoded place: the inverse of :func:`place`."""
    return (BASE if place.startswith(_DIRECT) else ID) + place


def _without_bad_prefix(app: WSGIApplication) -> WSGIApplication:
    """Wrap the application so that a bad prefix is moved where :func:`_require_prefix` sees it."""

    def called(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        prefix = environ.get("SCRIPT_NAME", "").rstrip("/")
        if not _PREFIX.fullmatch(prefix):
            environ[_REFUSED], prefix = prefix, ""
        environ["SCRIPT_NAME"] = prefix
        return app(environ, start_response)

    return called


def _require_prefix() -> None:
    if prefix := request.environ.get(_REFUSED):
        abort(
            HTTPStatus.BAD_REQUEST,
            f"The site cannot lie below '{prefix}': X-Forwarded-Prefix, or the mount, must be a"
            " path such as /graph, of letters, digits and . _ ~ -",
        )

"""Where things are on this site."""

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
"""Places of things whose IRIs lie directly below the base."""

_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
"""Of the paths that a site may lie below: a browser reads no other host into one of these."""

_REFUSED = "missiongraph.refused_prefix"


def register(app: Flask) -> None:
    """Refuse requests whose prefix is no path, whoever in front has set it."""
    app.wsgi_app = _without_bad_prefix(app.wsgi_app)  # type: ignore[method-assign, assignment]
    app.before_request(_require_prefix)


def at(path: str) -> str:
    """The address of a path of this site, below the prefix under which clients reach the site.

    The prefix is that of a WSGI mount (PEP 3333, ``SCRIPT_NAME``) or of a trusted proxy
    (``X-Forwarded-Prefix``); outside of a request there is none.
    """
    return request.script_root + path if has_request_context() else path


def local(iri: str) -> str:
    """Where an IRI leads: what is ours to its page here, all else to where it lives."""
    if iri.startswith((ID, VOCAB, NETWORK)):
        return at("/page/" + place(iri))
    if not iri.startswith(BASE):
        return iri
    document = iri.removeprefix(BASE)
    whole = iri.startswith(GRAPH) and not {"?", "#"}.isdisjoint(document)  # no query, no fragment
    return at("/" + (path(document) if whole else uri(document)))


def place(iri: str) -> str:
    """Where below ``/page/`` and ``/data/`` a thing of ours is, as a part of an address."""
    return path(iri.removeprefix(ID).removeprefix(BASE))


def iri_of(place: str) -> str:
    """The thing at a place, decoded as a path is: what :func:`place` is the way back from."""
    return (BASE if place.startswith(_DIRECT) else ID) + place


def _without_bad_prefix(app: WSGIApplication) -> WSGIApplication:
    """The application, told apart of a prefix with which no address can be made."""

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
            f"The site cannot lie below '{prefix}': X-Forwarded-Prefix, or the mount, is a path"
            " such as /graph, of letters, digits and . _ ~ -",
        )

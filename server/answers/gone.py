"""Answers for IRIs without statements: a redirect if they moved, 410 if removed, else 404."""

from __future__ import annotations

from http import HTTPStatus

from flask import abort, redirect, request

from missiongraph.publishing.tombstones import removed
from missiongraph.server.http.addresses import at, place
from missiongraph.server.http.problems import Problem


def require(iri: str, there: object) -> None:
    """Raise :class:`Problem`: 410 if ``iri`` was removed, 404 if ``there`` is false.

    An IRI that moved redirects (301) to the same document about its successor.
    """
    gone = removed().get(iri)
    if gone and gone.reason:
        instead = f" See {gone.successor}." if gone.successor else ""
        raise Problem(HTTPStatus.GONE, f"{iri} has been removed: {gone.reason}.{instead}")
    if gone and not there:
        abort(redirect(_of_successor(iri, gone.successor), HTTPStatus.MOVED_PERMANENTLY))
    if not there:
        raise Problem(HTTPStatus.NOT_FOUND, f"The graph says nothing about {iri}.")


def _of_successor(iri: str, successor: str) -> str:
    """The address of the request, for the successor."""
    path = at(request.path.replace(place(iri), place(successor), 1))
    query = request.query_string.decode()
    return f"{path}?{query}" if query else path

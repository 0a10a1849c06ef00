"""Answers for IRIs without statements: 410 if they were removed, else 404."""

from __future__ import annotations

from http import HTTPStatus

from missiongraph.publishing.tombstones import removed
from missiongraph.server.http.problems import Problem


def require(iri: str, there: object) -> None:
    """Raise :class:`Problem`: 410 if ``iri`` was removed, 404 if ``there`` is false."""
    if gone := removed().get(iri):
        instead = f" See {gone.successor}." if gone.successor else ""
        raise Problem(HTTPStatus.GONE, f"{iri} has been removed: {gone.reason}.{instead}")
    if not there:
        raise Problem(HTTPStatus.NOT_FOUND, f"The graph says nothing about {iri}.")

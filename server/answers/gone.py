"""What there is not: gone if it once was, else not found."""

from __future__ import annotations

from http import HTTPStatus

from missiongraph.publishing.tombstones import removed
from missiongraph.server.http.problems import Problem


def require(iri: str, there: object) -> None:
    """Raise :class:`Problem` unless something is said of ``iri``: 410 if it was removed, or 404."""
    if gone := removed().get(iri):
        instead = f" See {gone.successor}." if gone.successor else ""
        raise Problem(HTTPStatus.GONE, f"{iri} has been removed: {gone.reason}.{instead}")
    if not there:
        raise Problem(HTTPStatus.NOT_FOUND, f"Nothing is said of {iri}.")

"""The pages: start, one query of the library, and the health of the service."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, render_template, request

from missiongraph.engine import Query
from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.library import LibraryQuery, find, queries
from missiongraph.parameters import bind

from .context import context
from .problems import Problem
from .resultpage import result_page

blueprint = Blueprint("pages", __name__)

COUNTS = ("missions", "goals", "targets", "instruments", "results", "organisations", "sources")
"""The numbers of the start page, besides statements."""


@blueprint.get("/")
def start() -> str:
    """What is in the graph and how to ask it."""
    info = context().info
    counts = {name: getattr(info, name) for name in COUNTS} | {
        "statements": info.statements["curated"]
    }
    return render_template("start.html", info=info, counts=counts, queries=queries())


@blueprint.get("/queries/<name>")
def query(name: str) -> Response:
    """One query of the library: its question, its text and, once asked, its answer."""
    try:
        entry = find(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error
    if "run" not in request.args:
        page = render_template("query.html", entry=entry, query=entry.text, answer=None, given={})
        return Response(page, mimetype="text/html")
    given = {p.name: request.args[p.name] for p in entry.parameters if request.args.get(p.name)}
    return result_page(_bound(entry, given), "query.html", entry=entry, given=given)


@blueprint.get("/health")
def health() -> Response:
    """Whether the service answers, and from which edition of the graph."""
    info = context().info
    answer = jsonify(
        status="ok",
        version=info.version,
        fingerprint=info.fingerprint,
        statements=info.statements["merged"],
    )
    answer.cache_control.no_store = True
    return answer


def _bound(entry: LibraryQuery, given: dict[str, str]) -> Query:
    """The query with the values in its text, so that links to its data hold them too.

    Raises :class:`Problem` for a value that does not fit.
    """
    try:
        return Query(bind(entry.text, entry.bindings(given)))
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error

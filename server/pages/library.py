"""The page of one query of the library: its question, its text and, once asked, its answer."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, render_template, request

from missiongraph.engine import Query
from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.library import LibraryQuery, find
from missiongraph.parameters import bind

from ..context import context
from ..negotiation import HTML
from ..problems import Problem, acceptable
from ..resultpage import result_page

blueprint = Blueprint("library", __name__)


@blueprint.get("/queries/<name>")
def query(name: str) -> Response:
    """One query of the library: its question, its text and, once asked, its answer."""
    acceptable(HTML)
    try:
        entry = find(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error
    if "run" not in request.args:
        page = render_template("library.html", entry=entry, query=entry.text, answer=None, given={})
        return Response(page, mimetype="text/html")
    context().access.require("read")
    given = {p.name: request.args[p.name] for p in entry.parameters if request.args.get(p.name)}
    return result_page(_bound(entry, given), "library.html", entry=entry, given=given)


def _bound(entry: LibraryQuery, given: dict[str, str]) -> Query:
    """The query with the values in its text, so that links to its data hold them too.

    Raises :class:`Problem` for a value that does not fit.
    """
    try:
        return Query(bind(entry.text, entry.bindings(given)))
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error

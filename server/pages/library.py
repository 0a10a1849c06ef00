"""The page of one query of the library: its question, its text and, once asked, its answer."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, render_template, request

from missiongraph.engine import Query
from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.library import LibraryQuery, find
from missiongraph.namespaces import ID
from missiongraph.parameters import bind

from ..context import context
from ..negotiation import HTML
from ..problems import Problem, acceptable
from ..resultpage import result_page
from .asking import ask

blueprint = Blueprint("library", __name__)

_MOST = 500  # choices that a list may offer


@blueprint.get("/queries/<name>")
def query(name: str) -> Response:
    """One query of the library: its question, its text and, once asked, its answer."""
    acceptable(HTML)
    try:
        entry = find(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error
    if "run" not in request.args:
        more = {"entry": entry, "given": {}, "choices": _choices(entry)}
        page = render_template("library.html", query=entry.text, answer=None, **more)
        return Response(page, mimetype="text/html")
    context().access.require("read")
    given = {p.name: request.args[p.name] for p in entry.parameters if request.args.get(p.name)}
    more = {"entry": entry, "given": given, "choices": _choices(entry)}
    return result_page(_bound(entry, given), "library.html", **more)


def _choices(entry: LibraryQuery) -> dict[str, list[tuple[str, str]]]:
    """What there is to choose from, as value and name, by the parameters of which that is known.

    Of more than some hundreds nobody would choose from a list. Where reading takes a token, or
    the store does not answer, a reader types.
    """
    offered: dict[str, list[tuple[str, str]]] = {}
    if context().access.read_takes_token:
        return offered
    with suppress(Problem):
        for parameter in entry.parameters:
            there = ask("choices", group=parameter.of) if parameter.of else ()
            if len(there) <= _MOST:
                offered[parameter.name] = [(_short(row["thing"]), row["name"]) for row in there]
    return offered


def _short(iri: str) -> str:
    """An IRI as a parameter takes it: ``kind:key`` for things of ours."""
    return iri.removeprefix(ID).replace("/", ":", 1) if iri.startswith(ID) else iri


def _bound(entry: LibraryQuery, given: dict[str, str]) -> Query:
    """The query with the values in its text, so that links to its data hold them too.

    Raises :class:`Problem` for a value that does not fit.
    """
    try:
        return Query(bind(entry.text, entry.bindings(given)))
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error

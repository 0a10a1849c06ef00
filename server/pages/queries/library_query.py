"""The page of a library query: its question, its text and, after it has run, its answer."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, render_template, request

from missiongraph.errors import UnknownQuery
from missiongraph.server.answers.library_queries import ask, asked_by_name, short
from missiongraph.server.answers.result_page import result_page
from missiongraph.server.answers.run import respond
from missiongraph.server.http.filenames import named
from missiongraph.server.http.negotiation import HTML, choose
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context
from missiongraph.sparql.engine import Query
from missiongraph.sparql.library import LibraryQuery, find

blueprint = Blueprint("library", __name__)

FILES = ("csv", "tsv", "json", "xml")
"""Suffixes of files with an answer."""

_MOST = 500  # choices that a list offers at most


@blueprint.get("/queries/<name>")
def query(name: str) -> Response:
    """The page of a library query; with the parameter ``run`` it shows the answer."""
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
    answer = asked_by_name(name, "run")
    more = {"entry": entry, "given": answer.given, "choices": _choices(entry), "asked": answer}
    return result_page(Query(answer.text), "library.html", **more)


@blueprint.get("/queries/<name>.<extension>")
def data(name: str, extension: str) -> Response:
    """The answer to a library query as a file."""
    context().access.require("read")
    if extension not in FILES:
        detail = f"Nothing ends in .{extension} here; use {', '.join(FILES)}."
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    answer = asked_by_name(name)
    response = respond(Query(answer.text), choose(None, extension))
    return named(response, answer.called, extension)


def _choices(entry: LibraryQuery) -> dict[str, list[tuple[str, str]]]:
    """The choices (value, name) of each parameter that has a list.

    There is no list of more than :data:`_MOST` choices, which would be too long to use. Without
    public reading, or if the store does not answer, no parameter has a list.
    """
    offered: dict[str, list[tuple[str, str]]] = {}
    if context().access.read_takes_token:
        return offered
    with suppress(Problem):
        for parameter in entry.parameters:
            there = ask("choices", group=parameter.of) if parameter.of else ()
            if len(there) <= _MOST:
                offered[parameter.name] = [(short(row["thing"]), row["name"]) for row in there]
    return offered

"""The answer of a query as a page: a table, a yes or no, or Turtle."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, render_template

from missiongraph.engine import Answer, Query
from missiongraph.namespaces import BASE, ID, PREFIXES

from .answers import faults, run
from .context import context
from .negotiation import Choice
from .problems import Problem

_MEGABYTE = 1024 * 1024

MOST = 8 * _MEGABYTE
"""Bytes of the longest answer that becomes a page; the web process holds it in memory."""


@dataclass(frozen=True)
class Cell:
    """A term to show: its text, where it leads and what it says about itself on hover."""

    text: str
    href: str | None = None
    describe: str | None = None
    title: str = ""
    number: bool = False


@dataclass(frozen=True)
class Shown:
    """An answer, ready to be shown."""

    form: str
    columns: list[str]
    rows: list[list[Cell]]
    total: int
    yes: bool = False
    turtle: str = ""


def result_page(query: Query, template: str = "result.html", **more: object) -> Response:
    """Run ``query`` and show the answer; raises :class:`Problem` when it cannot run."""
    page = render_template(template, query=query.text, answer=show(query), **more)
    return Response(page, mimetype="text/html")


def show(query: Query) -> Shown:
    """Run ``query`` and make its answer ready; raises :class:`Problem` when it cannot run."""
    try:
        reply = run(query, Choice("application/sparql-results+json", "text/turtle", True))
        body = _read(reply)
    except Problem as problem:
        problem.members["query"] = query.text
        raise
    if reply.form == "ask":
        return Shown("ask", [], [], 1, yes=json.loads(body)["boolean"])
    if reply.form == "select":
        return _table(json.loads(body))
    return Shown(reply.form, [], [], 0, turtle=body.decode("utf-8"))


def _read(reply: Answer) -> bytes:
    """All of an answer, unless it is too long for a page."""
    body = bytearray()
    with closing(reply), faults():
        for piece in reply.chunks:
            body += piece
            if len(body) > MOST:
                raise Problem(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"The answer has more than {MOST // _MEGABYTE} MB, too much for a page: "
                    "add LIMIT, or download it, for example with format=csv.",
                )
    return bytes(body)


def _table(results: dict[str, Any]) -> Shown:
    columns = results["head"]["vars"]
    bindings = results["results"]["bindings"]
    rows = [
        [_cell(binding.get(column)) for column in columns]
        for binding in bindings[: context().settings.html_rows]
    ]
    return Shown("select", columns, rows, len(bindings))


def _cell(term: dict[str, str] | None) -> Cell:
    if term is None:
        return Cell("")
    value = term["value"]
    if term["type"] == "uri":
        return _link(value)
    kind = term.get("datatype", "").rpartition("#")[2]
    number = kind in ("integer", "decimal", "double", "float")
    return Cell(value, title=term.get("xml:lang", kind), number=number)


def _link(iri: str) -> Cell:
    """Things of ours lead to their description, all others to where they live."""
    if iri.startswith(BASE):
        return Cell(shortened(iri), describe=f"DESCRIBE <{iri}>", title=iri)
    href = iri if iri.startswith(("http://", "https://")) else None
    return Cell(shortened(iri), href, title=iri)


def shortened(iri: str) -> str:
    """A readable form of an IRI: ``mission/moonshot``, ``org:Organization``, or itself."""
    for start, short in {ID: "", **{space: f"{name}:" for name, space in PREFIXES.items()}}.items():
        if iri.startswith(start):
            return short + iri.removeprefix(start)
    return iri

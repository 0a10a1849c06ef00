"""Shows the answer of a query as a page: a table, a yes or no, or Turtle."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from math import isfinite
from typing import Any

from flask import Response, render_template

from missiongraph.limits import MEGABYTE
from missiongraph.namespaces import BASE, ID, short
from missiongraph.server.http.addresses import local
from missiongraph.server.http.negotiation import Choice
from missiongraph.server.http.problems import Problem
from missiongraph.server.state.context import context
from missiongraph.sparql.engine import Answer, Query
from missiongraph.sparql.media_types import JSON

from .chart_guess import Bars, Column, Points, guess
from .run import faults, run

_LABELS = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?thing (MIN(?name) AS ?label) {
  VALUES ?thing { %s }
  ?thing rdfs:label|skos:prefLabel|dcterms:title ?name .
} GROUP BY ?thing
"""

_CHART = re.compile(r"^# chart: (\w+)$", re.MULTILINE)
"""The line of a library query that sets its chart; it also works in edited queries."""

MOST = 8 * MEGABYTE
"""Bytes of the longest answer shown as a page, as the web process holds it in memory."""


@dataclass(frozen=True)
class Cell:
    """A term to show: its text, its link, and a title for hovering."""

    text: str
    href: str | None = None
    title: str = ""
    number: bool = False


@dataclass(frozen=True)
class Shown:
    """An answer prepared for a template; ``total`` counts all rows, shown or not."""

    form: str
    columns: list[str]
    rows: list[list[Cell]]
    total: int
    yes: bool = False
    turtle: str = ""
    seconds: float = 0.0
    chart: str = ""

    @property
    def picture(self) -> Bars | Points | None:
        """The chart that the query declares, else one that suits the answer; None for no chart."""
        if self.form != "select":
            return None
        columns = [
            Column(
                name,
                [row[place].text for row in self.rows],
                [row[place].href or "" for row in self.rows],
                all(row[place].number for row in self.rows if row[place].text)
                and any(row[place].text for row in self.rows),
            )
            for place, name in enumerate(self.columns)
        ]
        return guess(columns, self.chart)


def result_page(query: Query, template: str = "result.html", **more: object) -> Response:
    """Run ``query`` and show the answer; raises :class:`Problem` when it cannot run."""
    page = render_template(template, query=query.text, answer=show(query), **more)
    return Response(page, mimetype="text/html")


def show(query: Query) -> Shown:
    """Run ``query`` and prepare its answer for a page; raises :class:`Problem` if that fails."""
    begin = time.perf_counter()
    try:
        reply = run(query, Choice(JSON, "text/turtle", True))
        body = _read(reply)
    except Problem as problem:
        problem.members["query"] = query.text
        raise
    seconds = time.perf_counter() - begin
    if reply.form == "ask":
        return Shown("ask", [], [], 1, yes=json.loads(body)["boolean"], seconds=seconds)
    if reply.form == "select":
        declared = _CHART.search(query.text)
        return _table(json.loads(body), seconds, declared[1] if declared else "")
    return Shown(reply.form, [], [], 0, turtle=body.decode("utf-8"), seconds=seconds)


def _read(reply: Answer) -> bytes:
    """Read all of an answer; raises :class:`Problem` (413) if it is too long for a page."""
    body = bytearray()
    with closing(reply), faults():
        for piece in reply.chunks:
            body += piece
            if len(body) > MOST:
                raise Problem(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"The answer has more than {MOST // MEGABYTE} MB, too much for one page: "
                    "add LIMIT, or download it, for example with format=csv.",
                )
    return bytes(body)


def _table(results: dict[str, Any], seconds: float, chart: str) -> Shown:
    columns = results["head"]["vars"]
    bindings = results["results"]["bindings"]
    shown = bindings[: context().settings.html_rows]
    labels = _labels({term["value"] for row in shown for term in row.values() if _is_ours(term)})
    rows = [[_cell(binding.get(column), labels) for column in columns] for binding in shown]
    return Shown("select", columns, rows, len(bindings), seconds=seconds, chart=chart)


def _cell(term: dict[str, Any] | None, labels: Mapping[str, str]) -> Cell:
    if term is None:
        return Cell("")
    if term["type"] == "triple":
        return Cell(_spelt(term))
    value = term["value"]
    if term["type"] == "uri":
        href = local(value) if value.startswith(("http://", "https://")) else None
        return Cell(labels.get(value) or shortened(value), href, title=value)
    kind = term.get("datatype", "").rpartition("#")[2]
    number = kind in ("integer", "decimal", "double", "float") and _is_number(value)
    return Cell(value, title=term.get("xml:lang", kind), number=number)


def _is_number(text: str) -> bool:
    """Whether a chart can show the text as a number: not NaN, nor an ill-typed literal."""
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _spelt(term: dict[str, Any]) -> str:
    """A term as Turtle writes it, including triple terms."""
    value = term["value"]
    if term["type"] == "triple":
        inner = " ".join(_spelt(value[part]) for part in ("subject", "predicate", "object"))
        return f"<<( {inner} )>>"
    if term["type"] == "uri":
        return shortened(value)
    return f"_:{value}" if term["type"] == "bnode" else json.dumps(value, ensure_ascii=False)


def _is_ours(term: dict[str, Any]) -> bool:
    return term["type"] == "uri" and str(term["value"]).startswith(BASE)


def _labels(iris: set[str]) -> dict[str, str]:
    """Labels of IRIs of ours; empty if there are too many for one query."""
    if not iris:
        return {}
    values = " ".join(f"<{iri}>" for iri in sorted(iris))
    query = Query(_LABELS % values)
    if len(query.text) > context().settings.query_characters:
        return {}
    answer = run(query, Choice(JSON, None, True))
    bindings = json.loads(_read(answer))["results"]["bindings"]
    return {row["thing"]["value"]: row["label"]["value"] for row in bindings}


def shortened(iri: str) -> str:
    """A readable form of an IRI: ``mission/moonshot``, ``org:Organization``, or itself."""
    return short(iri).removeprefix(ID)

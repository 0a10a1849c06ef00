"""Query: the library, an editor, and the answer as a table and a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, render_template, request

from missiongraph.namespaces import PREFIXES
from missiongraph.schema.terms import borrowed, terms
from missiongraph.server.answers.result_page import result_page
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import acceptable
from missiongraph.server.state.context import context
from missiongraph.sparql.engine import Query
from missiongraph.sparql.library import LibraryQuery, queries

blueprint = Blueprint("workbench", __name__)

START = """\
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?mission ?label WHERE {
  ?mission a moi:Mission ; rdfs:label ?label .
}
ORDER BY ?label"""
"""The query to start from."""

_CHART = re.compile(r"^# chart: (\w+)$", re.MULTILINE)
"""The line of a query of the library that says how to draw its answer; altered, it keeps it."""

THEMES = {
    "Missions": {"types", "fields", "countries", "status", "nested", "comparison", "dates", "SDG"},
    "Goals and targets": {"aims", "goals", "targets", "progress"},
    "Instruments": {"instruments"},
    "Money": {"funding", "money", "amounts"},
    "Organisations and people": {"organisations", "persons", "posts", "positions"},
    "Networks": {"network", "networks", "members", "brokers", "centrality"},
    "Outcomes and lessons": {"results", "outcomes", "practices", "lessons"},
    "Sources": {"sources", "conflicts"},
}
"""Headings of the library, and the keywords that put a query under one: the first that fits."""


@dataclass(frozen=True)
class Shelf:
    """Queries under one heading."""

    heading: str
    entries: list[LibraryQuery]


@blueprint.get("/query")
def workbench() -> Response:
    """Write a query, or see what one answers."""
    acceptable(HTML)
    text = request.args.get("query", "").replace("\r\n", "\n").rstrip()  # forms send \r\n
    if text:
        context().access.require("read")
        hint = _CHART.search(text)
        more = {"shelves": shelves(queries()), "chart": hint[1] if hint else ""}
        return result_page(Query(text), "workbench.html", **more)
    page = render_template("workbench.html", query=START, answer=None, shelves=shelves(queries()))
    return Response(page, mimetype=HTML)


@blueprint.get("/terms.json")
def completions() -> Response:
    """What the editor completes: prefixes, our terms with their definitions, and borrowed ones."""
    ours = [
        {"name": term.name, "label": term.label, "kind": term.kind, "says": term.definition}
        for term in terms()
    ]
    others = [
        {"name": name, "label": "", "kind": kind, "says": ""} for name, kind in borrowed().items()
    ]
    return jsonify({"prefixes": PREFIXES, "terms": [*ours, *others]})


def shelves(entries: Iterable[LibraryQuery]) -> list[Shelf]:
    """The library by heading; what fits none comes last."""
    found: dict[str, list[LibraryQuery]] = {heading: [] for heading in [*THEMES, "More"]}
    for entry in entries:
        found[_heading(entry)].append(entry)
    return [Shelf(heading, each) for heading, each in found.items() if each]


def _heading(entry: LibraryQuery) -> str:
    scores = {name: len(words & set(entry.keywords)) for name, words in THEMES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else "More"

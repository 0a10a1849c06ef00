"""The query editor with the library beside it, and the answer as a table and a chart."""

from __future__ import annotations

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
"""The query in the editor at first."""


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
"""Headings of the library and their keywords; a query goes where most of its keywords match."""


@dataclass(frozen=True)
class Shelf:
    """Queries under one heading."""

    heading: str
    entries: list[LibraryQuery]


@blueprint.get("/query")
def workbench() -> Response:
    """The editor, or the answer to the query of the request."""
    acceptable(HTML)
    text = request.args.get("query", "").replace("\r\n", "\n").rstrip()  # forms send \r\n
    if text:
        context().access.require("read")
        more = {"shelves": shelves(queries())}
        return result_page(Query(text), "workbench.html", **more)
    page = render_template("workbench.html", query=START, answer=None, shelves=shelves(queries()))
    return Response(page, mimetype=HTML)


@blueprint.get("/terms.json")
def completions() -> Response:
    """Completions for the editor: prefixes, our terms with definitions, and borrowed terms."""
    ours = [
        {"name": term.name, "label": term.label, "kind": term.kind, "says": term.definition}
        for term in terms()
    ]
    others = [
        {"name": name, "label": "", "kind": kind, "says": ""} for name, kind in borrowed().items()
    ]
    return jsonify({"prefixes": PREFIXES, "terms": [*ours, *others]})


def shelves(entries: Iterable[LibraryQuery]) -> list[Shelf]:
    """The library queries by heading; those under none come last, as "More"."""
    by_heading: dict[str, list[LibraryQuery]] = {heading: [] for heading in [*THEMES, "More"]}
    for entry in entries:
        by_heading[_heading(entry)].append(entry)
    return [Shelf(heading, each) for heading, each in by_heading.items() if each]


def _heading(entry: LibraryQuery) -> str:
    scores = {name: len(words & set(entry.keywords)) for name, words in THEMES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else "More"

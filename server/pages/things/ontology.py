"""The page of the ontology: a diagram, the terms, and the shapes in plain words."""

from __future__ import annotations

from flask import Blueprint, render_template

from missiongraph.schema import documents
from missiongraph.schema.terms import terms
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import acceptable
from missiongraph.sparql.library import queries

blueprint = Blueprint("ontology", __name__)


@blueprint.get("/terms")
def ontology() -> str:
    """All terms, with anchors named after the fragments of their IRIs."""
    acceptable(HTML)
    known = terms()
    return render_template(
        "terms.html",
        classes=[term for term in known if term.kind == "class"],
        properties=[term for term in known if term.kind == "property"],
        names={term.name for term in known},
        questions={entry.name: entry.question for entry in queries()},
        versions=list(documents.versions()),
    )

"""A network of one's own by hand: a query in a form, and what can be had of it."""

from __future__ import annotations

from flask import Blueprint, render_template

from missiongraph.networks.model.definition import find_network
from missiongraph.server.api.networks import OWN
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import acceptable
from missiongraph.server.state.context import context

blueprint = Blueprint("own", __name__)

EXAMPLE = "organisations-missions"
"""The shipped network whose definition the form begins with."""

ASKED = (
    ("nodes", "csv", "Nodes (CSV)"),
    ("ties", "csv", "Ties (CSV)"),
    ("export", "gexf", "GEXF"),
    ("export", "graphml", "GraphML"),
    ("picture", "svg", "Picture (SVG)"),
    ("", "json", "Summary (JSON)"),
)
"""What the form offers: an operation, its format and what it is called."""


@blueprint.get(OWN)
def own() -> str:
    """How to ask about a network of one's own, and a form that does."""
    acceptable(HTML)
    context().access.require("read")
    return render_template("own.html", path=OWN, query=find_network(EXAMPLE).text, asked=ASKED)

"""The form for a network of a reader's own, defined by a query."""

from __future__ import annotations

from flask import Blueprint, render_template

from missiongraph.networks.model.definition import find_network
from missiongraph.server.api.networks import OWN
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import acceptable
from missiongraph.server.state.context import context

blueprint = Blueprint("own", __name__)

EXAMPLE = "organisations-missions"
"""The shipped network whose definition is in the form at first."""

ASKED = (
    ("nodes", "csv", "Nodes (CSV)"),
    ("ties", "csv", "Ties (CSV)"),
    ("export", "gexf", "GEXF"),
    ("export", "graphml", "GraphML"),
    ("picture", "svg", "Picture (SVG)"),
    ("", "json", "Summary (JSON)"),
)
"""The buttons of the form: operation, format and label."""


@blueprint.get(OWN)
def own() -> str:
    """The page with the form."""
    acceptable(HTML)
    context().access.require("read")
    return render_template("own.html", path=OWN, query=find_network(EXAMPLE).text, asked=ASKED)

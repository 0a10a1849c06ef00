"""Home: what this is, how much there is, and questions to start from."""

from __future__ import annotations

from flask import Blueprint, render_template

from missiongraph.library import queries

from ..answers import faults
from ..context import context
from ..negotiation import HTML
from ..problems import acceptable

blueprint = Blueprint("home", __name__)

COUNTS = ("missions", "goals", "targets", "instruments", "results", "organisations", "sources")
"""The numbers that are shown, besides statements."""


@blueprint.get("/")
def home() -> str:
    """What is in the graph and how to ask it."""
    acceptable(HTML)
    with faults():
        info = context().info
    counts = {name: getattr(info, name) for name in COUNTS} | {
        "statements": info.statements["curated"]
    }
    return render_template("home.html", info=info, counts=counts, queries=queries())

"""The start page: numbers, a picture, and questions to start from."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

from flask import Blueprint, render_template

from missiongraph.errors import Busy
from missiongraph.networks.model.definition import find_network
from missiongraph.networks.operations.picture import SVG
from missiongraph.server.answers.run import faults
from missiongraph.server.api.network_request import NetworkRequest
from missiongraph.server.http.addresses import at
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import acceptable
from missiongraph.server.state.context import context
from missiongraph.sparql.library import queries

blueprint = Blueprint("home", __name__)

COUNTS = {
    "missions": "/missions",
    "mission frameworks": "/browse/mission-frameworks",
    "local missions": "/browse/local-missions",
    "programmes": "/browse/programmes",
    "goals": "/browse/goals",
    "targets": "/browse/targets",
    "instruments": "/browse/instruments",
    "results": "/browse/results",
    "organisations": "/browse/organisations",
    "sources": "/browse/sources",
}
"""Attributes of :class:`missiongraph.Info` that are shown, as words, and the pages they link to."""

QUESTIONS = (
    "target-progress",
    "who-funds-whom",
    "instrument-mix",
    "strongest-brokers",
    "network-members-on-date",
    "conflicting-amounts",
)
"""Library queries to start from."""

EXAMPLE = """\
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?mission ?label { ?mission a moi:Mission ; rdfs:label ?label } LIMIT 5"""
"""The query shown for use from other tools."""

NETWORK = "organisations-missions"
PICTURE = {"measure": "degree", "colour": "community", "top": 600, "words": "no"}
"""The parameters of the picture; it has no labels, as it is small."""


@blueprint.get("/")
def home() -> str:
    """The start page."""
    acceptable(HTML)
    with faults():
        info = context().info
    library = {entry.name: entry for entry in queries()}
    return render_template(
        "home.html",
        info=info,
        counts=[
            (name, getattr(info, name.replace(" ", "_")), there) for name, there in COUNTS.items()
        ],
        statements=info.statements["curated"],
        first=[library[name] for name in QUESTIONS],
        total=len(library),
        network=find_network(NETWORK),
        picture=_picture(),
        example=EXAMPLE,
    )


def _picture() -> str:
    """Address of the picture; empty while a job draws it, so that the page never waits."""
    drawing = NetworkRequest("picture", find_network(NETWORK), {}, PICTURE, SVG)
    there = at(f"/networks/{NETWORK}/picture?{urlencode(PICTURE | {'format': 'svg'})}")
    if context().cache.get(drawing.tag(context().graph.fingerprint)):
        return there
    with suppress(Busy):
        ticket = context().jobs.ask(drawing)
        context().jobs.keep(ticket)
        return there if ticket.lasting else ""
    return ""

"""The page that tells OpenRefine users how to match a list against the graph."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from missiongraph.publishing.reconciliation.matchable import KINDS, PROPERTIES
from missiongraph.server.api.reconcile_request import BATCH, CHARACTERS, IDS

blueprint = Blueprint("reconcile_help", __name__)


@blueprint.get("/reconcile/help")
def steps() -> str:
    """The address of the service, the steps in OpenRefine, what scores mean."""
    return render_template(
        "reconcile_help.html",
        address=f"{request.root_url}reconcile",
        properties=PROPERTIES.values(),
        kinds=KINDS,
        batch=BATCH,
        characters=CHARACTERS,
        ids=IDS,
    )

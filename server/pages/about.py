"""The page about the graph: method, quality, gaps, licence, downloads, citation."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from missiongraph.errors import MissionGraphError
from missiongraph.publishing import schemaorg
from missiongraph.publishing.dumps import FILES
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.answers.page_cache import for_readers
from missiongraph.server.answers.run import faults
from missiongraph.server.api import dumps
from missiongraph.server.state.context import context
from missiongraph.server.state.status import State

blueprint = Blueprint("about", __name__)


@blueprint.get("/about")
@for_readers
def about() -> str:
    """The page about the graph."""
    with faults():
        info = context().info
        files = dumps.distributions() if info.fingerprint else []
    return render_template(
        "about.html",
        info=info,
        state=_state(),
        files=FILES,
        dataset=schemaorg.dataset(info, request.root_url, files),
        conflicts=ask("conflicting-values"),
        single=ask("weak-sources"),
        trust=ask("trust-by-mission"),
        gaps=ask("targets-without-observation"),
    )


def _state() -> State | None:
    try:
        return context().store.state()
    except MissionGraphError:
        return None

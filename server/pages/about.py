"""About: what this is, how it is made, how good it is, how to take it and how to cite it."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from missiongraph import schemaorg
from missiongraph.dumps import FILES
from missiongraph.errors import MissionGraphError

from .. import dumps
from ..answers import faults
from ..context import context
from ..store import State
from .asking import ask
from .keeping import for_readers

blueprint = Blueprint("about", __name__)


@blueprint.get("/about")
@for_readers
def about() -> str:
    """Licence, method, quality, downloads."""
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
        gaps=ask("targets-without-observation"),
    )


def _state() -> State | None:
    try:
        return context().store.state()
    except MissionGraphError:
        return None

"""Search: plain links by name, grouped by kind; typing errors are forgiven."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby

from flask import Blueprint, Response, jsonify, render_template, request

from missiongraph.search import Hit, Index

from ..context import context
from ..negotiation import HTML
from ..problems import acceptable
from .asking import ask
from .keeping import Latest

blueprint = Blueprint("search", __name__)

GROUPS = (
    *("mission", "organisation", "person", "instrument", "goal", "target", "result", "practice"),
    *("project", "programme", "challenge", "event", "concept", "term", "source"),
)
"""The kinds in the order in which they are shown; others follow."""

MOST = 60
"""Things that are found at most."""

_JSON = "application/json"

_indexes = Latest[Index]()


@blueprint.get("/search")
def search() -> Response:
    """What is called like ``q``."""
    context().access.require("read")
    text = request.args.get("q", "").strip()
    kind = acceptable(HTML, _JSON) if "format" not in request.args else _JSON
    hits = _indexes.get(lambda: Index(ask("names"))).find(text, MOST) if text else []
    if kind == _JSON:
        return jsonify([{k: v for k, v in asdict(hit).items() if k != "share"} for hit in hits])
    page = render_template("search.html", text=text, groups=_grouped(hits), total=len(hits))
    return Response(page, mimetype=HTML)


def _grouped(hits: list[Hit]) -> list[tuple[str, list[Hit]]]:
    """The hits by kind; the kind of the best hit comes first."""
    best = hits[0].kind if hits else ""

    def place(hit: Hit) -> tuple[bool, int, str]:
        known = GROUPS.index(hit.kind) if hit.kind in GROUPS else len(GROUPS)
        return hit.kind != best, known, hit.kind

    ordered = sorted(hits, key=place)
    return [(kind, list(each)) for kind, each in groupby(ordered, key=lambda hit: hit.kind)]

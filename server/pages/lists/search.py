"""Searches things by the words of their names and notes, and groups them by kind."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from http import HTTPStatus
from itertools import groupby

from flask import Blueprint, Response, jsonify, render_template, request

from missiongraph.publishing.search import NOTHING, Hit, Index
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.http.filenames import named
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context

blueprint = Blueprint("search", __name__)

GROUPS = (
    *(
        "mission",
        "mission-framework",
        "local-mission",
        "organisation",
        "person",
        "instrument",
        "goal",
        "target",
        "result",
        "practice",
    ),
    *(
        "programme",
        "challenge-prize",
        "strategy",
        "agency",
        "treaty",
        "project",
        "challenge",
        "event",
        "concept",
        "term",
        "source",
    ),
)
"""Kinds of things in the order shown; other kinds follow."""

MOST = 60
"""Most hits that are shown."""

_JSON, _CSV = "application/json", "text/csv"
_FORMATS = {"json": _JSON, "csv": _CSV}
_COLUMNS = ("iri", "kind", "name", "other", "snippet")


@blueprint.get("/search")
def search() -> Response:
    """Things with the words of the parameter ``q``, of one ``kind`` if it is given."""
    context().access.require("read")
    text, kind = (request.args.get(name, "").strip() for name in ("q", "kind"))
    format_ = _format()
    answer = ask("names")
    found = NOTHING
    if text:
        found = context().memo.get("names", lambda: Index(answer)).find(text, MOST, kind)
    if format_ == HTML:
        page = render_template(
            "search.html",
            text=text,
            kind=kind,
            found=found,
            groups=_grouped(found.hits),
            kinds=sorted(found.kinds.items(), key=lambda item: (-item[1], item[0])),
            asked=answer,
        )
        return Response(page, mimetype=HTML)
    rows = [{name: getattr(hit, name) for name in _COLUMNS} for hit in found.hits]
    return jsonify(rows) if format_ == _JSON else _file(rows, text)


def _format() -> str:
    """The media type of the response; raises :class:`Problem` for an unknown format."""
    name = request.args.get("format")
    if name is None:
        return acceptable(HTML, _JSON, _CSV)
    if name not in _FORMATS:
        raise Problem(HTTPStatus.BAD_REQUEST, f"format must be one of {', '.join(_FORMATS)}.")
    return _FORMATS[name]


def _file(rows: list[dict[str, str]], text: str) -> Response:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    response = Response(out.getvalue(), content_type=f"{_CSV}; charset=utf-8")
    return named(response, f"search {text}", "csv")


def _grouped(hits: Sequence[Hit]) -> list[tuple[str, list[Hit]]]:
    """The hits by kind, beginning with the kind of the best hit."""
    best = hits[0].kind if hits else ""

    def place(hit: Hit) -> tuple[bool, int, str]:
        known = GROUPS.index(hit.kind) if hit.kind in GROUPS else len(GROUPS)
        return hit.kind != best, known, hit.kind

    ordered = sorted(hits, key=place)
    return [(kind, list(each)) for kind, each in groupby(ordered, key=lambda hit: hit.kind)]

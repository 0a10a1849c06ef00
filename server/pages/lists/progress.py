"""How far the targets have come on a day: a list by state, with the values that decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request

from missiongraph.publishing.progress import in_words
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.answers.page_cache import for_readers
from missiongraph.server.http.addresses import at
from missiongraph.server.http.problems import Problem

blueprint = Blueprint("progress", __name__)

ORDER = (
    *("reached", "on-track", "behind", "missed", "too-old"),
    *("not-measurable", "no-value", "withdrawn"),
)
"""The states, as the page lists them."""


@blueprint.get("/progress")
@for_readers
def progress() -> str:
    """The targets of a state, or all, on a day; raises :class:`Problem` for an unknown state."""
    states = ask("progress-states")
    known = {_code(row["state"]): row for row in states}
    only, day = request.args.get("state", ""), request.args.get("day", "")
    if only and only not in known:
        detail = f"There is no state of progress '{only}'."
        raise Problem(HTTPStatus.NOT_FOUND, detail, instead=at("/progress"))
    everything = ask("target-progress", day=day)
    shown = ask("target-progress", day=day, only=known[only]["state"]) if only else everything
    counts = Counter(target["state"] for target in _targets(everything))
    listed = [code for code in ORDER if code in known]
    return render_template(
        "progress.html",
        states=[(code, known[code], counts[known[code]["name"]]) for code in listed],
        defined=states,
        only=only,
        day=day,
        targets=_targets(shown),
        asked=shown,
        on=next((row["on"] for row in everything), None),
    )


def _targets(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row for each target, with all ``pursuers``: (IRI, name).

    Of a target whose sources disagree, the first row counts.
    """
    by_aim: dict[str, dict[str, Any]] = {}
    for row in rows:
        target = by_aim.setdefault(row["aim"], {**row, "pursuers": [], "why": in_words(row)})
        pursuer = (row["initiative"], row["pursuer"])
        if pursuer not in target["pursuers"]:
            target["pursuers"].append(pursuer)
    return list(by_aim.values())


def _code(iri: str) -> str:
    return iri.rpartition("/")[2]

"""How sure are we: the strength of sources, checks of random facts, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, render_template

from missiongraph.publishing.checked import draws
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.answers.page_cache import for_readers

blueprint = Blueprint("sure", __name__)


@blueprint.get("/sure")
@for_readers
def sure() -> str:
    """The page on how sure we are."""
    strengths, checks = ask("statements-by-strength"), ask("checks-done")
    return render_template(
        "sure.html",
        strengths=strengths,
        statements=sum(row["statements"] for row in strengths),
        draws=draws()[::-1],
        checks=checks,
        faults=[row for row in checks if row["verdict"] in ("Wrong", "Not in its source")],
        weighted={draw.key: _weighted(checks, draw.key) for draw in draws()},
        coverage=ask("coverage"),
        **{name: ask(name.replace("_", "-")) for name in ("weak_sources", "trust_by_mission")},
        conflicts=ask("conflicting-amounts"),
    )


def _weighted(checks: Iterable[Mapping[str, Any]], draw: str) -> float | None:
    """The share that is right when each fact read counts for the rows for which it stands.

    None if the draw's facts are not all listed with what they stand for.
    """
    drawn = [row for row in checks if row["draw"] == draw]
    if not drawn or any(row["stands_for"] is None for row in drawn):
        return None
    read = [row for row in drawn if row["verdict"] != "Could not be read"]
    right = sum(row["stands_for"] for row in read if row["verdict"] == "Right")
    return float(right / sum(row["stands_for"] for row in read)) if read else None

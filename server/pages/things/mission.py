"""The page of a mission or other initiative: aims and progress, instruments, results, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from flask import render_template

from missiongraph.namespaces import INITIATIVES
from missiongraph.publishing.progress import Progress, Seen, progress
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.http.pagination import page_number

from .thing import portrait, shows

ASKED = ("aims", "observations", "instruments", "results")
"""The library queries behind the page: ``mission-aims`` and so on."""

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FOOT = 300.0, 110.0, 6.0, 52.0, 14.0, 22.0


@dataclass(frozen=True)
class Chart:
    """The progress of an aim in the coordinates of a picture of 300 by 110.

    ``measured`` and ``path`` are the points of the measured and the straight line, ``wanted`` the
    height of the target, ``end`` the last measured point, ``first`` and ``last`` years.
    """

    measured: str
    path: str
    wanted: float
    end: tuple[float, float]
    first: str
    last: str


@shows(*INITIATIVES)
def mission(iri: str) -> str:
    """The page of a mission, or of an initiative of another class."""
    answers = {name: ask(f"mission-{name}", initiative=iri) for name in ASKED}
    states = ask("target-progress", initiative=iri)
    rows = [row for answer in (*answers.values(), states) for row in answer]
    cited = {row["source"] for row in rows if row["source"]}
    thing = portrait(iri, page_number(), cited)
    tracks = progress(answers["aims"], answers["observations"], states)
    return render_template(
        "mission.html",
        thing=thing,
        tracks=tracks,
        chart_of={track.aim: chart(track) for track in tracks},
        names={track.aim: track.name for track in tracks},
        summary=_summary(tracks),
        instruments=_merged(
            answers["instruments"], "instrument", ("kind", "providerName", "source")
        ),
        kinds=_kinds(answers["instruments"]),
        results=_merged(answers["results"], "result", ("source",)),
        trust=ask("trust-by-mission", initiative=iri),
        asked=answers,
        states=states,
        on=next((track.row["on"] for track in tracks if track.row), None),
    )


def chart(track: Progress) -> Chart | None:
    """The chart of an aim's progress; None for fewer than two values or no dated target."""
    wanted = track.wanted
    points = [seen for seen in track.seen if wanted and _measured(seen, wanted)]
    if len(points) < 2 or not wanted or wanted.value is None or wanted.year is None:
        return None
    times = [point.year or 0.0 for point in points] + [wanted.year]
    values = [point.value or 0.0 for point in points] + [wanted.value]
    early, late, low, high = min(times), max(times), min(values), max(values)
    if early == late or low == high or not isfinite(high - low):
        return None

    def place(time: float, value: float) -> tuple[float, float]:
        across = _LEFT + (time - early) / (late - early) * (_WIDTH - _LEFT - _RIGHT)
        down = _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _FOOT)
        return round(across, 1), round(down, 1)

    measured = sorted(place(p.year or 0.0, p.value or 0.0) for p in points)
    goal = place(wanted.year, wanted.value)
    return Chart(
        " ".join(f"{x},{y}" for x, y in measured),
        f"{measured[0][0]},{measured[0][1]} {goal[0]},{goal[1]}",
        goal[1],
        measured[-1],
        f"{early - 1:.0f}" if early == int(early) else f"{early:.0f}",
        wanted.when[:4],
    )


def _measured(seen: Seen, wanted: Seen) -> bool:
    known = seen.own and seen.value is not None and seen.year is not None
    kinds = ("baseline", "assumed-baseline", "actual")
    return known and seen.unit == wanted.unit and seen.kind in kinds


def _summary(tracks: Iterable[Progress]) -> dict[str, int]:
    """The number of aims in each state, without those that were replaced."""
    return dict(Counter(t.state for t in tracks if t.state and t.status != "superseded"))


def _merged(
    rows: Iterable[Mapping[str, Any]], key: str, several: tuple[str, ...]
) -> list[dict[str, Any]]:
    """One row for each thing, with lists of all values in the columns ``several``."""
    merged: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = merged.setdefault(row[key], dict(row) | {name: [] for name in several})
        for name in several:
            if row[name] and row[name] not in entry[name]:
                entry[name].append(row[name])
    return list(merged.values())


def _kinds(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, int]]:
    """The number of instruments of each kind, the most first, as rows of a bar chart."""
    kinds: dict[str, set[str]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], set()).add(row["instrument"])
    return sorted(
        ((kind, "", len(each)) for kind, each in kinds.items()), key=lambda r: (-r[2], r[0])
    )

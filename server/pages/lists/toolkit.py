"""The toolkit: instruments, results, lessons and organisations of comparable missions.

Missions are comparable if they share at least two of field, type and scope, or the only one that
is given. All of the page comes from library queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request

from missiongraph.namespaces import ID, VOCAB
from missiongraph.server.answers.library_queries import LibraryAnswer, ask
from missiongraph.server.answers.page_cache import for_readers
from missiongraph.server.http.addresses import at, local
from missiongraph.server.http.problems import Problem

blueprint = Blueprint("toolkit", __name__)

FACETS = {"field": "field", "type": "mission-type", "scope": "scope"}
"""The facets that describe a mission, and the vocabularies of their values."""

_MISSION = ID + "mission/"

LEAST = 2
"""Facets that a comparable mission must share."""

_NONE = "urn:missiongraph:none"
_SHOWN = 20  # organisations that are shown


@dataclass(frozen=True)
class Mix:
    """A kind of instrument: comparable missions that use it, their instruments, and one's own."""

    kind: str
    missions: int
    instruments: int
    mine: int


@blueprint.get("/toolkit")
@for_readers
def toolkit() -> str:
    """Compare a mission, or a description of one, with comparable missions."""
    offered, listed = ask("concepts-of-missions"), ask("missions")
    mission = request.args.get("mission", "")
    given = {name: request.args.get(name, "") for name in FACETS}
    by_facet = _by_facet(offered)
    _require({"mission": mission, **given}, by_facet, listed)
    if mission and not any(given.values()):
        given |= _described(ask("mission-concepts", initiative=_MISSION + mission))
    chosen = {name: value for name, value in given.items() if value}
    return render_template(
        "toolkit.html",
        offered=by_facet,
        counted=offered,
        missions=listed,
        mission=mission,
        given=given,
        found=_compare(given, len(chosen), mission) if chosen else None,
        labels={row["value"]: row["label"] for row in offered},
    )


def _require(
    given: Mapping[str, str],
    offered: Mapping[str, list[tuple[str, str, int]]],
    missions: LibraryAnswer,
) -> None:
    """Raise :class:`Problem` (404) for an unknown mission, or a value that no mission has."""
    known = {name: {code for code, _, _ in choices} for name, choices in offered.items()}
    known["mission"] = {row["mission"].removeprefix(_MISSION) for row in missions}
    for name, value in given.items():
        if value and value not in known[name]:
            detail = f"There is no mission{f' of the {name}' * (name != 'mission')} '{value}'."
            raise Problem(HTTPStatus.NOT_FOUND, detail, instead=at("/toolkit"))


def _compare(given: Mapping[str, str], chosen: int, mission: str) -> dict[str, Any]:
    """The comparable missions, with their instruments, results, practices and organisations."""
    values = {
        name: f"{VOCAB}{scheme}/{given[name]}" if given[name] else _NONE
        for name, scheme in FACETS.items()
    }
    values["least"] = str(min(LEAST, chosen))
    iri = _MISSION + mission if mission else ""
    names = ("missions", "instruments", "results", "practices", "organisations")
    answers = {name: ask(f"comparable-{name}", **values, without=iri) for name in names}
    own = ask("mission-instruments", initiative=iri) if mission else None
    return {
        "asked": answers,
        "missions": list(answers["missions"]),
        "mix": _mix(answers["instruments"], own or ()),
        "own": own,
        "results": list(answers["results"]),
        "practices": _practices(answers["practices"]),
        "bars": [
            (row["name"], local(row["organisation"]), row["missions"])
            for row in list(answers["organisations"])[:_SHOWN]
        ],
        "least": values["least"],
    }


def _practices(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each practice once, with all its missions and all its sources."""
    practices: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = practices.setdefault(row["practice"], dict(row) | {"missions": {}, "sources": {}})
        entry["missions"][row["mission"]] = row["missionName"]
        entry["sources"][row["source"]] = row["strength"]
    return list(practices.values())


def _mix(theirs: Iterable[Mapping[str, Any]], own: Iterable[Mapping[str, Any]]) -> list[Mix]:
    mine: dict[str, set[str]] = {}
    for row in own:
        mine.setdefault(row["kind"], set()).add(row["instrument"])
    used = [
        Mix(row["kind"], row["missions"], row["instruments"], len(mine.pop(row["kind"], ())))
        for row in theirs
    ]
    return used + [Mix(kind, 0, 0, len(tools)) for kind, tools in sorted(mine.items())]


def _described(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The first field, type and scope of a mission, as codes."""
    codes: dict[str, str] = {}
    for row in rows:
        codes.setdefault(row["facet"], row["value"].rpartition("/")[2])
    return codes


def _by_facet(rows: LibraryAnswer) -> dict[str, list[tuple[str, str, int]]]:
    """Code, label and number of missions of each concept, by facet."""
    concepts: dict[str, list[tuple[str, str, int]]] = {name: [] for name in FACETS}
    for row in rows:
        code = row["value"].rpartition("/")[2]
        concepts[row["facet"]].append((code, row["label"], row["missions"]))
    return concepts

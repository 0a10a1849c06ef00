"""Compares the policy instruments of two missions, kind by kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request

from missiongraph.namespaces import ID
from missiongraph.publishing.facts import Source
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.answers.page_cache import for_readers
from missiongraph.server.http.addresses import at
from missiongraph.server.http.problems import Problem

blueprint = Blueprint("compare", __name__)

_MISSION = ID + "mission/"


@dataclass(frozen=True)
class Tool:
    """An instrument, and the sources that link it to the mission, by IRI."""

    iri: str
    name: str
    sources: dict[str, Source] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of instrument, with the instruments of each of the two missions by IRI."""

    name: str
    sides: tuple[dict[str, Tool], dict[str, Tool]] = field(default_factory=lambda: ({}, {}))

    @property
    def both(self) -> bool:
        """Whether both missions use this kind."""
        return all(self.sides)


@blueprint.get("/compare")
@for_readers
def compare() -> str:
    """The page that compares the two missions chosen by the reader."""
    listed = ask("missions")
    names = {row["mission"].removeprefix(_MISSION): row["name"] for row in listed}
    one, other = request.args.get("one", ""), request.args.get("other", "")
    for unknown in {one, other} - {"", *names}:
        detail = f"There is no mission '{unknown}'."
        raise Problem(HTTPStatus.NOT_FOUND, detail, instead=at("/compare"))
    answer = None
    if one and other:
        answer = ask("instruments-of-two-missions", one=_MISSION + one, other=_MISSION + other)
    kinds = _kinds(answer or (), _MISSION + one, _MISSION + other)
    sources = sorted(_sources(kinds), key=lambda source: (source.label, source.iri))
    return render_template(
        "compare.html",
        names=names,
        chosen=(one, other),
        kinds=kinds,
        most=max((len(side) for kind in kinds for side in kind.sides), default=0),
        sources=sources,
        numbers={source.iri: number for number, source in enumerate(sources, start=1)},
        weak={source.iri for source in sources if source.weak},
        asked=answer,
    )


def _kinds(rows: Iterable[Mapping[str, Any]], *missions: str) -> list[Kind]:
    """The kinds by name, those that both missions use first."""
    kinds: dict[str, Kind] = {}
    for row in rows:
        kind = kinds.setdefault(row["kind"], Kind(row["kind"]))
        for mission, side in zip(missions, kind.sides, strict=True):
            if row["mission"] == mission:
                tool = side.setdefault(row["instrument"], Tool(row["instrument"], row["name"]))
                tool.sources[row["source"]] = _source(row)
    return sorted(kinds.values(), key=lambda kind: (not kind.both, kind.name))


def _source(row: Mapping[str, Any]) -> Source:
    kind, issued, strength = (row[name] or "" for name in ("sourceKind", "issued", "strength"))
    weak = strength == "Weak"
    return Source(row["source"], row["title"], "", kind, str(issued), strength, weak)


def _sources(kinds: Iterable[Kind]) -> set[Source]:
    sides = (side for kind in kinds for side in kind.sides)
    return {source for side in sides for tool in side.values() for source in tool.sources.values()}

"""Missions: all of them, by type, field, country, status and Sustainable Development Goal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, render_template, request

from ..context import context
from ..negotiation import HTML
from ..problems import acceptable
from .asking import ask
from .things import page_number

blueprint = Blueprint("missions", __name__)

FACETS = {
    "field": "Field",
    "type": "Type",
    "country": "Country",
    "status": "Status",
    "sdg": "Sustainable Development Goal",
}
"""The parameters that choose, and what readers call them."""

PAGE = 60
"""Missions on one page."""

Choice = tuple[str, str, int]
"""A value to choose, what it is called and how many missions have it."""


@dataclass(frozen=True)
class Entry:
    """A mission in the list."""

    iri: str
    name: str
    years: str
    aims: int
    facets: dict[str, dict[str, str]] = field(default_factory=dict)

    def has(self, facet: str, value: str) -> bool:
        """Whether the mission is among those that a reader has chosen."""
        return not value or value in self.facets.get(facet, {})


@blueprint.get("/missions")
def missions() -> str:
    """The missions that the reader has chosen."""
    acceptable(HTML)
    context().access.require("read")
    listed, known = ask("missions"), ask("mission-facets")
    entries = _entries(listed, known)
    chosen = {name: request.args.get(name, "") for name in FACETS}
    text = request.args.get("name", "")
    found = [
        entry
        for entry in entries
        if all(entry.has(*choice) for choice in chosen.items())
        and text.casefold() in entry.name.casefold()
    ]
    page, pages = page_number(), max(1, -(-len(found) // PAGE))
    return render_template(
        "missions.html",
        found=found[(page - 1) * PAGE : page * PAGE],
        total=len(found),
        page=page,
        pages=pages,
        facets=[(name, FACETS[name], _choices(found, name)) for name in FACETS],
        chosen=chosen,
        text=text,
        asked=listed,
        known=known,
    )


def _entries(rows: Iterable[Mapping[str, Any]], facets: Iterable[Mapping[str, Any]]) -> list[Entry]:
    entries = {
        row["mission"]: Entry(row["mission"], row["name"], _years(row), row["aims"] or 0)
        for row in rows
    }
    for row in facets:
        if entry := entries.get(row["mission"]):
            entry.facets.setdefault(row["facet"], {})[_key(row["value"])] = row["label"]
    return list(entries.values())


def _choices(entries: Iterable[Entry], facet: str) -> list[Choice]:
    """The values that some of ``entries`` have, the most common first."""
    labels: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for entry in entries:
        labels |= entry.facets.get(facet, {})
        counts.update(entry.facets.get(facet, {}).keys())
    return sorted(
        ((value, labels[value], count) for value, count in counts.items()),
        key=lambda choice: (-choice[2], choice[1]),
    )


def _key(iri: str) -> str:
    """The last part of a concept's IRI: short enough for an address."""
    return iri.rpartition("/")[2]


def _years(row: Mapping[str, Any]) -> str:
    first, last = (str(row[name] or "")[:4] for name in ("from", "until"))
    if first and last:
        return f"{first}–{last}"  # noqa: RUF001
    return f"since {first}" if first else f"until {last}" if last else ""

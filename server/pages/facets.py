"""Lists with facets: entries that have values, what can be chosen, and who has what was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from .things import page_number

PAGE = 60
"""Entries on one page."""

Choice = tuple[str, str, int]
"""A value to choose, what it is called and how many entries have it."""


@dataclass(frozen=True)
class Entry:
    """Something in a list; ``facets`` has the labels of its values, by facet and value."""

    iri: str
    name: str
    note: str = ""
    facets: dict[str, dict[str, str]] = field(default_factory=dict)

    def has(self, facet: str, value: str) -> bool:
        """Whether it is among those that a reader has chosen."""
        return not value or value in self.facets.get(facet, {})

    def said(self, *facets: str) -> str:
        """The labels of some facets, for reading."""
        return " · ".join(
            filter(None, (", ".join(self.facets.get(f, {}).values()) for f in facets))
        )


@dataclass(frozen=True)
class Listed:
    """One page of the entries that a reader has chosen, and what else can be chosen."""

    entries: list[Entry]
    total: int
    page: int
    pages: int
    facets: list[tuple[str, str, list[Choice]]]
    chosen: dict[str, str]
    text: str

    @property
    def narrowed(self) -> bool:
        """Whether anything is chosen."""
        return bool(self.text or any(self.chosen.values()))


def with_facets(
    entries: Iterable[Entry], rows: Iterable[Mapping[str, Any]], key: str
) -> list[Entry]:
    """The entries with the facets in ``rows``, whose column ``key`` names them."""
    known = {entry.iri: entry for entry in entries}
    for row in rows:
        if entry := known.get(row[key]):
            value = str(row["value"]).rpartition("/")[2]  # short enough for an address
            entry.facets.setdefault(row["facet"], {})[value] = str(row["label"])
    return list(known.values())


def chosen(entries: Iterable[Entry], facets: Mapping[str, str]) -> Listed:
    """What the request chooses of ``entries``; ``facets`` are its parameters and their names."""
    choice = {name: request.args.get(name, "") for name in facets}
    text = request.args.get("name", "").strip()
    found = [
        entry
        for entry in entries
        if text.casefold() in entry.name.casefold()
        and all(entry.has(*each) for each in choice.items())
    ]
    page, pages = page_number(), max(1, -(-len(found) // PAGE))
    offered = [(name, heading, _choices(found, name)) for name, heading in facets.items()]
    return Listed(
        found[(page - 1) * PAGE : page * PAGE],
        len(found),
        page,
        pages,
        [(name, heading, choices) for name, heading, choices in offered if choices],
        choice,
        text,
    )


def _choices(entries: Iterable[Entry], facet: str) -> list[Choice]:
    """The values that some of ``entries`` have, the most common first."""
    labels: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for entry in entries:
        labels |= entry.facets.get(facet, {})
        counts.update(entry.facets.get(facet, {}).keys())
    found = ((value, labels[value], count) for value, count in counts.items())
    return sorted(found, key=lambda choice: (-choice[2], choice[1]))

"""Lists with facets: the choices, the reader's choice, and the entries that match it.

Each facet is also a parameter of the list's query, so that the query with the same values gives
the same entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import request

from missiongraph.server.http.addresses import at
from missiongraph.server.http.pagination import page_number, require_page
from missiongraph.server.http.problems import Problem

PAGE = 60
"""Entries on one page."""

Choice = tuple[str, str, int]
"""A value to choose, its label, and the number of entries that have it."""


@dataclass(frozen=True)
class Entry:
    """An entry of a list: its name, with a few words about it."""

    iri: str
    name: str
    said: str = ""
    note: str = ""


class Facets:
    """The values of the things of a list, by facet; a value's code is the last part of its IRI.

    ``rows`` have the columns facet, value and label, and ``key`` with the thing's IRI.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], key: str) -> None:
        self._of: dict[str, set[tuple[str, str]]] = {}
        self._value: dict[tuple[str, str], str] = {}
        self._label: dict[tuple[str, str], str] = {}
        for row in rows:
            value = str(row["value"])
            choice = row["facet"], value.rpartition("/")[2]  # short, for addresses
            self._of.setdefault(row[key], set()).add(choice)
            self._value[choice], self._label[choice] = value, str(row["label"])

    def value(self, facet: str, code: str) -> str | None:
        """The value for a code in an address; None if no thing has it."""
        return self._value.get((facet, code))

    def choices(self, entries: Iterable[Entry], facet: str) -> list[Choice]:
        """The values of ``entries`` in a facet, the most common first."""
        counts = Counter(c for entry in entries for c in self._of.get(entry.iri, ()))
        values = ((c[1], self._label[c], count) for c, count in counts.items() if c[0] == facet)
        return sorted(values, key=lambda choice: (-choice[2], choice[1]))


@dataclass(frozen=True)
class Chosen:
    """The choice in a request: codes by facet, their values, and a part of the name."""

    codes: dict[str, str]
    values: dict[str, str]
    text: str

    @classmethod
    def of_request(cls, facets: Facets, names: Mapping[str, str]) -> Chosen:
        """Read the request; ``names`` maps parameters to their headings.

        Raises :class:`Problem` (404) for a value that no entry has.
        """
        codes = {name: request.args.get(name, "") for name in names}
        values: dict[str, str] = {}
        for name, code in codes.items():
            value = facets.value(name, code) if code else ""
            if value is None:
                detail = f"Nothing here has the {names[name].lower()} '{code}'."
                raise Problem(HTTPStatus.NOT_FOUND, detail, instead=at(request.path))
            values[name] = value
        return cls(codes, values, request.args.get("name", "").strip())

    @property
    def asked(self) -> dict[str, str]:
        """The choice as parameters of the list's query."""
        return self.values | {"holds": self.text}

    def __bool__(self) -> bool:
        return bool(self.text or any(self.codes.values()))


@dataclass(frozen=True)
class Listed:
    """One page of the matching entries, and the choices that remain."""

    entries: list[Entry]
    total: int
    page: int
    pages: int
    facets: list[tuple[str, str, list[Choice]]]
    chosen: dict[str, str]
    text: str
    narrowed: bool


def listed(
    matches: list[Entry], chosen: Chosen, facets: Facets, names: Mapping[str, str]
) -> Listed:
    """The requested page of ``matches``; raises :class:`Problem` for a page after the last."""
    page, pages = page_number(), max(1, -(-len(matches) // PAGE))
    require_page(page, pages)
    offered = [(name, heading, facets.choices(matches, name)) for name, heading in names.items()]
    return Listed(
        matches[(page - 1) * PAGE : page * PAGE],
        len(matches),
        page,
        pages,
        [(name, heading, choices) for name, heading, choices in offered if choices],
        chosen.codes,
        chosen.text,
        bool(chosen),
    )

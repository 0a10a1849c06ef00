"""Lists with facets: what can be chosen, what was, and the entries that have it.

A choice is one of the query, too: what a list shows is what its query, asked the same, gives.
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
"""A value to choose, what it is called and how many entries have it."""


@dataclass(frozen=True)
class Entry:
    """Something in a list: what it is called, and what is said of it in a few words."""

    iri: str
    name: str
    said: str = ""
    note: str = ""


class Facets:
    """What is known of the things of a list, by facet; values go by their last part.

    ``rows`` have the columns facet, value and label, and ``key``, which names the thing.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], key: str) -> None:
        self._of: dict[str, set[tuple[str, str]]] = {}
        self._value: dict[tuple[str, str], str] = {}
        self._label: dict[tuple[str, str], str] = {}
        for row in rows:
            value = str(row["value"])
            choice = row["facet"], value.rpartition("/")[2]  # short enough for an address
            self._of.setdefault(row[key], set()).add(choice)
            self._value[choice], self._label[choice] = value, str(row["label"])

    def value(self, facet: str, code: str) -> str | None:
        """The value that a code in an address stands for; None where no thing has it."""
        return self._value.get((facet, code))

    def choices(self, entries: Iterable[Entry], facet: str) -> list[Choice]:
        """The values that some of ``entries`` have, the most common first."""
        found = Counter(c for entry in entries for c in self._of.get(entry.iri, ()))
        values = ((c[1], self._label[c], count) for c, count in found.items() if c[0] == facet)
        return sorted(values, key=lambda choice: (-choice[2], choice[1]))


@dataclass(frozen=True)
class Chosen:
    """What the request chooses: codes by facet, the values they stand for, a part of the name."""

    codes: dict[str, str]
    values: dict[str, str]
    text: str

    @classmethod
    def of_request(cls, facets: Facets, names: Mapping[str, str]) -> Chosen:
        """Read the request; ``names`` are parameters and what readers call them.

        Raises :class:`Problem` for a value that nothing in the list has.
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
        """The same as parameters of the query of the list."""
        return self.values | {"holds": self.text}

    def __bool__(self) -> bool:
        return bool(self.text or any(self.codes.values()))


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
    narrowed: bool


def listed(found: list[Entry], chosen: Chosen, facets: Facets, names: Mapping[str, str]) -> Listed:
    """The page of ``found`` that the request asks for; raises :class:`Problem` for none such."""
    page, pages = page_number(), max(1, -(-len(found) // PAGE))
    require_page(page, pages)
    offered = [(name, heading, facets.choices(found, name)) for name, heading in names.items()]
    return Listed(
        found[(page - 1) * PAGE : page * PAGE],
        len(found),
        page,
        pages,
        [(name, heading, choices) for name, heading, choices in offered if choices],
        chosen.codes,
        chosen.text,
        bool(chosen),
    )

"""Counts the known members of a network by kind and year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Line:
    """The numbers of members of a kind: in all, in each year, and without a date."""

    kind: str
    members: int
    by_year: tuple[int, ...]
    undated: int


@dataclass(frozen=True)
class Roster:
    """The years in which a membership is known to begin or end, and a line for each kind."""

    years: tuple[int, ...]
    lines: tuple[Line, ...]

    @property
    def has_undated(self) -> bool:
        """Whether any member has no date."""
        return any(line.undated for line in self.lines)


def roster(rows: Iterable[Mapping[str, Any]]) -> Roster:
    """Count rows of ``member``, ``kind``, ``from`` and ``until``; the largest kind comes first.

    A member without a known end counts in all later years; one in two rows counts once. No rows
    give no years and no lines.
    """
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        kinds.setdefault(row["kind"] or "Not stated", []).append(row)
    every = [row for each in kinds.values() for row in each]
    days = [row[end] for row in every for end in ("from", "until")]
    years = tuple(sorted({day.year for day in days if isinstance(day, date)}))
    lines = (_line(kind, each, years) for kind, each in kinds.items())
    return Roster(years, tuple(sorted(lines, key=lambda line: (-line.members, line.kind))))


def _line(kind: str, rows: list[Mapping[str, Any]], years: tuple[int, ...]) -> Line:
    dated = [row for row in rows if row["from"] or row["until"]]
    by_year = tuple(_members(row for row in dated if _within(row, year)) for year in years)
    known = {row["member"] for row in dated}
    undated = _members(row for row in rows if row["member"] not in known)
    return Line(kind, _members(rows), by_year, undated)


def _within(row: Mapping[str, Any], year: int) -> bool:
    begun = row["from"] is None or row["from"].year <= year
    return begun and (row["until"] is None or year <= row["until"].year)


def _members(rows: Iterable[Mapping[str, Any]]) -> int:
    return len({row["member"] for row in rows})

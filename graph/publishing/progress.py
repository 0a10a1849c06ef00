"""Computes how far an aim has come from its baseline to its target, and how far is expected.

Only numbers in the unit of the target are compared. The share achieved is
(latest - baseline) / (target - baseline); the expected share is the part of the time between
baseline and due date that has passed: a straight line, which real change seldom follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

NEAR = 0.75
"""Fraction of the expected share from which an aim is "behind", below which it is "off track"."""


@dataclass(frozen=True)
class Seen:
    """An observed or wanted value at a time, ``when``, with the source that states it.

    ``value`` is ``None`` if the source gives only text; ``up_to`` is the upper end of a range.
    """

    kind: str
    value: float | None
    up_to: float | None
    text: str
    unit: str
    bound: str
    when: str
    source: str

    @property
    def year(self) -> float | None:
        """The time as a decimal year (the end of a year or month); ``None`` if unknown."""
        return _year(self.when)

    @property
    def words(self) -> str:
        """The value as shown to readers."""
        if self.value is None:
            return self.text
        number = f"{self.value:,.10g}" + (f"–{self.up_to:,.10g}" if self.up_to else "")  # noqa: RUF001
        return " ".join(filter(None, [self.bound.lower(), number]))


@dataclass(frozen=True)
class Progress:
    """An aim with all its observations, ``seen``.

    ``share`` is 0 at the baseline and 1 at the target, negative if things got worse and above 1
    beyond the target. ``expected``, from 0 to 1, is the share expected today. Both are ``None`` if
    they cannot be computed. ``judged`` is whether a source states the ``state``; otherwise it is
    computed here, from the share expected at the time of the latest value.
    """

    aim: str
    name: str
    kind: str
    due: str
    state: str
    judged: bool
    baseline: Seen | None
    latest: Seen | None
    wanted: Seen | None
    share: float | None
    expected: float | None
    seen: Sequence[Seen]
    sources: Sequence[str]
    replaces: str = ""


def progress(
    aims: Iterable[Mapping[str, Any]], observations: Iterable[Mapping[str, Any]], today: date
) -> list[Progress]:
    """The progress of each aim, from the rows of ``mission-aims`` and ``mission-observations``."""
    seen: dict[str, list[Seen]] = {}
    for row in observations:
        seen.setdefault(row["aim"], []).append(_seen(row))
    by_aim: dict[str, list[Mapping[str, Any]]] = {}
    for row in aims:
        by_aim.setdefault(row["aim"], []).append(row)
    return [_progress(rows, seen.get(aim, []), today) for aim, rows in by_aim.items()]


def decimal_year(when: str) -> float:
    """A year, month or day as a decimal year, at its end: 2030 is 2031.0, 2030-06-30 is 2030.5."""
    parts = [int(part) for part in when.split("-")]
    if len(parts) == 1:
        return parts[0] + 1.0
    if len(parts) == 2:
        return parts[0] + parts[1] / 12
    start, end = date(parts[0], 1, 1), date(parts[0] + 1, 1, 1)
    return parts[0] + (date(*parts) - start).days / (end - start).days


def _progress(rows: list[Mapping[str, Any]], seen: list[Seen], today: date) -> Progress:
    first = rows[0]
    due = str(first["due"] or "")
    wanted = _last(seen, "target")
    unit = wanted.unit if wanted else ""
    same = [each for each in seen if each.unit == unit and each.value is not None]
    baseline, latest = _first(same, "baseline"), _last(same, "actual")
    share = _share(baseline, latest, wanted)
    expected = _expected(baseline, due, decimal_year(today.isoformat()))
    stated = next((str(row["status"]) for row in rows if row["status"]), "")
    return Progress(
        first["aim"],
        str(first["name"]),
        str(first["kind"]),
        due,
        stated.lower() or _state(share, _expected(baseline, due, latest.year if latest else None)),
        bool(stated),
        baseline,
        latest,
        wanted,
        share,
        expected,
        seen,
        tuple(dict.fromkeys(str(row["source"]) for row in rows)),
        next((str(row["replaces"]) for row in rows if row["replaces"]), ""),
    )


def _share(baseline: Seen | None, latest: Seen | None, wanted: Seen | None) -> float | None:
    if not (baseline and latest and wanted) or None in (baseline.value, latest.value):
        return None
    if wanted.value is None or wanted.value == baseline.value:
        return None
    if baseline.year and latest.year and latest.year <= baseline.year:
        return None  # no observation since the baseline
    assert baseline.value is not None and latest.value is not None
    share = (latest.value - baseline.value) / (wanted.value - baseline.value)
    return share if isfinite(share) else None


def _expected(baseline: Seen | None, due: str, now: float | None) -> float | None:
    begin = baseline.year if baseline else None
    end = _year(due)
    if begin is None or now is None or end is None or end <= begin:
        return None
    return min(max((now - begin) / (end - begin), 0.0), 1.0)


def _state(share: float | None, expected: float | None) -> str:
    """The state in words; empty if the numbers do not suffice."""
    if share is None:
        return ""
    if share >= 1:
        return "reached"
    if expected is None:
        return ""
    if expected >= 1:
        return "missed"
    if share >= expected:
        return "on track"
    return "behind" if share >= NEAR * expected else "off track"


def _first(seen: Sequence[Seen], kind: str) -> Seen | None:
    return min((s for s in seen if s.kind == kind), key=_order, default=None)


def _last(seen: Sequence[Seen], kind: str) -> Seen | None:
    return max((s for s in seen if s.kind == kind), key=_order, default=None)


def _order(seen: Seen) -> tuple[float, float]:
    return seen.year or 0.0, seen.value or 0.0


def _year(when: str) -> float | None:
    """A time as a decimal year; ``None`` if it is not a valid date."""
    try:
        return decimal_year(when)
    except (ValueError, TypeError):
        return None


def _number(value: object) -> float | None:
    """The value if it is a finite number; ``None`` for ill-typed literals and NaN."""
    try:
        number = float(value) if isinstance(value, int | float | Decimal) else None
    except OverflowError:
        return None
    return number if number is not None and isfinite(number) else None


def _seen(row: Mapping[str, Any]) -> Seen:
    value, up_to = _number(row["value"]), _number(row["upTo"])
    spelt = row["value"] if value is None else None  # a value that is no number is shown as text
    return Seen(
        str(row["kind"]),
        value,
        up_to,
        str(row["text"] or spelt or ""),
        str(row["unit"] or ""),
        str(row["bound"] or ""),
        str(row["date"] or ""),
        str(row["source"]),
    )

"""Tells how far aims have come, and why, from the answers of library queries.

The query ``target-progress`` decides the states; here they are put into words beside the values.
"""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

Row = Mapping[str, Any]
"""A row of an answer."""

_COUNTS = ("Number of things", "Number a year")  # units that add nothing to the name of a target


@dataclass(frozen=True)
class Seen:
    """A value at a time, ``when``, with the source that states it.

    ``value`` is ``None`` if the source gives only text; ``up_to`` is the upper end of a range.
    ``own`` is whether it is a value of the quantity by which the aim is measured.
    """

    kind: str
    value: float | None
    up_to: float | None
    text: str
    unit: str
    bound: str
    when: str
    source: str
    own: bool

    @property
    def year(self) -> float | None:
        """The time as a decimal year (the end of a year or month); ``None`` if unknown."""
        try:
            return decimal_year(self.when)
        except ValueError:
            return None

    @property
    def words(self) -> str:
        """The value as shown to readers."""
        if self.value is None:
            return self.text
        return " ".join(filter(None, [self.bound.lower(), _spelt(self.value, self.up_to)]))


@dataclass(frozen=True)
class Progress:
    """An aim with its values, ``seen``, and its row of ``target-progress``, if it is a target.

    ``status`` is what a source says became of the aim, in lower case.
    """

    aim: str
    name: str
    kind: str
    due: str
    status: str
    row: Row
    seen: Sequence[Seen]
    sources: Sequence[str]
    replaces: str = ""

    @property
    def state(self) -> str:
        """The state in lower case: of ``vocab/progress-state`` for a target, else the status."""
        return str(self.row.get("state") or self.status).lower()

    @property
    def why(self) -> str:
        """What the state rests on, in words."""
        return in_words(self.row)

    @property
    def wanted(self) -> Seen | None:
        """The value or state wanted, the last one stated; ``None`` if none is."""
        goals = [seen for seen in self.seen if seen.kind == "target" and seen.own]
        return max(goals, key=lambda seen: seen.year or 0.0, default=None)

    @property
    def started(self) -> Seen | None:
        """The value that its row has as baseline; ``None`` if none is stated."""
        value = _number(self.row.get("baseline"))
        starts = (seen for seen in self.seen if seen.kind == "baseline" and seen.own)
        return next((seen for seen in starts if value in (seen.value, seen.up_to)), None)


def progress(
    aims: Iterable[Row], observations: Iterable[Row], states: Iterable[Row]
) -> list[Progress]:
    """The progress of each aim.

    Takes the rows of ``mission-aims``, ``mission-observations`` and ``target-progress``. Of
    several rows of a target, whose sources disagree, the first counts.
    """
    seen: dict[str, list[Seen]] = {}
    for row in observations:
        seen.setdefault(row["aim"], []).append(_seen(row))
    state = {row["aim"]: row for row in reversed(list(states))}
    by_aim: dict[str, list[Row]] = {}
    for row in aims:
        by_aim.setdefault(row["aim"], []).append(row)
    return [_progress(rows, state.get(aim, {}), seen.get(aim, [])) for aim, rows in by_aim.items()]


def in_words(row: Row) -> str:
    """What the state of a target rests on, from its row of ``target-progress``.

    For example "82 of 100 percent by 2024, value of June 2024"; empty for a row without values or
    reason.
    """
    parts = []
    if _number(row.get("latest")) is not None and _number(row.get("wanted")) is not None:
        by = f" by {day(row['due'])}" if row["due"] else ""
        parts.append(f"{_compared(row)}{by}")
        if row["asOf"]:
            parts.append(f"value of {day(row['asOf'])}")
    parts.append(str(row.get("reason") or ""))
    if row.get("computed") is True:
        parts.append("worked out from two values")
    if str(row.get("start") or "") == "Assumed baseline":
        parts.append("a start from zero is assumed")
    return ", ".join(filter(None, parts))


def day(when: object) -> str:
    """A year, month or day as a reader writes it; the last day of a year is the year."""
    parts = str(when).split("-")
    if len(parts) == 1 or parts[1:] == ["12", "31"]:
        return parts[0]
    try:
        month = month_name[int(parts[1])]
    except (ValueError, IndexError):
        return str(when)
    return f"{month} {parts[0]}" if len(parts) == 2 else f"{int(parts[2])} {month} {parts[0]}"


def decimal_year(when: str) -> float:
    """A year, month or day as a decimal year, at its end: 2030 is 2031.0, 2030-06-30 is 2030.5."""
    parts = [int(part) for part in when.split("-")]
    if len(parts) == 1:
        return parts[0] + 1.0
    if len(parts) == 2:
        return parts[0] + parts[1] / 12
    start, end = date(parts[0], 1, 1), date(parts[0] + 1, 1, 1)
    return parts[0] + (date(*parts) - start).days / (end - start).days


def _compared(row: Row) -> str:
    """The latest value beside the one wanted, and their unit."""
    wanted = " ".join(filter(None, [str(row["bound"] or "").lower(), _spelt(row["wanted"])]))
    unit = str(row["unit"] or "")
    if unit in _COUNTS:
        unit = ""
    elif not unit[:2].isupper():  # "US dollars" keep their capitals
        unit = unit[:1].lower() + unit[1:]
    rises = row["wanted"] > (_number(row["baseline"]) or 0)
    told = f"{wanted} {unit}".strip()
    return (
        f"{_spelt(row['latest'])} of {told}" if rises else f"{_spelt(row['latest'])}, {told} wanted"
    )


def _spelt(value: float | Decimal, up_to: float | None = None) -> str:
    return f"{value:,.10g}" + (f"–{up_to:,.10g}" if up_to else "")  # noqa: RUF001


def _progress(rows: list[Row], row: Row, seen: list[Seen]) -> Progress:
    first = rows[0]
    return Progress(
        first["aim"],
        str(first["name"]),
        str(first["kind"]),
        str(first["due"] or ""),
        next((str(each["status"]).lower() for each in rows if each["status"]), ""),
        row,
        seen,
        tuple(dict.fromkeys(str(each["source"]) for each in rows)),
        next((str(each["replaces"]) for each in rows if each["replaces"]), ""),
    )


def _number(value: object) -> float | None:
    """The value if it is a finite number; ``None`` for ill-typed literals and NaN."""
    try:
        number = float(value) if isinstance(value, int | float | Decimal) else None
    except OverflowError:
        return None
    return number if number is not None and isfinite(number) else None


def _seen(row: Row) -> Seen:
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
        row["own"] is True,
    )

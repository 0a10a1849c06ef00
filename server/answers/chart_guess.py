"""Guesses a chart for an answer from its columns: bars, a line, dots or none.

One name and one number make bars, a year and a number a line, two numbers dots. The header of a
library query (``# chart: bar``) overrides the guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 30
"""Most bars that are drawn; more could not be told apart."""

LEFT, RIGHT, TOP, FOOT, WIDTH, HEIGHT = 60.0, 700.0, 14.0, 200.0, 720.0, 230.0

_YEAR = re.compile(r"(1[5-9]|20|21)\d\d(-\d\d){0,2}")


@dataclass(frozen=True)
class Bars:
    """A bar chart: caption, (label, address, value) of each bar, and number of bars left out."""

    says: str
    rows: list[tuple[str, str, float]]
    left_out: int


@dataclass(frozen=True)
class Points:
    """Points, joined by a line or not, as (x, y, title) in a picture of 720 by 230.

    ``across`` and ``up`` hold the first and last label of each axis.
    """

    says: str
    joined: bool
    points: list[tuple[float, float, str]]
    across: tuple[str, str]
    up: tuple[str, str]

    @property
    def line(self) -> str:
        """The points as SVG writes them."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in self.points)


@dataclass(frozen=True)
class Column:
    """A column of an answer: its name, texts and addresses."""

    name: str
    texts: list[str]
    hrefs: list[str]
    number: bool

    @property
    def years(self) -> bool:
        """Whether all non-empty texts are dates, and there are some."""
        return all(_YEAR.fullmatch(text) for text in self.texts if text) and any(self.texts)

    @property
    def values(self) -> list[float | None]:
        """The numbers; None for an empty text."""
        return [float(text) if text else None for text in self.texts]


def guess(columns: Sequence[Column], hint: str = "") -> Bars | Points | None:
    """The chart for these columns; None if no chart suits them, or the hint is ``table``."""
    if hint == "table":
        return None
    years = [column for column in columns if column.years]
    numbers = [column for column in columns if column.number and not column.years]
    names = [column for column in columns if not column.number and not column.years]
    if not numbers or not columns[0].texts:
        return None
    if hint != "bar" and years and not names:
        return _points(years[0], numbers[0], joined=True)
    if names and (hint == "bar" or len(numbers) == 1):
        return _bars(_label(names), numbers[0])
    if not names and len(numbers) == 2:
        return _points(numbers[0], numbers[1], joined=False)
    return None


def _label(names: Sequence[Column]) -> Column:
    """What bars are called: the column that tells rows apart best, and others if it does not."""
    label = best = max(names, key=lambda column: len({*column.texts} - {""}))
    for other in names:
        if len({*label.texts} - {""}) == len(label.texts):
            break
        if other is not best:
            pairs = zip(label.texts, other.texts, strict=True)
            texts = [", ".join(filter(None, pair)) for pair in pairs]
            label = Column(f"{label.name} and {other.name}", texts, best.hrefs, number=False)
    return label


def _bars(names: Column, values: Column) -> Bars | None:
    rows = [
        (text, href, value)
        for text, href, value in zip(names.texts, names.hrefs, values.values, strict=True)
        if value is not None and text
    ]
    if not rows or min(value for *_, value in rows) < 0:
        return None
    ordered = sorted(rows, key=lambda row: -row[2])
    return Bars(f"{values.name} by {names.name}", ordered[:MOST], len(rows) - len(rows[:MOST]))


def _points(across: Column, up: Column, *, joined: bool) -> Points | None:
    pairs = [
        (_place(text) if joined else float(text), value, f"{text}: {value:,g}")
        for text, value in zip(across.texts, up.values, strict=True)
        if text and value is not None
    ]
    if len(pairs) < 2:
        return None
    pairs.sort()
    left, right = pairs[0][0], pairs[-1][0]
    low, high = min(y for _, y, _ in pairs), max(y for _, y, _ in pairs)
    points = [
        (
            LEFT + (x - left) / ((right - left) or 1) * (RIGHT - LEFT),
            FOOT - (y - low) / ((high - low) or 1) * (FOOT - TOP),
            says,
        )
        for x, y, says in pairs
    ]
    ends = (f"{left:g}", f"{right:g}")
    if joined:
        ends = (min(filter(None, across.texts)), max(filter(None, across.texts)))
    says = f"{up.name} by {across.name}"
    return Points(says, joined, points, ends, (f"{low:,g}", f"{high:,g}"))


def _place(date: str) -> float:
    """A date as a decimal year."""
    year, month, day = ([int(part) for part in date.split("-")] + [1, 1])[:3]
    return year + (month - 1) / 12 + (day - 1) / 365

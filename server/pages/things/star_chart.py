"""A star chart: one thing in the middle, others in columns left and right, shared things between.

Each of the others is placed beside the most common thing that it shares with the middle. So no
label covers another, however long they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from missiongraph.namespaces import ID

WIDTH, MIDDLE = 1040.0, 520.0
_BETWEEN, _OUTSIDE = 130.0, 270.0  # from the middle to the shared things, and to the others
_ROW, _APART, _EDGE = 26.0, 44.0, 30.0
_DIRECT = ID + "partnership/"


@dataclass(frozen=True)
class Spot:
    """A thing in the picture; ``side`` is -1 on the left, 1 on the right, 0 in the middle."""

    iri: str
    label: str
    x: float
    y: float
    side: int


@dataclass(frozen=True)
class Star:
    """The picture: its height, the shared things, the others, and the curves between them."""

    height: float
    shared: Sequence[Spot]
    others: Sequence[Spot]
    curves: Sequence[str]

    @property
    def middle(self) -> tuple[float, float]:
        """The position of the thing in the middle."""
        return MIDDLE, self.height / 2


def star(rows: Iterable[Mapping[str, Any]]) -> Star:
    """The picture for rows of others (``other``, ``name``) and shared things (``via`` …).

    A partnership is drawn as a direct curve, not as a shared thing.
    """
    names: dict[str, str] = {}
    ways: dict[str, list[str]] = {}  # the things that each of the others shares
    for row in rows:
        way = "" if row["via"].startswith(_DIRECT) else str(row["via"])
        names |= {row["other"]: str(row["name"]), way: str(row["viaName"] or "")}
        ways.setdefault(row["other"], []).append(way)
    homes = _homes(ways)
    sides = _sides(homes)
    most = max((sum(len(homes[way]) for way in side) for side in sides), default=0)
    height = max(most, 4) * _ROW + 2 * _EDGE
    others, shared = [], []
    for side, members in zip((-1, 1), sides, strict=True):
        inside, outside = _side(members, homes, names, side, height)
        shared += inside
        others += outside
    return Star(height, shared, others, [*_curves(shared, others, ways, height)])


def _homes(ways: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The shared things, the most common first, each with the others placed beside it."""
    counts: dict[str, int] = {}
    for way in (way for each in ways.values() for way in dict.fromkeys(each)):
        counts[way] = counts.get(way, 0) + 1
    homes: dict[str, list[str]] = {way: [] for way in sorted(counts, key=lambda w: -counts[w])}
    for other, each in ways.items():
        homes[min(each, key=[*homes].index)].append(other)
    return homes


def _sides(homes: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    """The shared things in two halves with about equally many others."""
    sides: tuple[list[str], list[str]] = [], []
    lengths = [0, 0]
    for way, others in homes.items():
        lesser = 0 if lengths[0] <= lengths[1] else 1
        sides[lesser].append(way)
        lengths[lesser] += max(len(others), 1)
    return sides


def _side(
    ways: Sequence[str],
    homes: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    side: int,
    height: float,
) -> tuple[list[Spot], list[Spot]]:
    """The spots of one half of the picture: shared things, and others."""
    down = height / 2 - sum(len(homes[way]) for way in ways) * _ROW / 2 + _ROW / 2
    inside, outside, least = [], [], _EDGE
    for way in ways:
        places = [down + number * _ROW for number in range(len(homes[way]))]
        down += len(places) * _ROW
        x = MIDDLE + side * _OUTSIDE
        outside += [Spot(o, names[o], x, y, side) for o, y in zip(homes[way], places, strict=True)]
        if way:
            middle = sum(places) / len(places) if places else least
            y = max(middle, least)
            inside.append(Spot(way, names[way], MIDDLE + side * _BETWEEN, y, side))
            least = y + _APART
    return inside, outside


def _curves(
    shared: Sequence[Spot],
    others: Sequence[Spot],
    ways: Mapping[str, Sequence[str]],
    height: float,
) -> Iterable[str]:
    middle = Spot("", "", MIDDLE, height / 2, 0)
    spots = {spot.iri: spot for spot in shared} | {"": middle}
    for spot in shared:
        yield _curve(middle, spot)
    for other in others:
        for way in dict.fromkeys(ways[other.iri]):
            yield _curve(spots[way], other)


def _curve(start: Spot, end: Spot) -> str:
    bend = (start.x + end.x) / 2
    return f"M{start.x:g} {start.y:g}C{bend:g} {start.y:g} {bend:g} {end.y:g} {end.x:g} {end.y:g}"

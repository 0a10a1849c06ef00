"""Draws ranks over time as lines: a bump chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from .chart import FOOT, TOP, along, chart, shortened, small
from .svg import OTHERS, PALETTE
from .xml import tag

_LEFT, _RIGHT, _ROW, _STEP = 40, 320, 30, 60

Ranks = Mapping[str, Sequence[int | None]]
"""The rank of each thing in each period, None where it has none, by its name."""


def bump(
    periods: Sequence[date], ranks: Ranks, title: str, caption: str = "", top: int = 10
) -> str:
    """Self-contained SVG with a line for each of the ``top`` things that rank first at the end.

    Of equals, those that ranked better on average come first. A line is broken in periods in which
    its thing has no rank, and runs along the bottom where it ranks below ``top``. The order of
    names at the right is that of the last ranks.
    """
    last = sorted((name for name in ranks if ranks[name] and ranks[name][-1]), key=_end(ranks))
    shown = last[:top]
    parts = [
        *(small(str(number), 8, _y(number) + 4) for number in range(1, top + 1)),
        small(f">{top}", 8, _y(top + 1) + 4),
        *along(periods, _x),
    ]
    for number, name in reversed(list(enumerate(shown))):
        colour = PALETTE[number] if number < len(PALETTE) else OTHERS
        parts += _line(ranks[name], colour, top)
    parts += _names(shown, ranks, _x(len(periods) - 1) + 14)
    if len(last) > len(shown):
        caption = f"{len(last) - len(shown):,} more have a rank at the end. {caption}"
    width = _LEFT + _STEP * max(len(periods) - 1, 1) + _RIGHT
    return chart(title, caption, width, _y(top + 1) + FOOT + 20, parts)


def _end(ranks: Ranks) -> Callable[[str], tuple[int, float, str]]:
    """The key that sorts names by last rank, mean rank and name."""

    def key(name: str) -> tuple[int, float, str]:
        known = [rank for rank in ranks[name] if rank]
        return ranks[name][-1] or 0, sum(known) / len(known), name

    return key


def _line(ranks: Sequence[int | None], colour: str, top: int) -> Iterator[str]:
    """The runs of a line, and a dot for each rank among the first."""
    places = [(place, rank) for place, rank in enumerate(ranks) if rank]
    for _, run in groupby(enumerate(places), key=lambda item: item[1][0] - item[0]):
        ends = [(_x(place), _y(min(rank, top + 1))) for _, (place, rank) in run]
        points = " ".join(f"{x:g},{y:g}" for x, y in ends)
        yield tag("polyline", points=points, fill="none", stroke=colour, stroke_width=3)
    for place, rank in places:
        if rank <= top:
            yield tag("circle", cx=_x(place), cy=_y(rank), r=5, fill=colour)


def _names(shown: Sequence[str], ranks: Ranks, x: float) -> Iterator[str]:
    """The names beside the last ranks, moved down so that none covers another."""
    free = 0.0
    for name in shown:
        y = max(_y(ranks[name][-1] or 0) + 4, free)
        free = y + 14
        yield small(shortened(name), x, y)


def _x(place: int) -> float:
    return _LEFT + _STEP * place


def _y(rank: int) -> float:
    return TOP + _ROW * (rank - 1)

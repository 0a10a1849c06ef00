"""Draws communities over time as an alluvial diagram: blocks of members, and streams between them.

After Rosvall and Bergstrom (2010, "Mapping Change in Large Networks", PLOS ONE 5(1): e8694): the
height of a block is the number of its members, that of a stream the number of those who go from one
block to another in the next period.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .chart import FOOT, TOP, along, chart, named, shortened, small
from .svg import OTHERS, PALETTE
from .xml import tag, text

_LEFT, _RIGHT, _BLOCK, _STEP = 40, 330, 14, 90
_HEIGHT, _GAP = 480.0, 6.0

Members = Mapping[str, Sequence[int | None]]
"""The community of each thing in each period, None where it is in none, by its name."""

REST = -1
"""The number of the block with the members of all smaller communities."""


@dataclass(frozen=True)
class _Blocks:
    """The blocks of one period from top to bottom: the number of members and the y of each."""

    sizes: Mapping[int, int]
    tops: Mapping[int, float]


def alluvial(
    periods: Sequence[date],
    members: Members,
    names: Mapping[int, str],
    title: str,
    caption: str = "",
    top: int = 8,
) -> str:
    """Self-contained SVG with the ``top`` communities that have most members over all periods.

    The members of all others are in one block at the bottom, so that the heights of a period add
    up to all that are in any community then. ``names`` are written beside the last block of each
    community. Streams end where members leave the network. Without members, there are no blocks.
    """
    counts = Counter(code for row in members.values() for code in row if code is not None)
    shown = sorted(counts, key=lambda code: (-counts[code], code))[:top]
    drawn = {
        name: [code if code is None or code in shown else REST for code in row]
        for name, row in members.items()
    }
    sizes = [Counter(row[place] for row in drawn.values()) for place in range(len(periods))]
    most = max((sum(_known(each).values()) for each in sizes), default=0)
    scale = (_HEIGHT - _GAP * top) / max(most, 1)
    blocks = [_stacked(_known(each), [*shown, REST], scale) for each in sizes]
    colours = {code: PALETTE[n] if n < len(PALETTE) else OTHERS for n, code in enumerate(shown)}
    colours[REST] = OTHERS
    parts = [*along(periods, lambda place: _x(place) + _BLOCK / 2)]
    for place in range(len(periods) - 1):
        moves = Counter((row[place], row[place + 1]) for row in drawn.values())
        parts += _streams(place, moves, blocks[place], blocks[place + 1], colours, scale)
    told = {**names, REST: "all smaller communities"}
    for place, day in enumerate(periods):
        parts += _rects(place, named(day), blocks[place], colours, told, scale)
    parts += _written(blocks, told)
    if len(counts) > len(shown):
        caption = f"{len(counts) - len(shown):,} smaller communities are in one block. {caption}"
    width = _x(max(len(periods) - 1, 1)) + _RIGHT
    return chart(title, caption, width, TOP + _HEIGHT + FOOT, parts)


def _known(counts: Counter[int | None]) -> dict[int, int]:
    return {code: number for code, number in counts.items() if code is not None}


def _stacked(sizes: Mapping[int, int], order: Sequence[int], scale: float) -> _Blocks:
    y, tops = float(TOP), {}
    for code in order:
        if code in sizes:
            tops[code] = y
            y += sizes[code] * scale + _GAP
    return _Blocks(sizes, tops)


def _streams(
    place: int,
    moves: Counter[tuple[int | None, int | None]],
    before: _Blocks,
    after: _Blocks,
    colours: Mapping[int, str],
    scale: float,
) -> Iterator[str]:
    """The streams to the next period, in the order of the blocks at both ends, so few cross."""
    start, end = dict(before.tops), dict(after.tops)
    left, right = _x(place) + _BLOCK, _x(place + 1)
    middle = (left + right) / 2
    for one in before.tops:
        for other in after.tops:
            if not (number := moves[one, other]):
                continue
            thick = number * scale
            (a, b), (c, d) = ((y, y + thick) for y in (start[one], end[other]))
            start[one], end[other] = b, d
            path = (
                f"M{left:g} {a:.1f}C{middle:g} {a:.1f} {middle:g} {c:.1f} {right:g} {c:.1f}"
                f"V{d:.1f}C{middle:g} {d:.1f} {middle:g} {b:.1f} {left:g} {b:.1f}Z"
            )
            told = tag("title", text(f"{number:,} go on"))
            yield tag("path", told, class_="stream", d=path, fill=colours[one], fill_opacity=0.4)


def _rects(
    place: int,
    day: str,
    blocks: _Blocks,
    colours: Mapping[int, str],
    names: Mapping[int, str],
    scale: float,
) -> Iterator[str]:
    for code, y in blocks.tops.items():
        number = blocks.sizes[code]
        told = tag("title", text(f"{names[code]}, {day}: {number:,}"))
        yield tag(
            "rect", told, class_="block", x=_x(place), y=round(y, 1), width=_BLOCK,
            height=round(max(number * scale, 1), 1), fill=colours[code],
        )  # fmt: skip


def _written(blocks: Sequence[_Blocks], names: Mapping[int, str]) -> Iterator[str]:
    """The name of each community beside the last period, moved down so that none covers another."""
    free = 0.0
    for code, y in blocks[-1].tops.items() if blocks else ():
        y = max(y + 12, free)
        free = y + 14
        yield small(shortened(names[code]), _x(len(blocks) - 1) + _BLOCK + 6, y)


def _x(place: int) -> float:
    return _LEFT + _STEP * place

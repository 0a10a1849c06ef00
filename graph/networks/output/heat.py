"""Draws scores over time as a heat map: a row for each thing, a column for each period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from .chart import FOOT, TOP, along, chart, named, shortened, small
from .svg import PALETTE
from .xml import tag, text

_NAMES, _ROW = 300, 24
_WIDEST, _NARROWEST, _ALL = 40, 12, 900  # of a column, and of all together

Scores = Mapping[str, Sequence[float | None]]
"""The score of each thing in each period, None where it has none, by its name."""


def heat_map(
    periods: Sequence[date], scores: Scores, title: str, caption: str = "", top: int = 20
) -> str:
    """Self-contained SVG with a row for each of the ``top`` things of the largest mean score.

    A period without a score counts as 0 in the mean, and its cell is empty. The darkest cell has
    the largest score of all that are shown; a cell's tooltip tells its own. Equals are sorted by
    name. Without periods or scores there are no rows.
    """
    total = {
        name: sum(score for score in row if score is not None)
        for name, row in scores.items()
        if any(score is not None for score in row)
    }
    order = sorted(total, key=lambda name: (-total[name], name))
    shown = order[:top]
    known = [score for name in shown for score in scores[name] if score is not None]
    most = max(known, default=0.0)
    step = min(max(_ALL / max(len(periods), 1), _NARROWEST), _WIDEST)
    parts = [*along(periods, lambda place: _NAMES + step * (place + 0.5))]
    for row, name in enumerate(shown):
        y = TOP + _ROW * row
        parts.append(small(shortened(name), 8, y + 16))
        parts += _cells(name, periods, scores[name], most, y, step)
    if len(order) > len(shown):
        caption = f"{len(order) - len(shown):,} more have scores. {caption}"
    width = max(_NAMES + step * len(periods) + 20, 700)
    return chart(title, caption, round(width, 1), TOP + _ROW * len(shown) + FOOT, parts)


def _cells(
    name: str,
    periods: Sequence[date],
    scores: Sequence[float | None],
    most: float,
    y: float,
    step: float,
) -> Iterator[str]:
    for place, (day, score) in enumerate(zip(periods, scores, strict=True)):
        if score is None:
            continue
        share = max(score, 0.0) / most if most > 0 else 0.0
        told = tag("title", text(f"{name}, {named(day)}: {score:.4g}"))
        yield tag(
            "rect", told, class_="cell", x=round(_NAMES + step * place, 1), y=y,
            width=round(step - 1, 1), height=_ROW - 2, fill=PALETTE[0],
            fill_opacity=round(0.08 + 0.92 * share, 3),
        )  # fmt: skip

"""The frame that charts over time share: title, periods along the top, caption."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from .svg import STYLE, SVG
from .xml import tag, text

TOP = 80
"""Where the chart begins, below its title and the periods."""

FOOT = 50
"""Room for the caption below it."""

YEARS = 16  # written at most
LETTERS = 38  # of a name


def chart(title: str, caption: str, width: float, height: float, parts: Iterable[str]) -> str:
    """Self-contained SVG with a title above ``parts`` and a caption below; ``height`` is of all."""
    whole = [
        tag("title", text(title)),
        tag("desc", text(caption)),
        tag("style", STYLE),
        tag("rect", class_="page", x=0, y=0, width=width, height=height),
        tag("text", text(title), class_="title", x=8, y=40),
        *parts,
        small(caption, 8, height - 16),
    ]
    return tag(
        "svg", "\n".join(whole), xmlns=SVG, viewBox=f"0 0 {width} {height}",
        width=width, height=height, class_="network", role="img",
    )  # fmt: skip


def along(periods: Sequence[date], place: Callable[[int], float]) -> Iterator[str]:
    """The names of the periods, of many only some; ``place`` gives the x of each."""
    every = max(-(-len(periods) // YEARS), 1)
    for number in range(0, len(periods), every):
        yield small(named(periods[number]), place(number) - 12, TOP - 20)


def named(day: date) -> str:
    """A period by its first day: its year, or year and month."""
    return str(day.year) if (day.month, day.day) == (1, 1) else day.isoformat()[:7]


def small(words: str, x: float, y: float) -> str:
    """A line of small text."""
    return tag("text", text(words), class_="small", x=round(x, 1), y=round(y, 1))


def shortened(name: str) -> str:
    """A name of at most 38 letters."""
    return name if len(name) <= LETTERS else name[: LETTERS - 1] + "…"

"""Places labels beside their nodes, so that none covers another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LETTER, LINE = 0.6, 1.2
"""The mean width of a letter and the height of a line, as multiples of the font size."""


@dataclass(frozen=True)
class Box:
    """A rectangle on the page; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: Box) -> bool:
        """Whether it is inside another."""
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class Mark:
    """A node on the page, with its label."""

    x: float
    y: float
    radius: float
    label: str

    @property
    def box(self) -> Box:
        """The rectangle that the node covers."""
        r = self.radius
        return Box(self.x - r, self.y - r, self.x + r, self.y + r)


def placed(
    marks: Sequence[Mark], page: Box, size: float, others: Sequence[Box] = ()
) -> Iterator[tuple[Mark, Box]]:
    """The marks whose labels fit on ``page``, each with the rectangle of its label.

    ``marks`` are sorted by importance, as the first is placed first. ``size`` is that of the font.
    A label is placed to the right or left of its node, below or above, where it covers the fewest
    ``others``, nodes without a label. It is left out if it would cover another label or a marked
    node in all of these positions.
    """
    taken = [mark.box for mark in marks]
    for mark in marks:
        own = mark.box
        free = [
            box
            for box in _rooms(mark, size)
            if box.within(page) and not any(box.meets(t) for t in taken if t != own)
        ]
        if free:
            box = min(free, key=lambda box: sum(map(box.meets, others)))
            taken.append(box)
            yield mark, box


def _rooms(mark: Mark, size: float) -> Iterator[Box]:
    """The possible positions of a label, the best first."""
    width, height, gap = len(mark.label) * LETTER * size, LINE * size, mark.radius + 3
    for left, top in (
        (mark.x + gap, mark.y - height / 2),
        (mark.x - gap - width, mark.y - height / 2),
        (mark.x - width / 2, mark.y + gap),
        (mark.x - width / 2, mark.y - gap - height),
    ):
        yield Box(left, top, left + width, top + height)

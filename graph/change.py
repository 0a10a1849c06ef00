"""A change: the quads that a write takes out of the graph and those it puts in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox


@dataclass(frozen=True)
class Change:
    """What a write did: no quad of ``removed`` is there any more, each of ``added`` is new."""

    removed: tuple[ox.Quad, ...] = ()
    added: tuple[ox.Quad, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)

    def __iter__(self) -> Iterator[ox.Quad]:
        yield from self.removed
        yield from self.added

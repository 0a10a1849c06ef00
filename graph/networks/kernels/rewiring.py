"""Rewires networks at random: the inner loops, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import int64
from numba.typed import Dict

from .compiled import compiled

Places = npt.NDArray[np.int64]


@compiled
def swap(source: Places, target: Places, n: int, sided: bool, attempts: int, random: Any) -> None:
    """Swap the targets of random pairs of ties, in place, unless that makes a loop or double tie.

    Unless ``sided``, either end may be swapped. A rejected swap counts as an attempt, which makes
    all networks with these degrees equally likely in the end.
    """
    ties = len(source)
    present = Dict.empty(int64, int64)  # a set hangs after equally many additions and removals
    for tie in range(ties):
        present[_pair(source[tie], target[tie], n, sided)] = 1
    for _ in range(attempts if ties > 1 else 0):
        one, other = random.integers(0, ties), random.integers(0, ties)
        u, v, x, y = source[one], target[one], source[other], target[other]
        if not sided and random.random() < 0.5:
            x, y = y, x
        if u == y or x == v:
            continue
        first, second = _pair(u, y, n, sided), _pair(x, v, n, sided)
        if first in present or second in present:
            continue
        del present[_pair(u, v, n, sided)], present[_pair(x, y, n, sided)]
        present[first] = present[second] = 1
        target[one] = y
        source[other], target[other] = x, v


@compiled
def _pair(source: int, target: int, n: int, sided: bool) -> int:
    """A number for a pair of nodes, whose order counts if ``sided``."""
    if sided or source < target:
        return source * n + target
    return target * n + source


@compiled
def trade(starts: Places, held: Places, columns: int, trades: int, random: Any) -> None:
    """Redistribute, in place, between random pairs of rows the columns that only one of them holds.

    ``held`` are the columns of all rows, which begin at ``starts``; each row keeps its number of
    columns.
    """
    rows = len(starts) - 1
    owners = np.zeros(columns, np.int8)
    for _ in range(trades if rows > 1 else 0):
        one, other = random.integers(0, rows), random.integers(0, rows)
        if one == other:
            continue
        for row in (one, other):
            for place in range(starts[row], starts[row + 1]):
                owners[held[place]] += 1
        own = [
            place
            for row in (one, other)
            for place in range(starts[row], starts[row + 1])
            if owners[held[place]] == 1
        ]
        for row in (one, other):
            for place in range(starts[row], starts[row + 1]):
                owners[held[place]] = 0
        for last in range(len(own) - 1, 0, -1):
            chosen = random.integers(0, last + 1)
            held[own[last]], held[own[chosen]] = held[own[chosen]], held[own[last]]


@compiled
def common(starts: Places, held: Places, columns: int, ones: Places, others: Places) -> Places:
    """The number of columns that both rows of each pair hold; pairs are sorted by ``ones``."""
    numbers = np.zeros(len(ones), np.int64)
    owned = np.zeros(columns, np.bool_)
    row = -1
    for pair in range(len(ones)):
        if ones[pair] != row:
            if row >= 0:
                owned[held[starts[row] : starts[row + 1]]] = False
            row = ones[pair]
            owned[held[starts[row] : starts[row + 1]]] = True
        for place in range(starts[others[pair]], starts[others[pair] + 1]):
            numbers[pair] += owned[held[place]]
    return numbers

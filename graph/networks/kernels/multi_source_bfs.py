"""Breadth-first searches from 512 sources at once, one bit per source (Then et al. 2014)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .compiled import compiled

WORDS = 8
"""Machine words per node, with one bit per source: one line of a processor's cache."""

SOURCES = 64 * WORDS

Bits = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


def search(
    hops: Sequence[sparse.csr_array], sources: npt.NDArray[np.intp]
) -> Iterator[tuple[Counts, int]]:
    """For 1, 2, … steps, how many of at most 512 ``sources`` reach each node in just so many.

    A step multiplies by each of ``hops`` in turn: rows get the bits of their columns. Takes 64
    bytes for each row of each hop, and four times as much for a node.
    """
    seen = np.zeros((hops[-1].shape[0], WORDS), np.uint64)
    bits = np.arange(len(sources), dtype=np.uint64)
    seen[sources, bits // 64] = np.uint64(1) << bits % 64
    near, steps = seen, 0
    while True:
        steps += 1
        for hop in hops:
            near = _gather(hop.indptr, hop.indices, near)
        near &= ~seen
        count = np.bitwise_count(near).sum(axis=1, dtype=np.int64)
        if not count.any():
            return
        seen |= near
        yield count, steps


@compiled
def _gather(start: npt.NDArray[np.int32], columns: npt.NDArray[np.int32], near: Bits) -> Bits:
    """For each row, the union of the bits of its columns."""
    bits = np.zeros((len(start) - 1, WORDS), np.uint64)
    for row in range(len(bits)):
        for column in columns[start[row] : start[row + 1]]:
            for word in range(WORDS):
                bits[row, word] |= near[column, word]
    return bits

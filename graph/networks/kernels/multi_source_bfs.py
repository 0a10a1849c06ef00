"""Breadth-first searches from 512 sources at once, one bit to a source (Then et al. 2014)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .compiled import compiled

WORDS = 8
"""Machine words to a node, of one bit to a source: one line of a processor's cache."""

SOURCES = 64 * WORDS

Bits = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]


def search(
    hops: Sequence[sparse.csr_array], sources: npt.NDArray[np.intp]
) -> Iterator[tuple[Counts, int]]:
    """How many of ``sources``, at most 512, reach each node in 1, 2, … steps and no fewer.

    A step goes through ``hops``, one after the other: rows get what their columns have.
    Takes 64 bytes to each row of each hop, and four times as many to a node.
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
    """To each row the bits of all its columns."""
    found = np.zeros((len(start) - 1, WORDS), np.uint64)
    for row in range(len(found)):
        for column in columns[start[row] : start[row + 1]]:
            for word in range(WORDS):
                found[row, word] |= near[column, word]
    return found

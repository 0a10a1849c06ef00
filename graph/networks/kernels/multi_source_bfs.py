"""Breadth-first searches from 512 sources at once, one bit per source (Then et al. 2014)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .compiled import compiled

WORDS = 8
"""Machine words per node, with one bit per source: one line of a processor's cache."""

SOURCES = 64 * WORDS

_PAIRS, _FOURS, _BYTES, _ONES = (
    np.uint64(0x0101010101010101 * part) for part in (0x55, 0x33, 0x0F, 0x01)
)
"""For counting bits: in pairs, then in fours, in bytes, and the sum of all bytes."""

Bits = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.uint32]


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
    ties = [(hop.indptr, hop.indices.astype(np.uint32)) for hop in hops]
    while True:
        steps += 1
        for start, columns in ties:
            near = _gather(start, columns, near)
        count, arrived = _arrive(near, seen)
        if not arrived:
            return
        yield count, steps


@compiled
def _gather(start: npt.NDArray[np.integer[Any]], columns: Places, near: Bits) -> Bits:
    """For each row, the union of the bits of its columns; eight names, so in registers."""
    bits = np.empty((len(start) - 1, WORDS), np.uint64)
    for row in range(len(bits)):
        a = b = c = d = e = f = g = h = np.uint64(0)
        for column in columns[start[row] : start[row + 1]]:
            words = near[column]
            a, b, c, d = a | words[0], b | words[1], c | words[2], d | words[3]
            e, f, g, h = e | words[4], f | words[5], g | words[6], h | words[7]
        words = bits[row]
        words[0], words[1], words[2], words[3] = a, b, c, d
        words[4], words[5], words[6], words[7] = e, f, g, h
    return bits


@compiled
def _arrive(near: Bits, seen: Bits) -> tuple[Counts, bool]:
    """Drop the bits that were seen before and mark the others as seen; how many each node has."""
    count = np.zeros(len(near), np.int64)
    arrived = False
    for node in range(len(near)):
        for word in range(WORDS):
            bits = near[node, word] & ~seen[node, word]
            near[node, word] = bits
            if bits:
                seen[node, word] |= bits
                arrived = True
                bits -= (bits >> np.uint64(1)) & _PAIRS
                bits = (bits & _FOURS) + ((bits >> np.uint64(2)) & _FOURS)
                bits = (bits + (bits >> np.uint64(4))) & _BYTES
                count[node] += np.int64((bits * _ONES) >> np.uint64(56))
    return count, arrived

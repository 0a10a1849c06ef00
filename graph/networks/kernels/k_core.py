"""Computes k-cores, compiled: nodes are removed in order of their remaining ties."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .compiled import compiled

Counts = npt.NDArray[np.int64]


@compiled
def peel(start: Counts, other: Counts, ties: Counts, degree: Counts) -> None:
    """Turn the ``degree`` of each node into its core number (Batagelj & Zaveršnik 2003).

    ``start``, ``other`` and ``ties`` are a symmetric CSR matrix with an empty diagonal: the number
    of ties between two nodes. ``degree`` is its sum over rows. Nodes are kept in order of their
    remaining ties; ``first`` is where in that order those with a given number begin.
    """
    n = len(degree)
    order = np.argsort(degree, kind="mergesort")
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    first = np.searchsorted(degree[order], np.arange(degree.max() + 2))
    for here in range(n):
        node = order[here]
        for e in range(start[node], start[node + 1]):
            near = other[e]
            for _ in range(ties[e]):
                if degree[near] <= degree[node]:
                    break
                swapped = order[first[degree[near]]]
                order[place[near]], place[swapped] = swapped, place[near]
                place[near] = first[degree[near]]
                order[place[near]] = near
                first[degree[near]] += 1
                degree[near] -= 1

"""Measures as they are defined, without shortcuts: what the fast ones must equal.

PageRank and harmonic closeness give the same digits; betweenness, from a search of the whole
network from each node, differs by rounding errors.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from missiongraph.networks import Network
from missiongraph.networks.kernels.multi_source_bfs import SOURCES, Bits, Counts
from missiongraph.networks.measures import betweenness as by_brandes
from missiongraph.networks.model.network import Scores
from missiongraph.networks.model.weights import Places


def betweenness(network: Network) -> Scores:
    """Brandes' algorithm from each node."""
    scores, _ = by_brandes._passed(network, "steps", endpoints=False, ties=False)
    return scores * by_brandes._scale(network, len(network) - 1, normalized=True)


def pagerank(network: Network) -> Scores:
    """Steps of PageRank as products of matrices, with damping 0.85, until they settle."""
    n, strengths = len(network), np.asarray(network.strengths.sum(axis=1), np.float64)
    if not n:
        return np.zeros(0)
    even, ends = np.full(n, 1 / n), strengths == 0
    per_strength = np.divide(1, strengths, out=np.zeros(n), where=~ends)
    into = network.strengths.T.tocsr() if network.directed else network.strengths
    scores: Scores = even
    while True:
        followed = into @ (scores * per_strength) + scores[ends].sum() * even
        before, scores = scores, 0.85 * followed + (1 - 0.85) * even
        change = np.abs(scores - before).sum()
        if change <= 16 * np.finfo(np.float64).eps * np.abs(scores).sum():
            return scores


def harmonic(network: Network) -> Scores:
    """Inverse steps, added by groups of as many sources as the fast search takes at once."""
    sources = np.flatnonzero(np.diff(network.matrix.indptr))
    total = np.zeros(len(network))
    for start in range(0, len(sources), SOURCES):
        part = np.zeros(len(network))
        for step, count in _arrivals(network, sources[start : start + SOURCES]):
            part += count / step
        total += part
    return total


def _arrivals(network: Network, sources: Places) -> Iterator[tuple[int, Counts]]:
    """For 1, 2, … steps, how many sources reach each node in just so many."""
    back = network.transposed.astype(bool)
    seen = np.zeros((len(network), len(sources)), bool)
    seen[sources, np.arange(len(sources))] = True
    near, step = seen, 0
    while near.any():
        step += 1
        near = (back @ near) & ~seen
        seen = seen | near
        yield step, near.sum(axis=1)


def arrive(near: Bits, seen: Bits) -> tuple[Counts, bool]:
    """What the fast search of steps does after each, by numpy."""
    near &= ~seen
    count = np.bitwise_count(near).sum(axis=1, dtype=np.int64)
    seen |= near
    return count, bool(count.any())

"""Brandes' algorithm, compiled: what passes through each node and tie on shortest paths.

From each source, paths are counted outwards; on the way back each node hands the share of paths
that pass through it to those before it (Brandes 2001). By steps, both ways go level by level,
and from one level to the next along the ties of whichever side has fewer: outwards, the nodes
of the level or all that are not reached yet (Beamer, Asanović & Patterson 2012); backwards, the
nearer level or the farther. Most ties of a dense network are never looked at.

``out`` holds the ties by their source, ``into`` by their target. ``scores`` (n) and ``shares``
(of the ties in ``out`` and in ``into``, which belong together; or None) are added to.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .compiled import TOLERANCE, compiled

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.uint32]
Shares = tuple[Floats, Floats] | None


class Rows(NamedTuple):
    """A CSR matrix: where each row starts, its columns, and how long each of its ties is."""

    start: npt.NDArray[np.int64]
    other: Places
    length: Floats


class Search(NamedTuple):
    """What one search finds: room that the next one uses again.

    ``step`` (-1: not reached), number of shortest ``paths`` and ``share`` of each node; the
    nodes in ``order`` of their steps, and where in it each level ``starts``; ``near`` is 0
    but for nodes of the level at hand; ``unmet`` lists nodes that are not reached.
    """

    step: npt.NDArray[np.int64]
    paths: Floats
    share: Floats
    near: Floats
    order: Places
    starts: npt.NDArray[np.int64]
    unmet: Places


def rows(matrix: sparse.csr_array) -> Rows:
    """The rows of a matrix of lengths, in the types that the functions here are compiled for."""
    return Rows(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.uint32), matrix.data.astype(float)
    )


@compiled
def by_steps(
    out: Rows, into: Rows, sources: Places, endpoints: bool, scores: Floats, shares: Shares
) -> None:
    """Add what passes through nodes and ties on paths of the fewest steps from ``sources``."""
    n = len(scores)
    found = Search(
        np.empty(n, np.int64),
        np.empty(n),
        np.empty(n),
        np.zeros(n),
        np.empty(n, np.uint32),
        np.empty(n + 2, np.int64),
        np.empty(n, np.uint32),
    )
    for source in sources:
        levels = _outwards(out, into, source, found)
        _backwards(out, into, found, levels, shares)
        reached = found.starts[levels]
        for node in found.order[1:reached]:
            scores[node] += found.share[node] + endpoints
        scores[source] += endpoints * (reached - 1)


@compiled
def _outwards(out: Rows, into: Rows, source: int, found: Search) -> int:
    """Find the steps and paths to all nodes from ``source``; how many levels there are."""
    order, starts = found.order, found.starts
    found.step[:] = -1
    order[0], found.step[source], found.paths[source] = source, 0, 1.0
    starts[0], starts[1] = 0, 1
    ahead = len(into.other) - count_ties(into, order[:1])
    unmet = -1
    level = 0
    while starts[level] < starts[level + 1]:
        if count_ties(out, order[starts[level] : starts[level + 1]]) <= ahead:
            end = _push_paths(out, found, level)
        else:
            if unmet < 0:
                unmet = _list_unmet(into, found)
            end, unmet = _pull_paths(into, found, level, unmet)
        level += 1
        starts[level + 1] = end
        ahead -= count_ties(into, order[starts[level] : end])
    return level


@compiled
def count_ties(rows: Rows, nodes: Places) -> int:
    """How many ties ``nodes`` have together."""
    ties = 0
    for node in nodes:
        ties += rows.start[node + 1] - rows.start[node]
    return ties


@compiled
def _push_paths(out: Rows, found: Search, level: int) -> int:
    """From the nodes of ``level`` to those not reached; where the next level ends."""
    end: int = found.starts[level + 1]
    for node in found.order[found.starts[level] : end]:
        paths = found.paths[node]
        for other in out.other[out.start[node] : out.start[node + 1]]:
            if found.step[other] < 0:
                found.step[other], found.paths[other] = level + 1, paths
                found.order[end] = other
                end += 1
            elif found.step[other] > level:
                found.paths[other] += paths
    return end


@compiled
def _list_unmet(into: Rows, found: Search) -> int:
    unmet = 0
    for node in range(len(found.step)):
        if found.step[node] < 0 and into.start[node] < into.start[node + 1]:
            found.unmet[unmet] = node
            unmet += 1
    return unmet


@compiled
def _pull_paths(into: Rows, found: Search, level: int, unmet: int) -> tuple[int, int]:
    """To each node not reached from those of ``level``; where the next ends, how many stay."""
    end = found.starts[level + 1]
    nodes = found.order[found.starts[level] : end]
    for node in nodes:
        found.near[node] = found.paths[node]
    kept = 0
    for node in found.unmet[:unmet]:
        if found.step[node] >= 0:
            continue
        paths = 0.0
        for other in into.other[into.start[node] : into.start[node + 1]]:
            paths += found.near[other]
        if paths > 0:
            found.step[node], found.paths[node] = level + 1, paths
            found.order[end] = node
            end += 1
        else:
            found.unmet[kept] = node
            kept += 1
    for node in nodes:
        found.near[node] = 0
    return end, kept


@compiled
def _backwards(out: Rows, into: Rows, found: Search, levels: int, shares: Shares) -> None:
    """Find the share of each node that is reached, and add those of ties."""
    starts, order, share, near = found.starts, found.order, found.share, found.near
    for node in order[: starts[levels]]:
        share[node] = 0
    for level in range(levels - 2, -1, -1):
        nearer = order[starts[level] : starts[level + 1]]
        farther = order[starts[level + 1] : starts[level + 2]]
        for node in farther:
            near[node] = (1 + share[node]) / found.paths[node]
        if count_ties(out, nearer) <= count_ties(into, farther):
            for node in nearer:
                passed = 0.0
                for tie in range(out.start[node], out.start[node + 1]):
                    passed += near[out.other[tie]]
                    if shares is not None:
                        shares[0][tie] += near[out.other[tie]] * found.paths[node]
                share[node] = passed
        else:
            for node in farther:
                passed = near[node]
                for tie in range(into.start[node], into.start[node + 1]):
                    other = into.other[tie]
                    if found.step[other] == level:
                        share[other] += passed
                        if shares is not None:
                            shares[1][tie] += passed * found.paths[other]
        for node in nearer:
            share[node] *= found.paths[node]
        for node in farther:
            near[node] = 0


@compiled
def by_distance(
    out: Rows, into: Rows, sources: Places, endpoints: bool, scores: Floats, shares: Shares
) -> None:
    """Add what passes through nodes and ties on paths of the least length from ``sources``."""
    n = len(scores)
    far, rank, order = np.empty(n), np.empty(n, np.int64), np.empty(n, np.uint32)
    paths, share = np.empty(n), np.zeros(n)
    last, ends = np.empty(len(into.other), np.int64), np.zeros(n, np.int64)
    for source in sources:
        reached = _settle(out, source, far, rank, order)
        paths[source] = 1.0
        found = 0
        for place in range(1, reached):
            node = order[place]
            paths[node], share[node] = 0.0, 0.0
            least = far[node] * (1 + TOLERANCE)
            for tie in range(into.start[node], into.start[node + 1]):
                other = into.other[tie]
                if far[other] + into.length[tie] <= least and rank[other] < place:
                    paths[node] += paths[other]
                    last[found] = tie
                    found += 1
            ends[place] = found
        for place in range(reached - 1, 0, -1):
            node = order[place]
            passed = (1 + share[node]) / paths[node]
            for tie in last[ends[place - 1] : ends[place]]:
                other = into.other[tie]
                share[other] += passed * paths[other]
                if shares is not None:
                    shares[1][tie] += passed * paths[other]
            scores[node] += share[node] + endpoints
        scores[source] += endpoints * (reached - 1)


@compiled
def _settle(out: Rows, source: int, far: Floats, rank: npt.NDArray[np.int64], order: Places) -> int:
    """Dijkstra: how far each node is, its rank by that (n: not reached); how many are reached."""
    far[:], rank[:] = np.inf, len(far)
    far[source] = 0.0
    heap = [(0.0, source)]
    reached = 0
    while heap:
        length, node = heapq.heappop(heap)
        if rank[node] < len(rank):
            continue
        rank[node], order[reached] = reached, node
        reached += 1
        for tie in range(out.start[node], out.start[node + 1]):
            other = out.other[tie]
            through = length + out.length[tie]
            if through < far[other]:
                far[other] = through
                heapq.heappush(heap, (through, other))
    return reached

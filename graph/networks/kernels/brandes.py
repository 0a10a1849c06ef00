"""Brandes' algorithm, compiled: counts the shortest paths through each node and tie.

From each source, paths are counted outwards; on the way back, each node passes the share of paths
through it to its predecessors (Brandes 2001). If paths are counted in steps, both passes go level
by level, and from one level to the next along the ties of the side that has fewer: outwards, the
nodes of the level or all unreached nodes (Beamer, Asanović & Patterson 2012); backwards, the
nearer level or the farther. Most ties of a dense network are never read.

``out`` holds the ties by source, ``into`` by target. Results are added to ``scores`` (n) and to
``shares``: None, or two arrays for the ties in ``out`` and in ``into``, whose sum is the result.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .compiled import compiled
from .tolerance import TOLERANCE

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.uint32]
Shares = tuple[Floats, Floats] | None


class Rows(NamedTuple):
    """A CSR matrix: the start of each row, and the column and length of each tie."""

    start: npt.NDArray[np.int64]
    other: Places
    length: Floats


class Search(NamedTuple):
    """The state of a search from one source; its arrays are reused by the next search.

    ``step`` (-1: not reached), number of shortest ``paths`` and ``share`` of each node; the nodes
    in ``order`` of their steps, and where in it each level ``starts``; ``near`` is 0 except for
    nodes of the current level; ``unmet`` lists nodes that are not reached yet.
    """

    step: npt.NDArray[np.int64]
    paths: Floats
    share: Floats
    near: Floats
    order: Places
    starts: npt.NDArray[np.int64]
    unmet: Places


def rows(matrix: sparse.csr_array) -> Rows:
    """Convert a matrix of lengths to the types that the functions here are compiled for."""
    return Rows(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.uint32), matrix.data.astype(float)
    )


@compiled
def by_steps(
    out: Rows, into: Rows, sources: Places, endpoints: bool, scores: Floats, shares: Shares
) -> None:
    """Add the shares of paths with the fewest steps from ``sources`` through nodes and ties."""
    n = len(scores)
    search = Search(
        np.empty(n, np.int64),
        np.empty(n),
        np.empty(n),
        np.zeros(n),
        np.empty(n, np.uint32),
        np.empty(n + 2, np.int64),
        np.empty(n, np.uint32),
    )
    for source in sources:
        levels = _outwards(out, into, source, search)
        _backwards(out, into, search, levels, shares)
        reached = search.starts[levels]
        for node in search.order[1:reached]:
            scores[node] += search.share[node] + endpoints
        scores[source] += endpoints * (reached - 1)


@compiled
def _outwards(out: Rows, into: Rows, source: int, search: Search) -> int:
    """Compute the steps and paths from ``source`` to all nodes; returns the number of levels."""
    order, starts = search.order, search.starts
    search.step[:] = -1
    order[0], search.step[source], search.paths[source] = source, 0, 1.0
    starts[0], starts[1] = 0, 1
    ahead = len(into.other) - count_ties(into, order[:1])
    unmet = -1
    level = 0
    while starts[level] < starts[level + 1]:
        if count_ties(out, order[starts[level] : starts[level + 1]]) <= ahead:
            end = _push_paths(out, search, level)
        else:
            if unmet < 0:
                unmet = _list_unmet(into, search)
            end, unmet = _pull_paths(into, search, level, unmet)
        level += 1
        starts[level + 1] = end
        ahead -= count_ties(into, order[starts[level] : end])
    return level


@compiled
def count_ties(rows: Rows, nodes: Places) -> int:
    """The number of ties that ``nodes`` have together."""
    ties = 0
    for node in nodes:
        ties += rows.start[node + 1] - rows.start[node]
    return ties


@compiled
def _push_paths(out: Rows, search: Search, level: int) -> int:
    """Go from the nodes of ``level`` to unreached nodes; returns the end of the next level."""
    end: int = search.starts[level + 1]
    for node in search.order[search.starts[level] : end]:
        paths = search.paths[node]
        for other in out.other[out.start[node] : out.start[node + 1]]:
            if search.step[other] < 0:
                search.step[other], search.paths[other] = level + 1, paths
                search.order[end] = other
                end += 1
            elif search.step[other] > level:
                search.paths[other] += paths
    return end


@compiled
def _list_unmet(into: Rows, search: Search) -> int:
    unmet = 0
    for node in range(len(search.step)):
        if search.step[node] < 0 and into.start[node] < into.start[node + 1]:
            search.unmet[unmet] = node
            unmet += 1
    return unmet


@compiled
def _pull_paths(into: Rows, search: Search, level: int, unmet: int) -> tuple[int, int]:
    """Reach nodes from those of ``level``; the end of the next level, how many stay unreached."""
    end = search.starts[level + 1]
    nodes = search.order[search.starts[level] : end]
    for node in nodes:
        search.near[node] = search.paths[node]
    kept = 0
    for node in search.unmet[:unmet]:
        if search.step[node] >= 0:
            continue
        paths = 0.0
        for other in into.other[into.start[node] : into.start[node + 1]]:
            paths += search.near[other]
        if paths > 0:
            search.step[node], search.paths[node] = level + 1, paths
            search.order[end] = node
            end += 1
        else:
            search.unmet[kept] = node
            kept += 1
    for node in nodes:
        search.near[node] = 0
    return end, kept


@compiled
def _backwards(out: Rows, into: Rows, search: Search, levels: int, shares: Shares) -> None:
    """Compute the share of each reached node, and add those of ties."""
    starts, order, share, near = search.starts, search.order, search.share, search.near
    for node in order[: starts[levels]]:
        share[node] = 0
    for level in range(levels - 2, -1, -1):
        nearer = order[starts[level] : starts[level + 1]]
        farther = order[starts[level + 1] : starts[level + 2]]
        for node in farther:
            near[node] = (1 + share[node]) / search.paths[node]
        if count_ties(out, nearer) <= count_ties(into, farther):
            for node in nearer:
                passed = 0.0
                for tie in range(out.start[node], out.start[node + 1]):
                    passed += near[out.other[tie]]
                    if shares is not None:
                        shares[0][tie] += near[out.other[tie]] * search.paths[node]
                share[node] = passed
        else:
            for node in farther:
                passed = near[node]
                for tie in range(into.start[node], into.start[node + 1]):
                    other = into.other[tie]
                    if search.step[other] == level:
                        share[other] += passed
                        if shares is not None:
                            shares[1][tie] += passed * search.paths[other]
        for node in nearer:
            share[node] *= search.paths[node]
        for node in farther:
            near[node] = 0


@compiled
def by_distance(
    out: Rows, into: Rows, sources: Places, endpoints: bool, scores: Floats, shares: Shares
) -> None:
    """Add the shares of paths of the least length from ``sources`` through nodes and ties."""
    n = len(scores)
    far, rank, order = np.empty(n), np.empty(n, np.int64), np.empty(n, np.uint32)
    paths, share = np.empty(n), np.zeros(n)
    last, ends = np.empty(len(into.other), np.int64), np.zeros(n, np.int64)
    for source in sources:
        reached = _settle(out, source, far, rank, order)
        paths[source] = 1.0
        count = 0
        for place in range(1, reached):
            node = order[place]
            paths[node], share[node] = 0.0, 0.0
            least = far[node] * (1 + TOLERANCE)
            for tie in range(into.start[node], into.start[node + 1]):
                other = into.other[tie]
                if far[other] + into.length[tie] <= least and rank[other] < place:
                    paths[node] += paths[other]
                    last[count] = tie
                    count += 1
            ends[place] = count
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
    """Dijkstra: the distance of each node and its rank by distance (n: not reached).

    Returns the number of reached nodes.
    """
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

"""Betweenness by blocks: shortest paths are counted within the parts that one node cannot split.

An undirected network falls into blocks, which share only cut nodes. A path between two blocks
passes through the cut nodes between them, so paths are counted within each block, a cut node
standing for all nodes behind it (Puzis, Zilberman, Elovici, Dolev & Brandes 2012). Nodes that are
tied to each other and to the same others are one node of several members (Sariyuce, Saule, Kaya &
Catalyurek 2013). A tree takes one search in all instead of one from each node.

A network is given as the ``start`` of each row and the columns, ``other``, of a symmetric CSR
matrix, sorted and without ties of a node to itself; n is the number of its nodes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .compiled import compiled

Places = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Starts = npt.NDArray[np.int64]
Columns = npt.NDArray[np.uint32]  # a signed index costs a test for being below 0


class Blocks(NamedTuple):
    """The nodes of all blocks, block by block; a cut node is in several.

    For each entry, its ``node``; the entry that is the ``first`` of its block; the ``weight``: the
    members of the node and of all nodes that are tied to the block through it only; and the members
    of the ``whole`` component.
    """

    node: Places
    first: Places
    weight: Floats
    whole: Floats


@compiled
def hashed(start: Places, other: Places, key: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """A hash for each node (n) of the set of its neighbours and itself, from random keys (n)."""
    hashes = key.copy()
    for node in range(len(key)):
        for place in range(start[node], start[node + 1]):
            hashes[node] += key[other[place]]
    return hashes


@compiled
def confirm(start: Places, other: Places, like: Places) -> None:
    """Make each node that is not tied as the one that it is ``like`` (n) like itself only."""
    for node in range(len(like)):
        model = like[node]
        if node != model and not _same(start, other, node, model):
            like[node] = node


@compiled
def _same(start: Places, other: Places, one: int, two: int) -> bool:
    """Whether two nodes are tied to each other, and both to the same others."""
    at, end = start[one], start[one + 1]
    place, last = start[two], start[two + 1]
    if end - at != last - place:
        return False
    tied = False
    while at < end or place < last:
        if at < end and other[at] == two:
            at, tied = at + 1, True
        elif place < last and other[place] == one:
            place += 1
        elif at < end and place < last and other[at] == other[place]:
            at, place = at + 1, place + 1
        else:
            return False
    return tied


@compiled
def split(start: Places, other: Places, members: Floats) -> Blocks:
    """Split a network, whose nodes have ``members`` (n), into blocks; isolates are in none.

    A depth-first search (Hopcroft & Tarjan 1973): a block is complete when the search returns to
    its first node. ``low`` is the earliest node that is tied to the nodes below one in the tree.
    """
    n = len(members)
    found = Blocks(
        np.empty(2 * n, np.int32), np.empty(2 * n, np.int32), np.empty(2 * n), np.empty(2 * n)
    )
    met, low, at = np.full(n, -1), np.empty(n, np.int64), start[:n].copy()
    path, open_ = np.empty(n, np.int32), np.empty(n, np.int32)
    below = members.copy()
    clock = end = 0
    for root in range(n):
        if met[root] >= 0 or start[root] == start[root + 1]:
            continue
        begin, total, depth, waiting = end, 0.0, 1, 0
        path[0], met[root] = root, clock
        clock += 1
        while depth:
            node = path[depth - 1]
            if at[node] < start[node + 1]:
                near = other[at[node]]
                at[node] += 1
                if met[near] < 0:
                    met[near] = low[near] = clock
                    clock += 1
                    path[depth], open_[waiting] = near, near
                    depth, waiting = depth + 1, waiting + 1
                elif node != root:
                    low[node] = min(low[node], met[near])
                continue
            depth -= 1
            total += members[node]
            above = path[depth - 1] if depth else root
            if node != root and low[node] < met[above]:
                low[above] = min(low[above], low[node])
            elif node != root:
                end, waiting = _close(found, end, above, node, open_, waiting, below)
        _weigh_first(found, begin, end, total)
    return Blocks(found.node[:end], found.first[:end], found.weight[:end], found.whole[:end])


@compiled
def _close(
    found: Blocks, end: int, top: int, node: int, open_: Places, waiting: int, below: Floats
) -> tuple[int, int]:
    """Add the block of ``top`` and the open nodes from ``node`` on; what is ``below`` counts."""
    first, weight = end, 0.0
    found.node[end], found.first[end] = top, first
    end += 1
    while True:
        waiting -= 1
        member = open_[waiting]
        found.node[end], found.first[end], found.weight[end] = member, first, below[member]
        weight += below[member]
        end += 1
        if member == node:
            break
    found.weight[first] = weight
    below[top] += weight
    return end, waiting


@compiled
def _weigh_first(found: Blocks, begin: int, end: int, total: float) -> None:
    """Give the first node of each block of a component the weight of what is not in the others."""
    for entry in range(begin, end):
        found.whole[entry] = total
        if found.first[entry] == entry:
            found.weight[entry] = total - found.weight[entry]


@compiled
def tie(found: Blocks, start: Places, other: Places) -> tuple[Starts, Columns]:
    """The ties between the entries of ``found``, as starts of rows and columns.

    A tie of a node is in the block where it is not the first, or leads to a first node; each is
    found from the side that is not the first, so the ties of a cut node are read once.
    """
    count = len(found.node)
    at, place = np.full(len(start) - 1, -1), np.zeros(count + 2, np.int64)
    for entry in range(count):
        if found.first[entry] != entry:
            at[found.node[entry]] = entry
    columns = np.empty(2 * len(other), np.uint32)
    for fill in range(2):  # first count them, then write them
        for entry in range(count):
            first, node = found.first[entry], found.node[entry]
            if first == entry:
                continue
            for near in other[start[node] : start[node + 1]]:
                if near == found.node[first]:
                    if fill:
                        columns[place[entry + 1]] = first
                        columns[place[first + 1]] = entry
                    place[entry + 1 + (not fill)] += 1
                    place[first + 1 + (not fill)] += 1
                elif at[near] >= 0 and found.first[at[near]] == first:
                    if fill:
                        columns[place[entry + 1]] = at[near]
                    place[entry + 1 + (not fill)] += 1
        if not fill:
            place = np.cumsum(place)
    return place[:-1], columns[: place[-1]]


@compiled
def pass_between(found: Blocks, members: Floats, scores: Floats) -> None:
    """Add to the ``scores`` (n) of nodes the pairs whose path they join: in two of their blocks."""
    for entry in range(len(found.node)):
        node, weight = found.node[entry], found.weight[entry]
        own = members[node]
        scores[node] += (found.whole[entry] - weight) * (weight - own) / own


@compiled
def pass_within(
    found: Blocks,
    start: Starts,
    other: Columns,
    members: Floats,
    scores: Floats,
) -> None:
    """Add to the ``scores`` (n) of nodes the pairs whose paths they are on within a block.

    ``start`` and ``other`` are the ties between the entries of ``found``. Brandes' algorithm (2001)
    from each entry.
    """
    count = len(found.node)
    step, order = np.full(count, -1), np.empty(count, np.uint32)
    paths, share = np.empty(count), np.empty(count)
    for source in range(count):
        if start[source + 1] - start[source] < 2:
            continue  # a block of two nodes, with none between them
        end = _reach(found.node, start, other, members, source, (step, order, paths, share))
        for at in range(end - 1, 0, -1):
            one = order[at]
            node = found.node[one]
            passed = (found.weight[one] + members[node] * share[one] * paths[one]) / paths[one]
            for place in range(start[one], start[one + 1]):
                if step[other[place]] < step[one]:
                    share[other[place]] += passed
            scores[node] += found.weight[source] * share[one] * paths[one]
        for one in order[:end]:
            step[one] = -1


@compiled
def _reach(
    node: Places,
    start: Starts,
    other: Columns,
    members: Floats,
    source: int,
    state: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], Floats, Floats],
) -> int:
    """Compute the steps and paths from ``source`` to its block; returns how many it reaches."""
    step, order, paths, share = state
    order[0], step[source], paths[source] = source, 0, 1.0
    at, end = 0, 1
    while at < end:
        one = order[at]
        through = paths[one] * (members[node[one]] if at else 1.0)
        share[one] = 0.0
        for place in range(start[one], start[one + 1]):
            two = other[place]
            if step[two] < 0:
                step[two], paths[two], order[end] = step[one] + 1, through, two
                end += 1
            elif step[two] > step[one]:
                paths[two] += through
        at += 1
    return end

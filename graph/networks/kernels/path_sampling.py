"""Samples shortest paths at random, compiled.

A search goes out from both ends of a path, one step at a time from the end whose outermost nodes
have fewer ties, until the two meet (Borassi & Natale 2019).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .brandes import Floats, Places, Rows, count_ties
from .compiled import compiled


class Ball(NamedTuple):
    """The state of the search from one end: steps (-1: not reached) and number of paths of each
    node, the nodes in ``order``, and where in it the outermost ones start and end."""

    step: npt.NDArray[np.int64]
    paths: Floats
    order: Places
    edge: npt.NDArray[np.int64]


@compiled
def draw_paths(out: Rows, into: Rows, size: int, seed: int, scores: Floats) -> None:
    """Add 1 to each node between the ends of ``size`` random shortest paths.

    The ends are any two nodes, and all shortest paths between them are equally likely; if there is
    none, nothing is added. The same ``seed`` gives the same paths.
    """
    np.random.seed(seed)  # only for this thread
    n = len(scores)
    here, there = _ball(n), _ball(n)
    for _ in range(size):
        source, target = np.random.randint(n), np.random.randint(n - 1)
        _begin(here, source)
        _begin(there, target + (target >= source))
        met = 0
        while met == 0 and _outermost(here).size and _outermost(there).size:
            if count_ties(out, _outermost(here)) <= count_ties(into, _outermost(there)):
                met = _go_on(out, here, there)
                common = _outermost(here)[:met]
            else:
                met = _go_on(into, there, here)
                common = _outermost(there)[:met]
        if met:
            node = _meet(common, here, there)
            scores[node] += here.step[node] > 0 and there.step[node] > 0
            _walk(into, here, node, scores)
            _walk(out, there, node, scores)
        _forget(here)
        _forget(there)


@compiled
def _ball(n: int) -> Ball:
    return Ball(np.full(n, -1), np.empty(n), np.empty(n, np.uint32), np.zeros(2, np.int64))


@compiled
def _begin(ball: Ball, node: int) -> None:
    ball.step[node], ball.paths[node], ball.order[0] = 0, 1.0, node
    ball.edge[0], ball.edge[1] = 0, 1


@compiled
def _outermost(ball: Ball) -> Places:
    return ball.order[ball.edge[0] : ball.edge[1]]


@compiled
def _forget(ball: Ball) -> None:
    for node in ball.order[: ball.edge[1]]:
        ball.step[node] = -1


@compiled
def _go_on(rows: Rows, ball: Ball, other: Ball) -> int:
    """Go one step further; returns how many of the new outermost nodes, listed first, the other
    search has reached."""
    start: int = ball.edge[1]
    met, end = start, start
    for node in _outermost(ball):
        paths, step = ball.paths[node], ball.step[node] + 1
        for near in rows.other[rows.start[node] : rows.start[node + 1]]:
            if ball.step[near] < 0:
                ball.step[near], ball.paths[near], ball.order[end] = step, paths, near
                if other.step[near] >= 0:
                    ball.order[end], ball.order[met] = ball.order[met], near
                    met += 1
                end += 1
            elif ball.step[near] == step:
                ball.paths[near] += paths
    ball.edge[0], ball.edge[1] = start, end
    return met - start


@compiled
def _meet(common: Places, here: Ball, there: Ball) -> int:
    """A random node where the searches meet, weighted by the number of paths through it."""
    total = 0.0
    for node in common:
        total += here.paths[node] * there.paths[node]
    rest = np.random.random() * total
    for node in common:
        rest -= here.paths[node] * there.paths[node]
        if rest < 0:
            break
    return int(node)


@compiled
def _walk(back: Rows, ball: Ball, node: int, scores: Floats) -> None:
    """Walk back at random, weighted by numbers of paths, from ``node`` to the search's start."""
    while ball.step[node] > 1:
        rest = np.random.random() * ball.paths[node]
        step = ball.step[node] - 1
        for near in back.other[back.start[node] : back.start[node + 1]]:
            if ball.step[near] == step:
                node = near
                rest -= ball.paths[near]
                if rest < 0:
                    break
        scores[node] += 1

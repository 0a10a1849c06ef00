"""Predicts links: scores pairs of nodes that are not tied by how likely a tie is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import UnknownQuery
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

BLOCK = 2_000_000
"""Candidate pairs processed at a time; this and ``top`` bound the memory."""


@dataclass(frozen=True)
class Link:
    """A pair that is not tied, and its score."""

    source: Node
    target: Node
    score: float


def predict(
    network: Network | nx.Graph[Any], method: str = "adamic-adar", top: int | None = 10
) -> list[Link]:
    """The ``top`` untied pairs with the highest scores by ``method``; None: all above 0.

    =========================== ================================================================
    ``common-neighbours``       the number of common neighbours (Liben-Nowell & Kleinberg 2007)
    ``jaccard``                 that number over the number of neighbours of either: 0 to 1
    ``adamic-adar``             each common neighbour counts 1 / log of its degree
                                (Adamic & Adar 2003)
    ``resource-allocation``     each counts 1 / its degree (Zhou, Lü & Zhang 2009)
    ``preferential-attachment`` the product of their degrees (Barabási & Albert 1999)
    =========================== ================================================================

    Direction and weights are ignored, and scores are those of networkx; a loop counts twice in a
    degree. Pairs that score 0, such as all of an isolate, are left out. Equal scores are in the
    order of nodes. Raises :class:`UnknownQuery` for an unknown method.
    """
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise UnknownQuery(f"no method of prediction is named '{method}'; there are: {known}")
    drawn = from_networkx(network).undirected
    best = _Best(top)
    for pairs, scores in METHODS[method](_Neighbours.of(drawn), best):
        best.add(pairs, scores)
    return [
        Link(drawn.nodes[one], drawn.nodes[other], score)
        for one, other, score in zip(*best.pairs.T.tolist(), best.scores.tolist(), strict=True)
    ]


class _Best:
    """The best pairs added so far, in order; ``bar`` is the score to exceed."""

    def __init__(self, top: int | None) -> None:
        self.top = top
        self.pairs: Places = np.zeros((0, 2), np.int64)
        self.scores: Floats = np.zeros(0)

    @property
    def bar(self) -> float:
        full = self.top is not None and len(self.scores) >= self.top
        return float(self.scores[-1]) if full and self.top else 0.0

    def add(self, pairs: Places, scores: Floats) -> None:
        good = (scores > 0) & (scores >= self.bar)
        pairs, scores = np.r_[self.pairs, pairs[good]], np.r_[self.scores, scores[good]]
        order = np.lexsort((pairs[:, 1], pairs[:, 0], -scores))[: self.top]
        self.pairs, self.scores = pairs[order], scores[order]


@dataclass(frozen=True)
class _Neighbours:
    """The matrix of neighbours without loops (``others``); ``degrees`` count loops twice."""

    others: sparse.csr_array
    degrees: Floats
    sizes: Floats

    @classmethod
    def of(cls, network: Network) -> _Neighbours:
        loops = network.pattern.diagonal()
        others = (network.pattern - sparse.diags_array(loops)).tocsr()
        others.eliminate_zeros()
        sizes = np.diff(network.matrix.indptr).astype(np.float64)
        return cls(others, sizes + loops, sizes)


Candidates = Iterator[tuple[Places, Floats]]


def _shared(around: _Neighbours, counts: Floats) -> Candidates:
    """Untied pairs with common neighbours, and the sum of the ``counts`` of these."""
    others = around.others
    counted = sparse.csr_array(
        (counts[others.indices], others.indices, others.indptr), others.shape
    )
    work = np.cumsum(others @ np.diff(others.indptr))
    start, n = 0, others.shape[0]
    while start < n:
        done = work[start - 1] if start else 0
        stop = max(int(np.searchsorted(work, done + BLOCK, side="right")), start + 1)
        pairs = (counted[start:stop] @ others).tocoo()
        rows, columns = pairs.row.astype(np.int64) + start, pairs.col.astype(np.int64)
        once = rows < columns
        rows, columns, sums = rows[once], columns[once], pairs.data[once]
        untied = ~_tied(others, start, stop, rows, columns)
        yield np.c_[rows[untied], columns[untied]], sums[untied]
        start = stop


def _tied(
    others: sparse.csr_array, start: int, stop: int, rows: Places, columns: Places
) -> npt.NDArray[np.bool_]:
    ties = others[start:stop].tocoo()
    n = others.shape[0]
    known = (ties.row.astype(np.int64) + start) * n + ties.col
    return np.isin(rows * n + columns, known)


def _common(around: _Neighbours, best: _Best) -> Candidates:
    return _shared(around, np.ones(len(around.degrees)))


def _jaccard(around: _Neighbours, best: _Best) -> Candidates:
    for pairs, shared in _common(around, best):
        yield pairs, shared / (around.sizes[pairs].sum(axis=1) - shared)


def _adamic_adar(around: _Neighbours, best: _Best) -> Candidates:
    # a common neighbour has two neighbours, so the logarithm is not 0
    return _shared(around, 1 / np.log(np.maximum(around.degrees, 2)))


def _resource_allocation(around: _Neighbours, best: _Best) -> Candidates:
    return _shared(around, 1 / np.maximum(around.degrees, 1))


def _preferential_attachment(around: _Neighbours, best: _Best) -> Candidates:
    """Pairs from the highest degrees down, until no remaining one can be among the best."""
    order = np.argsort(-around.degrees, kind="stable")
    others = around.others[order][:, order].tocsr()
    degrees = around.degrees[order]
    n = len(order)
    start = 0
    while start < n - 1:
        if degrees[start] * degrees[start + 1] < max(best.bar, 1):
            return
        stop = min(start + max(BLOCK // n, 1), n)
        rows, columns = np.divmod(np.arange((stop - start) * n), n)
        rows += start
        kept = (rows < columns) & (degrees[rows] * degrees[columns] >= max(best.bar, 1))
        rows, columns = rows[kept], columns[kept]
        untied = ~_tied(others, start, stop, rows, columns)
        rows, columns = rows[untied], columns[untied]
        yield np.sort(np.c_[order[rows], order[columns]], axis=1), degrees[rows] * degrees[columns]
        start = stop


METHODS: dict[str, Callable[[_Neighbours, _Best], Candidates]] = {
    "common-neighbours": _common,
    "jaccard": _jaccard,
    "adamic-adar": _adamic_adar,
    "resource-allocation": _resource_allocation,
    "preferential-attachment": _preferential_attachment,
}
"""The methods of prediction, by name."""

"""Finds the fewest documents on which a high rank depends.

The graph records the source of each statement. If a node loses its rank once a few documents are
withdrawn, the rank is theirs: whoever doubts one of them has to doubt the rank.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError
from missiongraph.networks.extract.construct import View, build_network, shown
from missiongraph.networks.extract.ties import Mask, Ties
from missiongraph.networks.measures.ranking import centrality, ranks
from missiongraph.networks.measures.registry import find_measure
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network, Node

from .rank_robustness import sources_shown

Progress = Callable[[str, int, int], None]
Sources = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Dethroning:
    """The fewest source graphs without which a node ranks below ``within``.

    ``sources`` are such graphs, None if none were found. No fewer than ``least`` are enough; if
    that is their number, the set is ``exact``: one of the smallest. Without ``sources``, it is
    ``exact`` if all sets were tried, so that no withdrawal takes the rank away. ``rank`` is the
    rank with all sources, ``after`` that without ``sources``, and ``instead`` are the nodes within
    it then. ``statements`` are the places of the statements concerned among the ties. ``measured``
    counts the networks that were measured.
    """

    node: Node
    measure: str
    within: int
    rank: int
    sources: Sequence[str] | None
    least: int
    exact: bool
    after: int
    instead: Sequence[Node]
    statements: npt.NDArray[np.intp]
    measured: int


def dethroning(
    ties: Ties,
    query: NetworkQuery,
    view: View | None = None,
    measure: str = "degree",
    *,
    node: Node = None,
    within: int = 1,
    limit: int = 2000,
    progress: Progress | None = None,
    **parameters: Any,
) -> Dethroning:
    """The fewest sources whose withdrawal takes a node out of the first ``within`` ranks.

    Without ``node``, it is the first one. A node that shares a rank keeps it until as many others
    as ``within`` score better. First, the source that brings it closest to that is withdrawn, and
    another, until it falls: that many are enough. Then all smaller sets are tried, the smallest
    first, while no more than ``limit`` networks have to be measured in all; the answer is exact if
    they suffice, and otherwise ``least`` bounds it. ``parameters`` are passed to the measure.

    Raises :class:`QueryError` for a node that is not in the network or does not rank within, and
    for statements without sources.
    """
    view = view or View()
    if not ties.graphs:
        raise QueryError(f"the ties of {query.name} have no ?graph, so their sources are not known")
    if within < 1:
        raise QueryError(f"within is a rank from 1, not {within}")
    trial = _Trial(ties, query, view, measure, within, limit, parameters, progress)
    whole = trial.whole
    if node is None:
        if not len(whole):
            raise QueryError(f"{query.name} has no nodes")
        node = whole.nodes[int(centrality(whole, measure, **parameters).order[0])]
    if node not in whole.index:
        raise QueryError(f"{node} is not in the network")
    trial.place = whole.index[node]
    rank, _ = trial.rank(())
    if rank > within:
        raise QueryError(f"{node} has rank {rank}, so it cannot fall out of the first {within}")
    enough = trial.greedy()
    fewest, least, exact = trial.smaller(enough)
    after, instead = trial.rank(fewest) if fewest is not None else (rank, ())
    concerned = np.isin(ties.graph, fewest or ()) & trial.seen
    return Dethroning(
        node,
        measure,
        within,
        rank,
        None if fewest is None else [ties.graphs[code] for code in fewest],
        least,
        exact,
        after,
        instead,
        np.flatnonzero(concerned),
        trial.measured,
    )


class _Trial:
    """Ranks of one node in networks without some of the sources."""

    place: int

    def __init__(
        self,
        ties: Ties,
        query: NetworkQuery,
        view: View,
        measure: str,
        within: int,
        limit: int,
        parameters: dict[str, Any],
        progress: Progress | None,
    ) -> None:
        self.ties, self.query, self.view = ties, query, view
        self.measure, self.within, self.limit = find_measure(measure), within, limit
        self.parameters, self.progress = parameters, progress
        self.seen: Mask = shown(ties, query, view)
        self.codes = sources_shown(ties, query, view).tolist()
        self.whole = build_network(ties, query, view)
        self.measured = 0

    def scores(self, without: Sources) -> tuple[Network, npt.NDArray[np.float64]]:
        kept = ~np.isin(self.ties.graph, without)
        network = (
            build_network(self.ties, self.query, self.view, kept=kept) if without else self.whole
        )
        self.measured += 1
        if self.progress:
            self.progress(f"without {len(without)} sources", self.measured, self.limit)
        return network, self.measure.scores(network, **self.parameters)

    def rank(self, without: Sources) -> tuple[int, Sequence[Node]]:
        """The rank of the node, and the nodes that rank within then."""
        network, scores = self.scores(without)
        order = ranks(scores, low=self.measure.low)
        first = np.flatnonzero(order <= self.within).tolist()
        return int(order[self.place]), [network.nodes[place] for place in first]

    def lead(self, without: Sources) -> float:
        """How far the node is ahead of the one that would push it out; below 0 if it is out."""
        _, scores = self.scores(without)
        if ranks(scores, low=self.measure.low)[self.place] > self.within:
            return -np.inf
        signed = np.nan_to_num(-scores if self.measure.low else scores, nan=-np.inf)
        others = np.sort(np.delete(signed, self.place))[::-1]
        rival = others[self.within - 1] if len(others) >= self.within else -np.inf
        return float(signed[self.place] - rival) if rival > -np.inf else np.inf

    def greedy(self) -> Sources | None:
        """Sources whose withdrawal one after the other brings the node down; None if it stays."""
        without: Sources = ()
        self.order = self.codes
        while len(without) < len(self.codes):
            left = [code for code in self.codes if code not in without]
            leads = {code: self.lead((*without, code)) for code in left}
            if not without:
                self.order = sorted(self.codes, key=lambda code: leads[code])
            best = min(left, key=lambda code: leads[code])
            without = (*without, best)
            if leads[best] == -np.inf:
                return self._needed(without)
            if self.measured > self.limit:
                return None
        return None

    def _needed(self, without: Sources) -> Sources:
        """The sources of a set less those that are not needed for it."""
        for code in without[:-1]:
            fewer = tuple(other for other in without if other != code)
            if self.lead(fewer) == -np.inf:
                without = fewer
        return without

    def smaller(self, enough: Sources | None) -> tuple[Sources | None, int, bool]:
        """The smallest set, the least number of sources, and whether that is certain."""
        most = len(self.codes) if enough is None else len(enough) - 1
        for size in range(2, most + 1):  # each one has been tried
            if self.measured + comb(len(self.codes), size) > self.limit:
                return enough, size, False
            for without in combinations(self.order, size):
                if self.lead(without) == -np.inf:
                    return without, size, True
        return enough, most + 1, True

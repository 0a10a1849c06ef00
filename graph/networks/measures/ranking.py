"""Ranks the nodes of a network by one or more measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node, Scores

from .registry import MEASURES, find_measure, find_measures

Ranks = npt.NDArray[np.int64]

DEFAULT = ("degree", "betweenness", "closeness", "eigenvector", "pagerank")
"""The default measures."""

_DIGITS = 12  # rounding errors beyond these must not rank equal nodes differently


@dataclass(frozen=True)
class Interval:
    """The best and the worst rank of each node over several versions of the network.

    ``method`` describes the versions in words. ``cause``, if known, is for each node the source
    graph without which it has its worst rank, empty if its rank never gets worse. ``without`` has
    the ranks without each source that changes the network, which :attr:`moved` compares to the
    ``ranks`` with all.
    """

    best: Ranks
    worst: Ranks
    method: str
    cause: Sequence[str] = ()
    ranks: Ranks | None = None
    without: Mapping[str, Ranks] = field(default_factory=dict)

    @cached_property
    def moved(self) -> Mapping[str, float]:
        """Kendall's tau between the ranks with and without each source, the largest effect first.

        Computed when it is first asked for; empty if the versions do not leave out sources.
        """
        if self.ranks is None:
            return {}
        moved = {name: agreement(self.ranks, other) for name, other in self.without.items()}
        return dict(sorted(moved.items(), key=lambda item: (item[1], item[0])))


@dataclass(frozen=True, eq=False)
class Ranking:
    """The nodes of a network with their scores; ``order`` sorts them by rank.

    ``scores`` and ``ranks`` are in the order of the network's nodes; equal scores (to twelve
    digits) share the smallest of their ranks. ``intervals`` are by measure, if they were computed.
    ``bounds`` describes, for each approximate measure, how far its scores can be from the exact
    ones.
    """

    network: Network
    scores: Mapping[str, Scores]
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    bounds: Mapping[str, str] = field(default_factory=dict)

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of the measures, beginning with the one that determines the order."""
        return tuple(self.scores)

    def ranks(self, measure: str) -> Ranks:
        """The rank of each node, 1 for the first."""
        return ranks(self.scores[measure], low=find_measure(measure).low)

    @property
    def order(self) -> npt.NDArray[np.intp]:
        """The indices of the nodes, sorted by rank in the first measure, label and name."""
        names = [(self.network.label(node), str(node)) for node in self.network.nodes]
        first = self.ranks(self.measures[0]) if self.measures else np.zeros(len(names))
        return np.array(
            sorted(range(len(names)), key=lambda place: (first[place], names[place])), dtype=np.intp
        )

    def rows(
        self, top: int | None = None
    ) -> Iterator[dict[str, Any]]:  # Any: a cell is of any type
        """A row for each node, in order: node, label, and for each measure score and rank.

        Columns: ``<measure>``, ``<measure>_rank`` and, with an interval, ``<measure>_best`` and
        ``<measure>_worst``.
        """
        ranks = {measure: self.ranks(measure) for measure in self.measures}
        for place in self.order[:top]:
            node = self.network.nodes[place]
            row: dict[str, Any] = {"node": node, "label": self.network.label(node)}
            for measure in self.measures:
                row[measure] = float(self.scores[measure][place])
                row[f"{measure}_rank"] = int(ranks[measure][place])
                if interval := self.intervals.get(measure):
                    row[f"{measure}_best"] = int(interval.best[place])
                    row[f"{measure}_worst"] = int(interval.worst[place])
            yield row


def centrality(
    network: Network | nx.Graph[Any],
    measures: str | Sequence[str] = DEFAULT,
    **parameters: Any,
) -> Ranking:
    """Score every node by one or several ``measures``, the first of which determines the order.

    ``parameters`` are passed to the measures that accept them. Raises :class:`UnknownQuery` for a
    measure that is not in :data:`~missiongraph.networks.measures.registry.MEASURES`, or a parameter
    that none of ``measures`` accepts.
    """
    drawn = from_networkx(network)
    chosen = find_measures(measures)
    taken = {name for measure in chosen for name in measure.parameters}
    options = {
        measure.name: {
            n: v for n, v in parameters.items() if n in measure.parameters or n not in taken
        }
        for measure in chosen
    }
    scores = {each.name: each.scores(drawn, **options[each.name]) for each in chosen}
    bounds = {each.name: each.bounded(**options[each.name]) for each in chosen if each.approximate}
    return Ranking(drawn, scores, bounds=bounds)


def scores(network: Network | nx.Graph[Any], measure: str, **parameters: Any) -> dict[Node, float]:
    """The score of each node, as a dictionary like those of networkx."""
    drawn = from_networkx(network)
    values = find_measure(measure).scores(drawn, **parameters)
    return dict(zip(drawn.nodes, values.tolist(), strict=True))


def ranks(scores: Scores, *, low: bool = False) -> Ranks:
    """Ranks from 1; equal scores share the smallest, NaN comes last."""
    keys = np.round(scores if low else -scores, _DIGITS)
    order = np.argsort(keys)
    ordered = keys[order]
    new = np.r_[True, (ordered[1:] != ordered[:-1]) & ~np.isnan(ordered[:-1])] if len(keys) else []
    first = np.maximum.accumulate(np.where(new, np.arange(1, len(keys) + 1), 0))
    result = np.empty(len(keys), np.int64)
    result[order] = first
    return result


def agreement(one: Ranks, other: Ranks) -> float:
    """Kendall's tau-b of two rankings (Kendall 1945), -1 to 1; 1 if all ranks in one are equal."""
    from scipy.stats import kendalltau  # slow to import

    if len(np.unique(one)) < 2 or len(np.unique(other)) < 2:
        return 1.0
    return float(kendalltau(one, other).statistic)


__all__ = ["DEFAULT", "MEASURES", "Interval", "Ranking", "centrality", "ranks", "scores"]

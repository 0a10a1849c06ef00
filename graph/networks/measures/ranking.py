"""Centrality: a ranking of the nodes of a network, by one or more measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node, Scores

from .registry import MEASURES, find_measure, find_measures

Ranks = npt.NDArray[np.int64]

DEFAULT = ("degree", "betweenness", "closeness", "eigenvector", "pagerank")
"""The measures that are computed when none is named."""

_DIGITS = 12  # noise beyond them does not order equal nodes


@dataclass(frozen=True)
class Interval:
    """The best and the worst rank of each node, and over what they were found.

    ``method`` names it in words; ``cause``, where known, what brought each node to its worst
    rank: the source graph without which it falls farthest, nothing where it never falls.
    ``moved`` has Kendall's tau between the ranking and the one without a source, for each that
    changes the network; the one that moves most comes first.
    """

    best: Ranks
    worst: Ranks
    method: str
    cause: Sequence[str] = ()
    moved: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Ranking:
    """The nodes of a network with their scores; ``order`` has the first ranked first.

    ``scores`` and ``ranks`` are in the order of the network's nodes; equal scores (to twelve
    digits) have equal ranks, the smallest of theirs. ``intervals`` are there for the measures
    for which they were asked. ``bounds`` says of each approximate measure how far its scores
    may be from the exact ones.
    """

    network: Network
    scores: Mapping[str, Scores]
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    bounds: Mapping[str, str] = field(default_factory=dict)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures, the one that orders first."""
        return tuple(self.scores)

    def ranks(self, measure: str) -> Ranks:
        """The rank of each node, 1 for the first."""
        return ranks(self.scores[measure], low=find_measure(measure).low)

    @property
    def order(self) -> npt.NDArray[np.intp]:
        """Places of the nodes, by rank in the first measure, then by label, then by name."""
        names = [(self.network.label(node), str(node)) for node in self.network.nodes]
        first = self.ranks(self.measures[0]) if self.measures else np.zeros(len(names))
        return np.array(
            sorted(range(len(names)), key=lambda place: (first[place], names[place])), dtype=np.intp
        )

    def rows(self, top: int | None = None) -> Iterator[dict[str, Any]]:
        """A dictionary to a node, in order: node, label, and for each measure its score and rank.

        Columns: ``<measure>``, ``<measure>_rank`` and, with an interval, ``<measure>_best`` and
        ``<measure>_worst``.
        """
        found = {measure: self.ranks(measure) for measure in self.measures}
        for place in self.order[:top]:
            node = self.network.nodes[place]
            row: dict[str, Any] = {"node": node, "label": self.network.label(node)}
            for measure in self.measures:
                row[measure] = float(self.scores[measure][place])
                row[f"{measure}_rank"] = int(found[measure][place])
                if interval := self.intervals.get(measure):
                    row[f"{measure}_best"] = int(interval.best[place])
                    row[f"{measure}_worst"] = int(interval.worst[place])
            yield row


def centrality(
    network: Network | nx.Graph[Any],
    measures: str | Sequence[str] = DEFAULT,
    **parameters: Any,
) -> Ranking:
    """Score every node by ``measures``, or by one; the first of them orders the ranking.

    ``parameters`` go to the measures that take them. Raises :class:`UnknownQuery` for a measure
    that is not in :data:`~missiongraph.networks.measures.registry.MEASURES`, or a parameter
    that none of ``measures`` takes.
    """
    drawn = from_networkx(network)
    chosen = find_measures(measures)
    taken = {name for measure in chosen for name in measure.parameters}
    given = {
        measure.name: {
            n: v for n, v in parameters.items() if n in measure.parameters or n not in taken
        }
        for measure in chosen
    }
    scores = {each.name: each.scores(drawn, **given[each.name]) for each in chosen}
    bounds = {each.name: each.bounded(**given[each.name]) for each in chosen if each.approximate}
    return Ranking(drawn, scores, bounds=bounds)


def scores(network: Network | nx.Graph[Any], measure: str, **parameters: Any) -> dict[Node, float]:
    """The score of each node, as networkx gives them."""
    drawn = from_networkx(network)
    found = find_measure(measure).scores(drawn, **parameters)
    return dict(zip(drawn.nodes, found.tolist(), strict=True))


def ranks(scores: Scores, *, low: bool = False) -> Ranks:
    """Ranks from 1; equal scores share the smallest, what is no number comes last."""
    keys = np.round(scores if low else -scores, _DIGITS)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    new = np.r_[True, (ordered[1:] != ordered[:-1]) & ~np.isnan(ordered[:-1])] if len(keys) else []
    first = np.maximum.accumulate(np.where(new, np.arange(1, len(keys) + 1), 0))
    found = np.empty(len(keys), np.int64)
    found[order] = first
    return found


__all__ = ["DEFAULT", "MEASURES", "Interval", "Ranking", "centrality", "ranks", "scores"]

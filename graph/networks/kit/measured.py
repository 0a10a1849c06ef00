"""Answers questions about a network with tables: ranks, brokers, communities, paths, changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

import networkx as nx
import numpy as np

from missiongraph.errors import UnknownQuery
from missiongraph.networks.extract.tie_facts import resting_on
from missiongraph.networks.extract.time_slices import changes
from missiongraph.networks.measures.distance import By
from missiongraph.networks.measures.ranking import DEFAULT, Ranking, centrality
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node
from missiongraph.networks.operations.loaded import LoadedNetwork
from missiongraph.networks.operations.neighbourhood import around, ways
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.networks.operations.result import Result

from .findings import Findings
from .given import NO_SOURCES, GivenNetwork

if TYPE_CHECKING:
    from missiongraph.networks.analysis.rank_robustness import Method, Progress

__all__ = ["Measured"]

SOON_SOURCES, SOON_STEPS = 150, 10_000_000
"""Sources, and these by nodes by ties, up to which ranks without each source take some 0.5 s."""

FEW = 20
"""In a network with fewer nodes, ranks say little."""


class Measured:
    """What a graph over a network answers with tables."""

    loaded: LoadedNetwork | None = None
    """The network as loaded from a graph, with its statements; None for any other."""

    if TYPE_CHECKING:
        drawn: Network | None

        network: Network
        adj: Any

    def centrality(
        self,
        measures: str | Sequence[str] = DEFAULT,
        *,
        top: int | None = None,
        sure: Method | Literal["auto"] | None = "auto",
        rate: float = 0.1,
        runs: int = 100,
        level: float = 0.9,
        seed: int = 0,
        progress: Progress | None = None,
        **parameters: Any,
    ) -> Findings:
        """Rank the nodes by one or several measures; the first determines the order.

        Columns: ``node``, ``label``, and for each measure its score and ``<measure>_rank``. With
        ``sure``, also ``<measure>_best`` and ``<measure>_worst``: the ranks that remain possible
        when each source is left out (``sources``), or in a share ``level`` of ``runs`` networks
        without a share ``rate`` of their ties (``resampling``). ``auto`` is ``sources`` where that
        takes less than a second, as in most networks of up to some hundred nodes, and None
        elsewhere; ``facts["interval"]`` says which. ``parameters`` are those of the
        measures (``missiongraph.networks.MEASURES``). Raises :class:`UnknownQuery` for an unknown
        measure or parameter, and for ``sure`` on a network without statements.

        ``facts["rests_on"]`` has the sources of the ties of the first ten, with the number of
        their statements, the most first; ``facts["note"]`` warns of a network with few nodes.
        """
        about = self._asked.about()
        if sure == "auto":
            sure = "sources" if self._is_soon_sure else None
        if not sure:
            ranking = centrality(self.network, measures, **parameters)
        else:
            ranking = self._robust(measures, sure, rate, runs, level, seed, progress, parameters)
        facts = about | {"measures": list(ranking.measures), "of": len(ranking.network)}
        if len(ranking.network) < FEW:
            facts["note"] = f"ranks among fewer than {FEW} nodes say little"
        if isinstance(of := self._asked, LoadedNetwork) and not isinstance(of, GivenNetwork):
            facts["rests_on"] = resting_on(of.ties, of.query, of.view, _first(ranking))
        if ranking.intervals:
            facts["interval"] = next(iter(ranking.intervals.values())).method
        if ranking.bounds:
            facts["approximate"] = dict(ranking.bounds)
        return Findings.of_rows(facts, ranking.rows(top), "node", "label", *ranking.measures)

    @property
    def _is_soon_sure(self) -> bool:
        """Whether ranks without each source are there in a second: few sources, a small network."""
        asked, network = self._asked, self.network
        if isinstance(asked, GivenNetwork):
            return False
        sources = len(asked.ties.graphs)
        work = sources * len(network) * network.size
        return 0 < sources <= SOON_SOURCES and work <= SOON_STEPS

    def _robust(
        self,
        measures: str | Sequence[str],
        sure: Method,
        rate: float,
        runs: int,
        level: float,
        seed: int,
        progress: Progress | None,
        parameters: Mapping[str, Any],
    ) -> Ranking:
        from missiongraph.networks.analysis.rank_robustness import robust

        of = self._statements
        ranking = robust(
            of.ties,
            of.query,
            of.view,
            measures,
            method=sure,
            rate=rate,
            runs=runs,
            level=level,
            seed=seed,
            progress=progress,
            **parameters,
        )
        return replace(ranking, network=of.network)

    def brokers(self, by: str = "kind", *, role: str = "total", top: int | None = None) -> Findings:
        """Count the brokerage roles of each node (Gould and Fernandez 1989), by groups.

        ``by`` is an attribute of the nodes, such as ``country``; nodes without it are left out,
        and ``facts["ungrouped"]`` counts them. Columns: ``node``, ``label``, ``group``, and each
        role with its expected value and z-score, sorted by ``role``.
        """
        from missiongraph.networks.analysis.brokerage import brokers

        groups = self._attribute(by)
        brokerage = brokers(self.network, groups)
        facts = self._asked.about() | {"by": by, "role": role, "ungrouped": brokerage.ungrouped}
        return Findings.of_rows(facts, brokerage.rows(top, role), "node", "label", "group")

    def communities(
        self,
        algorithm: Literal["leiden", "louvain"] = "leiden",
        *,
        resolution: float = 1.0,
        runs: int = 10,
        seed: int = 0,
    ) -> Findings:
        """The community of each node, and in how many runs it stays with most of its community.

        Columns: ``node``, ``label``, ``community`` (from 0, the largest first), ``stays`` (0 to 1).
        ``facts`` has the modularity and the size and foremost member of each community.
        """
        return self._perform(
            "communities", algorithm=algorithm, resolution=resolution, runs=runs, seed=seed
        )

    def path(self, first: str, last: str, *, by: By = "steps", limit: int = 1) -> Findings:
        """The shortest paths from one node to another, named by IRI, end of the IRI or label.

        Columns: ``path`` from 1, ``step`` from 0, ``node``, ``label``; no rows without a path.
        ``facts["length"]`` is in steps, or the sum of distances (inverse strengths).
        """
        length, rows = ways(self.network, first, last, by, limit)
        facts = self._asked.about() | {"length": length}
        return Findings.of_rows(facts, rows, "path", "step", "node", "label")

    def neighbours(self, node: str, *, radius: float = 1, by: By = "steps") -> Findings:
        """The nodes around a node, the closest first, as a table; :meth:`ego` is their graph."""
        rows = around(self.network, node, radius, by)
        return Findings.of_rows(self._asked.about(), rows, "node", "label", self.network.weighed)

    def compare(self, other: nx.Graph[Any] | Network, measure: str = "degree") -> Findings:
        """What differs in ``other``: nodes and ties that came or went, and ranks that changed.

        Columns: ``change`` (came, gone, moved, tie came, tie gone), ``node``, ``label``, ``with``
        (the other end of a tie), ``before`` and ``after`` (ranks by ``measure``). ``facts`` has the
        share of ties that both have (Jaccard, 0 to 1; None if neither has any).
        """
        after = from_networkx(other)
        found = changes(self.network, after, measure)
        label = {**self.network.labels, **after.labels}
        one_end = [("came", found.came), ("gone", found.gone)]
        rows = [_change(what, node, label) for what, nodes in one_end for node in nodes]
        rows += [
            _change("moved", m.node, label, before=m.before, after=m.after) for m in found.moved
        ]
        for what, pairs in (("tie came", found.ties_came), ("tie gone", found.ties_gone)):
            rows += [_change(what, a, label, to=b) for a, b in pairs]
        both = self.network.size - len(found.ties_gone)
        every = both + len(found.ties_gone) + len(found.ties_came)
        facts = self._asked.about() | {
            "other": {"nodes": len(after), "ties": after.size},
            "measure": measure,
            "shared_ties": both,
            "jaccard": both / every if every else None,
        }
        columns = ("change", "node", "label", "with", "before", "after")
        return Findings.of_rows(facts, rows, *columns)

    def _perform(self, operation: str, **parameters: Any) -> Findings:
        result = OPERATIONS[operation].run(self._asked, **parameters)
        return Findings.of(cast(Result, result))

    @property
    def _asked(self) -> LoadedNetwork:
        """The network as operations take it."""
        network = self.network
        if self.loaded is not None and _same_ties(network, self.loaded.network):
            return self.loaded
        return GivenNetwork.of(network)

    @property
    def _statements(self) -> LoadedNetwork:
        asked = self._asked
        if isinstance(asked, GivenNetwork):
            raise UnknownQuery(NO_SOURCES)
        return asked

    def _attribute(self, name: str) -> dict[Node, Any]:
        return self._asked.groups(name)


def _same_ties(one: Network, other: Network) -> bool:
    """Whether two networks have the same nodes in the same order, tied with the same weights."""
    if one is other:
        return True
    parts = ("indptr", "indices", "data")
    return list(one.nodes) == list(other.nodes) and all(
        np.array_equal(getattr(one.matrix, part), getattr(other.matrix, part)) for part in parts
    )


def _first(ranking: Ranking, number: int = 10) -> list[Node]:
    """The first nodes by the first measure."""
    return [ranking.network.nodes[place] for place in ranking.order[:number]]


def _change(
    what: str, node: Node, label: Mapping[Node, str], *, to: Node = None, **ranks: int
) -> dict[str, Any]:
    return {
        "change": what,
        "node": node,
        "label": label.get(node, str(node)),
        "with": None if to is None else label.get(to, str(to)),
        "before": ranks.get("before"),
        "after": ranks.get("after"),
    }

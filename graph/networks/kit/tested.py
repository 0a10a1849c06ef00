"""Compares a network with chance and with other networks: which ties and figures stand out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx

from missiongraph.networks.extract.ties import Ties
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network
from missiongraph.networks.operations.lookup import find_node

from .findings import Findings
from .over_time import OverTime

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Backbone, Progress
    from missiongraph.networks.analysis.qap import PermutationTest

__all__ = ["Tested"]

_STATED = ("graph", "source", "target", "source_label", "target_label")
_CORRELATED = (
    "network", "correlation", "p", "p_greater", "p_less", "mean", "deviation", "nodes"
)  # fmt: skip


class Tested(OverTime):
    """What a graph over a network answers with tests."""

    def significance(
        self,
        method: Backbone = "disparity",
        *,
        runs: int = 1000,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Findings:
        """The chance of each tie if ties were random; :meth:`backbone` keeps those of low chance.

        Columns: ``source``, ``target``, ``source_label``, ``target_label``, the weight, ``chance``
        (0 to 1), and ``fdr``, the least rate of false discoveries at which the tie is kept. The
        lowest chance comes first. ``method``, ``runs`` and ``seed`` are as in :meth:`backbone`.
        """
        from missiongraph.networks.analysis.null_models import tie_chances
        from missiongraph.networks.model.backbone import false_discovery, places

        network = self.network
        chances = tie_chances(network, method, runs=runs, seed=seed, progress=progress)
        rates, (sources, targets) = false_discovery(network, chances), places(network.matrix)
        once = slice(None) if network.directed else sources <= targets
        columns = (sources, targets, network.matrix.data, chances.data, rates.data)
        found = zip(*(column[once].tolist() for column in columns), strict=True)
        rows = (
            {
                "source": network.nodes[one],
                "target": network.nodes[other],
                "source_label": network.label(network.nodes[one]),
                "target_label": network.label(network.nodes[other]),
                network.weighed: weight,
                "chance": chance,
                "fdr": rate,
            }
            for one, other, weight, chance, rate in sorted(found, key=_by_chance)
        )
        facts = self._asked.about() | {"method": method}
        if method == "fdsm":
            facts |= {"runs": runs, "seed": seed}
        named = ("source", "target", "source_label", "target_label", network.weighed)
        return Findings.of_rows(facts, rows, *named, "chance", "fdr")

    def correlate(
        self,
        others: nx.Graph[Any] | Network | Mapping[str, nx.Graph[Any] | Network],
        *,
        by: Literal["strength", "steps"] = "strength",
        runs: int = 1000,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Findings:
        """The correlation with one or several networks, tested by permuting nodes (QAP).

        Columns: ``network``, ``correlation`` (-1 to 1), ``p`` (as far from 0), ``p_greater``,
        ``p_less``, ``mean`` and ``deviation`` of the permuted networks, and ``nodes`` that both
        have. ``by="steps"`` counts ties and not their strengths (Krackhardt 1988). See
        :func:`missiongraph.networks.analysis.qap.correlate`.
        """
        from missiongraph.networks.analysis.qap import correlate

        if not isinstance(others, Mapping):
            others = {from_networkx(others).name: others}
        rows = []
        for name, other in others.items():
            found = correlate(self.network, other, by=by, runs=runs, seed=seed, progress=progress)
            row = {"network": name, "correlation": found.test.value, **_shares(found.test)}
            row |= {"mean": found.test.mean, "deviation": found.test.deviation}
            rows.append(row | {"nodes": found.nodes})
        facts = self._asked.about() | {"by": by, "runs": runs, "seed": seed}
        return Findings.of_rows(facts, rows, *_CORRELATED)

    def regress(
        self,
        on: Mapping[str, nx.Graph[Any] | Network | Mapping[Any, Hashable] | str],
        *,
        by: Literal["strength", "steps"] = "strength",
        runs: int = 1000,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Findings:
        """Explain the ties by other networks, each tested with the rest held constant (MRQAP).

        ``on`` names the predictors: networks, an attribute of the nodes such as ``"country"``, or
        the group of each node, which count whether two nodes have the same. Columns: ``predictor``,
        ``coefficient``, ``beta`` (standardised), ``t``, ``p``, ``p_greater``, ``p_less``; the
        intercept is not tested. ``facts`` has ``r_squared``, the nodes compared and how many were
        left out (Dekker, Krackhardt and Snijders 2007). See
        :func:`missiongraph.networks.analysis.qap.regress`.
        """
        from missiongraph.networks.analysis.qap import regress

        predictors = {
            name: self._attribute(it) if isinstance(it, str) else it for name, it in on.items()
        }
        found = regress(self.network, predictors, by=by, runs=runs, seed=seed, progress=progress)
        rows = []
        for name, coefficient in found.coefficients.items():
            test = found.tests.get(name)
            row: dict[str, Any] = {"predictor": name, "coefficient": coefficient}
            row |= {"beta": found.betas[name], "t": test.value if test else None}
            rows.append(row | _shares(test))
        facts = self._asked.about() | {"by": by, "runs": found.runs, "seed": seed}
        facts |= {"r_squared": found.r_squared, "compared": found.nodes, "pairs": found.dyads}
        return Findings.of_rows(facts | {"unmatched": found.left_out}, rows)

    def dethroning(
        self,
        measure: str = "degree",
        *,
        node: str | None = None,
        within: int = 1,
        limit: int = 2000,
        progress: Progress | None = None,
        **parameters: Any,
    ) -> Findings:
        """The fewest documents whose withdrawal takes a node out of the first ``within`` ranks.

        Without ``node``, it is the first one; with ``within=10``, it leaves the top ten. Rows are
        the statements of these documents: ``graph``, ``source``, ``target``, ``source_label``,
        ``target_label``. ``facts``: ``node``, ``rank`` and the rank ``after``, the nodes within it
        ``instead``, the ``sources`` (None if no withdrawal is known to do it), the ``least`` number
        that can do, and whether that is ``exact``; at most ``limit`` networks are measured. Raises
        :class:`UnknownQuery` for a network without statements. See
        :func:`missiongraph.networks.analysis.dethroning.dethroning`.
        """
        from missiongraph.networks.analysis.dethroning import dethroning

        of = self._statements
        network = of.network
        found = dethroning(
            of.ties,
            of.query,
            of.view,
            measure,
            node=None if node is None else find_node(network, node),
            within=within,
            limit=limit,
            progress=progress,
            **parameters,
        )
        facts = of.about() | {"label": network.label(found.node)}
        named = "node measure within rank after sources least exact measured"
        facts |= {name: getattr(found, name) for name in named.split()}
        facts["instead"] = [network.label(other) for other in found.instead]
        rows = _statements(of.ties, found.statements.tolist(), network)
        return Findings.of_rows(facts, rows, *_STATED)

    def missing_sources(
        self,
        measure: str = "degree",
        *,
        shares: Sequence[float] = (0.1, 0.2, 0.3, 0.5),
        runs: int = 50,
        seed: int = 0,
        progress: Progress | None = None,
        **parameters: Any,
    ) -> Findings:
        """How well ranks hold if a share of the documents is missing at random.

        Columns: ``share``, ``left_out`` (documents), ``agreement`` with the ranks of all (mean of
        Kendall's tau over ``runs``), ``low`` (95 % of runs exceed it), ``first`` (share of runs in
        which the first node still is), ``top`` (mean share of the first ten that still are). Raises
        :class:`UnknownQuery` for a network without statements.
        """
        from missiongraph.networks.analysis.rank_robustness import missing_sources

        of = self._statements
        how: dict[str, Any] = {"shares": shares, "runs": runs, "seed": seed, "progress": progress}
        rows = missing_sources(of.ties, of.query, of.view, measure, **how, **parameters)
        facts = of.about() | {"measure": measure, "runs": runs, "seed": seed}
        return Findings.of_rows(facts, map(asdict, rows), "share", "left_out", "agreement")


def _statements(ties: Ties, places: Sequence[int], network: Network) -> Iterator[dict[str, Any]]:
    for place in places:
        target = int(ties.target[place])
        source, other = ties.nodes[ties.source[place]], ties.nodes[target] if target >= 0 else None
        yield {
            "graph": ties.graphs[ties.graph[place]],
            "source": source,
            "target": other,
            "source_label": network.label(source),
            "target_label": other and network.label(other),
        }


def _shares(test: PermutationTest | None) -> dict[str, float | None]:
    return {name: getattr(test, name, None) for name in ("p", "p_greater", "p_less")}


def _by_chance(tie: tuple[int, int, float, float, float]) -> tuple[float, float]:
    _, _, weight, chance, _ = tie
    return chance, -weight

"""Compares a network with chance and with other networks: which ties and figures stand out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx

from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network
from missiongraph.networks.operations.tested import correlated, shares_of

from .findings import Findings
from .over_time import OverTime

if TYPE_CHECKING:
    from missiongraph.networks.analysis.null_models import Backbone, Progress

__all__ = ["Tested"]


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
        how = {"runs": runs, "seed": seed, "progress": progress}
        return self._perform("backbone", by=method, level=1, **how)

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
        if not isinstance(others, Mapping):
            others = {from_networkx(others).name: others}
        networks = {name: from_networkx(other) for name, other in others.items()}
        return Findings.of(correlated(self._asked, networks, by, runs, seed, progress))

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
            rows.append(row | shares_of(test))
        facts = self._asked.about() | {"by": by, "runs": found.runs, "seed": seed}
        facts |= {"r_squared": found.r_squared, "compared": found.nodes, "pairs": found.dyads}
        return Findings.of_rows(facts | {"unmatched": found.left_out}, rows)

    def basis(self) -> Findings:
        """What the ties rest on, by the strength of their sources, the most statements first.

        Columns: ``strength``, the number of ``sources`` and of their ``statements``, the ``pairs``
        of nodes that they tie, before any projection, and those that ``alone`` sources of this
        strength state. ``facts`` has the number of ``pairs``, those that a ``single`` source
        states, the ``sources``, and the statements that are ``unsourced``. Raises
        :class:`UnknownQuery` for a network without statements.
        """
        return self._perform("basis")

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
        how = {"node": node, "within": within, "limit": limit, "progress": progress}
        return self._perform("dethroning", measure=measure, **how, **parameters)

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
        how = {"shares": shares, "runs": runs, "seed": seed, "progress": progress}
        return self._perform("missing-sources", measure=measure, **how, **parameters)

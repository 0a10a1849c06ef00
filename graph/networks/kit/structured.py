"""Describes the structure of a network: its figures, core, positions and nestedness."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from .findings import Findings
from .tested import Tested

if TYPE_CHECKING:
    from missiongraph.networks.analysis.nestedness import Null
    from missiongraph.networks.analysis.null_models import Progress

__all__ = ["Structured"]


class Structured(Tested):
    """What a graph over a network answers about its structure."""

    def statistics(self) -> Findings:
        """The figures of the whole network, one in a row.

        Density, components, transitivity, degree assortativity and Freeman's centralisation by
        degree, closeness and betweenness; in a directed network also reciprocity and the counts of
        dyads and triads. Columns: ``name``, ``value`` (NaN if undefined), ``says``, ``range``,
        ``source``. See :mod:`missiongraph.networks.analysis.statistics`.
        """
        from missiongraph.networks.analysis.statistics import statistics

        return Findings.of_rows(self._asked.about(), map(asdict, statistics(self.network)))

    def nestedness(
        self,
        null: Null = "fixed",
        *,
        runs: int = 100,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Findings:
        """Whether who has few ties is tied to a part of those with more: NODF, 0 to 100.

        For two-mode networks and projections (Almeida-Neto et al. 2008). Columns: ``name`` (nodf,
        rows, columns), ``actual``, and of ``runs`` random matrices ``mean``, ``deviation``, ``z``,
        ``low``, ``high`` (the middle 95 %) and ``p``. ``null``: ``fixed`` keeps all degrees,
        ``equiprobable`` the number of ties. ``facts["fill"]`` is the share of possible ties.
        """
        from missiongraph.networks.analysis.nestedness import nestedness, nestedness_by_chance

        rows = nestedness_by_chance(self.network, null, runs, seed, progress=progress)
        facts = self._asked.about() | {"null": null, "runs": runs, "seed": seed}
        facts["fill"] = nestedness(self.network).fill
        return Findings.of_rows(facts, map(asdict, rows))

    def rich_club(
        self, *, runs: int = 100, seed: int = 0, progress: Progress | None = None
    ) -> Findings:
        """Whether nodes of many ties are tied to each other, compared with random networks.

        Columns: ``more_than`` (k), the number of ``nodes`` with more ties than that, the ``ties``
        among them, their ``density``, ``mean`` and ``deviation`` of that in ``runs`` networks with
        the same degrees, ``ratio`` and ``z`` (Colizza et al. 2006).
        """
        from missiongraph.networks.analysis.rich_club import rich_club

        found = rich_club(self.network, runs, seed, progress=progress)
        facts = self._asked.about() | {"runs": runs, "seed": seed}
        return Findings.of_rows(facts, found.rows(), "more_than", "nodes", "ties", "density")

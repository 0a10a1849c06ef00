"""Describes the structure of a network: its figures, core, positions and nestedness."""

from __future__ import annotations

from dataclasses import asdict

from .findings import Findings
from .tested import Tested

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

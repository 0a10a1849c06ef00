"""Measures the rich club: whether nodes with many ties are tied to each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError
from missiongraph.networks.analysis.null_models import Progress, randomised
from missiongraph.networks.measures.cohesion import without_loops
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RichClub:
    """The nodes with more than k ties, for each k from 0 on.

    ``nodes`` and ``ties`` are their number and that of the ties among them, ``density`` the share
    of their pairs that are tied, 0 to 1. ``mean`` and ``deviation`` of the density are those of
    random networks with the same degrees. If the ``ratio`` to the mean is above 1, nodes of many
    ties seek each other (Colizza, Flammini, Serrano & Vespignani 2006, Nature Physics 2, 110).
    """

    nodes: Counts
    ties: Counts
    density: Floats
    mean: Floats
    deviation: Floats

    @property
    def ratio(self) -> Floats:
        """The density over that of random networks; NaN if the latter is 0."""
        return _over(self.density, self.mean)

    @property
    def z(self) -> Floats:
        """How many deviations the density is above the mean; NaN if random networks are alike."""
        varies = np.where(self.deviation > 1e-12, self.deviation, 0)
        return _over(self.density - self.mean, varies)

    def rows(self) -> Iterator[dict[str, Any]]:  # Any: a cell is of any type
        """A row for each k."""
        for k in range(len(self.nodes)):
            yield {
                "more_than": k,
                "nodes": int(self.nodes[k]),
                "ties": int(self.ties[k]),
                "density": float(self.density[k]),
                "mean": float(self.mean[k]),
                "deviation": float(self.deviation[k]),
                "ratio": float(self.ratio[k]),
                "z": float(self.z[k]),
            }


def rich_club(
    network: Network | nx.Graph[Any],
    runs: int = 100,
    seed: int = 0,
    *,
    progress: Progress | None = None,
) -> RichClub:
    """The density among the nodes with more than k ties, and that expected by chance.

    As networkx's ``rich_club_coefficient``: k ends before fewer than two nodes are left. Loops,
    strengths and direction are ignored. Random networks are those of
    :func:`missiongraph.networks.analysis.null_models.randomised`, in which a projection has random
    affiliations. The same ``seed`` gives the same result. Raises :class:`QueryError` for fewer than
    two runs.
    """
    if runs < 2:
        raise QueryError(f"a deviation needs at least two runs, not {runs}")
    drawn = from_networkx(network).undirected
    nodes, ties = _clubs(drawn)
    by_chance = np.zeros((runs, len(nodes)))
    for run, other in enumerate(randomised(drawn, runs, seed)):
        if progress:
            progress(f"run {run + 1}", run, runs)
        found = _density(*_clubs(other))[: len(nodes)]
        by_chance[run, : len(found)] = found
    return RichClub(
        nodes, ties, _density(nodes, ties), by_chance.mean(axis=0), by_chance.std(axis=0, ddof=1)
    )


def _clubs(network: Network) -> tuple[Counts, Counts]:
    """For each k, the number of nodes with more than k ties, and that of ties among them."""
    pattern = without_loops(network.pattern)
    degree = np.diff(pattern.indptr)
    rows = np.repeat(np.arange(len(degree)), degree)
    poorer = np.minimum(degree[rows], degree[pattern.indices])
    most = int(degree.max(initial=0))
    nodes = len(degree) - np.cumsum(np.bincount(degree, minlength=most + 1))
    ties = (pattern.nnz - np.cumsum(np.bincount(poorer, minlength=most + 1))) // 2
    left = nodes > 1
    return nodes[left].astype(np.int64), ties[left].astype(np.int64)


def _density(nodes: Counts, ties: Counts) -> Floats:
    density: Floats = 2 * ties / (nodes * (nodes - 1))
    return density


def _over(one: Floats, other: Floats) -> Floats:
    share: Floats = np.full(len(one), np.nan)
    np.divide(one, other, out=share, where=other > 0)
    return share

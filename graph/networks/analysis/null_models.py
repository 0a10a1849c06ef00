"""Compares scores with those in random networks, in which each node has the same degree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.errors import QueryError
from missiongraph.networks.measures.registry import find_measure
from missiongraph.networks.model.backbone import disparity
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Scores
from missiongraph.networks.model.projection import project

Progress = Callable[[str, int, int], None]

SWAPS = 10
"""Attempted swaps per tie from one random network to the next."""

TRADES = 10
"""Trades per row of a two-mode matrix from one random network to the next."""


@dataclass(frozen=True, eq=False)
class Chance:
    """The scores of a network, and their mean and deviation in random ones, by node.

    ``z`` is how many standard ``deviation`` a score is above the ``mean``; NaN if all random
    networks give the same score.
    """

    scores: Scores
    mean: Scores
    deviation: Scores
    runs: int

    @property
    def z(self) -> Scores:
        """The z-scores."""
        with np.errstate(divide="ignore", invalid="ignore"):
            varies = self.deviation > 1e-12 * np.maximum(np.abs(self.mean), 1)
            return np.where(varies, (self.scores - self.mean) / self.deviation, np.nan)


def against_chance(
    network: Network | nx.Graph[Any],
    measure: str,
    runs: int = 100,
    seed: int = 0,
    *,
    progress: Progress | None = None,
    **parameters: Any,
) -> Chance:
    """Score the nodes of a network and of ``runs`` random ones, see :func:`randomised`.

    ``parameters`` are passed to the measure. Raises :class:`QueryError` for fewer than two runs.
    """
    drawn = from_networkx(network)
    if runs < 2:
        raise QueryError(f"a deviation needs at least two runs, not {runs}")
    scored = find_measure(measure)
    by_chance = np.empty((runs, len(drawn)))
    for run, other in enumerate(randomised(drawn, runs, seed)):
        if progress:
            progress(f"run {run + 1}", run, runs)
        by_chance[run] = scored.scores(other, **parameters)
    return Chance(
        scored.scores(drawn, **parameters),
        by_chance.mean(axis=0),
        by_chance.std(axis=0, ddof=1),
        runs,
    )


def randomised(network: Network | nx.Graph[Any], runs: int, seed: int = 0) -> Iterator[Network]:
    """Random networks whose nodes have the same degrees as in ``network``.

    Pairs of ties swap an end, again and again (Maslov & Sneppen 2002). This preserves the in- and
    out-degrees in a directed network and the sides in a two-mode one. A tie keeps its weight, and
    loops do not change. For a projection, the Curveball algorithm (Strona et al. 2014)
    redistributes the affiliations, preserving row and column sums, and they are projected as
    before. The same ``seed`` gives the same networks.
    """
    network = from_networkx(network)
    random = np.random.default_rng(seed)
    if network.affiliations is not None:
        yield from _dealt(network, network.affiliations, runs, random)
    else:
        yield from _swapped(network, runs, random)


def _swapped(network: Network, runs: int, random: np.random.Generator) -> Iterator[Network]:
    from missiongraph.networks.kernels.rewiring import swap

    ties = network.matrix.tocoo()
    row, column = ties.coords
    loop = row == column
    once = ~loop if network.directed else row < column
    source, target = row[once].astype(np.int64), column[once].astype(np.int64)
    if network.side is not None:
        turned = network.side[source] == 1
        source, target = np.where(turned, target, source), np.where(turned, source, target)
    sided = network.directed or network.side is not None
    weight = ties.data[once]
    for _ in range(runs):
        swap(source, target, len(network), sided, SWAPS * len(source), random)
        rows, columns, data = [row[loop], source], [column[loop], target], [ties.data[loop], weight]
        if not network.directed:
            rows, columns, data = [*rows, target], [*columns, source], [*data, weight]
        matrix = sparse.csr_array(
            (np.concatenate(data), (np.concatenate(rows), np.concatenate(columns))),
            shape=ties.shape,
        )
        matrix.sort_indices()
        yield replace(network, matrix=matrix, events=None)


def _dealt(
    network: Network, affiliations: sparse.csr_array, runs: int, random: np.random.Generator
) -> Iterator[Network]:
    from missiongraph.networks.kernels.rewiring import trade

    rows, columns = affiliations.shape
    held = affiliations.indices.astype(np.int64)
    for _ in range(runs):
        trade(affiliations.indptr.astype(np.int64), held, columns, TRADES * rows, random)
        dealt = sparse.csr_array(
            (np.ones(len(held)), held.copy(), affiliations.indptr), affiliations.shape
        )
        dealt.sort_indices()
        ties = project(dealt, network.about.get("method", "count"))
        level = network.about.get("backbone", 1.0)
        other = replace(network, matrix=ties, affiliations=dealt, events=dealt)
        yield other if level == 1 else disparity(other, level)

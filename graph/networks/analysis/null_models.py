"""Compares scores and ties with those in random networks, in which nodes have the same degrees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError
from missiongraph.networks.measures.registry import find_measure
from missiongraph.networks.model.backbone import (
    affiliations_of,
    disparity,
    disparity_chances,
    hypergeometric_chances,
    places,
    significant,
)
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.degree_sequence import sdsm_chances
from missiongraph.networks.model.network import Network, Scores, with_data
from missiongraph.networks.model.projection import project

Progress = Callable[[str, int, int], None]
Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Backbone = Literal["disparity", "hypergeometric", "sdsm", "fdsm"]

SWAPS = 10
"""Attempted swaps per tie from one random network to the next."""

_EXACT: Mapping[str, Callable[[Any], sparse.csr_array]] = {
    "disparity": disparity_chances,
    "hypergeometric": hypergeometric_chances,
    "sdsm": sdsm_chances,
}

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


@dataclass(frozen=True)
class Comparison:
    """A figure of a network, and those of random networks.

    ``z`` is how many standard ``deviation`` it is above their ``mean``, NaN if they do not differ;
    ``low`` and ``high`` hold the middle 95 % of them. ``p`` is the share of networks, this one
    included, whose figure is as far from the mean.
    """

    name: str
    actual: float
    mean: float
    deviation: float
    z: float
    low: float
    high: float
    p: float

    @classmethod
    def of(cls, name: str, actual: float, by_chance: Sequence[float] | Floats) -> Comparison:
        """The comparison with figures of random networks; all are NaN if one of these is."""
        random = np.asarray(by_chance, np.float64)
        mean, deviation = float(random.mean()), float(random.std(ddof=1))
        varies = deviation > 1e-12 * max(abs(mean), 1)
        far = np.abs(random - mean) >= abs(actual - mean) - 1e-12
        low, high = np.quantile(random, [0.025, 0.975]).tolist()
        known = np.isfinite(actual) and np.isfinite(mean)
        p = (1 + int(far.sum())) / (1 + len(random)) if known else np.nan
        z = (actual - mean) / deviation if varies else np.nan
        return cls(name, actual, mean, deviation, z, low, high, p)


def figures_by_chance(
    network: Network | nx.Graph[Any],
    figures: Mapping[str, Callable[[Network], float]],
    runs: int = 100,
    seed: int = 0,
    *,
    progress: Progress | None = None,
) -> list[Comparison]:
    """Compare figures of a network, by name, with those of random ones, see :func:`randomised`.

    Raises :class:`QueryError` for fewer than two runs.
    """
    drawn = from_networkx(network)
    if runs < 2:
        raise QueryError(f"a deviation needs at least two runs, not {runs}")
    by_chance: dict[str, list[float]] = {name: [] for name in figures}
    for run, other in enumerate(randomised(drawn, runs, seed)):
        if progress:
            progress(f"run {run + 1}", run, runs)
        for name, figure in figures.items():
            by_chance[name].append(figure(other))
    return [Comparison.of(name, figure(drawn), by_chance[name]) for name, figure in figures.items()]


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


def backbone(
    network: Network | nx.Graph[Any],
    level: float = 0.05,
    method: Backbone = "disparity",
    *,
    fdr: bool = False,
    runs: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Network:
    """The network of the same nodes, with the ties whose :func:`tie_chances` are below ``level``.

    ``fdr`` is as in :func:`~missiongraph.networks.model.backbone.significant`. Raises
    :class:`QueryError` as :func:`tie_chances`, for a level that is not above 0 and at most 1, and
    for so few ``runs`` of ``fdsm`` that no chance could be below it.
    """
    drawn = from_networkx(network)
    if method == "fdsm" and 0 < level * (1 + runs) <= 1:
        raise QueryError(f"no chance found in {runs} runs is below {level}: make more runs")
    chances = tie_chances(drawn, method, runs=runs, seed=seed, progress=progress)
    return significant(drawn, chances, level, method, fdr=fdr)


def tie_chances(
    network: Network | nx.Graph[Any],
    method: Backbone = "disparity",
    *,
    runs: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> sparse.csr_array:
    """The chance of a tie at least as strong, by a model of random ties (n x n, 0 to 1).

    ``method`` is ``disparity``, or, for projections, ``hypergeometric``, ``sdsm`` or ``fdsm``, of
    which only the last makes ``runs`` with a ``seed``. Raises :class:`QueryError` for another
    method, and unless a network that needs to be a projection is one.
    """
    if method == "fdsm":
        return fdsm_chances(network, runs, seed, progress=progress)
    if method not in _EXACT:
        raise QueryError(f"method is {', '.join(_EXACT)} or fdsm, not '{method}'")
    return _EXACT[method](network)


def fdsm_chances(
    network: Network | nx.Graph[Any],
    runs: int = 1000,
    seed: int = 0,
    *,
    progress: Progress | None = None,
) -> sparse.csr_array:
    """The chance that two nodes share at least as many, if affiliations were random (n x n).

    In ``runs`` random affiliations each node has as many things, and each thing as many nodes, as
    in the network: the fixed degree sequence model (Zweig & Kaufmann 2011; Neal, Domagalski & Sagan
    2021, Scientific Reports 11, 23929). They come from the Curveball algorithm (Strona et al.
    2014). The chance is (1 + c) / (1 + runs), if c of them share as many or more, so it is never 0,
    and has an error of about sqrt(p (1 - p) / runs). Pairs that share nothing are not tested;
    strengths are ignored. A rate of false discoveries cannot be below m / (k (1 + runs)) if k of m
    ties have the least chance, so it takes many runs. The same ``seed`` gives the same chances.
    Raises :class:`QueryError` for a network that is not a projection, and for less than one run.
    """
    drawn = from_networkx(network)
    affiliations = affiliations_of(drawn, "fdsm")
    if runs < 1:
        raise QueryError(f"chances need at least one run, not {runs}")
    rows, columns = places(drawn.matrix)
    once = rows < columns
    pairs = rows[once].astype(np.int64), columns[once].astype(np.int64)
    actual = _common(affiliations, *pairs)
    as_many = np.ones(len(actual))
    for run, dealt in enumerate(
        dealt_affiliations(affiliations, runs, np.random.default_rng(seed))
    ):
        if progress:
            progress(f"run {run + 1}", run, runs)
        as_many += _common(dealt, *pairs) >= actual
    entries = as_many / (1 + runs), pairs
    half = sparse.csr_array(entries, shape=drawn.matrix.shape)
    both = (half + half.T).tocsr()
    both.sort_indices()
    return with_data(drawn.matrix, both.data)


def _common(affiliations: sparse.csr_array, ones: Places, others: Places) -> Places:
    """The number of columns that the rows of each pair share."""
    from missiongraph.networks.kernels.rewiring import common

    start, held = affiliations.indptr.astype(np.int64), affiliations.indices.astype(np.int64)
    return common(start, held, affiliations.shape[1], ones, others)


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
        for dealt in dealt_affiliations(network.affiliations, runs, random):
            ties = project(dealt, network.about.get("method", "count"))
            level = network.about.get("backbone", 1.0)
            other = replace(network, matrix=ties, affiliations=dealt, events=dealt)
            yield other if level == 1 else disparity(other, level)
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


def dealt_affiliations(
    affiliations: sparse.csr_array, runs: int, random: np.random.Generator
) -> Iterator[sparse.csr_array]:
    """Random affiliations with the same row and column sums."""
    from missiongraph.networks.kernels.rewiring import trade

    rows, columns = affiliations.shape
    held = affiliations.indices.astype(np.int64)
    for _ in range(runs):
        trade(affiliations.indptr.astype(np.int64), held, columns, TRADES * rows, random)
        dealt = sparse.csr_array(
            (np.ones(len(held)), held.copy(), affiliations.indptr), affiliations.shape
        )
        dealt.sort_indices()
        yield dealt

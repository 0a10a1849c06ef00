"""Tests the ties of a projection against random affiliations with the same expected degrees.

The stochastic degree sequence model (SDSM; Neal 2014, Social Networks 39, 84) fixes the expected
number of things of each node, and of nodes with each thing. Neal, Domagalski & Sagan (2021,
Scientific Reports 11, 23929) compare it with models that fix less, or all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import expit, gammaln, xlog1py, xlogy

from missiongraph.errors import Unsuited

from .backbone import affiliations_of, places, shared, significant
from .convert import from_networkx
from .network import Network, with_data

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_STEPS = 100  # of Newton's method, which mostly takes less than 20
_PRECISE = 1e-9  # relative error of expected degrees
_CELLS = 2_000_000  # probabilities held at once: 16 MB


class Margin(NamedTuple):
    """The different sums of rows, or of columns, and the number of those with each sum."""

    sums: Counts
    number: Counts


def sdsm(network: Network | nx.Graph[Any], level: float = 0.05, *, fdr: bool = False) -> Network:
    """The projection with the ties whose :func:`sdsm_chances` are below ``level``.

    Nodes and strengths do not change; ``fdr`` is as in :func:`~.backbone.significant`. Raises
    :class:`QueryError` for a network that is not a projection, and for a level that is not above 0
    and at most 1.
    """
    drawn = from_networkx(network)
    return significant(drawn, sdsm_chances(drawn), level, "sdsm", fdr=fdr)


def sdsm_chances(network: Network | nx.Graph[Any]) -> sparse.csr_array:
    """The chance that two nodes share at least as many, if affiliations were random (n x n).

    Node i has thing k with probability p(i, k) of :func:`affiliation_chances`, independently of all
    others, so the number that i and j share is Poisson-binomial with the probabilities
    p(i, k) p(j, k) (Neal 2014). It is summed exactly, to about 1e-15, where R's ``backbone`` has an
    approximation. Pairs that share nothing are not tested; strengths are ignored.
    """
    drawn = from_networkx(network)
    affiliations = affiliations_of(drawn, "sdsm")
    degrees, of_node, nodes = np.unique(
        np.diff(affiliations.indptr).astype(np.int64), return_inverse=True, return_counts=True
    )
    held = np.bincount(affiliations.indices, minlength=affiliations.shape[1]).astype(np.int64)
    sizes = Margin(*np.unique(held[held > 0], return_counts=True))
    likely = affiliation_chances(Margin(degrees, nodes), sizes)
    rows, columns = places(drawn.matrix)
    pairs = np.sort(np.c_[of_node[rows], of_node[columns]], axis=1)
    cases, case = np.unique(np.c_[shared(drawn), pairs], axis=0, return_inverse=True)
    chances = np.empty(len(cases))
    for few in _pieces(cases[:, 0]):
        least, one, other = cases[few].T
        chances[few] = tails(least, likely[one] * likely[other], sizes.number)
    return with_data(drawn.matrix, chances[case.ravel()])


def affiliation_chances(degrees: Margin, sizes: Margin) -> Floats:
    """The probabilities of affiliations by the bipartite configuration model: degrees x sizes.

    Of all random matrices whose rows and columns have these sums on average, the one of most
    entropy has p = x y / (1 + x y), with a factor x for each row and y for each column (Saracco et
    al. 2015); rows of the same sum have the same factor. The factors are found by Newton's method.
    Rows that have all columns, or none, have probability 1, or 0, and are taken out first. Raises
    :class:`Unsuited` if no factors are found to a relative error of 1e-9.
    """
    likely = np.zeros((len(degrees.sums), len(sizes.sums)))
    left, below = degrees.sums.copy(), sizes.sums.copy()
    rows, columns = np.ones(len(left), bool), np.ones(len(below), bool)
    while True:
        settled = _settle(likely, left, below, rows, columns, degrees.number, sizes.number)
        settled |= _settle(likely.T, below, left, columns, rows, sizes.number, degrees.number)
        if not settled:
            break
    if rows.any():
        likely[np.ix_(rows, columns)] = _balanced(
            Margin(left[rows], degrees.number[rows]), Margin(below[columns], sizes.number[columns])
        )
    return likely


def tails(least: Counts, chances: Floats, number: Counts) -> Floats:
    """The chance of ``least`` successes or more, for each row of ``chances``.

    ``number`` trials succeed with the chance of each column.
    """
    most = int(least.max(initial=0))
    sums = np.zeros((len(least), most + 1))  # chances of exactly 0, 1, … so far; of most or more
    sums[:, 0] = 1
    for chance, trials in zip(chances.T, number.tolist(), strict=True):
        new = np.zeros_like(sums)
        for successes in range(min(trials, most) + 1):
            exactly = _binomial(successes, trials, chance)[:, None]
            new[:, successes:] += exactly * sums[:, : most + 1 - successes]
        sums = new
    below = np.cumsum(np.c_[np.zeros(len(least)), sums], axis=1)
    at_least: Floats = np.clip(1 - below[np.arange(len(least)), least], 0, 1)
    return at_least


def _binomial(successes: int, trials: int, chance: Floats) -> Floats:
    ways = gammaln(trials + 1) - gammaln(successes + 1) - gammaln(trials - successes + 1)
    exactly: Floats = np.exp(ways + xlogy(successes, chance) + xlog1py(trials - successes, -chance))
    return exactly


def _settle(
    likely: Floats,
    sums: Counts,
    across: Counts,
    rows: Mask,
    columns: Mask,
    number: Counts,
    there: Counts,
) -> bool:
    """Take out, in place, rows that have all of the remaining columns or none."""
    full = rows & (sums == int(there[columns].sum()))
    likely[np.ix_(full, columns)] = 1
    across[columns] -= int(number[full].sum())
    settled = full | (rows & (sums == 0))
    rows &= ~settled
    return bool(settled.any())


def _balanced(degrees: Margin, sizes: Margin) -> Floats:
    """The probabilities whose expected sums are those of both margins, none of them 0 or 1."""
    k = len(degrees.sums)
    wanted = np.r_[degrees.sums * degrees.number, sizes.sums * sizes.number].astype(np.float64)
    weights = np.outer(degrees.number, sizes.number).astype(np.float64)
    total = float(wanted[:k].sum())
    factors = np.log(np.r_[degrees.sums, sizes.sums] / total**0.5)  # of sparse affiliations
    for _ in range(_STEPS):
        likely: Floats = expit(factors[:k, None] + factors[None, k:])
        expected = weights * likely
        missing = wanted - np.r_[expected.sum(axis=1), expected.sum(axis=0)]
        if np.all(np.abs(missing) <= _PRECISE * wanted):
            return likely
        step = np.linalg.lstsq(_slopes(expected * (1 - likely)), missing, rcond=1e-13)[0]
        factors += step * min(1, 3 / max(np.abs(step).max(), 1e-9))
    raise Unsuited(
        "the affiliations of this projection leave no room for chance: no probabilities have these "
        "degrees on average; use the hypergeometric backbone"
    )


def _slopes(variances: Floats) -> Floats:
    """How expected sums change with the logarithms of factors."""
    rows, columns = variances.sum(axis=1), variances.sum(axis=0)
    return np.block([[np.diag(rows), variances], [variances.T, np.diag(columns)]])


def _pieces(least: Counts) -> Iterator[slice]:
    """Cases, sorted by their ``least``, in pieces that fit into memory."""
    start = 0
    while start < len(least):
        end = start + max(1, _CELLS // (int(least[min(start + 4095, len(least) - 1)]) + 1))
        end = min(end, start + 4096, len(least))
        yield slice(start, end)
        start = end

"""Compares whole networks by permuting nodes: correlation (QAP) and regression (MRQAP).

Ties of one node depend on each other, so the usual tests of correlation and regression, which take
pairs of nodes as independent, find far too much. The quadratic assignment procedure permutes the
nodes of a network instead, which keeps its structure, and compares the actual figure with those of
the permuted networks (Krackhardt 1988, Social Networks 10, 359).

Networks are compared on the nodes that all of them have. All pairs of two different nodes count,
with strength 0 if they are not tied; both ways if one of the networks is directed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from typing import Any, Literal, TypeAlias

import networkx as nx
import numpy as np
import numpy.typing as npt

from missiongraph.errors import LimitExceeded, QueryError
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node
from missiongraph.networks.model.partition import Partition, by_node

Floats = npt.NDArray[np.float64]
Orders = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
By = Literal["strength", "steps"]
Progress = Callable[[str, int, int], None]
Given: TypeAlias = "Network | nx.Graph[Any]"
Predictor: TypeAlias = "Given | Mapping[Any, Hashable]"

LIMIT = 5000
"""Nodes of networks that can be compared; their matrices are held in full, 200 MB each."""

_STEP = 200  # permutations from one report of progress to the next
_EQUAL = 1e-9  # figures that differ less are equal
INTERCEPT = "intercept"


@dataclass(frozen=True)
class PermutationTest:
    """A figure, and how many permuted networks reach it.

    ``p`` is the share whose figure is as far from 0, ``p_greater`` and ``p_less`` the shares whose
    figure is as large or larger, and as small or smaller; the actual network counts as one of them,
    so none is 0. ``mean`` and ``deviation`` are those of the permuted networks.
    """

    value: float
    p: float
    p_greater: float
    p_less: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class Correlation:
    """A correlation of two networks: its ``test``, and the nodes that both have.

    ``left_out`` counts the nodes that only one has. ``exact`` is whether all permutations were
    tried.
    """

    test: PermutationTest
    nodes: int
    left_out: int
    runs: int
    exact: bool


@dataclass(frozen=True)
class Regression:
    """A regression of a network on others, by name; the first is the intercept.

    ``coefficients`` are in units of strength, ``betas`` of standard deviations (None for the
    intercept). ``tests`` are of t, the coefficient over its standard error by least squares; the
    intercept has none. ``r_squared`` is 0 to 1; ``dyads`` counts the pairs of nodes.
    """

    coefficients: Mapping[str, float]
    betas: Mapping[str, float | None]
    tests: Mapping[str, PermutationTest]
    r_squared: float
    nodes: int
    dyads: int
    left_out: int
    runs: int
    exact: bool


def correlate(
    one: Network | nx.Graph[Any],
    other: Network | nx.Graph[Any],
    *,
    by: By = "strength",
    runs: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Correlation:
    """The correlation of two networks over all pairs of nodes, -1 to 1, tested by permutation.

    Pearson's correlation of strengths, or with ``by="steps"`` of whether pairs are tied. The nodes
    of one are permuted ``runs`` times, or in all ways if there are fewer (Krackhardt 1988). The
    same ``seed`` gives the same result. Raises :class:`QueryError` for fewer than three common
    nodes, or if all pairs of one network are alike.
    """
    dyads = _Dyads.of([one, other], [], by)
    x, y = (each - each[dyads.counted].mean() for each in dyads.matrices)
    scale = np.linalg.norm(x[dyads.counted]) * np.linalg.norm(y[dyads.counted])
    if scale <= _EQUAL:
        raise QueryError("all pairs of nodes of one of the networks are alike: nothing correlates")
    orders, exact = _orders(len(dyads.nodes), runs, seed)
    sums = dyads.sums(orders, x, y[None], progress)[:, 0] / scale
    actual = float(np.sum(x[dyads.counted] * y[dyads.counted]) / scale)
    test = _tested(actual, sums, exact=exact)
    return Correlation(test, len(dyads.nodes), dyads.left_out, len(orders), exact)


def regress(
    response: Network | nx.Graph[Any],
    predictors: Mapping[str, Predictor],
    *,
    by: By = "strength",
    runs: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Regression:
    """Explain a network by others, each tested with the rest held constant.

    A predictor is a network, or the group of each node: then 1 for two of one group, and nodes
    without a group are left out. Coefficients are those of least squares over pairs of nodes. Each
    is tested by double semi-partialing (Dekker, Krackhardt & Snijders 2007, Psychometrika 72, 563):
    the residuals of the predictor, regressed on the other ones, are permuted, and t is computed
    with these in its place. ``by``, ``runs`` and ``seed`` are as in :func:`correlate`. Raises
    :class:`QueryError` without predictors, for fewer than three common nodes, for a predictor that
    the others determine, and for too few pairs.
    """
    if not predictors:
        raise QueryError("a regression needs at least one predictor")
    graphs = {name: it for name, it in predictors.items() if not isinstance(it, Mapping)}
    groups = {name: it for name, it in predictors.items() if isinstance(it, Mapping)}
    dyads = _Dyads.of([response, *graphs.values()], list(groups.values()), by)
    y, *found = dyads.matrices
    x = dict(zip([*graphs, *groups], found, strict=True))
    x = {name: x[name] for name in predictors}
    counted = dyads.counted
    design = np.column_stack([np.ones(dyads.number), *(each[counted] for each in x.values())])
    _check(design, list(predictors))
    fit = np.linalg.lstsq(design, y[counted], rcond=None)[0]
    orders, exact = _orders(len(dyads.nodes), runs, seed)
    tests = {}
    for place, name in enumerate(predictors, 1):
        say = _naming(progress, name, place - 1, len(predictors))
        ts, actual = _partialled(dyads, y, x, name, orders, say)
        tests[name] = _tested(actual, ts, exact=exact)
    total = float(np.sum((y[counted] - y[counted].mean()) ** 2))
    rest = float(np.sum((y[counted] - design @ fit) ** 2))
    spread = y[counted].std()
    betas = fit[1:] * design[:, 1:].std(axis=0) / (spread if spread else np.nan)
    names = [INTERCEPT, *predictors]
    return Regression(
        dict(zip(names, fit.tolist(), strict=True)),
        dict(zip(names, [None, *betas.tolist()], strict=True)),
        tests,
        1 - rest / total if total else np.nan,
        len(dyads.nodes),
        dyads.number,
        dyads.left_out,
        len(orders),
        exact,
    )


@dataclass(frozen=True, eq=False)
class _Dyads:
    """Matrices (n x n) of the same nodes, and the pairs that count."""

    nodes: Sequence[Node]
    matrices: Sequence[Floats]
    counted: Mask
    half: bool
    left_out: int

    @classmethod
    def of(cls, given: Sequence[Given], groups: Sequence[Mapping[Any, Hashable]], by: By) -> _Dyads:
        if by not in ("strength", "steps"):
            raise QueryError(f"by is strength or steps, not '{by}'")
        networks = [from_networkx(each) for each in given]
        known = [by_node(networks[0], each) for each in groups]
        nodes = [
            node
            for node in networks[0].nodes
            if all(node in network.index for network in networks)
            and all(each.get(node) is not None for each in known)
        ]
        every = len(set().union(*(network.nodes for network in networks)))
        if len(nodes) < 3:
            raise QueryError(f"the networks have {len(nodes)} nodes in common; compare at least 3")
        if len(nodes) > LIMIT:
            raise LimitExceeded(
                "limit", f"{len(nodes):,} nodes are too many to permute; the most are {LIMIT:,}"
            )
        matrices = [_matrix(network, nodes, by) for network in networks]
        matrices += [_alike(networks[0], nodes, each) for each in known]
        half = not any(network.directed for network in networks)
        counted = np.triu(np.ones((len(nodes),) * 2, bool), 1)
        return cls(
            nodes, matrices, counted if half else counted | counted.T, half, every - len(nodes)
        )

    @property
    def number(self) -> int:
        return int(self.counted.sum())

    def sums(
        self, orders: Orders, values: Floats, others: Floats, progress: Progress | None
    ) -> Floats:
        """For each order, the sums over pairs of permuted values times each of the others."""
        from missiongraph.networks.kernels.permuting import permuted_sums

        sums = []
        for first in range(0, len(orders), _STEP):
            if progress:
                progress("permutations", first, len(orders))
            piece = orders[first : first + _STEP]
            sums.append(permuted_sums(piece, np.ascontiguousarray(values), others, self.half))
        return np.concatenate(sums)


def _matrix(network: Network, nodes: Sequence[Node], by: By) -> Floats:
    whole = network.strengths if by == "strength" else network.pattern
    places = [network.index[node] for node in nodes]
    matrix: Floats = whole[places][:, places].toarray()
    return matrix


def _alike(network: Network, nodes: Sequence[Node], groups: Mapping[Any, Hashable]) -> Floats:
    codes = Partition.of(network, groups).codes[[network.index[node] for node in nodes]]
    alike: Floats = (codes[:, None] == codes).astype(np.float64)
    return alike


def _partialled(
    dyads: _Dyads,
    y: Floats,
    x: Mapping[str, Floats],
    name: str,
    orders: Orders,
    progress: Progress | None,
) -> tuple[Floats, float]:
    """The values of t with permuted residuals of a predictor, and the actual one.

    By Frisch and Waugh, only the products of the residuals with the other columns change.
    """
    counted = dyads.counted
    others = [np.ones_like(y), *(each for other, each in x.items() if other != name)]
    z = np.column_stack([each[counted] for each in others])
    residuals = x[name].copy()
    columns = [each.ravel() for each in others]
    fit = np.linalg.lstsq(z, x[name][counted], rcond=None)[0]
    residuals -= sum(f * c for f, c in zip(fit, columns, strict=True)).reshape(y.shape)
    stacked = np.stack([y, *others])
    sums = dyads.sums(orders, residuals, stacked, progress)
    inverse = np.linalg.inv(z.T @ z)
    of_y = z.T @ y[counted]
    free = dyads.number - z.shape[1] - 1
    unexplained = float(y[counted] @ y[counted] - of_y @ inverse @ of_y)
    own = float(np.sum(residuals[counted] ** 2))

    def t(sums: Floats) -> Floats:
        with_others = sums[:, 1:] @ inverse
        with_y = sums[:, 0] - with_others @ of_y
        alone = own - np.sum(with_others * sums[:, 1:], axis=1)
        rest = np.maximum(unexplained * alone - with_y**2, 0)
        values: Floats = np.zeros(len(sums))
        known = (alone > _EQUAL * own) & (rest > 0)
        np.divide(with_y * np.sqrt(free), np.sqrt(rest), out=values, where=known)
        return values

    e = residuals[counted]
    actual = np.array([[e @ y[counted], *(e @ z)]])
    return t(sums), float(t(actual)[0])


def _orders(n: int, runs: int, seed: int) -> tuple[Orders, bool]:
    """Random permutations of n, or all of them if they are no more than ``runs``."""
    if runs < 1:
        raise QueryError(f"a test needs at least one permutation, not {runs}")
    if n < 20 and factorial(n) <= runs:
        return np.array(list(permutations(range(n))), np.int64), True
    random = np.random.default_rng(seed)
    return np.array([random.permutation(n) for _ in range(runs)], np.int64), False


def _tested(actual: float, permuted: Floats, *, exact: bool) -> PermutationTest:
    """The shares of permuted figures that reach the actual one, which is among them."""
    slack = _EQUAL * max(1.0, abs(actual))
    itself = 0 if exact else 1
    every = len(permuted) + itself
    reached = (
        np.abs(permuted) >= abs(actual) - slack,
        permuted >= actual - slack,
        permuted <= actual + slack,
    )
    p, greater, less = (float((np.sum(each) + itself) / every) for each in reached)
    return PermutationTest(actual, p, greater, less, float(permuted.mean()), float(permuted.std()))


def _check(design: Floats, names: Sequence[str]) -> None:
    if len(design) <= design.shape[1]:
        raise QueryError(f"{len(design)} pairs of nodes are too few for {len(names)} predictors")
    triangle = np.linalg.qr(design, mode="r")  # of the same rank, and small
    rank = np.linalg.matrix_rank(triangle)
    for place, name in enumerate(names, 1):
        if np.linalg.matrix_rank(np.delete(triangle, place, axis=1)) == rank:
            raise QueryError(f"'{name}' follows from the other predictors: leave it out")


def _naming(progress: Progress | None, name: str, done: int, of: int) -> Progress | None:
    if progress is None:
        return None
    return lambda _, run, runs: progress(name, done * runs + run, of * runs)

"""QAP and MRQAP, against least squares on all permutations one by one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks.analysis.qap import correlate, regress

N = 5
PERMUTATIONS = list(permutations(range(N)))


def random_graph(seed: int, n: int = N, *, directed: bool = False) -> nx.Graph[int]:
    """A graph whose ties are strong or weak; no two of one seed have the same strength."""
    random = np.random.default_rng(seed)
    graph: nx.Graph[int] = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(n))
    for i in range(n):
        for j in range(n):
            if (i < j or (directed and i != j)) and random.random() < 0.7:
                graph.add_edge(i, j, strength=random.uniform(0.5, 4))
    return graph


def matrix(graph: nx.Graph[int]) -> Any:
    return nx.to_numpy_array(graph, nodelist=range(len(graph)), weight="strength")


def pairs(n: int, directed: bool) -> Any:
    return [(i, j) for i in range(n) for j in range(n) if (i != j if directed else i < j)]


def values(whole: Any, at: Any, order: Any = range(N)) -> Any:
    return np.array([whole[order[i], order[j]] for i, j in at])


def t_of(y: Any, columns: list[Any]) -> float:
    """The t of the last column by least squares."""
    design = np.column_stack([np.ones(len(y)), *columns])
    fit, *_ = np.linalg.lstsq(design, y, rcond=None)
    rest = y - design @ fit
    variance = rest @ rest / (len(y) - design.shape[1]) * np.linalg.inv(design.T @ design)
    return float(fit[-1] / np.sqrt(variance[-1, -1]))


@examples(20)
@given(st.integers(0, 500), st.booleans())
def test_a_correlation_is_tested_by_all_permutations(seed: int, directed: bool) -> None:
    one, other = (random_graph(s, directed=directed) for s in (seed, seed + 1000))
    at = pairs(N, directed)
    found = correlate(one, other, runs=120)
    y = values(matrix(other), at)
    every = np.array([pearsonr(values(matrix(one), at, o), y).statistic for o in PERMUTATIONS])
    test = found.test
    assert found.exact and found.runs == 120 and found.nodes == N
    assert test.value == pytest.approx(every[0])
    assert test.p_greater == np.mean(every >= every[0] - 1e-9)
    assert test.p_less == np.mean(every <= every[0] + 1e-9)
    assert test.p == np.mean(np.abs(every) >= abs(every[0]) - 1e-9)
    assert (test.mean, test.deviation) == pytest.approx((every.mean(), every.std()))


@examples(15)
@given(st.integers(0, 500), st.booleans())
def test_a_regression_permutes_the_residuals_of_each_predictor(seed: int, directed: bool) -> None:
    y, a, b = (random_graph(seed + s, directed=directed) for s in (0, 1000, 2000))
    at = pairs(N, directed)
    found = regress(y, {"a": a, "b": b}, runs=120)
    of_y, of_a, of_b = (values(matrix(each), at) for each in (y, a, b))
    design = np.column_stack([np.ones(len(at)), of_a, of_b])
    fit, *_ = np.linalg.lstsq(design, of_y, rcond=None)
    assert [*found.coefficients.values()] == pytest.approx(fit.tolist())
    rest = of_y - design @ fit
    assert found.r_squared == pytest.approx(1 - rest @ rest / np.sum((of_y - of_y.mean()) ** 2))
    for name, x, z in (("a", of_a, of_b), ("b", of_b, of_a)):
        z_design = np.column_stack([np.ones(len(at)), z])
        residuals = x - z_design @ np.linalg.lstsq(z_design, x, rcond=None)[0]
        whole = np.zeros((N, N))
        for (i, j), residual in zip(at, residuals, strict=True):
            whole[i, j] = residual
            if not directed:
                whole[j, i] = residual
        every = np.array([t_of(of_y, [z, values(whole, at, o)]) for o in PERMUTATIONS])
        assert found.tests[name].value == pytest.approx(every[0]) == t_of(of_y, [z, x])
        assert found.tests[name].p == np.mean(np.abs(every) >= abs(every[0]) - 1e-7)


def test_related_networks_are_told_from_unrelated_ones() -> None:
    cause, noise = random_graph(1, 30), random_graph(2, 30)
    effect: nx.Graph[int] = nx.Graph()
    effect.add_nodes_from(cause)
    random = np.random.default_rng(3)
    for i, j in cause.edges:
        effect.add_edge(i, j, strength=cause.edges[i, j]["strength"] + random.uniform(0, 3))
    assert correlate(effect, cause).test.p < 0.01 < correlate(effect, noise).test.p
    found = regress(effect, {"cause": cause, "noise": noise})
    assert found.tests["cause"].p < 0.01 < found.tests["noise"].p
    assert found.coefficients["cause"] > 1 and found.betas["intercept"] is None


def test_a_predictor_may_be_the_groups_of_nodes() -> None:
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(4))
    graph.add_edge(0, 4)
    graph.add_node("lost")
    groups = {node: "first" if node < 4 else "second" for node in range(8)}
    found = regress(graph, {"group": groups})
    assert found.coefficients["group"] == pytest.approx(1 - 1 / 16)
    assert found.nodes == 8 and found.left_out == 1 and found.tests["group"].p < 0.05


def test_only_common_nodes_are_compared() -> None:
    one, other = nx.path_graph(8), nx.path_graph(range(2, 9))
    found = correlate(one, other)
    assert found.nodes == 6 and found.left_out == 3 and found.test.value == pytest.approx(1)


def test_steps_count_ties_and_not_their_strength() -> None:
    one, other = random_graph(7, 8), random_graph(7, 8)
    for _, _, data in other.edges(data=True):
        data["strength"] = 1 / data["strength"]
    assert correlate(one, other, by="steps").test.value == pytest.approx(1)
    assert correlate(one, other).test.value < 0.9


def test_the_same_seed_gives_the_same_test() -> None:
    one, other = random_graph(1, 12), random_graph(2, 12)
    first, again, different = (correlate(one, other, seed=s) for s in (5, 5, 6))
    assert first == again != different


def test_progress_is_reported_to_the_end_of_all_predictors() -> None:
    steps: list[tuple[str, int, int]] = []
    y, a, b = (random_graph(s, 9) for s in (1, 2, 3))
    regress(y, {"a": a, "b": b}, runs=400, progress=lambda *step: steps.append(step))
    assert steps == [("a", 0, 800), ("a", 200, 800), ("b", 400, 800), ("b", 600, 800)]


def test_what_cannot_be_compared_is_refused() -> None:
    graph = random_graph(1)
    with pytest.raises(QueryError, match="in common"):
        correlate(graph, nx.path_graph("abc"))
    with pytest.raises(QueryError, match="alike"):
        correlate(graph, nx.complete_graph(N))
    with pytest.raises(QueryError, match="follows from"):
        regress(graph, {"a": random_graph(2), "again": random_graph(2)})
    with pytest.raises(QueryError, match="at least one predictor"):
        regress(graph, {})
    with pytest.raises(QueryError, match="too few"):
        regress(nx.path_graph(3), {"a": nx.path_graph([0, 2, 1]), "b": nx.path_graph([1, 0, 2])})

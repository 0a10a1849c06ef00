"""Positions: published examples of CONCOR, and blocks and distances one pair at a time."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.random_graphs import few, graphs

from missiongraph.errors import QueryError
from missiongraph.networks.structure.positions import block_densities, concor, profile_distances


def of_rows(*rows: str) -> nx.DiGraph[int]:
    return nx.from_numpy_array(
        np.array([[int(cell) for cell in row] for row in rows]), create_using=nx.DiGraph
    )


def parts(members: Any) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(members == number).tolist()) for number in set(members)}


def test_the_first_example_of_concor_for_r() -> None:
    # README of R's concorR: vertices b, c and d are in one block, a and e in the other
    graph = of_rows("01111", "00100", "01010", "00100", "11110")
    assert parts(concor(graph, splits=1).members) == {frozenset({1, 2, 3}), frozenset({0, 4})}


def test_the_example_of_concor_for_r_with_an_isolate() -> None:
    # README of R's concorR, example 2: D and E, then A, B and C; F has no ties
    graph = of_rows("011110", "101110", "110110", "000010", "000100", "000000")
    found = concor(graph, splits=1)
    assert parts(found.members) == {frozenset({0, 1, 2}), frozenset({3, 4}), frozenset({5})}
    assert found.members[5] == -1


def test_nodes_with_the_same_ties_have_the_same_position() -> None:
    graph = nx.complete_bipartite_graph(3, 4)
    found = concor(graph, splits=3)
    assert parts(found.members) == {frozenset({0, 1, 2}), frozenset({3, 4, 5, 6})}
    assert found.densities.tolist() == [[0, 1], [1, 0]] and found.fit == pytest.approx(1)


@few
@given(graphs(least=1), st.lists(st.integers(-1, 2), min_size=10, max_size=10))
def test_densities_are_shares_of_tied_pairs(graph: nx.Graph[Any], groups: list[int]) -> None:
    members = groups[: len(graph)]
    densities, fit = block_densities(graph, members)
    ties = nx.to_numpy_array(graph, weight="strength") > 0
    n = len(graph)
    pairs = [
        (i, j) for i in range(n) for j in range(n) if i != j and min(members[i], members[j]) >= 0
    ]
    for one in range(len(densities)):
        for other in range(len(densities)):
            block = [ties[i, j] for i, j in pairs if (members[i], members[j]) == (one, other)]
            expected = np.mean(block) if block else np.nan
            assert densities[one, other] == pytest.approx(expected, nan_ok=True)
    actual = np.array([float(ties[i, j]) for i, j in pairs])
    modelled = np.array([densities[members[i], members[j]] for i, j in pairs])
    if len(pairs) and np.ptp(actual):
        expected = 1 - np.sum((actual - modelled) ** 2) / np.sum((actual - actual.mean()) ** 2)
        assert fit == pytest.approx(expected, abs=1e-9)
    else:
        assert np.isnan(fit)


@few
@given(graphs(least=2, loops=False))
def test_distances_are_over_all_third_nodes(graph: nx.Graph[Any]) -> None:
    ties = nx.to_numpy_array(graph, weight="strength")
    found = profile_distances(graph, 0)
    for j in range(len(graph)):
        thirds = [k for k in range(len(graph)) if k not in (0, j)]
        squares = [(ties[0, k] - ties[j, k]) ** 2 + (ties[k, 0] - ties[k, j]) ** 2 for k in thirds]
        assert found[j] == pytest.approx(sum(squares) ** 0.5 if j else 0, abs=1e-6)


def test_a_network_of_nobody_has_no_positions() -> None:
    found = concor(nx.Graph())
    assert len(found.members) == 0 and np.isnan(found.fit)
    with pytest.raises(QueryError, match="splits"):
        concor(nx.path_graph(3), -1)

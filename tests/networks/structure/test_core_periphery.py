"""Cores and peripheries, against all cores of small networks."""

from __future__ import annotations

from itertools import product
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.random_graphs import graphs

from missiongraph.errors import QueryError
from missiongraph.networks.structure import core_periphery as module
from missiongraph.networks.structure.core_periphery import core_periphery


def correlation(ties: Any, core: Any) -> float:
    """The correlation of the ties with the pattern of a core, pair by pair."""
    pairs = [(i, j) for i in range(len(ties)) for j in range(len(ties)) if i != j]
    ideal = np.array([float(core[i] or core[j]) for i, j in pairs])
    actual = np.array([ties[i, j] for i, j in pairs])
    if np.ptp(ideal) == 0 or np.ptp(actual) == 0:
        return -1.0
    return float(np.corrcoef(actual, ideal)[0, 1])


def best(ties: Any) -> float:
    return max(correlation(ties, core) for core in product([False, True], repeat=len(ties)))


@examples(30)
@given(graphs(least=3, most=7, loops=False), st.sampled_from(["steps", "strength"]))
def test_no_core_of_a_small_network_fits_better(graph: nx.Graph[Any], by: Any) -> None:
    ties = nx.to_numpy_array(graph, weight="strength")
    ties = ties if by == "strength" else (ties > 0).astype(float)
    found = core_periphery(graph, by=by)
    if np.isnan(found.fit):
        assert not found.core.any()
        return
    assert found.fit == pytest.approx(best(ties)) == correlation(ties, found.core)
    assert found.exact


@pytest.mark.parametrize("seed", range(12))
def test_the_search_in_larger_networks_finds_the_best_core_of_small_ones(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SMALL", 0)
    graph = nx.gnp_random_graph(9, 0.4, seed=seed, directed=seed % 2 == 1)
    found = core_periphery(graph)
    assert not found.exact
    assert found.fit == pytest.approx(best(nx.to_numpy_array(graph)))


def test_a_split_graph_has_an_ideal_core() -> None:
    graph = nx.complete_graph(5)
    graph.add_edges_from((hub, f"leaf {leaf}") for hub in range(5) for leaf in range(20))
    found = core_periphery(graph)
    assert found.core.tolist() == [True] * 5 + [False] * 20
    assert found.fit == pytest.approx(1)
    assert (found.within_core, found.between, found.within_periphery) == (1, 1, 0)


def test_the_same_seed_gives_the_same_core() -> None:
    graph = nx.karate_club_graph()
    first, again = (core_periphery(graph, seed=2) for _ in range(2))
    assert first.core.tolist() == again.core.tolist()
    assert 0 < first.core.sum() < 34 and first.within_core > first.within_periphery


@pytest.mark.parametrize(
    "graph",
    [nx.Graph(), nx.empty_graph(3), nx.complete_graph(4), nx.DiGraph([(0, 1)])],
)
def test_where_all_pairs_are_alike_no_core_can_be_told(graph: nx.Graph[Any]) -> None:
    found = core_periphery(graph)
    assert np.isnan(found.fit) and not found.core.any()


def test_only_ties_or_strengths_make_a_core() -> None:
    by: Any = "magic"
    with pytest.raises(QueryError, match="steps or strength"):
        core_periphery(nx.path_graph(3), by=by)

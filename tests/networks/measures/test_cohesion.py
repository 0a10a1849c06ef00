"""Cores, triangles and clustering, against networkx on random graphs and by hand."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from support.random_graphs import agree, few, graphs

from missiongraph.errors import QueryError
from missiongraph.networks import Network, centrality, from_networkx
from missiongraph.networks.measures.cohesion import clustering, coreness, transitivity, triangles


@few
@given(graphs(loops=False))
def test_core_numbers_equal_networkx(graph: nx.Graph[int]) -> None:
    assert agree(coreness(graph), nx.core_number(graph) if graph else {})


def test_a_tie_to_itself_does_not_keep_a_node_in_a_core() -> None:
    graph: nx.Graph[Any] = nx.Graph([("a", "b"), ("a", "a")])
    assert coreness(graph).tolist() == [1, 1]


def test_opposite_ties_are_two_in_a_core() -> None:
    assert coreness(nx.DiGraph([("a", "b"), ("b", "a")])).tolist() == [2, 2]


def test_a_core_is_within_the_core_below() -> None:
    clique_with_tail = nx.lollipop_graph(4, 2)
    assert coreness(clique_with_tail).tolist() == [3, 3, 3, 3, 1, 1]


@few
@given(graphs(directed=False))
def test_triangles_equal_networkx(graph: nx.Graph[int]) -> None:
    assert agree(triangles(graph), nx.triangles(graph))


def test_triangles_have_no_direction() -> None:
    assert triangles(nx.DiGraph([(0, 1), (1, 2), (0, 2), (2, 0)])).tolist() == [1, 1, 1]


@few
@given(graphs())
def test_clustering_equals_networkx(graph: nx.Graph[int]) -> None:
    assert agree(clustering(graph), nx.clustering(graph))


@few
@given(graphs())
def test_clustering_by_strength_equals_networkx(graph: nx.Graph[int]) -> None:
    assert agree(clustering(graph, "strength"), nx.clustering(graph, weight="strength"))


@few
@given(graphs())
def test_transitivity_equals_networkx(graph: nx.Graph[int]) -> None:
    assert transitivity(graph) == pytest.approx(nx.transitivity(graph), abs=1e-9)


def test_clustering_takes_one_over_a_distance_for_a_strength() -> None:
    far: nx.Graph[Any] = nx.Graph()
    far.add_weighted_edges_from([(0, 1, 1), (1, 2, 2), (0, 2, 2), (2, 3, 4)], weight="distance")
    near: nx.Graph[Any] = nx.Graph()
    near.add_weighted_edges_from([(0, 1, 1), (1, 2, 0.5), (0, 2, 0.5), (2, 3, 0.25)], "strength")
    assert np.allclose(clustering(far, "strength"), clustering(near, "strength"))


def test_large_networks_are_worked_on_in_parts_that_add_up() -> None:
    graph = nx.barabasi_albert_graph(600, 8, seed=1)
    assert agree(triangles(graph), nx.triangles(graph))
    assert agree(coreness(graph), nx.core_number(graph))


def test_what_counts_of_a_tie_has_a_name() -> None:
    with pytest.raises(QueryError, match="steps or strength"):
        clustering(nx.path_graph(3), "distance")  # type: ignore[arg-type]


def test_measures_of_cohesion_are_ranked_like_others() -> None:
    network: Network = from_networkx(nx.lollipop_graph(4, 2))
    first = next(centrality(network, ["coreness", "clustering"], by="strength").rows())
    assert (first["node"], first["coreness"], first["clustering"]) == (0, 3, 1)

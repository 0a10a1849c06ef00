"""Shortest paths and what rests on them, against networkx on random graphs and by hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from support.examples import examples

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks import Network, from_networkx, to_networkx
from missiongraph.networks.kernels.compiled import compiled
from missiongraph.networks.measures.betweenness import betweenness, edge_betweenness
from missiongraph.networks.measures.components import articulation_points, bridges, components
from missiongraph.networks.measures.distance import By, closeness, diameter, eccentricity, harmonic
from missiongraph.networks.measures.paths import Path, ego, shortest_path, shortest_paths
from missiongraph.networks.model.projection import project

BY: tuple[By, ...] = ("steps", "distance")
NEAR = 1e-9
few = examples(60)


@st.composite
def graphs(draw: st.DrawFn, directed: bool | None = None) -> nx.Graph[int]:
    """Graphs of up to 12 nodes, with self-loops, and whole distances, whose sums are exact."""
    kind: Any = nx.DiGraph if (draw(st.booleans()) if directed is None else directed) else nx.Graph
    graph: nx.Graph[int] = kind()
    nodes = draw(st.integers(0, 12))
    graph.add_nodes_from(range(nodes))
    if nodes:
        node = st.integers(0, nodes - 1)
        ties = draw(st.lists(st.tuples(node, node, st.integers(1, 4)), max_size=40))
        graph.add_weighted_edges_from(ties, weight="distance")
    return graph


def attribute(by: By) -> str | None:
    return "distance" if by == "distance" else None


def agree(found: Any, expected: Mapping[Any, float]) -> bool:
    return np.allclose(found, list(expected.values()), rtol=0, atol=NEAR)


@few
@given(graphs(), st.sampled_from(BY))
def test_closeness_equals_networkx(graph: nx.Graph[int], by: By) -> None:
    expected = nx.closeness_centrality(graph, distance=attribute(by))
    assert agree(closeness(from_networkx(graph), by), expected)


@few
@given(graphs(), st.sampled_from(BY))
def test_harmonic_equals_networkx(graph: nx.Graph[int], by: By) -> None:
    expected = nx.harmonic_centrality(graph, distance=attribute(by))
    assert agree(harmonic(from_networkx(graph), by), expected)


@few
@given(graphs(), st.sampled_from(BY), st.booleans(), st.booleans())
def test_betweenness_equals_networkx(
    graph: nx.Graph[int], by: By, normalized: bool, endpoints: bool
) -> None:
    found = betweenness(from_networkx(graph), normalized, endpoints, by)
    expected = nx.betweenness_centrality(
        graph, normalized=normalized, endpoints=endpoints, weight=attribute(by)
    )
    assert agree(found, expected)


@few
@given(graphs(), st.sampled_from(BY), st.booleans())
def test_edge_betweenness_equals_networkx(graph: nx.Graph[int], by: By, normalized: bool) -> None:
    network = from_networkx(graph)
    found = edge_betweenness(network, normalized, by)
    expected = nx.edge_betweenness_centrality(
        to_networkx(network), normalized=normalized, weight=attribute(by)
    )
    assert list(expected) == list(zip(*(ends.tolist() for ends in network.ends), strict=True))
    assert agree(found, expected)


@few
@given(graphs(), st.booleans())
def test_components_equal_networkx(graph: nx.Graph[int], strong: bool) -> None:
    arrows: Any = graph.to_directed()
    find = nx.strongly_connected_components if strong else nx.weakly_connected_components
    expected = find(arrows)
    labels = components(graph, strong)
    assert {frozenset(np.flatnonzero(labels == label)) for label in labels} == set(
        map(frozenset, expected)
    )
    sizes = np.bincount(labels)
    assert (np.diff(sizes) <= 0).all()


@few
@given(graphs())
def test_articulation_points_and_bridges_equal_networkx(graph: nx.Graph[int]) -> None:
    either_way: Any = graph.to_undirected()
    assert articulation_points(graph).tolist() == sorted(nx.articulation_points(either_way))
    assert bridges(graph) == sorted((min(a, b), max(a, b)) for a, b in nx.bridges(either_way))


@few
@given(graphs(), st.sampled_from(BY))
def test_eccentricity_is_the_distance_to_the_farthest_that_is_reached(
    graph: nx.Graph[int], by: By
) -> None:
    far = dict(nx.all_pairs_dijkstra_path_length(graph, weight=attribute(by) or (lambda *_: 1)))
    assert agree(
        eccentricity(from_networkx(graph), by), {node: max(far[node].values()) for node in graph}
    )


@few
@given(graphs(), st.sampled_from(BY), st.data())
def test_shortest_paths_equal_networkx(graph: nx.Graph[int], by: By, data: st.DataObject) -> None:
    if not graph:
        return
    source, target = (data.draw(st.sampled_from(list(graph))) for _ in range(2))
    found = shortest_paths(graph, source, target, by, limit=10_000)
    if not nx.has_path(graph, source, target):
        assert found == [] and shortest_path(graph, source, target, by) is None
        return
    expected = nx.all_shortest_paths(graph, source, target, weight=attribute(by))
    assert sorted(path.nodes for path in found) == sorted(map(tuple, expected))
    length = nx.shortest_path_length(graph, source, target, weight=attribute(by))
    assert {path.length for path in found} == {length}
    assert shortest_path(graph, source, target, by) == found[0]


@few
@given(graphs(), st.integers(0, 3), st.sampled_from(BY), st.data())
def test_ego_networks_equal_networkx(
    graph: nx.Graph[int], radius: int, by: By, data: st.DataObject
) -> None:
    if not graph:
        return
    node = data.draw(st.sampled_from(list(graph)))
    expected = nx.ego_graph(graph, node, radius, distance=attribute(by))
    found = ego(graph, node, radius, by)
    assert set(found.nodes) == set(expected)
    assert set(to_networkx(found).edges) == {
        (one, other) if graph.is_directed() else (min(one, other), max(one, other))
        for one, other in expected.edges
    }


@few
@given(st.lists(st.sets(st.integers(0, 9)), max_size=8))
def test_a_projection_is_searched_over_its_affiliations(groups: list[set[int]]) -> None:
    belongs = np.zeros((10, len(groups)))
    for column, group in enumerate(groups):
        belongs[list(group), column] = 1
    affiliations = sparse.csr_array(belongs)
    network = Network(range(10), project(affiliations), affiliations=affiliations)
    for part in (network, network.part(np.arange(10) != 3)):
        plain = replace(part, affiliations=None)
        assert closeness(part).tolist() == closeness(plain).tolist()
        assert harmonic(part).tolist() == harmonic(plain).tolist()


def test_a_backbone_is_not_taken_for_the_projection_it_comes_from() -> None:
    affiliations = sparse.csr_array(np.ones((9, 2)))  # all are tied to all
    ring = from_networkx(nx.cycle_graph(9))
    assert closeness(replace(ring, affiliations=affiliations)) == pytest.approx(closeness(ring))


def test_more_nodes_than_are_searched_from_at_once() -> None:
    ring = from_networkx(nx.cycle_graph(1201))
    assert closeness(ring) == pytest.approx(np.full(1201, 1200 / (600 * 601)))
    assert eccentricity(ring).tolist() == [600] * 1201


def test_betweenness_of_a_long_line() -> None:
    line = from_networkx(nx.path_graph(700))
    place = np.arange(700)
    assert betweenness(line, normalized=False) == pytest.approx(place * (699 - place))
    ends = np.arange(1, 700)
    assert edge_betweenness(line, normalized=False) == pytest.approx(ends * (700 - ends))


def test_betweenness_of_a_dense_network_equals_igraph() -> None:
    graph = nx.gnm_random_graph(300, 9000, seed=1)
    found = betweenness(from_networkx(graph), normalized=False)
    assert found == pytest.approx(igraph.Graph.from_networkx(graph).betweenness(), abs=NEAR)


def test_lengths_that_differ_by_rounding_are_equal() -> None:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_weighted_edges_from(
        [("a", "b", 0.1), ("b", "d", 0.2), ("a", "c", 0.15), ("c", "d", 0.15)], "distance"
    )
    assert 0.1 + 0.2 != 0.15 + 0.15
    network = from_networkx(graph)
    found = dict(zip("abdc", betweenness(network, normalized=False, by="distance"), strict=True))
    assert found["b"] == found["c"] == 0.5
    assert len(shortest_paths(network, "a", "d", by="distance")) == 2


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be taken away")
def test_scores_are_the_same_however_many_cores_there_are() -> None:
    network = from_networkx(nx.gnm_random_graph(300, 900, seed=1))
    cores = os.sched_getaffinity(0)
    found = betweenness(network)
    try:
        os.sched_setaffinity(0, {min(cores)})
        assert betweenness(network).tolist() == found.tolist()
    finally:
        os.sched_setaffinity(0, cores)


def test_the_diameter_is_that_of_the_largest_component() -> None:
    graph = nx.disjoint_union(nx.star_graph(5), nx.path_graph(4))
    assert diameter(from_networkx(graph)) == 2
    assert diameter(from_networkx(nx.Graph())) == 0


def test_there_may_be_more_shortest_paths_than_are_listed() -> None:
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(20, 20))
    assert len(shortest_paths(grid, 0, 399, limit=7)) == 7


def test_a_path_to_oneself_has_no_steps() -> None:
    assert shortest_path(nx.path_graph(2), 1, 1) == Path((1,), 0)


def test_a_node_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownQuery, match="'x'"):
        shortest_path(nx.path_graph(2), 0, "x")


def test_paths_are_measured_by_steps_or_by_distance() -> None:
    with pytest.raises(QueryError, match="'weight'"):
        closeness(from_networkx(nx.path_graph(2)), by="weight")  # type: ignore[arg-type]


def test_a_distance_below_zero_is_refused() -> None:
    graph = nx.Graph([(0, 1, {"distance": -1})])
    with pytest.raises(QueryError, match="above 0"):
        betweenness(from_networkx(graph), by="distance")


def test_what_cannot_be_kept_is_compiled_all_the_same() -> None:
    assert compiled(eval("lambda number: number + 1"))(1) == 2  # no file to keep it by

"""Degrees and spectral measures: held against networkx, and against cases known by hand."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import MissionGraphError, QueryError, UnknownQuery
from missiongraph.networks import Network, from_networkx
from missiongraph.networks.measures.degree import (
    average_neighbour_degree,
    degree,
    in_degree,
    in_strength,
    out_degree,
    out_strength,
    strength,
)
from missiongraph.networks.measures.spectral import (
    authorities,
    eigenvector,
    hits,
    hubs,
    katz,
    katz_exact,
    leading,
    pagerank,
    walked,
)

WIDE = examples(60)
NODES = st.integers(0, 7)
TIES = st.dictionaries(st.tuples(NODES, NODES), st.floats(0.1, 10), max_size=25)


@st.composite
def graphs(draw: st.DrawFn, directed: bool | None = None, least: int = 1) -> Any:
    """A graph of up to 8 nodes with strengths, ties to oneself, isolates and parts."""
    kind = draw(st.booleans()) if directed is None else directed
    graph: Any = nx.DiGraph() if kind else nx.Graph()
    graph.add_nodes_from(range(draw(st.integers(least, 8))))
    ties = ((a % len(graph), b % len(graph), s) for (a, b), s in draw(TIES).items())
    graph.add_weighted_edges_from(ties, weight="strength")
    return graph


def same(found: npt.NDArray[np.float64], expected: dict[Any, float]) -> bool:
    return np.allclose(found, list(expected.values()), rtol=0, atol=1e-9)


def directed(*ties: tuple[Any, Any, float]) -> Network:
    graph: Any = nx.DiGraph()
    graph.add_weighted_edges_from(ties, weight="strength")
    return from_networkx(graph)


@WIDE
@given(graphs())
def test_degree_equals_networkx(graph: Any) -> None:
    assert same(degree(from_networkx(graph)), nx.degree_centrality(graph))


@WIDE
@given(graphs(directed=True))
def test_degrees_in_and_out_equal_networkx(graph: Any) -> None:
    network = from_networkx(graph)
    assert same(in_degree(network), nx.in_degree_centrality(graph))
    assert same(out_degree(network), nx.out_degree_centrality(graph))


@WIDE
@given(graphs())
def test_average_neighbour_degree_equals_networkx(graph: Any) -> None:
    found = average_neighbour_degree(from_networkx(graph))
    assert same(found, nx.average_neighbor_degree(graph))


def test_the_neighbours_of_leaves_of_a_star_have_all_its_ties() -> None:
    found = average_neighbour_degree(from_networkx(nx.star_graph(3)))
    assert found.tolist() == [1, 3, 3, 3]


@WIDE
@given(graphs())
def test_strength_equals_the_weighted_degree_of_networkx(graph: Any) -> None:
    assert same(strength(from_networkx(graph)), dict(graph.degree(weight="strength")))


@WIDE
@given(graphs(directed=True))
def test_strengths_in_and_out_equal_networkx(graph: Any) -> None:
    network = from_networkx(graph)
    assert same(in_strength(network), dict(graph.in_degree(weight="strength")))
    assert same(out_strength(network), dict(graph.out_degree(weight="strength")))


def test_without_directions_in_and_out_are_all() -> None:
    network = from_networkx(nx.path_graph(3))
    assert in_degree(network).tolist() == out_degree(network).tolist() == [0.5, 1, 0.5]
    assert in_strength(network).tolist() == out_strength(network).tolist() == [1, 2, 1]


@WIDE
@given(graphs())
def test_pagerank_equals_networkx(graph: Any) -> None:
    expected = nx.pagerank(graph, weight="strength", tol=1e-13, max_iter=1000)
    assert same(pagerank(from_networkx(graph)), expected)


@WIDE
@given(graphs(), st.data())
def test_personal_pagerank_equals_networkx(graph: Any, data: st.DataObject) -> None:
    numbers = st.dictionaries(st.sampled_from(list(graph)), st.floats(0.1, 1), min_size=1)
    personal, dangling = data.draw(numbers), data.draw(numbers)
    expected = nx.pagerank(
        graph, 0.6, personal, weight="strength", tol=1e-13, max_iter=1000, dangling=dangling
    )
    assert same(pagerank(from_networkx(graph), 0.6, personal, dangling), expected)


def test_the_walker_follows_direction_and_strength() -> None:
    a, b, c = pagerank(directed(("a", "b", 1), ("a", "c", 3)))
    assert c > b > a


def test_an_isolate_keeps_its_share_of_pagerank() -> None:
    graph = nx.path_graph(3)
    graph.add_node("z")
    found = pagerank(from_networkx(graph))
    assert found.sum() == pytest.approx(1, abs=1e-12) and found[-1] > 0


def test_pagerank_settles_where_rounding_goes_round_for_ever() -> None:
    graph = nx.star_graph(26)
    graph.add_edges_from((leaf, 100 + leaf) for leaf in range(1, 6))
    expected = nx.pagerank(graph, tol=1e-13, max_iter=1000)
    assert same(pagerank(from_networkx(graph)), expected)


def test_pagerank_of_distances_counts_the_near_more() -> None:
    graph: Any = nx.DiGraph()
    graph.add_weighted_edges_from([("a", "b", 1), ("a", "c", 3)], weight="distance")
    _, near, far = pagerank(from_networkx(graph))
    assert near > far


def test_personal_numbers_are_of_nodes_that_are_there() -> None:
    with pytest.raises(UnknownQuery, match="'x'"):
        pagerank(from_networkx(nx.path_graph(3)), personal={"x": 1})


def test_personal_numbers_do_not_add_up_to_nothing() -> None:
    with pytest.raises(QueryError, match="add up to 0"):
        pagerank(from_networkx(nx.path_graph(3)), personal={0: 0})


@WIDE
@given(graphs(directed=False, least=3))
def test_eigenvector_is_that_of_the_largest_component(graph: Any) -> None:
    network = from_networkx(graph)
    found = eigenvector(network)
    largest = max(nx.connected_components(graph), key=len)
    values, vectors = np.linalg.eigh(network.matrix[sorted(largest)][:, sorted(largest)].toarray())
    if len(largest) == 1:
        assert not found.any()
    elif [len(part) for part in nx.connected_components(graph)].count(len(largest)) == 1:
        assume(values[-1] - values[-2] > 1e-3)
        assert np.allclose(found[sorted(largest)], np.abs(vectors[:, -1]), atol=1e-9)
        assert np.count_nonzero(found) == len(largest)


def test_eigenvector_of_a_star() -> None:
    found = eigenvector(from_networkx(nx.star_graph(4)))
    assert found[0] == pytest.approx(math.sqrt(1 / 2), abs=1e-12)
    assert found[1] == pytest.approx(math.sqrt(1 / 8), abs=1e-12)


def test_eigenvector_of_equal_components_is_that_of_the_first() -> None:
    graph = nx.Graph([("c", "d"), ("a", "b")])
    assert eigenvector(from_networkx(graph)).round(9).tolist() == [0.707106781, 0.707106781, 0, 0]


def test_eigenvector_ignores_direction_and_adds_opposite_ties() -> None:
    one_way = directed(("a", "b", 1), ("b", "a", 2), ("b", "c", 3))
    both_ways = directed(("a", "b", 3), ("b", "c", 3)).undirected
    np.testing.assert_allclose(eigenvector(one_way), eigenvector(both_ways), atol=1e-12)


@WIDE
@given(graphs(least=3))
def test_the_eigenvector_of_a_connected_network_equals_networkx(graph: Any) -> None:
    nx.add_cycle(graph, list(graph), strength=1)
    values = np.linalg.eigvals(nx.to_numpy_array(graph, weight="strength"))
    assume(np.sort(values.real)[-1] - np.sort(values.real)[-2] > 1e-3)
    expected = nx.eigenvector_centrality_numpy(graph, weight="strength", max_iter=500)
    assert same(leading(from_networkx(graph)), expected)


def test_a_network_in_parts_has_no_one_eigenvector() -> None:
    with pytest.raises(QueryError, match="2 parts"):
        leading(directed(("a", "b", 1)))


@WIDE
@given(graphs())
def test_the_eigenvector_by_steps_equals_networkx(graph: Any) -> None:
    try:
        expected = nx.eigenvector_centrality(graph, weight="strength")
    except nx.PowerIterationFailedConvergence:
        with pytest.raises(MissionGraphError, match="100 steps"):
            walked(from_networkx(graph))
    else:
        assert same(walked(from_networkx(graph)), expected)


@WIDE
@given(graphs(least=2), st.floats(0.1, 0.8), st.floats(0.5, 100), st.booleans())
def test_katz_equals_networkx(graph: Any, part: float, beta: float, normalized: bool) -> None:
    radius = max(np.abs(np.linalg.eigvals(nx.to_numpy_array(graph, weight="strength"))), default=0)
    alpha = part / max(radius, 1)
    expected = nx.katz_centrality_numpy(graph, alpha, beta, normalized, weight="strength")
    found = katz(from_networkx(graph), alpha, beta, normalized=normalized)
    np.testing.assert_allclose(found, list(expected.values()), rtol=1e-9)


@WIDE
@given(graphs())
def test_without_alpha_katz_always_adds_up(graph: Any) -> None:
    found = katz(from_networkx(graph))
    assert np.linalg.norm(found) == pytest.approx(1) and np.all(found > 0)


def test_an_alpha_that_is_too_large_is_said_not_to_settle() -> None:
    with pytest.raises(MissionGraphError, match="did not converge"):
        katz(from_networkx(nx.complete_graph(4)), 0.5)


def test_an_alpha_that_may_be_too_large_is_not_solved_by_walks() -> None:
    with pytest.raises(QueryError, match="may not converge"):
        katz_exact(from_networkx(nx.complete_graph(4)), 0.5, 1, normalized=True)


def test_beta_is_a_number_to_every_node() -> None:
    with pytest.raises(QueryError, match="'1' has no number"):
        katz(from_networkx(nx.path_graph(2)), beta={0: 1})


@WIDE
@given(graphs(least=3))
def test_hubs_and_authorities_equal_networkx(graph: Any) -> None:
    matrix = nx.to_numpy_array(graph, weight="strength")
    largest, second, *_ = np.linalg.svd(matrix)[1]
    assume(largest - second > 1e-3)
    weighted: Any = nx.DiGraph() if graph.is_directed() else nx.Graph()
    weighted.add_nodes_from(graph)
    weighted.add_weighted_edges_from(graph.edges(data="strength"))
    expected = nx.hits(weighted, tol=0, max_iter=1000)
    for found, values in zip(hits(from_networkx(graph)), expected, strict=True):
        assert same(found, values)


def test_a_hub_points_to_authorities() -> None:
    network = directed(("hub", "one", 2), ("hub", "other", 1))
    np.testing.assert_allclose(hubs(network), [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(authorities(network), [0, 2 / 3, 1 / 3], atol=1e-12)


def test_parts_that_lead_alike_share_the_lead() -> None:
    network = directed(("a", "b", 2), ("c", "d", 2), ("e", "f", 1))
    np.testing.assert_allclose(hubs(network), [0.5, 0, 0.5, 0, 0, 0], atol=1e-12)


def test_without_ties_nobody_is_a_hub() -> None:
    assert not np.any(hits(from_networkx(nx.empty_graph(3))))

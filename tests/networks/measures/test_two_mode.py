"""Two-mode measures, against networkx.bipartite on random graphs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx.algorithms import bipartite
from support.random_graphs import agree, few

from missiongraph.errors import QueryError
from missiongraph.networks import MEASURES, centrality, from_networkx
from missiongraph.networks.measures import two_mode as two

TWO_MODE = [name for name, measure in MEASURES.items() if measure.two_mode]


@st.composite
def two_mode(draw: st.DrawFn, least: int = 1) -> nx.Graph[int]:
    """Graphs of two sides, each of ``least`` to 7 nodes."""
    graph: nx.Graph[int] = nx.Graph()
    sides = draw(st.integers(least, 7)), draw(st.integers(least, 7))
    graph.add_nodes_from(range(sides[0]), bipartite=0)
    graph.add_nodes_from(range(sides[0], sum(sides)), bipartite=1)
    source, target = st.integers(0, sides[0] - 1), st.integers(sides[0], sum(sides) - 1)
    graph.add_edges_from(draw(st.lists(st.tuples(source, target), max_size=30)))
    return graph


def sources(graph: nx.Graph[int]) -> list[int]:
    return [node for node, side in nx.get_node_attributes(graph, "bipartite").items() if side == 0]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (two.degree, bipartite.degree_centrality),
        (two.closeness, bipartite.closeness_centrality),
    ],
)
def test_degree_and_closeness_equal_networkx(
    ours: Callable[..., Any], theirs: Callable[..., Any]
) -> None:
    @few
    @given(two_mode())
    def check(graph: nx.Graph[int]) -> None:
        assert agree(ours(graph), {n: theirs(graph, sources(graph))[n] for n in graph})

    check()


@few
@given(two_mode(least=2))
def test_betweenness_equals_networkx(graph: nx.Graph[int]) -> None:
    expected = bipartite.betweenness_centrality(graph, sources(graph))
    assert agree(two.betweenness(graph), {node: expected[node] for node in graph})


def test_nobody_is_between_two_nodes() -> None:
    """networkx divides by zero."""
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_node("a", bipartite=0)
    graph.add_node("m", bipartite=1)
    graph.add_edge("a", "m")
    assert two.betweenness(graph).tolist() == [0, 0]


@few
@given(two_mode(), st.sampled_from(["dot", "min", "max"]))
def test_clustering_equals_networkx(graph: nx.Graph[int], overlap: Any) -> None:
    assert agree(two.clustering(graph, overlap), bipartite.clustering(graph, mode=overlap))


@few
@given(two_mode())
def test_density_equals_networkx(graph: nx.Graph[int]) -> None:
    assert two.density(graph) == pytest.approx(bipartite.density(graph, sources(graph)))


def test_the_hub_of_a_star_has_the_highest_scores_there_are() -> None:
    star = nx.star_graph(5)
    nx.set_node_attributes(star, {node: int(node > 0) for node in star}, "bipartite")
    for measure in (two.degree, two.closeness, two.betweenness):
        assert measure(star)[0] == pytest.approx(1)


def test_eigenvectors_are_the_singular_vectors_of_the_two_mode_matrix() -> None:
    women = nx.davis_southern_women_graph()
    found = two.eigenvector(women)
    rows, columns = women.graph["top"], women.graph["bottom"]
    left, _, right = np.linalg.svd(bipartite.biadjacency_matrix(women, rows, columns).toarray())
    assert found == pytest.approx(np.abs([*left[:, 0], *right[0]]), abs=1e-9)


def test_a_two_mode_network_ranks_nodes_against_their_side() -> None:
    ranking = centrality(nx.davis_southern_women_graph(), ["two-mode-degree"])
    rows = {row["node"]: row for row in ranking.rows()}
    assert rows["Evelyn Jefferson"]["two-mode-degree"] == pytest.approx(8 / 14)
    assert rows["E8"]["two-mode-degree"] == pytest.approx(14 / 18)


@pytest.mark.parametrize("name", TWO_MODE)
def test_one_mode_has_no_two_mode_scores(name: str) -> None:
    with pytest.raises(QueryError, match="bipartite"):
        MEASURES[name].scores(from_networkx(nx.path_graph(4)))


def test_an_unknown_overlap_is_told_the_ones_there_are() -> None:
    with pytest.raises(QueryError, match="dot, min, max"):
        two.clustering(nx.davis_southern_women_graph(), "mean")  # type: ignore[arg-type]


def test_ties_within_a_side_make_a_network_of_one_mode() -> None:
    graph = nx.path_graph(3)
    nx.set_node_attributes(graph, {0: 0, 1: 1, 2: 1}, "bipartite")
    assert from_networkx(graph).side is None


def shares_of_closed_paths(graph: nx.Graph[int]) -> dict[int, float]:
    """Every path of four ties around each node, one by one."""
    found = {}
    for i in graph:
        closed = [
            bool((set(graph[a]) & set(graph[b])) - {p, q})
            for p, q in permutations(graph[i], 2)
            for a in set(graph[p]) - {i}
            for b in set(graph[q]) - {i, a}
        ]
        found[i] = sum(closed) / len(closed) if closed else 0.0
    return found


@few
@given(two_mode())
def test_closure_is_the_share_of_closed_paths(graph: nx.Graph[int]) -> None:
    assert agree(two.closure(graph), shares_of_closed_paths(graph))


def test_a_ring_of_six_is_closed_and_a_path_is_not() -> None:
    ring: nx.Graph[int] = nx.cycle_graph(6)
    nx.set_node_attributes(ring, {node: node % 2 for node in ring}, "bipartite")
    assert two.closure(ring).tolist() == [1] * 6
    ring.remove_edge(0, 5)
    assert two.closure(ring).tolist() == [0] * 6

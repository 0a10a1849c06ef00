"""Layers of a network: participation, entropy and PageRank across them."""

from __future__ import annotations

from typing import Any, get_args

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import Unsuited
from missiongraph.networks import from_networkx
from missiongraph.networks.structure.layers import Kind, layers, multiplex_pagerank

KINDS = get_args(Kind)
PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=14)


def network(pairs: list[tuple[Any, Any]], directed: bool = False) -> Any:
    return from_networkx((nx.DiGraph if directed else nx.Graph)(pairs))


def test_a_node_with_as_many_ties_in_each_layer_takes_part_in_all() -> None:
    found = layers(
        {"funds": network([("a", "b"), ("a", "c")]), "sits": network([("a", "d"), ("a", "b")])}
    )
    row = next(row for row in found.rows() if row["node"] == "a")
    assert row == {
        "node": "a", "layers": 2, "ties": 4, "participation": 1.0,
        "entropy": pytest.approx(np.log(2)), "funds": 2, "sits": 2,
    }  # fmt: skip


def test_a_node_with_ties_in_one_layer_only_does_not_take_part() -> None:
    found = layers({"one": network([("a", "b")]), "two": network([("c", "d")])})
    assert found.participation.tolist() == [0, 0, 0, 0] and found.entropy.tolist() == [0, 0, 0, 0]


def test_participation_follows_its_formula() -> None:
    """Three layers with 3, 1 and 0 ties: 3/2 (1 - 9/16 - 1/16) = 9/16."""
    star = network([("a", "b"), ("a", "c"), ("a", "d")])
    found = layers({"x": star, "y": network([("a", "b")]), "z": network([("c", "d")])})
    assert found.participation[0] == pytest.approx(9 / 16)


def test_a_node_without_ties_has_no_participation_and_loops_are_no_ties() -> None:
    found = layers({"x": network([("a", "a")]), "y": network([("b", "c")])})
    assert np.isnan(found.participation[0]) and np.isnan(found.entropy[0])
    assert found.overlapping.tolist() == [0, 1, 1]


def test_degrees_of_equal_layers_correlate_fully() -> None:
    one = network([("a", "b"), ("a", "c")])
    assert np.allclose(layers({"x": one, "y": one}).overlap(), 1)


@examples(50)
@given(PAIRS, PAIRS)
def test_the_ties_of_all_layers_add_up(one: list[Any], two: list[Any]) -> None:
    both = {"one": network(one), "two": network(two)}
    graphs = [nx.Graph([(a, b) for a, b in pairs if a != b]) for pairs in (one, two)]
    found = layers(both)
    assert found.overlapping.sum() == 2 * sum(graph.size() for graph in graphs)
    known = found.participation[~np.isnan(found.participation)]
    assert ((known >= -1e-12) & (known <= 1 + 1e-12)).all()


@examples(30)
@given(PAIRS, PAIRS)
def test_neutral_is_pagerank_of_the_last_layer(one: list[Any], two: list[Any]) -> None:
    first, last = network(one, True), network(two, True)
    nodes, scores = multiplex_pagerank([first, last], "neutral")
    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(two)
    expected = nx.pagerank(graph, tol=1e-12, max_iter=1000)
    assert scores.tolist() == pytest.approx([expected[node] for node in nodes], abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@examples(30)
@given(PAIRS, PAIRS)
def test_scores_fulfil_the_equation_of_halu(kind: Kind, one: list[Any], two: list[Any]) -> None:
    """X_i = d sum_j x_i^b B_ji X_j / G_j + (1 - d) x_i^c / sum x^c, with G_j = sum_r B_jr x_r^b."""
    first, last = network(one, True), network(two, True)
    nodes, found = multiplex_pagerank([first, last], kind)
    b, c = {"additive": (0, 1), "multiplicative": (1, 0), "combined": (1, 1)}.get(kind, (0, 0))
    whole: nx.DiGraph[Any] = nx.DiGraph()
    whole.add_nodes_from(nodes)
    whole.add_edges_from(one)
    x = np.array([nx.pagerank(whole, tol=1e-13, max_iter=2000)[node] for node in nodes])
    second: nx.DiGraph[Any] = nx.DiGraph(two)
    ties = nx.to_numpy_array(second, nodelist=sorted(second))
    matrix = np.zeros((len(nodes), len(nodes)))
    places = [nodes.index(node) for node in sorted(second)]
    matrix[np.ix_(places, places)] = ties
    out = matrix * x**b
    sums = out.sum(axis=1)
    restart = x**c / (x**c).sum()
    steps = np.where(sums[:, None] > 0, out / np.where(sums > 0, sums, 1)[:, None], restart)
    assert np.allclose(found, 0.85 * found @ steps + 0.15 * restart, atol=1e-6)


def test_one_layer_and_unknown_kinds_are_refused() -> None:
    one = network([("a", "b")])
    with pytest.raises(Unsuited, match="two or more"):
        layers({"one": one})
    with pytest.raises(Unsuited, match="additive"):
        multiplex_pagerank([one, one], "mixed")  # type: ignore[arg-type]

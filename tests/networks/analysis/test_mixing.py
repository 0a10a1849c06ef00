"""Mixing: E-I index and assortativity, against networkx on random graphs and by hand."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.random_graphs import few, graphs

from missiongraph.networks.analysis.mixing import (
    degree_assortativity,
    mixing,
    node_ei,
    numeric_assortativity,
)

letters = st.lists(st.sampled_from("xyz"), min_size=10, max_size=10)
numbers = st.lists(st.integers(-3, 5), min_size=10, max_size=10)
ends: Any = st.sampled_from(["in", "out"])


def grouped(graph: nx.Graph[int], groups: list[Any]) -> dict[int, Any]:
    """The groups of the nodes, which are their attribute ``group``, too."""
    found = dict(zip(graph, groups, strict=False))
    nx.set_node_attributes(graph, found, "group")
    return found


@few
@given(graphs(least=1), letters)
def test_the_mixing_matrix_equals_networkx(graph: nx.Graph[int], groups: list[str]) -> None:
    assume(graph.edges)
    found = mixing(graph, grouped(graph, groups))
    order = {name: place for place, name in enumerate(found.groups)}
    expected = nx.attribute_mixing_matrix(graph, "group", mapping=order, normalized=False)
    assert found.ties.tolist() == expected.tolist()


@few
@given(graphs(least=1), letters)
def test_assortativity_equals_networkx(graph: nx.Graph[int], groups: list[str]) -> None:
    found = mixing(graph, grouped(graph, groups)).assortativity
    assume(not math.isnan(found))
    expected = nx.attribute_assortativity_coefficient(graph, "group")
    assert found == pytest.approx(expected, abs=1e-9)


@few
@given(graphs(least=1), numbers)
def test_numeric_assortativity_equals_networkx(graph: nx.Graph[int], values: list[int]) -> None:
    found = numeric_assortativity(graph, grouped(graph, values))
    assume(not math.isnan(found))
    expected = nx.numeric_assortativity_coefficient(graph, "group")
    assert found == pytest.approx(expected, abs=1e-9)


@few
@given(graphs(least=1), ends, ends)
def test_degree_assortativity_equals_networkx(
    graph: nx.Graph[int], source: Any, target: Any
) -> None:
    found = degree_assortativity(graph, source, target)
    assume(not math.isnan(found))
    expected = nx.degree_assortativity_coefficient(graph, x=source, y=target)
    assert found == pytest.approx(expected, abs=1e-9)


@few
@given(graphs(), letters)
def test_the_index_is_of_ties_counted_one_by_one(graph: nx.Graph[int], groups: list[str]) -> None:
    of = grouped(graph, groups)
    found = mixing(graph, of)
    assert found.ei == pytest.approx(index(graph.edges, of), nan_ok=True)
    for name, ei in zip(found.groups, found.group_ei, strict=True):
        theirs = [tie for tie in graph.edges if name in (of[tie[0]], of[tie[1]])]
        assert ei == pytest.approx(index(theirs, of), nan_ok=True)


@few
@given(graphs(loops=False), letters)
def test_the_index_of_a_node_is_of_its_ties(graph: nx.Graph[int], groups: list[str]) -> None:
    of = grouped(graph, groups)
    for node, ei in zip(graph, node_ei(graph, of), strict=True):
        theirs = [tie for tie in graph.edges if node in tie]
        assert ei == pytest.approx(index(theirs, of), nan_ok=True)


def test_ties_within_groups_only_have_an_index_of_minus_1() -> None:
    found = mixing(nx.Graph([(0, 1), (2, 3)]), {0: "a", 1: "a", 2: "b", 3: "b"})
    assert (found.ei, found.group_ei.tolist(), found.assortativity) == (-1, [-1, -1], 1)


def test_ties_between_groups_only_have_an_index_of_1() -> None:
    found = mixing(nx.complete_bipartite_graph(2, 3), {0: "a", 1: "a", 2: "b", 3: "b", 4: "b"})
    assert found.ei == 1 and found.assortativity == pytest.approx(-1)


def test_ends_without_a_group_take_their_ties_with_them() -> None:
    groups = {0: "a", 1: "a", 2: None}
    graph = nx.path_graph(5)
    found = mixing(graph, groups)
    assert (found.ungrouped, found.ties.tolist()) == (3, [[2]])
    assert np.isnan(node_ei(graph, groups)).tolist() == [False, False, True, True, True]


def test_without_ties_there_is_no_index() -> None:
    found = mixing(nx.empty_graph(2), {0: "a", 1: "b"})
    assert np.isnan([found.ei, *found.group_ei, found.assortativity]).all()


def test_one_group_has_no_assortativity() -> None:
    assert math.isnan(mixing(nx.path_graph(3), dict.fromkeys(range(3), "a")).assortativity)


def test_equal_numbers_have_no_assortativity() -> None:
    assert math.isnan(numeric_assortativity(nx.path_graph(3), dict.fromkeys(range(3), 0.1)))
    assert math.isnan(degree_assortativity(nx.cycle_graph(4)))
    assert math.isnan(degree_assortativity(nx.Graph()))


def test_nodes_without_a_number_are_left_out() -> None:
    graph = nx.path_graph(5)
    assert numeric_assortativity(graph, {0: 1, 1: 2, 2: 1, 3: 2}) == pytest.approx(-1)


def index(ties: Any, groups: dict[int, str]) -> float:
    internal = sum(groups[one] == groups[two] for one, two in ties)
    external = len(ties) - internal
    return (external - internal) / len(ties) if len(ties) else math.nan

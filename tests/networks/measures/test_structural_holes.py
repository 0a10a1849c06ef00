"""Structural holes, against networkx on random graphs and Burt's formulas by hand."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.random_graphs import agree, few, graphs

from missiongraph.networks import centrality, from_networkx
from missiongraph.networks.measures.cohesion import By
from missiongraph.networks.measures.structural_holes import (
    constraint,
    effective_size,
    efficiency,
    hierarchy,
)

ALL = (constraint, hierarchy, effective_size, efficiency)
BY: dict[By, str | None] = {"steps": None, "strength": "strength"}
by_either = st.sampled_from(sorted(BY))


@few
@given(graphs(loops=False, least=1), by_either)
def test_constraint_equals_networkx(graph: nx.Graph[int], by: By) -> None:
    assert agree(constraint(graph, by), nx.constraint(graph, weight=BY[by]))


@few
@given(graphs(least=1))
def test_constraint_equals_networkx_where_nodes_are_tied_to_themselves(
    graph: nx.Graph[int],
) -> None:
    assert agree(constraint(graph, "steps"), nx.constraint(graph))


@few
@given(graphs(loops=False, least=1), by_either)
def test_effective_size_equals_networkx_node_by_node(graph: nx.Graph[int], by: By) -> None:
    """Asked for all at once, networkx divides by the largest tie of another node (#8906)."""
    expected = nx.effective_size(graph, nodes=list(graph), weight=BY[by])
    found = dict(zip(graph, effective_size(graph, by), strict=True))
    tied_out = [node for node in graph if not math.isnan(expected[node])]
    assert agree([found[node] for node in tied_out], {node: expected[node] for node in tied_out})


@few
@given(graphs(loops=False))
def test_who_is_tied_to_nobody_has_no_score(graph: nx.Graph[int]) -> None:
    isolated = [degree == 0 for _, degree in graph.degree]
    for measure in ALL:
        assert np.isnan(measure(graph)).tolist() == isolated


def test_who_is_tied_to_itself_only_has_no_score() -> None:
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_edge("a", "a", strength=3)
    assert all(np.isnan(measure(graph)).all() for measure in ALL)


def test_constraint_may_pass_1() -> None:
    assert constraint(nx.complete_graph(3)).tolist() == [1.125] * 3


@few
@given(graphs(loops=False), by_either)
def test_hierarchy_is_the_disorder_of_local_constraints(graph: nx.Graph[int], by: By) -> None:
    for node, found in zip(graph, hierarchy(graph, by), strict=True):
        contacts = set(nx.all_neighbors(graph, node))
        local = [nx.local_constraint(graph, node, other, BY[by]) for other in contacts]
        n = len(local)
        if n > 1:
            ratios = [n * each / sum(local) for each in local]
            expected = sum(ratio * math.log(ratio) for ratio in ratios) / (n * math.log(n))
            assert found == pytest.approx(expected, abs=1e-9)
        elif n == 1:
            assert found == 1


def test_hierarchy_is_0_where_all_constrain_alike() -> None:
    assert hierarchy(nx.complete_graph(5)) == pytest.approx(np.zeros(5), abs=1e-12)


def test_a_contact_that_all_others_know_makes_a_hierarchy() -> None:
    """Of a, tied to b, c, d, where b knows c and d: shares of 1/3, and c_ab is four times c_ac."""
    graph: nx.Graph[Any] = nx.Graph([("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")])
    direct, through_b, through_two = 1 / 3, 1 / 3 * 1 / 3, 2 * 1 / 3 * 1 / 2
    local = np.array([(direct + through_two) ** 2, *[(direct + through_b) ** 2] * 2])
    assert constraint(graph)[0] == pytest.approx(local.sum())
    ratios = 3 * local / local.sum()
    assert hierarchy(graph)[0] == pytest.approx((ratios * np.log(ratios)).sum() / (3 * np.log(3)))


def test_effective_size_is_contacts_less_the_mean_of_their_ties() -> None:
    """Borgatti's example of the formula: n - 2 t / n, with t ties among the n contacts of a."""
    graph: nx.Graph[Any] = nx.Graph([("a", other) for other in "bcdefg"])
    graph.add_edges_from([("b", "c"), ("d", "e"), ("e", "f")])
    assert effective_size(graph)[0] == pytest.approx(6 - 2 * 3 / 6)
    assert efficiency(graph)[0] == pytest.approx(5 / 6)


def test_efficiency_counts_a_contact_with_opposite_ties_once() -> None:
    graph: nx.Graph[Any] = nx.DiGraph([("a", "b"), ("b", "a"), ("a", "c")])
    assert efficiency(graph)[0] == 1


def test_strengths_count_unless_by_steps() -> None:
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_weighted_edges_from([("a", "b", 9), ("a", "c", 1)], weight="strength")
    assert constraint(graph)[0] == pytest.approx(0.82)
    assert constraint(graph, by="steps")[0] == pytest.approx(0.5)


def test_constraint_equals_igraph_on_a_larger_network() -> None:
    graph = nx.gnm_random_graph(400, 4000, seed=3)
    nx.set_edge_attributes(
        graph, {tie: 1.0 + (tie[0] * tie[1]) % 5 for tie in graph.edges}, "strength"
    )
    other = igraph.Graph.from_networkx(graph)
    assert constraint(graph) == pytest.approx(other.constraint(weights="strength"), abs=1e-9)


def test_the_lowest_constraint_ranks_first() -> None:
    bridge = nx.barbell_graph(4, 1)
    first = next(centrality(from_networkx(bridge), ["constraint", "efficiency"]).rows())
    assert (first["node"], first["constraint_rank"], first["efficiency_rank"]) == (4, 1, 1)


def test_scores_do_not_depend_on_the_order_of_nodes() -> None:
    ties = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]
    for order in permutations("abcd"):
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(order)
        graph.add_edges_from(ties)
        found = dict(zip(graph, constraint(graph), strict=True))
        assert found["d"] == pytest.approx(1) and found["a"] == pytest.approx(found["b"])

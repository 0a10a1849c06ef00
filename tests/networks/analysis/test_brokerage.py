"""Brokerage: published counts of R's sna, counting by hand, and chance by going through it all."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples
from support.random_graphs import few, graphs

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks import Brokerage, brokers, from_networkx
from missiongraph.networks.analysis.brokerage import COLUMNS, brokers_between

Table = npt.NDArray[Any]

# Who talked about the strike with whom in a wood-processing facility (Michael 1997), as in the
# data of "R for Social Network Analysis" (github.com/cllghn/r4sna), which prints what
# sna::brokerage finds for the three groups: young Hispanics, young and older English-speakers.
STRIKE = {
    "Xavier": "Wendle Sam",
    "Utrecht": "Norm Russ Quint Sam",
    "Frank": "Gill",
    "Domingo": "Carlos Alejandro Eduardo",
    "Norm": "Bob Ozzie Sam Vern Paul",
    "Hal": "Bob Gill John",
    "Russ": "Quint Ted",
    "Karl": "Ozzie Lanny John",
    "Bob": "Ike Lanny Mike Alejandro John",
    "Quint": "Paul",
    "Wendle": "Sam",
    "Ike": "Gill Mike",
    "Ted": "Vern",
    "Gill": "John",
    "Lanny": "John",
    "Carlos": "Alejandro Eduardo",
    "Alejandro": "Eduardo",
}
GROUPS = {
    1: "Domingo Carlos Alejandro Eduardo",
    2: "Frank Hal Karl Bob Ike Gill Lanny Mike John",
    3: "Xavier Utrecht Norm Russ Quint Wendle Ozzie Ted Sam Vern Paul",
}
SNA: dict[Any, list[int]] = {  # w_I, w_O, b_IO, b_OI, b_O, t; those who are not here have none
    "Utrecht": [8, 0, 0, 0, 0, 8],
    "Norm": [18, 0, 5, 5, 0, 28],
    "Hal": [2, 0, 0, 0, 0, 2],
    "Russ": [4, 0, 0, 0, 0, 4],
    "Karl": [0, 0, 2, 2, 0, 4],
    "Bob": [14, 0, 10, 10, 2, 36],
    "Quint": [4, 0, 0, 0, 0, 4],
    "Ozzie": [0, 0, 1, 1, 0, 2],
    "Ike": [4, 0, 0, 0, 0, 4],
    "Ted": [2, 0, 0, 0, 0, 2],
    "Sam": [8, 0, 0, 0, 0, 8],
    "Vern": [2, 0, 0, 0, 0, 2],
    "Gill": [10, 0, 0, 0, 0, 10],
    "Lanny": [2, 0, 0, 0, 0, 2],
    "Alejandro": [0, 0, 3, 3, 0, 6],
    "Paul": [2, 0, 0, 0, 0, 2],
    "John": [12, 0, 0, 0, 0, 12],
}


def strike() -> Brokerage:
    graph: nx.Graph[str] = nx.Graph()
    for name, others in STRIKE.items():
        graph.add_edges_from((name, other) for other in others.split())
    return brokers(graph, {name: group for group, all_ in GROUPS.items() for name in all_.split()})


def counted(found: Brokerage) -> dict[Any, list[int]]:
    return dict(zip(found.network.nodes, found.counts.tolist(), strict=True))


def test_counts_equal_those_of_sna_for_the_strike() -> None:
    found = strike()
    assert len(found.network) == 24
    assert counted(found) == {name: SNA.get(name, [0] * 6) for name in found.network.nodes}


def test_counts_of_a_directed_network_equal_those_of_sna() -> None:
    """The example of the R package cograph, whose documentation prints the counts of sna."""
    graph: nx.Graph[str] = nx.DiGraph()
    nx.add_path(graph, "ABCDA")
    graph.add_edges_from([("A", "C"), ("B", "D")])
    found = brokers(graph, {"A": 1, "B": 1, "C": 2, "D": 2})
    assert counted(found) == {
        "A": [0, 1, 1, 0, 0, 2],
        "B": [0, 0, 0, 1, 0, 1],
        "C": [0, 0, 1, 0, 0, 1],
        "D": [0, 1, 0, 1, 0, 2],
    }


@few
@given(graphs(), st.lists(st.sampled_from("xyz"), min_size=10, max_size=10))
def test_counts_equal_going_through_all_pairs(graph: nx.Graph[int], groups: list[str]) -> None:
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    ties = from_networkx(graph).matrix.toarray() > 0
    found = brokers(graph, dict(enumerate(groups)))
    expected = counts_of(ties[np.newaxis], groups[: len(graph)])
    assert found.counts.tolist() == expected[0].tolist()


@pytest.mark.parametrize("groups", ["aaaa", "aaab", "aabb", "abbb", "aabc", "abcd"])
def test_chance_is_that_of_all_networks_of_the_density(groups: str) -> None:
    """All 4096 networks of four nodes, each as likely as independent arcs of density 1/3 are."""
    arcs = list(permutations(range(4), 2))
    found = brokers(nx.DiGraph(arcs[:4]), dict(enumerate(groups)))
    assert_chance(found, every(4, arcs), groups, len(arcs), 1 / 3)


@pytest.mark.parametrize("groups", ["aaaaa", "aaabb", "abbbb", "aabbc", "abccc", "abcde"])
def test_chance_of_an_undirected_network_knows_that_arcs_come_in_pairs(groups: str) -> None:
    ties = list(combinations(range(5), 2))
    graph: nx.Graph[Any] = nx.Graph(ties[:4])
    graph.add_nodes_from(range(5))
    both_ways = every(5, ties)
    both_ways |= both_ways.transpose(0, 2, 1)
    assert_chance(brokers(graph, dict(enumerate(groups))), both_ways, groups, len(ties), 0.4)


def test_z_is_the_difference_in_deviations() -> None:
    found = strike()
    rows = {row["node"]: row for row in found.rows()}
    bob = rows["Bob"]
    place = list(found.network.nodes).index("Bob")
    deviation = found.deviation[place, COLUMNS.index("gatekeeper")]
    assert bob["gatekeeper_z"] == pytest.approx((10 - bob["gatekeeper_expected"]) / deviation)
    assert bob["gatekeeper_z"] > 2 > rows["Ozzie"]["gatekeeper_z"]


def test_sna_takes_undirected_ties_for_independent_arcs() -> None:
    """Expectations and deviations as in sna, but by the square root of two for pairs in order."""
    found = strike()
    n, size, d = 24, 9, 76 / (24 * 23)
    p, q = d**2 * (1 - d), d**3 * (1 - d) ** 3
    expected = p * (size - 1) * (size - 2)
    deviation = np.sqrt(expected * (1 - p) + 2 * (size - 1) * (size - 2) * (size - 3) * q)
    bob = list(found.network.nodes).index("Bob")
    assert found.expected[bob, 0] == pytest.approx(expected)
    assert found.deviation[bob, 0] == pytest.approx(deviation * np.sqrt(2))
    assert found.expected[bob, 5] == pytest.approx(p * (n - 1) * (n - 2))


def test_a_role_that_nobody_can_have_has_no_z() -> None:
    found = brokers(nx.path_graph(3), dict.fromkeys(range(3), "one group"))
    assert np.isnan(found.z[:, COLUMNS.index("liaison")]).all()
    assert np.isfinite(found.z[:, COLUMNS.index("coordinator")]).all()


def test_nodes_without_a_group_are_left_out_and_counted() -> None:
    graph: nx.Graph[Any] = nx.Graph([("a", "hub"), ("b", "hub"), ("hub", "lost")])
    graph.add_node("alone")
    found = brokers(graph, {"a": 1, "b": 1, "hub": 1, "lost": None, "elsewhere": 2})
    assert found.network.nodes == ["a", "hub", "b"] and found.ungrouped == 2
    assert counted(found)["hub"] == [2, 0, 0, 0, 0, 2]


def test_the_most_central_broker_comes_first() -> None:
    rows = list(strike().rows(top=2))
    assert [(row["label"], row["group"], row["total"]) for row in rows] == [
        ("Bob", 2, 36),
        ("Norm", 3, 28),
    ]
    assert next(strike().rows(by="liaison"))["node"] == "Bob"
    with pytest.raises(UnknownQuery, match="liaison"):
        next(strike().rows(by="fixer"))


def test_chance_of_one_mode_says_nothing_of_two() -> None:
    graph: nx.Graph[Any] = nx.Graph([("a", "m"), ("b", "m")])
    nx.set_node_attributes(graph, {"a": 0, "b": 0, "m": 1}, "bipartite")
    found = brokers(from_networkx(graph), {"a": 1, "b": 1, "m": 1})
    assert counted(found)["m"][0] == 2 and np.isnan(found.z).all()


def test_a_network_of_nobody_has_no_brokers() -> None:
    assert list(brokers(nx.Graph(), {}).rows()) == []


def counts_of(networks: Table, groups: Any) -> Table:
    """The counts of many small networks (networks x n x n) at once, pair by pair."""
    n = networks.shape[1]
    found = np.zeros((len(networks), n, 6), int)
    for a, v, b in permutations(range(n), 3):
        role = (
            0
            if groups[a] == groups[v] == groups[b]
            else 1
            if groups[a] == groups[b]
            else 2
            if groups[v] == groups[b]
            else 3
            if groups[a] == groups[v]
            else 4
        )
        brokered = networks[:, a, v] & networks[:, v, b] & ~networks[:, a, b]
        found[:, v, role] += brokered
        found[:, v, 5] += brokered
    return found


def every(n: int, ties: list[tuple[int, int]]) -> Table:
    """All networks of ``n`` nodes that some of ``ties`` make."""
    chosen = (np.arange(2 ** len(ties))[:, np.newaxis] >> np.arange(len(ties))) & 1 > 0
    networks = np.zeros((len(chosen), n, n), bool)
    networks[(slice(None), *np.transpose(ties))] = chosen
    return networks


def assert_chance(found: Brokerage, networks: Table, groups: str, ties: int, d: float) -> None:
    there = networks.sum(axis=(1, 2)) / (1 if found.network.directed else 2)
    likely = d**there * (1 - d) ** (ties - there)
    counts = counts_of(networks, groups)
    mean = np.tensordot(likely, counts, 1)
    deviation = np.sqrt(np.tensordot(likely, counts**2, 1) - mean**2)
    assert found.expected == pytest.approx(mean, abs=1e-9)
    assert found.deviation**2 == pytest.approx(deviation**2, abs=1e-9)


@examples(60)
@given(graphs(least=1), st.lists(st.sampled_from(["x", "y", None]), min_size=10, max_size=10))
def test_pairs_between_two_groups_are_counted_one_by_one(
    graph: nx.Graph[Any], groups: list[str | None]
) -> None:
    of = dict(zip(graph, groups, strict=False))
    assume({"x", "y"} <= {*of.values()})
    found = brokers_between(graph, of, "x", "y")
    pairs = [
        (a, b)
        for a in graph
        for b in graph
        if (of[a], of[b]) == ("x", "y") and not graph.has_edge(a, b)
    ]
    between = {
        (a, b): [
            v for v in graph if v not in (a, b) and graph.has_edge(a, v) and graph.has_edge(v, b)
        ]
        for a, b in pairs
    }
    assert found.untied == len(pairs) and found.brokered == sum(map(bool, between.values()))
    for place, v in enumerate(graph):
        assert found.pairs[place] == sum(v in brokers for brokers in between.values())
        assert found.alone[place] == sum(brokers == [v] for brokers in between.values())


def test_rows_between_groups_begin_with_the_most_pairs() -> None:
    graph: nx.Graph[str] = nx.Graph([("a", "m"), ("m", "b"), ("m", "c"), ("a", "n"), ("n", "c")])
    found = brokers_between(graph, {"a": "x", "b": "y", "c": "y"}, "x", "y")
    assert list(found.rows()) == [
        {"node": "m", "label": "m", "pairs": 2, "alone": 1},
        {"node": "n", "label": "n", "pairs": 1, "alone": 0},
    ]
    assert len(list(found.rows(top=1))) == 1


def test_two_groups_that_exist_are_named() -> None:
    graph: nx.Graph[str] = nx.Graph([("a", "m"), ("m", "b")])
    with pytest.raises(UnknownQuery, match="there are: x, y"):
        brokers_between(graph, {"a": "x", "b": "y"}, "x", "z")
    with pytest.raises(QueryError, match="two different"):
        brokers_between(graph, {"a": "x", "b": "y"}, "x", "x")

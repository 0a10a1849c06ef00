"""Communities: modularity against networkx, known groups, and how alike runs are."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.random_graphs import graphs

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks import from_networkx
from missiongraph.networks.analysis.communities import (
    METHODS,
    adjusted_rand,
    communities,
    modularity,
    mutual_information,
)

WIDE = examples(60)
NUMBERS = st.lists(st.integers(0, 3), min_size=9, max_size=9)
METHOD = pytest.mark.parametrize("method", METHODS)


def caves() -> nx.Graph[Any]:
    """Four cliques of five, six and seven in a row, and an isolate."""
    graph: nx.Graph[Any] = nx.disjoint_union_all(nx.complete_graph(n) for n in (5, 7, 6, 5))
    graph.add_edges_from([(0, 5), (6, 12), (13, 18)])
    graph.add_node("alone")
    return graph


def without_direction(graph: nx.Graph[Any]) -> nx.Graph[Any]:
    both: nx.Graph[Any] = nx.Graph()
    both.add_nodes_from(graph)
    edges: Any = graph.edges
    for one, other, strength in edges(data="strength"):
        known = both.get_edge_data(one, other, {"strength": 0})["strength"]
        both.add_edge(one, other, strength=known + strength)
    return both


@WIDE
@given(graphs(most=9), NUMBERS, st.sampled_from([0.5, 1.0, 2.0]))
def test_modularity_equals_networkx(
    graph: nx.Graph[Any], numbers: list[int], resolution: float
) -> None:
    if not graph.edges:
        assert modularity(graph, numbers[: len(graph)]) == 0
        return
    groups = [{node for node in graph if numbers[node] == number} for number in range(4)]
    expected = nx.community.modularity(
        without_direction(graph), groups, weight="strength", resolution=resolution
    )
    found = modularity(graph, numbers[: len(graph)], resolution=resolution)
    assert found == pytest.approx(expected, abs=1e-9)


@METHOD
def test_cliques_are_communities_numbered_by_size(method: str) -> None:
    found = communities(caves(), method, runs=3)
    assert found.sizes.tolist() == [7, 6, 5, 5, 1]
    assert found.members.tolist() == [2] * 5 + [0] * 7 + [1] * 6 + [3] * 5 + [4]


@METHOD
@examples(25)
@given(graph=graphs(directed=None))
def test_every_node_is_in_a_community_and_isolates_alone(method: str, graph: nx.Graph[Any]) -> None:
    found = communities(graph, method, runs=2)
    assert found.sizes.sum() == len(graph) and sorted(found.sizes)[::-1] == found.sizes.tolist()
    for node in nx.isolates(graph):
        assert found.sizes[found.members[node]] == 1
    assert found.modularity == modularity(graph, found.members)


@METHOD
def test_the_same_seed_gives_the_same(method: str) -> None:
    graph = nx.gnp_random_graph(120, 0.08, seed=3)
    one, other = (communities(graph, method, seed=5, runs=2) for _ in range(2))
    assert (one.members == other.members).all() and one.seed == other.seed


@METHOD
def test_seeds_differ_where_there_are_no_groups(method: str) -> None:
    stability = communities(nx.gnp_random_graph(120, 0.08, seed=3), method, runs=5).stability
    assert stability is not None and stability.runs == 5
    assert 0 < stability.ari < 0.9 and 0 < stability.nmi < 0.95
    assert 0 <= stability.nodes.min() < stability.nodes.max() <= 1


@METHOD
def test_clear_groups_are_stable(method: str) -> None:
    stability = communities(caves(), method, runs=4).stability
    assert stability is not None
    assert stability.nmi == pytest.approx(1) and stability.ari == 1 == stability.nodes.min()


@METHOD
def test_the_best_of_the_runs_is_kept(method: str) -> None:
    graph = nx.gnp_random_graph(120, 0.08, seed=3)
    best = communities(graph, method, runs=5)
    single = [communities(graph, method, seed=seed, runs=1) for seed in range(5)]
    assert best.modularity == max(run.modularity for run in single)
    assert (single[best.seed].members == best.members).all()
    assert single[0].stability is None


@METHOD
def test_modularity_is_about_as_high_as_networkx_finds(method: str) -> None:
    graph = nx.karate_club_graph()
    theirs = nx.community.louvain_communities(graph, weight=None, seed=1)
    plain = from_networkx(nx.Graph(graph.edges()))
    assert communities(plain, method).modularity >= nx.community.modularity(
        graph, theirs, weight=None
    )


def test_a_higher_resolution_makes_more_communities() -> None:
    graph = nx.karate_club_graph()
    assert len(communities(graph, resolution=4)) > len(communities(graph, resolution=0.5))


def test_strengths_count() -> None:
    ring: nx.Graph[int] = nx.cycle_graph(4)
    nx.set_edge_attributes(ring, {(0, 1): 9, (1, 2): 1, (2, 3): 9, (0, 3): 1}, "strength")
    assert communities(ring, runs=2).members.tolist() == [0, 0, 1, 1]


def test_labels_are_the_most_central_members() -> None:
    graph: nx.Graph[str] = nx.star_graph(["hub", "a", "b", "c"])
    nx.set_node_attributes(graph, {"hub": "The hub"}, "label")
    assert communities(graph, runs=2).labels == ["The hub, a, b"]


def test_an_empty_network_has_no_communities() -> None:
    found = communities(nx.Graph(), runs=2)
    assert len(found) == 0 and found.modularity == 0


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UnknownQuery, match="leiden"):
        communities(nx.Graph(), "fame")
    with pytest.raises(QueryError, match="1 run"):
        communities(nx.Graph(), runs=0)


def test_other_users_of_networkit_keep_their_threads() -> None:
    import networkit as nk

    before = nk.getMaxNumberOfThreads()
    communities(caves(), runs=1)
    assert nk.getMaxNumberOfThreads() == before


def agreed(one: list[int], other: list[int]) -> float:
    """The adjusted Rand index, pair of nodes by pair of nodes."""
    pairs = list(combinations(range(len(one)), 2))
    first, second = ([ids[a] == ids[b] for a, b in pairs] for ids in (one, other))
    both = sum(a and b for a, b in zip(first, second, strict=True))
    chance = sum(first) * sum(second) / len(pairs)
    most = (sum(first) + sum(second)) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def entropy(numbers: list[Any]) -> float:
    shares = [numbers.count(value) / len(numbers) for value in set(numbers)]
    return -sum(share * math.log(share) for share in shares)


@WIDE
@given(NUMBERS, NUMBERS)
def test_the_adjusted_rand_index_counts_pairs(one: list[int], other: list[int]) -> None:
    assert adjusted_rand(np.array(one), np.array(other)) == pytest.approx(agreed(one, other))


@WIDE
@given(NUMBERS, NUMBERS)
def test_mutual_information_is_what_entropies_share(one: list[int], other: list[int]) -> None:
    apart = entropy(one) + entropy(other)
    shared = apart - entropy(list(zip(one, other, strict=True)))
    expected = 2 * shared / apart if apart else 1.0
    found = mutual_information(np.array(one), np.array(other))
    assert found == pytest.approx(expected, abs=1e-9)

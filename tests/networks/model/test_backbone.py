"""Backbones: chances against their definition, computed the long way."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.random_graphs import graphs, two_mode

from missiongraph.errors import QueryError
from missiongraph.networks import from_networkx
from missiongraph.networks.model.backbone import (
    disparity,
    disparity_chances,
    hypergeometric,
    hypergeometric_chances,
)
from missiongraph.networks.model.projection import projection

WIDE = examples(60)


def chance(strength: float, all_of_end: list[float]) -> float:
    return float((1 - strength / sum(all_of_end)) ** (len(all_of_end) - 1))


def star() -> nx.Graph[str]:
    """A hub with one strong tie among ten."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_weighted_edges_from([("hub", leaf, 1.0) for leaf in "abcdefghi"], weight="strength")
    graph.add_edge("hub", "strong", strength=11.0)
    return graph


@WIDE
@given(graphs(directed=None))
def test_chances_are_of_the_better_end(graph: nx.Graph[Any]) -> None:
    chances = disparity_chances(graph)
    outward: Any = graph.edges
    inward: Any = graph.in_edges if isinstance(graph, nx.DiGraph) else graph.edges
    for one, other, strength in outward(data="strength"):
        out, into = (
            [s for _, _, s in edges(node, data="strength")]
            for edges, node in ((outward, one), (inward, other))
        )
        expected = min(chance(strength, out), chance(strength, into))
        assert chances[one, other] == pytest.approx(expected, abs=1e-9)


@WIDE
@given(graphs(directed=None), st.sampled_from([0.1, 0.3, 0.6, 1.0]))
def test_a_backbone_has_the_nodes_and_some_of_the_ties(graph: nx.Graph[Any], level: float) -> None:
    whole, backbone = from_networkx(graph), disparity(graph, level)
    assert backbone.nodes == whole.nodes and backbone.directed == whole.directed
    if graph:
        kept, every = backbone.matrix.toarray(), whole.matrix.toarray()
        assert ((kept == every) | (kept == 0)).all()
        assert graph.is_directed() or (kept == kept.T).all()


def test_the_strong_tie_of_a_hub_stays() -> None:
    backbone = disparity(star())
    assert [backbone.nodes[place] for ends in backbone.ends for place in ends] == ["hub", "strong"]
    assert disparity_chances(star())[0, 10] == pytest.approx((1 - 11 / 20) ** 9)


def test_the_only_tie_of_both_ends_is_no_evidence() -> None:
    pair: nx.Graph[str] = nx.Graph([("a", "b")])
    assert disparity(pair, 0.99).size == 0 and disparity(pair, 1).size == 1


def test_short_distances_are_strong() -> None:
    graph = star()
    for _, _, data in graph.edges(data=True):
        data["distance"] = 1 / data.pop("strength")
    backbone = disparity(graph)
    assert backbone.size == 1 and backbone.matrix.max() == pytest.approx(1 / 11)


@pytest.mark.parametrize("level", [0.0, -1.0, 1.5])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(QueryError, match="level"):
        disparity(star(), level)


def drawn_at_random(there: int, a: int, b: int, shared: int) -> float:
    """The share of all ways to choose ``a`` and ``b`` of those ``there`` that share as many."""
    fixed = set(range(a))
    ways = [len(fixed & set(other)) >= shared for other in combinations(range(there), b)]
    return float(np.mean(ways))


@examples(30)
@given(two_mode())
def test_hypergeometric_chances_count_all_ways_to_choose(
    two: tuple[nx.Graph[Any], list[str]],
) -> None:
    graph, ours = two
    there = len({other for node in ours for other in graph[node]})
    chances = hypergeometric_chances(projection(graph, ours))
    for (i, one), (j, other) in combinations(enumerate(ours), 2):
        if shared := len(set(graph[one]) & set(graph[other])):
            expected = drawn_at_random(there, graph.degree(one), graph.degree(other), shared)
            assert chances[i, j] == pytest.approx(expected, abs=1e-9)
            assert chances[i, j] == chances[j, i]


def test_who_shares_all_of_many_is_tied_in_the_hypergeometric_backbone() -> None:
    graph: nx.Graph[str] = nx.Graph([(who, f"m{i}") for who in "ab" for i in range(4)])
    graph.add_edges_from([("c", "m0"), *(("c", f"n{i}") for i in range(6))])
    backbone = hypergeometric(projection(graph, ["a", "b", "c"]), 0.05)
    assert [end.tolist() for end in backbone.ends] == [[0], [1]]
    assert backbone.affiliations is None and len(backbone) == 3


def test_only_projections_have_a_hypergeometric_backbone() -> None:
    with pytest.raises(QueryError, match="projection"):
        hypergeometric(from_networkx(star()))

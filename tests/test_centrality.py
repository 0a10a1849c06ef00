"""Centrality: the written conventions, on graphs known by hand and against networkx."""

from __future__ import annotations

import math

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missiongraph.centrality import (
    MEASURES,
    betweenness,
    centrality,
    closeness,
    degree,
    eigenvector,
    pagerank,
)
from missiongraph.errors import UnknownQuery
from missiongraph.networks import Network, draw

NODES = st.sampled_from("abcdefgh")
PAIRS = st.dictionaries(
    st.tuples(NODES, NODES).filter(lambda pair: pair[0] < pair[1]), st.integers(1, 9), max_size=20
)
WIDE = settings(max_examples=60, deadline=None)


def path() -> Network:
    return draw([("a", "b", 1), ("b", "c", 1)], directed=False)


def star() -> Network:
    return draw([("hub", leaf, 1) for leaf in "abcd"], directed=False)


def with_isolate(network: Network) -> Network:
    network.add_node("z")
    return network


@pytest.mark.parametrize("measure", MEASURES)
def test_an_empty_network_has_no_scores(measure: str) -> None:
    assert MEASURES[measure](nx.Graph()) == {}


@pytest.mark.parametrize(
    ("measure", "score"),
    [("degree", 1), ("betweenness", 0), ("closeness", 0), ("eigenvector", 0), ("pagerank", 1)],
)
def test_a_single_node(measure: str, score: float) -> None:
    assert MEASURES[measure](draw([("a", None, 1)], directed=False)) == {"a": score}


def test_degree_is_the_share_of_others() -> None:
    assert degree(path()) == {"a": 0.5, "b": 1, "c": 0.5}


def test_directed_degree_adds_in_and_out() -> None:
    both = draw([("a", "b", 1), ("b", "a", 1)], directed=True)
    assert degree(both) == {"a": 2, "b": 2}


def test_betweenness_is_a_share_of_pairs() -> None:
    assert betweenness(path()) == {"a": 0, "b": 1, "c": 0}
    one_way = draw([("a", "b", 1), ("b", "c", 1)], directed=True)
    assert betweenness(one_way)["b"] == 0.5


def test_paths_count_steps_not_strength() -> None:
    strong = draw([("a", "b", 100), ("b", "c", 1)], directed=False)
    assert betweenness(strong) == betweenness(path()) and closeness(strong) == closeness(path())


def test_closeness_is_scaled_by_the_share_reached() -> None:
    assert closeness(path())["b"] == 1
    assert closeness(with_isolate(path()))["b"] == pytest.approx(2 / 3)
    assert closeness(with_isolate(path()))["z"] == 0


def test_directed_closeness_looks_at_who_reaches_a_node() -> None:
    one_way = draw([("a", "b", 1)], directed=True)
    assert closeness(one_way) == {"a": 0, "b": 1}


def test_eigenvector_of_a_star() -> None:
    scores = eigenvector(star())
    assert scores["hub"] == pytest.approx(math.sqrt(1 / 2))
    assert scores["a"] == pytest.approx(math.sqrt(1 / 8))


def test_eigenvector_is_0_outside_the_largest_component() -> None:
    apart = draw([("a", "b", 9), ("c", "d", 1), ("d", "e", 1)], directed=False)
    scores = eigenvector(apart)
    assert scores["a"] == scores["b"] == 0 < min(scores[node] for node in "cde")


def test_eigenvector_on_a_tie_takes_the_first_component() -> None:
    assert eigenvector(draw([("c", "d", 9), ("a", "b", 1)], directed=False))["c"] == 0


def test_eigenvector_ignores_direction_and_adds_opposite_ties() -> None:
    one_way = draw([("a", "b", 1), ("b", "a", 2), ("b", "c", 3)], directed=True)
    both_ways = draw([("a", "b", 3), ("b", "c", 3)], directed=False)
    assert eigenvector(one_way) == pytest.approx(eigenvector(both_ways))


def test_pagerank_follows_direction_and_strength() -> None:
    ranks = pagerank(draw([("a", "b", 1), ("a", "c", 3)], directed=True))
    assert ranks["c"] > ranks["b"] > ranks["a"]


def test_an_isolate_keeps_its_share_of_pagerank() -> None:
    ranks = pagerank(with_isolate(path()))
    assert sum(ranks.values()) == pytest.approx(1) and ranks["z"] > 0


def test_rows_are_ranked_by_the_first_measure_then_by_label() -> None:
    rows = centrality(star(), ["closeness", "degree"])
    assert [row.node for row in rows] == ["hub", "a", "b", "c", "d"]
    assert list(rows[0].scores) == ["closeness", "degree"]


def test_an_unknown_measure_is_told_the_measures_there_are() -> None:
    with pytest.raises(UnknownQuery, match="pagerank"):
        centrality(star(), ["fame"])


@WIDE
@given(PAIRS, st.booleans())
def test_scores_equal_networkx(pairs: dict[tuple[str, str], int], directed: bool) -> None:
    network = draw(((a, b, s) for (a, b), s in pairs.items()), directed=directed)
    if not network:
        return
    assert degree(network) == pytest.approx(nx.degree_centrality(network))
    assert betweenness(network) == pytest.approx(nx.betweenness_centrality(network))
    assert closeness(network) == pytest.approx(nx.closeness_centrality(network))
    ranks = nx.pagerank(network, weight="strength", tol=1e-12, max_iter=5000)
    assert pagerank(network) == pytest.approx(ranks, abs=1e-8)


@WIDE
@given(PAIRS)
def test_eigenvector_equals_networkx_on_the_largest_component(
    pairs: dict[tuple[str, str], int],
) -> None:
    network = draw(((a, b, s) for (a, b), s in pairs.items()), directed=False)
    ours = {node: score for node, score in eigenvector(network).items() if score}
    if len(ours) < 3:
        return
    part = network.subgraph(ours)
    assert nx.is_connected(part)
    expected = nx.eigenvector_centrality(part, max_iter=20_000, tol=1e-12, weight="strength")
    assert ours == pytest.approx(expected, abs=1e-6)


@WIDE
@given(PAIRS, st.booleans())
def test_scores_keep_their_range(pairs: dict[tuple[str, str], int], directed: bool) -> None:
    network = draw(((a, b, s) for (a, b), s in pairs.items()), directed=directed)
    for row in centrality(network):
        assert all(0 <= score <= 1 + 1e-9 for m, score in row.scores.items() if m != "degree")
        assert 0 <= row.scores["degree"] <= 1 + directed

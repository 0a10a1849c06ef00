"""Centrality: a ranking by any measures, and the conventions that all of them keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import UnknownQuery
from missiongraph.networks import MEASURES, Network, centrality, from_networkx, scores
from missiongraph.networks.measures.ranking import ranks

THERE = [name for name, measure in MEASURES.items() if not measure.two_mode]
"""Measures of networks of one mode."""

SHARES = ["closeness", "betweenness", "eigenvector", "katz", "pagerank", "hubs", "authorities"]


def network(ties: Mapping[tuple[str, str], float], *, directed: bool = False) -> Network:
    graph: nx.Graph[str] = nx.DiGraph() if directed else nx.Graph()
    graph.add_weighted_edges_from(((a, b, s) for (a, b), s in ties.items()), weight="strength")
    return from_networkx(graph)


def star() -> Network:
    return network({("hub", leaf): 1 for leaf in "badc"})


@pytest.mark.parametrize("measure", THERE)
def test_an_empty_network_has_no_scores(measure: str) -> None:
    assert scores(nx.Graph(), measure) == {}
    assert scores(nx.DiGraph(), measure) == {}


@pytest.mark.parametrize("measure", THERE)
def test_there_is_a_score_to_each_node_of_a_network_without_ties(measure: str) -> None:
    assert set(scores(nx.empty_graph(3), measure)) == {0, 1, 2}


@pytest.mark.parametrize(
    ("measure", "score"),
    [
        ("degree", 1),
        ("in-degree", 1),
        ("strength", 0),
        ("betweenness", 0),
        ("closeness", 0),
        ("harmonic", 0),
        ("eigenvector", 0),
        ("katz", 1),
        ("pagerank", 1),
        ("hubs", 0),
        ("authorities", 0),
    ],
)
def test_a_single_node(measure: str, score: float) -> None:
    assert scores(nx.empty_graph(["a"]), measure) == {"a": score}


@pytest.mark.parametrize("measure", THERE)
def test_the_same_network_gives_the_same_digits(measure: str) -> None:
    drawn = from_networkx(nx.gnp_random_graph(40, 0.2, seed=5, directed=True))
    first, again = (MEASURES[measure].scores(drawn) for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_says_what_it_is(name: str) -> None:
    measure = MEASURES[name]
    assert measure.name == name and measure.says and measure.range and measure.source


def test_paths_count_steps_not_strength() -> None:
    strong = network({("a", "b"): 100, ("b", "c"): 1})
    weak = network({("a", "b"): 1, ("b", "c"): 1})
    for measure in ("betweenness", "closeness", "harmonic"):
        assert scores(strong, measure) == scores(weak, measure)


def test_the_first_measure_orders_and_equal_nodes_go_by_label() -> None:
    ranking = centrality(star(), ["closeness", "degree"])
    assert [row["node"] for row in ranking.rows()] == ["hub", "a", "b", "c", "d"]
    assert ranking.measures == ("closeness", "degree")


def test_equal_scores_share_a_rank() -> None:
    row = list(centrality(star(), ["degree"]).rows())[-1]
    assert row == {"node": "d", "label": "d", "degree": 0.25, "degree_rank": 2}


def test_only_the_top_is_shown_if_asked() -> None:
    assert [row["node"] for row in centrality(star(), ["degree"]).rows(top=2)] == ["hub", "a"]


def test_what_is_no_number_ranks_last() -> None:
    assert ranks(np.array([np.nan, 1.0, 2.0])).tolist() == [3, 2, 1]


def test_of_a_low_measure_the_lowest_ranks_first() -> None:
    assert ranks(np.array([3.0, 1.0, 1.0]), low=True).tolist() == [3, 1, 1]


def test_noise_in_the_last_digits_ranks_nobody_higher() -> None:
    assert ranks(np.array([0.3, 0.1 + 0.2])).tolist() == [1, 1]


def test_an_unknown_measure_is_told_near_ones() -> None:
    with pytest.raises(UnknownQuery, match="pagerank"):
        centrality(star(), ["pagerunk"])


def test_a_parameter_goes_to_the_measure_that_takes_it() -> None:
    plain, damped = (
        centrality(star(), ["pagerank", "degree"], **given) for given in ({}, {"damping": 0.5})
    )
    assert not np.allclose(plain.scores["pagerank"], damped.scores["pagerank"])


def test_a_parameter_that_no_measure_takes_is_refused() -> None:
    with pytest.raises(UnknownQuery, match="damping"):
        centrality(star(), ["degree"], damping=0.5)


def test_networkx_graphs_are_ranked_too() -> None:
    graph: nx.Graph[Any] = nx.star_graph(3)
    assert next(centrality(graph, ["degree"]).rows())["node"] == 0


@examples(30)
@given(st.integers(0, 10**6), st.booleans())
def test_scores_keep_their_range(seed: int, directed: bool) -> None:
    drawn = from_networkx(nx.gnp_random_graph(9, 0.25, seed=seed, directed=directed))
    for measure in SHARES:
        found = MEASURES[measure].scores(drawn)
        assert np.all((found >= -1e-12) & (found <= 1 + 1e-9)), measure
    assert np.all(MEASURES["degree"].scores(drawn) <= 1 + directed)

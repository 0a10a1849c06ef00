"""Measures by distance and by number and strength of ties, against networkx and by hand."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from support.random_graphs import agree, few, graphs

from missiongraph.errors import QueryError
from missiongraph.networks import scores

NAMES = ("closeness-by-distance", "harmonic-by-distance", "betweenness-by-distance")


def with_distances(graph: nx.Graph[Any]) -> nx.Graph[Any]:
    """The graph whose ties have a distance, the inverse of their strength."""
    for _, _, tie in graph.edges(data=True):
        tie["away"] = 1 / tie["strength"]
    return graph


@few
@given(graphs(loops=False))
def test_closeness_and_harmonic_equal_networkx(graph: nx.Graph[Any]) -> None:
    of = {name: np.array([*scores(graph, name).values()]) for name in NAMES[:2]}
    with_distances(graph)
    assert agree(of[NAMES[0]], nx.closeness_centrality(graph, distance="away"))
    assert agree(of[NAMES[1]], nx.harmonic_centrality(graph, distance="away"))


@few
@given(graphs(loops=False))
def test_betweenness_equals_networkx_with_whole_distances(graph: nx.Graph[Any]) -> None:
    distances: nx.Graph[Any] = graph.__class__()
    distances.add_nodes_from(graph)
    distances.add_weighted_edges_from(
        ((a, b, round(2 * tie["strength"])) for a, b, tie in graph.edges(data=True)),
        weight="distance",
    )
    found = np.array([*scores(distances, NAMES[2]).values()])
    assert agree(found, nx.betweenness_centrality(distances, weight="distance"))


def test_a_strong_detour_is_shorter_than_a_weak_tie() -> None:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_weighted_edges_from([("a", "c", 1), ("a", "b", 4), ("b", "c", 4)], weight="strength")
    assert scores(graph, "betweenness-by-distance")["b"] == 1
    assert scores(graph, "betweenness")["b"] == 0


@few
@given(graphs(loops=False))
def test_alpha_leads_from_the_number_of_ties_to_their_strength(graph: nx.Graph[Any]) -> None:
    number, strength = dict(graph.degree), dict(graph.degree(weight="strength"))
    for alpha in (0, 0.5, 1, 1.5):
        expected = {
            node: number[node] ** (1 - alpha) * strength[node] ** alpha if number[node] else 0
            for node in graph
        }
        found = np.array([*scores(graph, "degree-and-strength", alpha=alpha).values()])
        assert agree(found, expected)


def test_below_zero_alpha_has_no_meaning() -> None:
    with pytest.raises(QueryError, match="alpha"):
        scores(nx.path_graph(2), "degree-and-strength", alpha=-1)

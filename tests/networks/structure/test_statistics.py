"""Figures of whole networks: against networkx, stars and all small graphs."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from networkx.generators.atlas import graph_atlas_g
from support.examples import examples
from support.random_graphs import few, graphs

from missiongraph.errors import UnknownQuery
from missiongraph.networks import from_networkx
from missiongraph.networks.analysis.mixing import mixing
from missiongraph.networks.structure.statistics import (
    TRIADS,
    centralisation,
    density,
    dyads,
    reciprocity,
    statistics,
    statistics_by_chance,
    triads,
)

CENTRAL = ("degree", "in-degree", "out-degree", "closeness", "betweenness")


@examples(200)
@given(graphs(directed=True, loops=False))
def test_triads_are_those_of_networkx(graph: nx.DiGraph[Any]) -> None:
    assert triads(graph) == nx.triadic_census(graph)


def test_triads_of_a_larger_network_are_those_of_networkx() -> None:
    graph = nx.gnp_random_graph(120, 0.06, seed=1, directed=True)
    assert triads(graph) == nx.triadic_census(graph)


@few
@given(graphs(directed=False, loops=False))
def test_undirected_ties_go_both_ways(graph: nx.Graph[Any]) -> None:
    assert triads(graph) == nx.triadic_census(graph.to_directed())
    assert math.isnan(reciprocity(graph)) or reciprocity(graph) == 1


@few
@given(graphs(directed=True, loops=False))
def test_dyads_density_and_reciprocity_are_those_of_networkx(graph: nx.DiGraph[Any]) -> None:
    if len(graph) > 1:
        assert density(graph) == pytest.approx(nx.density(graph))
    mutual, asymmetric, null = dyads(graph)
    assert 2 * mutual + asymmetric == graph.size()
    assert mutual + asymmetric + null == math.comb(len(graph), 2)
    if graph.size():
        assert reciprocity(graph) == pytest.approx(nx.overall_reciprocity(graph))


@pytest.mark.parametrize("measure", CENTRAL)
@pytest.mark.parametrize("n", [3, 5, 12])
def test_a_star_is_most_centralised_and_a_circle_not_at_all(measure: str, n: int) -> None:
    assert centralisation(nx.star_graph(n - 1), measure) == pytest.approx(1)
    assert centralisation(nx.cycle_graph(n), measure) == pytest.approx(0)


def test_a_directed_star_is_most_centralised() -> None:
    inward: nx.DiGraph[int] = nx.DiGraph((leaf, 0) for leaf in range(1, 6))
    assert centralisation(inward, "in-degree") == centralisation(inward, "closeness") == 1
    assert centralisation(inward.reverse(), "out-degree") == 1
    both = nx.star_graph(5).to_directed()
    assert centralisation(both, "degree") == centralisation(both, "betweenness") == 1


@pytest.mark.parametrize("measure", ["degree", "closeness", "betweenness"])
def test_no_small_graph_is_more_centralised_than_a_star(measure: str) -> None:
    small = [graph for graph in graph_atlas_g() if 3 <= len(graph) <= 6]
    assert max(centralisation(graph, measure) for graph in small) == pytest.approx(1)


def test_centralisation_is_the_sum_of_differences_over_the_most_possible() -> None:
    graph = nx.karate_club_graph()
    n = len(graph)
    scores = {
        "degree": (nx.degree_centrality(graph), n - 2),
        "betweenness": (nx.betweenness_centrality(graph), n - 1),
        "closeness": (nx.closeness_centrality(graph), (n - 1) * (n - 2) / (2 * n - 3)),
    }
    for measure, (of, most) in scores.items():
        expected = sum(max(of.values()) - score for score in of.values()) / most
        assert centralisation(graph, measure) == pytest.approx(expected)


def test_the_table_has_the_triads_of_directed_networks_and_four_of_others() -> None:
    directed = [each.name for each in statistics(nx.DiGraph([(1, 2), (2, 3)]))]
    assert [name[6:] for name in directed if name.startswith("triad ")] == [*TRIADS]
    assert "reciprocity" in directed and "out-degree centralisation" in directed
    undirected = [each.name for each in statistics(nx.path_graph(3))]
    assert [name for name in undirected if "triad" in name] == [
        "triad 003", "triad 102", "triad 201", "triad 300",
    ]  # fmt: skip
    assert "reciprocity" not in undirected


def test_centralisation_is_by_measures_whose_most_is_known() -> None:
    with pytest.raises(UnknownQuery, match="not by 'pagerank'"):
        centralisation(nx.path_graph(4), "pagerank")


def test_loops_do_not_count() -> None:
    graph: nx.DiGraph[int] = nx.DiGraph([(1, 2), (2, 3), (2, 2)])
    without: nx.DiGraph[int] = nx.DiGraph([(1, 2), (2, 3)])
    for one, other in zip(statistics(graph), statistics(without), strict=True):
        assert one == other or (math.isnan(one.value) and math.isnan(other.value))


def test_a_network_of_nobody_has_figures() -> None:
    found = {each.name: each.value for each in statistics(nx.Graph())}
    assert found["nodes"] == 0 and math.isnan(found["density"])


def test_a_two_mode_network_can_be_full_without_ties_within_a_side() -> None:
    graph = nx.complete_bipartite_graph(2, 3)
    assert density(from_networkx(graph)) == 1


def every_graph_like(graph: nx.Graph[int]) -> list[nx.Graph[int]]:
    """All graphs in which each node has as many ties."""
    nodes = list(graph)
    pairs = list(combinations(nodes, 2))
    wholes = (nx.Graph(ties) for ties in combinations(pairs, graph.size()))
    degrees = dict(graph.degree)
    return [whole for whole in wholes if dict(whole.degree) == degrees]


RUNS = 400


def test_figures_by_chance_are_those_of_all_networks_with_the_same_degrees() -> None:
    graph: nx.Graph[int] = nx.Graph([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3)])
    groups = {node: node < 3 for node in graph}
    found = statistics_by_chance(graph, {"half": groups}, runs=RUNS, seed=1)
    by_name = {each.name: each for each in found}
    alike = every_graph_like(graph)
    assert len(alike) > 20
    figures: dict[str, Callable[[nx.Graph[int]], float]] = {
        "transitivity": nx.transitivity,
        "E-I index by half": lambda graph: mixing(graph, groups).ei,
    }
    for name, figure in figures.items():
        expected = [figure(other) for other in alike]
        error = 5 * np.std(expected) / np.sqrt(RUNS)
        assert by_name[name].mean == pytest.approx(np.mean(expected), abs=error)
        assert by_name[name].actual == pytest.approx(figure(graph))
        assert by_name[name].low <= by_name[name].mean <= by_name[name].high


def test_a_clustered_network_is_told_from_random_ones() -> None:
    graph = nx.connected_caveman_graph(6, 6)
    found = {each.name: each for each in statistics_by_chance(graph, runs=50)}
    assert found["transitivity"].z > 5 and found["transitivity"].p == pytest.approx(1 / 51)
    assert found["modularity"].z > 5 and "reciprocity" not in found


def test_the_same_seed_gives_the_same_comparisons() -> None:
    graph = nx.gnp_random_graph(15, 0.3, seed=1, directed=True)
    first, again = (statistics_by_chance(graph, runs=5, seed=3) for _ in range(2))
    assert str(first) == str(again) and first[-1].name == "reciprocity"

"""Resilience: curves against networkx, removal by removal."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.random_graphs import graphs

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks.analysis.resilience import giant_shares, global_efficiency, resilience
from missiongraph.networks.model.network import Network, Scores

WIDE = examples(60)


def neighbours(network: Network) -> Scores:
    scores: Scores = network.pattern.sum(axis=1)
    return scores


def largest(graph: nx.Graph[Any]) -> int:
    return max(map(len, nx.connected_components(graph.to_undirected())), default=0)


@WIDE
@given(graphs(directed=None), st.randoms(use_true_random=False))
def test_the_giant_component_equals_networkx_after_every_removal(
    graph: nx.Graph[int], chance: Any
) -> None:
    order = list(graph)
    chance.shuffle(order)
    left = [
        largest(graph.subgraph(order[count:])) / max(len(graph), 1)
        for count in range(len(graph) + 1)
    ]
    assert giant_shares(graph, order) == pytest.approx(left, abs=1e-12)


@WIDE
@given(graphs(directed=None))
def test_efficiency_equals_networkx(graph: nx.Graph[int]) -> None:
    expected = nx.global_efficiency(graph.to_undirected())
    assert global_efficiency(graph) == pytest.approx(expected, abs=1e-9)


def test_a_star_falls_apart_with_its_hub() -> None:
    star: nx.Graph[int] = nx.star_graph(4)
    found = resilience(star, neighbours)
    assert found.order[0] == 0 and found.by == "neighbours"
    assert found.giant.tolist() == [1, 0.2, 0.2, 0.2, 0.2, 0]
    assert found.robustness == pytest.approx(0.8 / 5)


def test_robustness_of_a_complete_graph_is_nearly_a_half() -> None:
    assert resilience(nx.complete_graph(10), neighbours).robustness == pytest.approx(0.45)


def test_ranks_that_are_recalculated_remove_who_is_central_then() -> None:
    path: nx.Graph[int] = nx.path_graph(5)
    assert resilience(path, neighbours).order.tolist() == [1, 2, 3, 0, 4]
    again = resilience(path, neighbours, recalculated=True).order
    assert again.tolist() == [1, 3, 0, 2, 4]


def test_the_curve_is_shown_at_some_points_and_robustness_at_all() -> None:
    graph = nx.gnp_random_graph(40, 0.1, seed=1)
    few, every = (resilience(graph, neighbours, points=points) for points in (4, 40))
    assert few.removed.tolist() == [0, 10, 20, 30, 40]
    assert few.giant.tolist() == every.giant[::10].tolist()
    assert few.robustness == every.robustness == pytest.approx(every.giant[1:].mean())


def test_random_removal_is_the_mean_of_runs_and_repeats_with_its_seed() -> None:
    graph: nx.Graph[int] = nx.barabasi_albert_graph(60, 2, seed=1)
    one, other = (resilience(graph, runs=10, seed=4) for _ in range(2))
    assert one.giant.tolist() == other.giant.tolist()
    assert one.giant_spread.max() > 0 == one.giant_spread[0]
    assert one.robustness > resilience(graph, neighbours).robustness


def test_efficiency_is_of_what_is_left() -> None:
    found = resilience(nx.star_graph(4), neighbours, efficiency=True)
    assert found.efficiency is not None
    assert found.efficiency.tolist() == [0.7, 0, 0, 0, 0, 0]


def test_a_measure_goes_by_its_name() -> None:
    graph: nx.Graph[int] = nx.star_graph(4)
    assert resilience(graph, "harmonic", recalculated=True).order[0] == 0
    with pytest.raises(UnknownQuery, match="no measure"):
        resilience(graph, "fame")


def test_an_empty_network_has_nothing_to_lose() -> None:
    for by in ("random", neighbours):
        found = resilience(nx.Graph(), by, efficiency=True)
        assert found.giant.tolist() == [0] and found.robustness == 0


def test_no_points_or_runs_are_refused() -> None:
    with pytest.raises(QueryError, match="1 point"):
        resilience(nx.path_graph(3), points=0)
    with pytest.raises(QueryError, match="1 run"):
        resilience(nx.path_graph(3), runs=0)


def test_orders_are_permutations() -> None:
    graph = nx.gnp_random_graph(30, 0.1, seed=2)
    for again in (False, True):
        order = resilience(graph, neighbours, recalculated=again, points=7).order
        assert np.sort(order).tolist() == list(range(30))

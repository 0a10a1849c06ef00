"""Link prediction: scores against networkx, the best first, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from support.examples import examples
from support.random_graphs import graphs

from missiongraph.errors import UnknownQuery
from missiongraph.networks.analysis import link_prediction
from missiongraph.networks.analysis.link_prediction import METHODS, predict


def common(graph: nx.Graph[Any], pairs: Any) -> Any:
    return [(u, v, len(set(nx.common_neighbors(graph, u, v)))) for u, v in pairs]


THEIRS: dict[str, Callable[..., Any]] = {
    "common-neighbours": common,
    "jaccard": nx.jaccard_coefficient,
    "adamic-adar": nx.adamic_adar_index,
    "resource-allocation": nx.resource_allocation_index,
    "preferential-attachment": nx.preferential_attachment,
}


def expected(graph: nx.Graph[Any], method: str) -> dict[frozenset[Any], float]:
    scores = THEIRS[method](graph, list(nx.non_edges(graph)))
    return {frozenset({u, v}): score for u, v, score in scores if score and u != v}


def found(graph: nx.Graph[Any], method: str, top: int | None = None) -> dict[frozenset[Any], float]:
    return {frozenset({x.source, x.target}): x.score for x in predict(graph, method, top)}


@examples(60)
@given(graphs(directed=False))
def test_scores_equal_networkx(graph: nx.Graph[int]) -> None:
    for method in METHODS:
        assert found(graph, method) == pytest.approx(expected(graph, method), abs=1e-9)


@examples(30)
@given(graphs(directed=True))
def test_direction_is_ignored(graph: nx.DiGraph[int]) -> None:
    for method in METHODS:
        assert found(graph, method) == pytest.approx(found(graph.to_undirected(), method))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("block", [1, 60, 5000])
def test_the_best_are_the_same_however_small_the_blocks(
    method: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = nx.gnp_random_graph(40, 0.1, seed=1)
    every = predict(graph, method, None)
    monkeypatch.setattr(link_prediction, "BLOCK", block)
    assert predict(graph, method, 15) == every[:15]


def test_the_first_scores_highest_and_equal_ones_are_in_the_order_of_nodes() -> None:
    graph: nx.Graph[str] = nx.Graph([("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "x")])
    pairs = [(link.source, link.target) for link in predict(graph, "common-neighbours")]
    assert pairs == [("a", "b"), ("x", "y"), ("a", "c"), ("b", "c")]


def test_no_pairs_are_left_in_a_complete_graph() -> None:
    assert all(predict(nx.complete_graph(5), method) == [] for method in METHODS)


def test_none_are_asked_for() -> None:
    assert predict(nx.path_graph(4), top=0) == []


def test_an_unknown_method_is_told_the_methods() -> None:
    with pytest.raises(UnknownQuery, match="jaccard"):
        predict(nx.path_graph(3), "fame")

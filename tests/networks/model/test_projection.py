"""Projections: each method against networkx or its definition, and the refusal to blow up."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from networkx.algorithms import bipartite
from scipy import sparse
from support.examples import examples
from support.random_graphs import two_mode

from missiongraph.errors import LimitExceeded, QueryError, UnknownQuery
from missiongraph.networks import NetworkQuery, View, build_network, to_networkx
from missiongraph.networks.analysis.null_models import randomised
from missiongraph.networks.extract.ties import from_frame
from missiongraph.networks.model import definition
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.projection import (
    METHODS,
    SAYS,
    most_ties,
    project,
    projection,
    shared,
    weighing,
)

WIDE = examples(60)
TwoMode = tuple["nx.Graph[Any]", list[str]]
Strength = Callable[["nx.Graph[Any]", str, str], float]


def strengths(two: TwoMode, method: str) -> dict[frozenset[str], float]:
    network = projection(*two, method)
    ends = zip(*network.ends, strict=True)
    return {
        frozenset({two[1][one], two[1][other]}): float(network.matrix[one, other])
        for one, other in ends
    }


def expected(two: TwoMode, strength: Strength) -> dict[frozenset[str], float]:
    """The strength of each pair that shares somebody."""
    graph, ours = two
    return {
        frozenset({one, other}): strength(graph, one, other)
        for place, one in enumerate(ours)
        for other in ours[:place]
        if set(graph[one]) & set(graph[other])
    }


def summed(counts: Callable[[nx.Graph[Any], str, str, str], float]) -> Strength:
    return lambda graph, one, other: sum(
        counts(graph, one, other, shared) for shared in set(graph[one]) & set(graph[other])
    )


BY_HAND: dict[str, Strength] = {
    "hyperbolic": summed(lambda graph, one, other, shared: 1 / graph.degree(shared)),
    "cosine": lambda graph, one, other: (
        len(set(graph[one]) & set(graph[other]))
        / math.sqrt(graph.degree(one) * graph.degree(other))
    ),
    "product": summed(
        lambda graph, one, other, shared: (
            graph[one][shared]["strength"] * graph[other][shared]["strength"]
        )
    ),
    "minimum": summed(
        lambda graph, one, other, shared: min(
            graph[one][shared]["strength"], graph[other][shared]["strength"]
        )
    ),
}
BY_NETWORKX: dict[str, Callable[..., Any]] = {
    "count": bipartite.weighted_projected_graph,
    "newman": bipartite.collaboration_weighted_projected_graph,
    "jaccard": bipartite.overlap_weighted_projected_graph,
}


def test_every_method_is_held_against_something() -> None:
    assert set(METHODS) == {*BY_HAND, *BY_NETWORKX}


@WIDE
@given(two_mode())
def test_methods_equal_networkx(two: TwoMode) -> None:
    for method, theirs in BY_NETWORKX.items():
        edges = theirs(*two).edges(data="weight")
        assert strengths(two, method) == pytest.approx(
            {frozenset({one, other}): weight for one, other, weight in edges}, abs=1e-9
        )


@WIDE
@given(two_mode())
def test_methods_equal_their_definition(two: TwoMode) -> None:
    for method, strength in BY_HAND.items():
        assert strengths(two, method) == pytest.approx(expected(two, strength), abs=1e-9)


@WIDE
@given(two_mode())
def test_ties_are_symmetric_sorted_and_without_diagonal(two: TwoMode) -> None:
    for method in METHODS:
        matrix = projection(*two, method).matrix
        assert (matrix != matrix.T).nnz == 0 and not matrix.diagonal().any()
        assert matrix.has_canonical_format and (matrix.data > 0).all()


@WIDE
@given(two_mode())
def test_the_estimate_is_never_too_low(two: TwoMode) -> None:
    network = projection(*two)
    assert network.affiliations is not None
    assert network.matrix.nnz <= most_ties(network.affiliations)


def test_the_example_of_ucinet() -> None:
    rows = sparse.csr_array([[5.0, 6, 0, 1], [4, 2, 4, 0]])
    assert project(rows, "product")[0, 1] == 32 and project(rows, "minimum")[0, 1] == 6


def test_who_shares_nobody_stays_as_an_isolate() -> None:
    graph: nx.Graph[str] = nx.Graph([("a", "x"), ("b", "y")])
    network = projection(graph, ["a", "b"])
    assert len(network) == 2 and network.size == 0


def test_nothing_projects_to_nothing() -> None:
    assert project(sparse.csr_array((0, 0))).shape == (0, 0)
    assert project(sparse.csr_array((3, 0)), "minimum").nnz == 0


def test_a_projection_that_would_blow_up_is_refused_and_names_the_limit() -> None:
    everybody = sparse.csr_array(np.ones((50, 1)))
    with pytest.raises(LimitExceeded, match="2,450 ties") as refused:
        project(everybody, limit=2449)
    assert refused.value.limit == "limit"
    assert project(everybody, limit=2450).nnz == 2450


def test_columns_that_overlap_do_not_count_twice() -> None:
    assert most_ties(sparse.csr_array(np.ones((50, 1000)))) == 50 * 49


def test_an_unknown_method_is_told_the_methods() -> None:
    with pytest.raises(UnknownQuery, match="newman"):
        project(sparse.csr_array((1, 1)), "fame")


def test_a_view_says_the_method_and_its_backbone() -> None:
    rows = {
        "source": list("abcd"),
        "target": ["x", "x", "x", "y"],
        "strength": ["1", "5", "2", "1"],
    }
    query = NetworkQuery.parse("# Who?\n# network: projection of sources\nSELECT *")
    ties = from_frame(pl.DataFrame(rows), query)
    drawn = build_network(ties, query, View(method="minimum"))
    assert drawn.matrix.toarray()[1].tolist() == [1, 0, 2, 0]
    sizes = {
        level: build_network(ties, query, View(method="minimum", backbone=level)).size
        for level in (0.3, 0.4, 0.6, 1)
    }
    assert sizes == {0.3: 0, 0.4: 1, 0.6: 3, 1: 3}  # chances are 1/3 of the strongest, else 1/2


def test_distances_of_affiliations_project_as_one_over_them() -> None:
    rows = {"source": ["a", "b"], "target": ["x", "x"], "distance": ["2", "4"]}
    header = "# Who?\n# network: projection of sources\n# distance: days\nSELECT *"
    query = NetworkQuery.parse(header)
    drawn = build_network(from_frame(pl.DataFrame(rows), query), query, View(method="minimum"))
    assert drawn.weighed == "strength" and drawn.matrix[0, 1] == 0.25


def test_nodes_of_both_sides_are_refused() -> None:
    graph: nx.Graph[str] = nx.Graph([("a", "x")])
    with pytest.raises(QueryError, match="tied"):
        projection(graph, ["a", "x"])
    with pytest.raises(QueryError, match="q is not in"):
        projection(graph, ["q"])


# --- the method of a network, and what its ties share

ROWS = {"source": list("abcdab"), "target": list("xxxxyy")}
"""Four in a large one, two of them in a small one, too."""


def of_method(header: str = "", **view: Any) -> Network:
    query = NetworkQuery.parse(f"# Who?\n# network: projection of sources\n{header}SELECT *")
    return build_network(from_frame(pl.DataFrame(ROWS), query), query, View.of(**view))


def test_methods_in_headers_are_those_there_are() -> None:
    assert tuple(METHODS) == definition.METHODS == tuple(SAYS)


def test_a_query_says_its_method_and_a_view_overrides_it() -> None:
    newman = of_method("# method: newman\n")
    assert newman.matrix[0, 1] == pytest.approx(1 / 3 + 1)
    assert newman.about["method"] == "newman"
    assert "1 / (n - 1)" in weighing(newman.about)
    counted = of_method("# method: newman\n", method="count")
    assert counted.matrix[0, 1] == 2 and counted.about["method"] == "count"
    assert of_method().about["method"] == "count"


def test_by_newman_the_strength_of_a_node_is_the_number_of_its_events_with_others() -> None:
    assert of_method(method="newman").matrix.sum(axis=1) == pytest.approx([2, 2, 1, 1])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("level", [1, 0.7])
def test_what_two_share_is_known_beside_any_strength(method: str, level: float) -> None:
    network = of_method(method=method, backbone=level)
    counted, numbers = of_method().matrix, shared(network)
    assert numbers is not None and network.matrix.nnz == len(numbers)
    ends = zip(*network.matrix.tocoo().coords, strict=True)
    assert numbers.tolist() == [counted[row, column] for row, column in ends]


def test_ties_in_networkx_have_what_they_share() -> None:
    graph: nx.Graph[Any] = to_networkx(of_method(method="newman"))
    by_array = nx.pagerank(graph, weight="shared", tol=1e-12)
    assert graph["a"]["b"] == pytest.approx({"strength": 4 / 3, "weight": 4 / 3, "shared": 2})
    assert by_array == pytest.approx(nx.pagerank(to_networkx(of_method()), tol=1e-12), abs=1e-9)
    assert nx.pagerank(graph, weight="shared", tol=1e-12) == pytest.approx(by_array, abs=1e-9)


def test_random_networks_are_projected_by_the_same_method() -> None:
    graph: nx.Graph[str] = nx.Graph(
        zip(ROWS["source"], (name.upper() for name in ROWS["target"]), strict=True)
    )
    for other in randomised(projection(graph, list("abcd"), "newman"), 3):
        assert other.matrix.sum() == pytest.approx(6)  # each event adds its number of nodes


def test_a_network_that_is_no_projection_shares_nothing() -> None:
    query = NetworkQuery.parse("# Who?\n# network: two-mode\nSELECT *")
    network = build_network(from_frame(pl.DataFrame(ROWS), query), query)
    assert shared(network) is None and weighing(network.about) == ""


def test_a_header_with_a_wrong_method_says_where() -> None:
    with pytest.raises(QueryError, match="line 3: no method is 'fame'; write one of: count"):
        of_method("# method: fame\n")
    with pytest.raises(QueryError, match="is for projections"):
        NetworkQuery.parse("# Who?\n# method: newman\nSELECT *")

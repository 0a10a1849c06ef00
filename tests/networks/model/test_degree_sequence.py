"""The stochastic degree sequence model, against all affiliations counted one by one."""

from __future__ import annotations

from itertools import combinations, product
from math import prod
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from support.examples import examples
from support.random_graphs import graphs, two_mode

from missiongraph.errors import QueryError
from missiongraph.networks import from_networkx
from missiongraph.networks.model.backbone import disparity, disparity_chances, false_discovery
from missiongraph.networks.model.degree_sequence import (
    Margin,
    affiliation_chances,
    sdsm,
    sdsm_chances,
    tails,
)
from missiongraph.networks.model.projection import projection


def margin(sums: Any) -> Margin:
    return Margin(*np.unique(np.asarray(sums, np.int64), return_counts=True))


def likely(matrix: Any) -> Any:
    """The probability of each entry of a matrix of affiliations."""
    sums = [np.asarray(matrix).sum(axis=axis) for axis in (1, 0)]
    rows, columns = (np.unique(each, return_inverse=True)[1] for each in sums)
    return affiliation_chances(*map(margin, sums))[np.ix_(rows, columns)]


def test_probabilities_are_those_of_the_package_backbone_for_r() -> None:
    # the value that the tests of R's backbone 3 (inst/tinytest/test_backbone.R) expect of bicm()
    expected = [[0.216, 0.216, 0.568], [0.216, 0.216, 0.568], [0.568, 0.568, 0.863]]
    assert likely([[0, 0, 1], [0, 1, 0], [1, 0, 1]]).round(3).tolist() == expected


@examples(60)
@given(st.integers(1, 7), st.integers(1, 9), st.floats(0, 1), st.integers(0, 99))
def test_expected_sums_are_the_sums(rows: int, columns: int, share: float, seed: int) -> None:
    matrix = np.random.default_rng(seed).random((rows, columns)) < share
    found = likely(matrix)
    for axis in (0, 1):
        assert found.sum(axis=axis) == pytest.approx(matrix.sum(axis=axis), rel=1e-8, abs=1e-8)


def test_nothing_is_random_where_only_one_matrix_has_the_sums() -> None:
    nested = np.tril(np.ones((4, 4)))
    assert likely(nested).tolist() == nested.tolist()


@examples(60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=4), st.integers(0, 9), st.data())
def test_tails_count_all_outcomes(chances: list[float], least: int, data: st.DataObject) -> None:
    number = [data.draw(st.integers(1, 2)) for _ in chances]
    trials = [chance for chance, many in zip(chances, number, strict=True) for _ in range(many)]
    expected = sum(
        prod(p if success else 1 - p for p, success in zip(trials, outcome, strict=True))
        for outcome in product([0, 1], repeat=len(trials))
        if sum(outcome) >= least
    )
    found = tails(np.array([least]), np.array([chances]), np.array(number))
    assert found[0] == pytest.approx(expected, abs=1e-12)


@examples(40)
@given(two_mode(most=5))
def test_chances_are_of_sharing_as_many(two: tuple[nx.Graph[Any], list[str]]) -> None:
    graph, ours = two
    network = projection(graph, ours)
    assert network.affiliations is not None
    p = likely(network.affiliations.toarray() > 0)
    found = sdsm_chances(network)
    for (i, one), (j, other) in combinations(enumerate(ours), 2):
        if many := len(set(graph[one]) & set(graph[other])):
            both = p[i] * p[j]
            expected = tails(np.array([many]), both[None], np.ones(len(both), np.int64))
            assert found[i, j] == found[j, i] == pytest.approx(expected[0], abs=1e-7)


def test_who_shares_rare_things_is_tied_and_who_shares_common_ones_is_not() -> None:
    graph: nx.Graph[str] = nx.Graph([(who, f"rare{i}") for who in "ab" for i in range(6)])
    graph.add_edges_from((f"{who}", f"common{i}") for who in "abcdefghij" for i in range(6))
    graph.add_edges_from((f"{who}", f"own{who}{i}") for who in "cdefghij" for i in range(6))
    backbone = sdsm(projection(graph, list("abcdefghij")), 0.01)
    assert [end.tolist() for end in backbone.ends] == [[0], [1]]
    assert backbone.about["backbone_by"] == "sdsm"


def test_only_projections_have_such_a_backbone() -> None:
    with pytest.raises(QueryError, match="projection"):
        sdsm(from_networkx(nx.path_graph(3)))


@examples(60)
@given(graphs(directed=None))
def test_false_discoveries_count_each_tie_once(graph: nx.Graph[Any]) -> None:
    network = from_networkx(graph)
    chances = disparity_chances(network)
    found = false_discovery(network, chances)[*network.ends] if network.size else []
    expected = false_discovery_control(chances[*network.ends]) if network.size else []
    assert np.allclose(found, expected)
    kept = disparity(network, 0.3, fdr=True)
    assert kept.size == int(np.sum(np.asarray(expected) < 0.3))

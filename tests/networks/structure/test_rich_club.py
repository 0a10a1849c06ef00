"""The rich club, against networkx on random graphs."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from support.random_graphs import few, graphs

from missiongraph.errors import QueryError
from missiongraph.networks.structure.rich_club import rich_club


@few
@given(graphs(directed=False, loops=False))
def test_densities_are_the_coefficients_of_networkx(graph: nx.Graph[Any]) -> None:
    found = rich_club(graph, runs=2)
    expected = nx.rich_club_coefficient(graph, normalized=False) if graph.size() else {}
    if graph.size():
        assert found.density.tolist() == pytest.approx([*expected.values()])
    for k, (nodes, ties) in enumerate(zip(found.nodes, found.ties, strict=True)):
        rich = graph.subgraph([node for node, degree in graph.degree if degree > k])
        assert (nodes, ties) == (len(rich), rich.size())


def test_hubs_that_are_tied_to_each_other_are_a_club() -> None:
    hubs = nx.complete_graph(5)
    for hub in range(5):
        hubs.add_edges_from((hub, f"{hub}-{leaf}") for leaf in range(4))
    nx.add_cycle(hubs, range(100, 160))
    found = rich_club(hubs, runs=50)
    assert found.nodes[2] == 5 and found.density[2] == 1
    assert found.ratio[2] > 1.5 and found.z[2] > 2


def test_random_networks_are_their_own_measure() -> None:
    graph = nx.gnp_random_graph(60, 0.1, seed=4)
    found = rich_club(graph, runs=100)
    crowd = found.nodes > 10
    assert np.all(np.abs(found.z[crowd & ~np.isnan(found.z)]) < 3)


def test_rows_and_seeds() -> None:
    graph = nx.karate_club_graph()
    first, again = (list(rich_club(graph, runs=10, seed=3).rows()) for _ in range(2))
    assert first[0]["nodes"] == 34 and first[1]["more_than"] == 1
    assert str(first) == str(again)
    with pytest.raises(QueryError, match="two runs"):
        rich_club(graph, runs=1)

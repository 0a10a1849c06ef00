"""Shortest paths and what rests on them, against networkx on random graphs and by hand."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks import Network, from_networkx
from missiongraph.networks.betweenness import betweenness, edge_betweenness
from missiongraph.networks.components import articulation_points, bridges, components
from missiongraph.networks.distance import By, closeness, diameter, eccentricity, harmonic
from missiongraph.networks.paths import Path, ego, shortest_path, shortest_paths
from missiongraph.networks.projection import project

BY: tuple[By, ...] = ("steps", "distance")
NEAR = 1e-9
few = settings(max_examples=60, deadline=None)


@st.composite
def graphs(draw: st.DrawFn, directed: bool | None = None) -> nx.Graph[int]:
    """Graphs of up to 12 nodes, with self-loops, and whole distances, whose sums are exact."""
    kind: Any = nx.DiGraph if (draw(st.booleans()) if directed is None else directed) else nx.Graph
    graph = kind()
    nodes = draw(st.integers(0, 12))
    graph.add_nodes_from(range(nodes))
    if nodes:
        node = st.integers(0, nodes - 1)
        ties = draw(st.lists(st.tuples(node, node, st.integers(1, 4)), max_size=40))
        graph.add_weighted_edges_from(ties, weight="distance")
    return graph


def attribute(by: By) -> str | None:
    return "distance" if by == "distance" else None


def agree(found: Any, expected: dict[Any, float]) -> bool:
    return np.allclose(found, list(expected.values()), rtol=0, atol=NEAR)


@few
@given(graphs(), st.sampled_from(BY))
def test_closeness_equals_networkx(graph: nx.Graph[int], by: By) -> None:
    expected = nx.closeness_centrality(graph, distance=attribute(by))
    assert agree(closeness(from_networkx(graph), by), expected)


@few
@given(graphs(), st.sampled_from(BY))
def test_harmonic_equals_networkx(graph: nx.Graph[int], by: By) -> None:
    expected = nx.harmonic_centrality(graph, distance=attribute(by))
    assert agree(harmonic(from_networkx(graph), by), expected)


@few
@given(graphs(), st.sampled_from(BY), st.booleans(), st.booleans())
def test_betweenness_equals_networkx(
    graph: nx.Graph[int], by: By, normalized: bool, endpoints: bool
) -> None:
    found = betweenness(from_networkx(graph), normalized, endpoints, by)
    expected = nx.betweenness_centrality(
        graph, normalized=normalized, endpoints=endpoints, weight=attribute(by)
    )
    assert agree(found, expected)


@few
@given(graphs(), st.sampled_from(BY), st.booleans())
def test_edge_betweenness_equals_networkx(graph: nx.Graph[int], by: By, normalized: bool) -> None:
    network = from_networkx(graph)
    found = edge_betweenness(network, normalized, by)
    expected = nx.edge_betweenness_centrality(
        network.networkx(), normalized=normalized, weight=attribute(by)
    )
    assert list(expected) == list(zip(*(ends.tolist() for ends in network.ends), strict=True))
    assert agree(found, expected)

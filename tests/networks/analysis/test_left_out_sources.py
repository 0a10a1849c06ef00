"""Leaving out sources: the fast measures rank as those that take no shortcut."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import plain_measures
from support.examples import examples
from support.random_graphs import graphs

from missiongraph.networks import Network, NetworkQuery, Ties, View, build_network, from_networkx
from missiongraph.networks.analysis.rank_robustness import robust
from missiongraph.networks.extract.ties import from_frame
from missiongraph.networks.measures import betweenness, distance, ranking, spectral
from missiongraph.networks.measures.degree import degree

KINDS = ("undirected", "directed", "two-mode", "projection of sources", "projection of targets")
PLAIN = {
    "degree": degree,
    "harmonic": plain_measures.harmonic,
    "betweenness": plain_measures.betweenness,
    "pagerank": plain_measures.pagerank,
}


def a_query(kind: str) -> NetworkQuery:
    return NetworkQuery.parse(
        f"# Who?\n# network: {kind}\nSELECT ?source ?target ?strength ?graph {{}}"
    )


@st.composite
def of_sources(draw: st.DrawFn) -> tuple[Ties, NetworkQuery]:
    """Weighted ties that several sources state, some alone; isolates; several components."""
    kind = draw(st.sampled_from(KINDS))
    apart = kind not in ("undirected", "directed")
    size = draw(st.integers(2, 14))
    one, other = st.integers(0, size - 1), st.integers(0, size)
    row = st.tuples(one, other, st.sampled_from([0.5, 1.0, 2.0, 3.5]), st.sampled_from("pqrs"))
    rows = draw(st.lists(row, min_size=1, max_size=40))
    columns = {
        "source": [f"a{row[0]}" for row in rows],
        # the last is an isolate: a node without a tie
        "target": [None if r[1] == size else f"{'b' if apart else 'a'}{r[1]}" for r in rows],
        "strength": [str(row[2]) for row in rows],
        "graph": [row[3] for row in rows],
    }
    schema = dict.fromkeys(columns, pl.String)
    return from_frame(pl.DataFrame(columns, schema), a_query(kind)), a_query(kind)


@examples(150)
@given(of_sources())
def test_intervals_are_those_of_networks_measured_anew_without_shortcuts(
    drawn: tuple[Ties, NetworkQuery],
) -> None:
    ties, query = drawn
    found = robust(ties, query, measures=list(PLAIN))
    networks = [build_network(ties, query)]
    networks += [build_network(ties, query, kept=ties.graph != g) for g in range(len(ties.graphs))]
    for name, measure in PLAIN.items():
        every = np.array([ranking.ranks(measure(network)) for network in networks])
        interval = found.intervals[name]
        assert interval.best.tolist() == every.min(axis=0).tolist(), name
        assert interval.worst.tolist() == every.max(axis=0).tolist(), name
        for graph, tau in interval.moved.items():
            without = every[1 + list(ties.graphs).index(graph)]
            assert tau == ranking.agreement(every[0], without)


@examples(200)
@given(graphs(most=24))
def test_fast_measures_equal_plain_ones(graph: object) -> None:
    network = from_networkx(graph, "strength")
    assert np.array_equal(spectral.pagerank(network), plain_measures.pagerank(network))
    assert np.array_equal(distance.harmonic(network), plain_measures.harmonic(network))
    assert np.allclose(
        betweenness.betweenness(network), plain_measures.betweenness(network), rtol=0, atol=1e-13
    )


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("ties", [0, 300, 900, 2500])
def test_fast_measures_equal_plain_ones_in_larger_networks(ties: int, directed: bool) -> None:
    """Sums of more numbers than numpy adds in one loop, and more sources than one search takes."""
    network = random_network(700, ties, directed)
    assert np.array_equal(spectral.pagerank(network), plain_measures.pagerank(network))
    assert np.array_equal(distance.harmonic(network), plain_measures.harmonic(network))
    assert np.allclose(
        betweenness.betweenness(network), plain_measures.betweenness(network), rtol=0, atol=1e-13
    )


def random_network(n: int, ties: int, directed: bool) -> Network:
    import networkx as nx

    graph = nx.gnm_random_graph(n, ties, seed=ties, directed=directed)
    for place, (*_, data) in enumerate(graph.edges(data=True)):
        data["strength"] = 1 + place % 7 / 3
    return from_networkx(graph)


def test_cliques_that_share_a_node_are_searched_block_by_block() -> None:
    """Within a clique all are alike, so the node that they share stands on every other path."""
    import networkx as nx

    graph = nx.Graph(nx.windmill_graph(4, 5))
    graph.add_edges_from([(1, 20), (20, 21), (16, 1)])
    network = from_networkx(graph)
    expected = list(nx.betweenness_centrality(graph).values())
    assert np.allclose(betweenness.betweenness(network), expected, rtol=0, atol=1e-13)


def test_large_blocks_are_searched_on_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(60, 200, directed=False)
    found = betweenness.betweenness(network)
    monkeypatch.setattr(betweenness, "_STEPS", 0)
    assert betweenness._by_blocks(network) is None
    assert np.allclose(betweenness.betweenness(network), found, rtol=0, atol=1e-13)


def test_a_view_is_kept_without_a_source() -> None:
    query = a_query("projection of sources")
    columns = {
        "source": list("abcd"),
        "target": list("xxxx"),
        "strength": ["1"] * 4,
        "graph": list("pqrr"),
        "from": ["2019"] * 4,
    }
    ties = from_frame(pl.DataFrame(columns), query)
    found = robust(ties, query, View(at=date(2020, 1, 1), method="newman"), ["strength"])
    assert found.intervals["strength"].worst.max() == 4

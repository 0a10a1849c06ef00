"""How sure a rank is: left-out sources, resampled ties and random networks."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks import (
    Network,
    NetworkQuery,
    Ties,
    View,
    build_network,
    centrality,
    from_networkx,
)
from missiongraph.networks.analysis.null_models import against_chance, randomised
from missiongraph.networks.analysis.rank_robustness import Method, missing_sources, robust
from missiongraph.networks.extract.ties import from_frame
from missiongraph.networks.measures.ranking import agreement

QUERIES = {
    kind: NetworkQuery.parse(f"# Who?\n# network: {kind}\nSELECT ?source ?target ?graph {{}}")
    for kind in ("undirected", "directed", "projection of sources")
}
MEASURES = ("betweenness", "harmonic")
A_TIE = st.tuples(st.integers(0, 7), st.integers(8, 14), st.sampled_from("pqr"))


def ties_of(rows: list[tuple[int, int, str]], kind: str) -> Ties:
    columns = {
        name: [str(row[place]) for row in rows]
        for place, name in enumerate(("source", "target", "graph"))
    }
    return from_frame(
        pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), QUERIES[kind]
    )


some_ties = st.lists(A_TIE, max_size=25)
a_kind = st.sampled_from(sorted(QUERIES))


@examples(40)
@given(some_ties, a_kind)
def test_leaving_out_a_source_is_drawing_from_the_rows_of_the_others(
    rows: list[tuple[int, int, str]], kind: str
) -> None:
    ties, query = ties_of(rows, kind), QUERIES[kind]
    found = robust(ties, query, measures=MEASURES)
    for measure in MEASURES:
        every = [found.ranks(measure)]
        for graph in range(len(ties.graphs)):
            network = build_network(ties, query, kept=ties.graph != graph)
            every.append(centrality(network, [measure]).ranks(measure))
        assert found.intervals[measure].best.tolist() == np.min(every, axis=0).tolist()
        assert found.intervals[measure].worst.tolist() == np.max(every, axis=0).tolist()


@examples(40)
@given(some_ties, a_kind, st.sampled_from(["sources", "resampling"]))
def test_an_interval_holds_the_rank(
    rows: list[tuple[int, int, str]], kind: str, method: Method
) -> None:
    found = robust(
        ties_of(rows, kind),
        QUERIES[kind],
        measures=MEASURES,
        method=method,
        runs=5,
        rate=0.4,
    )
    for measure in MEASURES:
        interval, ranks = found.intervals[measure], found.ranks(measure)
        assert (interval.best <= ranks).all() and (ranks <= interval.worst).all()


STAR = [(0, 8, "p"), (1, 8, "q"), (1, 9, "q"), (1, 10, "q"), (2, 8, "p")]


def test_the_cause_is_the_source_without_which_a_node_falls_farthest() -> None:
    ties = ties_of(STAR, "undirected")
    found = robust(ties, QUERIES["undirected"], measures=["degree"])
    causes = dict(zip(found.network.nodes, found.intervals["degree"].cause, strict=True))
    assert causes["1"] == "q"


def test_a_source_that_moves_a_ranking_more_comes_first() -> None:
    found = robust(ties_of(STAR, "undirected"), QUERIES["undirected"], measures=["degree"])
    moved = found.intervals["degree"].moved
    assert list(moved) == sorted(moved, key=lambda graph: moved[graph]) and set(moved) == {"p", "q"}


def test_a_source_that_only_repeats_others_changes_nothing() -> None:
    ties = ties_of([*STAR, (0, 8, "r")], "undirected")
    found = robust(ties, QUERIES["undirected"], measures=["degree"])
    assert "r" not in found.intervals["degree"].moved


def test_a_source_that_the_view_does_not_show_changes_nothing() -> None:
    query = QUERIES["undirected"]
    columns = {
        "source": ["a", "a"],
        "target": ["b", "c"],
        "graph": ["p", "q"],
        "from": ["1990", "1990"],
        "to": ["2000", None],
    }
    ties = from_frame(pl.DataFrame(columns), query)
    found = robust(ties, query, View.of(at="2020-01-01"), ["degree"])
    assert set(found.intervals["degree"].moved) == {"q"}


def test_the_same_seed_drops_the_same_ties() -> None:
    ties, query = ties_of(STAR, "undirected"), QUERIES["undirected"]

    def worst(seed: int) -> list[int]:
        found = robust(
            ties, query, measures=["degree"], method="resampling", runs=9, rate=0.4, seed=seed
        )
        return list(found.intervals["degree"].worst)

    assert worst(1) == worst(1)


def test_no_tie_dropped_leaves_the_rank_alone() -> None:
    ties, query = ties_of(STAR, "directed"), QUERIES["directed"]
    found = robust(ties, query, measures=["harmonic"], method="resampling", runs=3, rate=0.0)
    interval = found.intervals["harmonic"]
    assert interval.best.tolist() == interval.worst.tolist() == found.ranks("harmonic").tolist()


@pytest.mark.parametrize("wrong", [{"rate": 1.0}, {"level": 0.0}, {"runs": 0}])
def test_a_share_or_number_out_of_range_is_named(wrong: dict[str, float]) -> None:
    with pytest.raises(QueryError, match=next(iter(wrong)) if "runs" not in wrong else "run"):
        robust(ties_of(STAR, "undirected"), QUERIES["undirected"], method="resampling", **wrong)  # type: ignore[arg-type]


def test_progress_names_each_source() -> None:
    told: list[tuple[str, int, int]] = []
    robust(
        ties_of(STAR, "undirected"),
        QUERIES["undirected"],
        measures=["degree"],
        progress=lambda *step: told.append(step),
    )
    assert told == [("p", 0, 2), ("q", 1, 2)]


# --- against chance


@st.composite
def networks(draw_: st.DrawFn) -> Network:
    """A random network: undirected, directed, or two-mode, some with weights and loops."""
    n, seed = draw_(st.integers(0, 12)), draw_(st.integers(0, 9))
    kind = draw_(st.sampled_from(["undirected", "directed", "two-mode"]))
    if kind == "two-mode":
        graph: nx.Graph[int] = nx.bipartite.random_graph(n, n, 0.3, seed=seed)
    else:
        graph = nx.gnp_random_graph(n, 0.3, seed=seed, directed=kind == "directed")
        if n:
            graph.add_edge(0, 0)
    for place, (*_, data) in enumerate(graph.edges(data=True)):
        data["strength"] = 1.0 + place
    drawn = from_networkx(graph)
    if kind == "two-mode":
        side = np.repeat(np.array([0, 1], np.int8), n)
        drawn = Network(drawn.nodes, drawn.matrix, side=side)
    return drawn


@examples(60)
@given(networks(), st.integers(0, 3))
def test_random_networks_keep_degrees_loops_and_weights(network: Network, seed: int) -> None:
    for other in randomised(network, 3, seed):
        for axis in (0, 1):
            before, after = (n.pattern.sum(axis=axis).tolist() for n in (network, other))
            assert before == after
        assert network.matrix.diagonal().tolist() == other.matrix.diagonal().tolist()
        assert sorted(network.matrix.data) == sorted(other.matrix.data)
        if not network.directed:
            assert (other.matrix != other.matrix.T).nnz == 0
        if network.side is not None:
            ties = other.matrix.tocoo()
            assert (network.side[ties.coords[0]] != network.side[ties.coords[1]]).all()


def test_swaps_reach_every_network_of_the_same_degrees_equally_often() -> None:
    # two ties among four nodes can be had in three ways
    network = from_networkx(nx.Graph([(0, 1), (2, 3)]))
    seen = [tuple(other.matrix.nonzero()[1].tolist()) for other in randomised(network, 600)]
    counts = [seen.count(way) for way in set(seen)]
    assert len(counts) == 3 and min(counts) > 150


def shared(rows: list[tuple[int, int, str]]) -> Network:
    return build_network(ties_of(rows, "projection of sources"), QUERIES["projection of sources"])


@examples(40)
@given(some_ties)
def test_affiliations_are_dealt_anew_with_both_sums_as_they_were(
    rows: list[tuple[int, int, str]],
) -> None:
    network = shared(rows)
    for other in randomised(network, 3):
        assert network.affiliations is not None and other.affiliations is not None
        for axis in (0, 1):
            before = (network.affiliations != 0).sum(axis=axis).tolist()
            assert (other.affiliations != 0).sum(axis=axis).tolist() == before
        together = (other.affiliations @ other.affiliations.T).tocsr()
        together.setdiag(0)
        assert (together != other.matrix).nnz == 0


def test_the_same_seed_gives_the_same_chance() -> None:
    network = from_networkx(nx.karate_club_graph())
    one, two = (against_chance(network, "betweenness", runs=5, seed=3) for _ in range(2))
    assert np.array_equal(one.mean, two.mean)
    other = against_chance(network, "betweenness", runs=5, seed=4)
    assert not np.array_equal(one.mean, other.mean)


def test_what_degrees_decide_alone_has_no_z() -> None:
    found = against_chance(nx.karate_club_graph(), "degree", runs=3)
    assert np.isnan(found.z).all() and np.allclose(found.mean, found.scores)


def test_a_deviation_takes_two_runs() -> None:
    with pytest.raises(QueryError, match="two runs"):
        against_chance(nx.path_graph(3), "degree", runs=1)


@examples(20)
@given(some_ties, a_kind)
def test_if_all_but_one_source_are_missing_ranks_are_those_of_one(
    rows: list[tuple[int, int, str]], kind: str
) -> None:
    ties, query = ties_of(rows, kind), QUERIES[kind]
    (found,) = missing_sources(ties, query, measure="degree", shares=[0.66], runs=40)
    whole = centrality(build_network(ties, query), ["degree"]).ranks("degree")
    sources = len(ties.graphs)
    every = []
    for out in combinations(range(sources), found.left_out):
        network = build_network(ties, query, kept=~np.isin(ties.graph, out))
        every.append(agreement(whole, centrality(network, ["degree"]).ranks("degree")))
    assert found.left_out == round(0.66 * sources)
    assert min(every) - 1e-9 <= found.low <= found.agreement + 1e-9 <= max(every) + 2e-9


def test_without_missing_sources_ranks_agree() -> None:
    (found,) = missing_sources(ties_of(STAR, "undirected"), QUERIES["undirected"], shares=[0])
    assert (found.agreement, found.low) == pytest.approx((1, 1))
    assert (found.first, found.top) == (1, 1)


def test_what_one_source_states_is_lost_together() -> None:
    (found,) = missing_sources(ties_of(STAR, "undirected"), QUERIES["undirected"], shares=[0.5])
    assert found.left_out == 1 and found.agreement < 1
    assert found.first == 0  # two nodes share the first rank, and each source holds up one


def test_a_share_of_sources_is_below_all() -> None:
    with pytest.raises(QueryError, match="share of sources"):
        missing_sources(ties_of(STAR, "undirected"), QUERIES["undirected"], shares=[1])

"""The fewest documents on which a rank depends, against all sets of documents."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks import NetworkQuery, Ties, View, build_network, centrality
from missiongraph.networks.analysis.dethroning import dethroning
from missiongraph.networks.extract.ties import from_frame

KINDS = ("undirected", "directed", "projection of sources")
MEASURES = ("degree", "betweenness", "constraint", "pagerank")


def a_query(kind: str = "undirected") -> NetworkQuery:
    return NetworkQuery.parse(f"# Who?\n# network: {kind}\nSELECT ?source ?target ?graph {{}}")


def ties_of(rows: list[tuple[str, str, str]], kind: str = "undirected") -> Ties:
    columns = {
        name: [row[place] for row in rows]
        for place, name in enumerate(("source", "target", "graph"))
    }
    schema = dict.fromkeys(columns, pl.String)
    return from_frame(pl.DataFrame(columns, schema=schema), a_query(kind))


@st.composite
def stated(draw: st.DrawFn) -> tuple[list[tuple[str, str, str]], str]:
    kind = draw(st.sampled_from(KINDS))
    side = "b" if kind.startswith("projection") else "a"
    node = st.integers(0, 5)
    row = st.tuples(
        node.map("a{}".format), node.map((side + "{}").format), st.sampled_from("pqrst")
    )
    rows = draw(st.lists(row, min_size=1, max_size=16))
    return [row for row in rows if row[0] != row[1]], kind


def rank(ties: Ties, query: NetworkQuery, node: str, measure: str, out: Sequence[int]) -> int:
    """The rank of a node without some sources."""
    network = build_network(ties, query, kept=~np.isin(ties.graph, out))
    ranking = centrality(network, [measure])
    return int(ranking.ranks(measure)[network.index[node]])


@examples(60)
@given(stated(), st.sampled_from(MEASURES), st.sampled_from([1, 2]))
def test_no_smaller_set_of_sources_takes_the_rank_away(
    drawn: tuple[list[tuple[str, str, str]], str], measure: str, within: int
) -> None:
    rows, kind = drawn
    assume(rows)
    ties, query = ties_of(rows, kind), a_query(kind)
    found = dethroning(ties, query, measure=measure, within=within)
    codes = range(len(ties.graphs))
    node = str(found.node)
    enough = [
        size
        for size in range(1, len(codes) + 1)
        if any(rank(ties, query, node, measure, o) > within for o in combinations(codes, size))
    ]
    assert found.exact and found.rank <= within
    if found.sources is None:
        assert not enough
        return
    assert len(found.sources) == found.least == min(enough)
    out = [list(ties.graphs).index(graph) for graph in found.sources]
    assert rank(ties, query, node, measure, out) == found.after > within
    assert {ties.graph[place] for place in found.statements} == {*out}


STAR = [("hub", f"x{i}", "one" if i < 3 else "two") for i in range(6)]
RIVAL = [("rival", f"y{i}", "three") for i in range(4)]


def test_the_statements_concerned_are_those_of_the_sources() -> None:
    found = dethroning(ties_of(STAR + RIVAL), a_query())
    assert found.node == "hub" and found.rank == 1 and found.after == 2
    assert found.sources is not None and len(found.sources) == 1
    assert len(found.statements) == 3 and found.instead == ["rival"]


def test_what_each_source_repeats_needs_all_of_them() -> None:
    rows = [(a, b, graph) for a, b, _ in STAR for graph in ("one", "two", "four")]
    found = dethroning(ties_of(rows + RIVAL), a_query())
    assert found.exact and sorted(found.sources or ()) == ["four", "one", "two"]


def test_a_limit_bounds_the_answer_instead() -> None:
    rows = [(a, b, f"g{graph}") for a, b, _ in STAR for graph in range(5)]
    found = dethroning(ties_of(rows + RIVAL), a_query(), limit=25)
    assert not found.exact and found.least < len(found.sources or ()) == 5


def test_a_node_leaves_the_first_ranks_if_enough_others_pass_it() -> None:
    rows = [(f"n{i}", f"{i}-{j}", f"g{i}") for i in range(4) for j in range(5 - i)]
    found = dethroning(ties_of(rows), a_query(), node="n2", within=3)
    assert found.rank == 3 and found.sources == ["g2"]


def test_sources_that_are_out_of_view_are_not_withdrawn() -> None:
    query = NetworkQuery.parse(
        "# Who?\n# network: undirected\n# layer: role\nSELECT ?source ?target ?layer ?graph {}"
    )
    columns = {
        "source": ["a", "a", "b"],
        "target": ["x", "y", "z"],
        "layer": ["in", "in", "out"],
        "graph": ["p", "q", "r"],
    }
    ties = from_frame(pl.DataFrame(columns), query)
    found = dethroning(ties, query, View(layers=("in",)), node="a")
    assert found.sources is None and found.exact


def test_statements_without_a_source_cannot_be_withdrawn() -> None:
    columns = {
        "source": ["hub", "hub", "hub", "rival", "rival"],
        "target": ["x", "y", "z", "v", "w"],
        "graph": [None, None, None, "p", "q"],
    }
    found = dethroning(from_frame(pl.DataFrame(columns), a_query()), a_query())
    assert found.node == "hub" and found.sources is None and found.exact


def test_what_cannot_fall_is_refused() -> None:
    ties = ties_of(STAR + RIVAL)
    with pytest.raises(QueryError, match="has rank 2"):
        dethroning(ties, a_query(), node="rival")
    with pytest.raises(QueryError, match="not in the network"):
        dethroning(ties, a_query(), node="nobody")
    with pytest.raises(QueryError, match="from 1"):
        dethroning(ties, a_query(), within=0)


def test_no_source_of_a_bounded_answer_is_superfluous() -> None:
    rows = [(a, b, f"g{graph}") for a, b, _ in STAR for graph in range(5)]
    rows += [("hub", f"x{i}", "extra") for i in range(6, 9)]
    ties = ties_of(rows + RIVAL)
    found = dethroning(ties, a_query(), limit=1)
    assert not found.exact or found.sources is None
    found = dethroning(ties, a_query(), limit=60)
    out = [list(ties.graphs).index(graph) for graph in found.sources or ()]
    for one in out:
        assert rank(ties, a_query(), "hub", "degree", [code for code in out if code != one]) == 1

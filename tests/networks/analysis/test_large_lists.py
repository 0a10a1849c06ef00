"""Ranks with and without each large list: which lists count, and what is left without them."""

from __future__ import annotations

import pytest

from missiongraph import MissionGraph
from missiongraph.errors import QueryError
from missiongraph.networks import NetworkQuery, Ties, View, load_network, read_ties
from missiongraph.networks.analysis.large_lists import Comparison, compare_lists
from missiongraph.networks.extract.ties import from_csv
from missiongraph.networks.model.definition import find_network


def definition(kind: str, *header: str) -> NetworkQuery:
    lines = ["# Who?", f"# network: {kind}", *(f"# {line}" for line in header), "SELECT *"]
    return NetworkQuery.parse("\n".join(lines), "who")


DIRECTED, APART = definition("directed"), definition("two-mode", "apart: signed")
ROWS = (
    "source,target,from,layer,graph",
    "a,m,2020,lead,one",
    "b,m,2020,lead,one",
    "c,m,2020,lead,two",
    "a,n,1990,join,two",
    "d,o,2020,signed,three",
    "e,o,2020,signed,three",
)


def ties(*rows: str, query: NetworkQuery = APART) -> Ties:
    return from_csv("\r\n".join([*rows, ""]).encode(), query)


def compared(query: NetworkQuery = APART, view: View | None = None, most: int = 5) -> Comparison:
    return compare_lists(ties(*ROWS, query=query), query, view, "degree", most=most)


def test_lists_are_layers_sources_and_nodes_the_largest_first() -> None:
    variants = compared(DIRECTED).variants
    assert [variant.name for variant in variants] == [
        "without layer lead",
        "without layer signed",
        "without source one",
        "without source two",
    ]
    assert [variant.lists[0].statements for variant in variants] == [3, 2, 2, 2]


def test_the_same_statements_are_one_list() -> None:
    names = [variant.name for variant in compared(DIRECTED).variants]
    assert "without node m" not in names  # it has the statements of the layer lead
    assert compared(DIRECTED).lists == 7


def test_layers_apart_are_left_out_and_then_included() -> None:
    comparison = compared()
    *without, last = comparison.variants
    assert all("signed" not in variant.name for variant in without)
    assert last.name == "with layer signed" and last.added
    assert {row["node"]: row["rank"] for row in comparison.rows()}["d"] is None
    assert last.lists[0].statements == 2 and last.lists[0].nodes == {"o"}


def test_layers_that_are_named_are_not_apart() -> None:
    names = [variant.name for variant in compared(view=View(layers=("lead", "signed"))).variants]
    assert names[:2] == ["without layer lead", "without layer signed"]
    assert not any(name.startswith("with ") for name in names)


def test_a_rank_without_a_list_is_that_of_the_network_without_its_ties() -> None:
    rows = {row["node"]: row for row in compared(DIRECTED).rows()}
    assert rows["m"]["rank"] == 1
    assert rows["m"]["without layer lead"] == 6 and rows["m"]["without source two"] == 1


def test_rows_are_all_that_are_first_in_any_variant() -> None:
    nodes = [row["node"] for row in compared(DIRECTED).rows(top=1)]
    assert nodes == ["m", "o"]  # without m's ties, o is first


def test_only_statements_of_the_view_make_a_list_large() -> None:
    assert not compared(DIRECTED, View.of(until="1999")).variants  # one statement is no list


def test_a_list_of_an_undirected_network_has_both_ends() -> None:
    rows = "source,target", "a,b", "b,c", "c,d", "d,e"
    query = definition("undirected")
    comparison = compare_lists(ties(*rows, query=query), query, measure="degree")
    sizes = {variant.name: variant.lists[0].statements for variant in comparison.variants}
    assert sizes == {"without node b": 2, "without node c": 2, "without node d": 2}


def test_a_list_of_everything_is_none() -> None:
    rows = "source,target,graph", "a,m,one", "b,m,one"
    query = definition("directed")
    assert not compare_lists(ties(*rows, query=query), query, measure="degree").variants


@pytest.mark.parametrize("rows", [["source,target"], ["source,target,layer,graph", "a,,,"]])
def test_a_network_without_ties_has_no_variants(rows: list[str]) -> None:
    comparison = compare_lists(ties(*rows, query=DIRECTED), DIRECTED)
    assert comparison.lists == 0 and not comparison.variants


def test_no_lists_leave_only_the_layers_apart() -> None:
    assert [variant.name for variant in compared(most=0).variants] == ["with layer signed"]
    with pytest.raises(QueryError, match="0 or more"):
        compared(most=-1)


def test_the_ranks_are_those_of_the_networks_themselves(graph: MissionGraph) -> None:
    query = find_network("shared-missions")
    comparison = compare_lists(read_ties(graph.engine, query), query, measure="strength")
    joined = {variant.name: variant for variant in comparison.variants}["with layer city-contract"]
    own = load_network(graph.engine, query)
    layers = read_ties(graph.engine, query).layers
    every = load_network(graph.engine, query, layers=layers)
    assert comparison.ranking.network.size == own.size < joined.ranking.network.size == every.size

"""What ties rest on: statements, pairs and sources by strength."""

from __future__ import annotations

from missiongraph import MissionGraph
from missiongraph.networks import NetworkQuery, View
from missiongraph.networks.analysis.basis import UNKNOWN, Basis, Share, basis
from missiongraph.networks.extract.ties import from_csv

UNDIRECTED = NetworkQuery.parse("# Who?\n# network: undirected\nSELECT *", "who")
DIRECTED = NetworkQuery.parse("# Who?\n# network: directed\nSELECT *", "who")
ROWS = (
    "source,target,from,graph",
    "a,b,2020,one",
    "b,a,2020,two",
    "a,b,2021,one",
    "a,c,,three",
    "c,d,,",
    "e,,,three",
)
STRENGTHS = {"one": "Official", "two": "Official", "three": "Weak"}


def found(query: NetworkQuery = UNDIRECTED, view: View | None = None) -> Basis:
    ties = from_csv("\r\n".join([*ROWS, ""]).encode(), query)
    return basis(ties, query, view, STRENGTHS)


def test_statements_sources_and_pairs_are_counted_by_strength() -> None:
    assert found().shares == [Share("Official", 2, 3, 1, 1), Share("Weak", 1, 1, 1, 1)]


def test_pairs_of_one_source_are_told_and_statements_without_any() -> None:
    of = found()
    assert (of.pairs, of.single, of.sources, of.unsourced) == (3, 1, 3, 1)


def test_a_pair_has_a_direction_in_a_directed_network() -> None:
    of = found(DIRECTED)
    assert (of.pairs, of.single) == (4, 3) and of.shares[0] == Share("Official", 2, 3, 2, 2)


def test_a_pair_that_two_strengths_state_rests_on_neither_alone() -> None:
    ties = from_csv(b"source,target,graph\r\na,b,one\r\na,b,three\r\n", UNDIRECTED)
    shares = basis(ties, UNDIRECTED, None, STRENGTHS).shares
    assert [(share.pairs, share.alone) for share in shares] == [(1, 0), (1, 0)]


def test_only_what_holds_in_the_view_counts() -> None:
    of = found(view=View.of(at="2020"))
    assert of.pairs == 1 and [share.statements for share in of.shares] == [2]


def test_a_source_without_strength_is_told_as_such() -> None:
    ties = from_csv(b"source,target,graph\r\na,b,one\r\n", UNDIRECTED)
    assert basis(ties, UNDIRECTED).shares == [Share(UNKNOWN, 1, 1, 1, 1)]


def test_without_sources_or_statements_there_are_no_shares() -> None:
    for text in (b"source,target\r\na,b\r\n", b"source,target,graph\r\n"):
        assert basis(from_csv(text, UNDIRECTED), UNDIRECTED).shares == []


def test_counts_of_all_strengths_add_up_to_the_statements(graph: MissionGraph) -> None:
    for name in ("shared-missions", "funding", "multiplex"):
        rests = graph.network(name).basis()
        facts = rests.facts
        assert sum(row["statements"] for row in rests) + facts["unsourced"] == facts["statements"]
        assert sum(row["alone"] for row in rests) <= facts["pairs"] and facts["single"] > 0
        assert sum(row["sources"] for row in rests) == facts["sources"]

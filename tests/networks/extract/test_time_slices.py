"""Slices: which ties are in which, and what changed between two."""

from __future__ import annotations

from datetime import date
from typing import Any

import networkx as nx
import polars as pl
import pytest
from hypothesis import given
from support.examples import examples
from support.random_graphs import graphs

from missiongraph.errors import QueryError
from missiongraph.networks import NetworkQuery, Ties, View, from_networkx
from missiongraph.networks.extract.ties import from_frame
from missiongraph.networks.extract.time_slices import Move, changes, slices
from missiongraph.networks.model.network import Network, Scores

QUERY = NetworkQuery.parse("# Who?\n# network: undirected\nSELECT *")


def the_ties(*rows: str) -> Ties:
    """Each row as «source target from to», a dash for an open end."""
    cells = [[None if cell == "-" else cell for cell in row.split()] for row in rows]
    frame = pl.DataFrame(
        cells, schema={name: pl.String for name in ("source", "target", "from", "to")}, orient="row"
    )
    return from_frame(frame, QUERY)


def sizes(ties: Ties, *arguments: Any, **options: Any) -> dict[str, int]:
    series = slices(ties, QUERY, *arguments, **options)
    return {start.isoformat(): network.size for start, network in series}


TIES = the_ties(
    "a b 2019-05-01 2020-03-01",
    "b c 2020-02 -",
    "c d - 2019",
    "d e - -",
)


def test_a_tie_is_in_every_slice_that_it_holds_in() -> None:
    assert sizes(TIES) == {"2019-01-01": 2, "2020-01-01": 2}
    kept = View(undated=True)
    assert sizes(TIES, view=kept) == {"2019-01-01": 3, "2020-01-01": 3}


def test_open_ends_count_as_open() -> None:
    found = sizes(TIES, "year", date(2018, 1, 1), date(2022, 1, 1))
    assert list(found.values()) == [1, 2, 2, 1, 1]


def test_all_slices_have_the_same_nodes() -> None:
    series = slices(TIES, QUERY, "month")
    assert {tuple(network.nodes) for _, network in series} == {tuple("abcde")}


def test_periods_are_whole_and_begin_on_their_first_day() -> None:
    found = sizes(TIES, "quarter", date(2019, 5, 31), date(2019, 8, 1))
    assert list(found) == ["2019-04-01", "2019-07-01"]


def test_a_window_is_several_periods_and_moves_by_one() -> None:
    found = sizes(TIES, "month", date(2020, 1, 1), date(2020, 4, 1), window=2)
    assert found == {"2020-01-01": 2, "2020-02-01": 2, "2020-03-01": 2}


def test_cumulative_slices_begin_with_the_first() -> None:
    assert list(sizes(TIES, "year", until=date(2021, 1, 1), cumulative=True).values()) == [2, 3, 3]


def test_a_slice_keeps_what_else_the_view_shows() -> None:
    (_, network), *_ = slices(TIES, QUERY, view=View(backbone=0.01))
    assert network.size == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"every": "week"}, "year, quarter, month"),
        ({"window": 0}, "window"),
        ({"view": View(at=date(2020, 1, 1))}, "slices set the dates"),
        ({"since": date(2030, 1, 1)}, "is later than until"),
    ],
)
def test_slices_that_make_no_sense_are_refused_at_once(options: Any, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        slices(TIES, QUERY, **options)


def test_undated_ties_need_both_ends_of_the_time() -> None:
    undated = the_ties("a b - -")
    with pytest.raises(QueryError, match="since and until"):
        slices(undated, QUERY, since=date(2020, 1, 1))
    years = date(2020, 1, 1), date(2021, 1, 1)
    assert list(sizes(undated, "year", *years).values()) == [0, 0]
    assert list(sizes(undated, "year", *years, view=View(undated=True)).values()) == [1, 1]


def test_time_ends_with_the_year_9999() -> None:
    until = date(9999, 12, 31)
    assert list(sizes(TIES, "year", date(9999, 1, 1), until, window=3).values()) == [1]


def test_no_ties_make_slices_without_nodes() -> None:
    assert sizes(the_ties(), "year", date(2020, 1, 1), date(2020, 1, 1)) == {"2020-01-01": 0}


def neighbours(network: Network) -> Scores:
    scores: Scores = network.pattern.sum(axis=1)
    return scores


def path(*nodes: str) -> nx.Graph[str]:
    graph: nx.Graph[str] = nx.path_graph(list(nodes))
    graph.add_nodes_from("abcde")
    return graph


def test_changes_name_who_came_and_went() -> None:
    found = changes(path("a", "b", "c"), path("b", "c", "d"), neighbours)
    assert found.came == ["d"] and found.gone == ["a"]
    assert found.ties_came == [("c", "d")] and found.ties_gone == [("b", "a")]


def test_changes_name_whose_rank_moved_and_how_far() -> None:
    found = changes(path("a", "b", "c"), path("b", "c", "d"), neighbours)
    assert found.moved[0] == Move("d", 4, 2) and Move("c", 2, 1) in found.moved
    assert all(move.before != move.after for move in found.moved)


def test_ranks_are_by_any_measure() -> None:
    found = changes(path("a", "b", "c"), path("a", "b", "c", "d"), "closeness")
    assert Move("c", 2, 1) in found.moved


def test_directed_and_undirected_do_not_compare() -> None:
    with pytest.raises(QueryError, match="directed"):
        changes(nx.Graph([(1, 2)]), nx.DiGraph([(1, 2)]), neighbours)


@examples(60)
@given(graphs(directed=False), graphs(directed=False))
def test_ties_that_came_and_went_make_one_network_of_the_other(
    before: nx.Graph[int], after: nx.Graph[int]
) -> None:
    found = changes(before, after, neighbours)
    edited: nx.Graph[Any] = nx.Graph(before.edges)
    edited.remove_edges_from(found.ties_gone)
    edited.add_edges_from(found.ties_came)
    assert {frozenset(tie) for tie in edited.edges} == {frozenset(tie) for tie in after.edges}
    assert changes(after, from_networkx(after), neighbours).moved == []

"""Ties: rows of a query become columns of numbers, and what is no tie is counted."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks import NetworkQuery, Ties
from missiongraph.networks.extract import ties as module
from missiongraph.networks.extract.ties import OPEN, days, from_csv, read
from missiongraph.sparql.local import LocalEngine

STRENGTH = NetworkQuery.parse("# Who?\n# network: directed\n# strength: awards\nSELECT *", "who")
DISTANCE = NetworkQuery.parse("# Who?\n# distance: steps\nSELECT *", "who")


def ties(*rows: str, query: NetworkQuery = STRENGTH) -> Ties:
    return from_csv("\r\n".join([*rows, ""]).encode(), query)


def asked(text: str) -> Ties:
    return read(LocalEngine(ox.Store()), NetworkQuery.parse(text))


def test_nodes_are_in_order_and_ties_name_their_places() -> None:
    found = ties("source,target", "c,a", "a,b")
    assert found.nodes == ["a", "b", "c"]
    assert found.source.tolist() == [0, 2] and found.target.tolist() == [1, 0]


def test_a_row_without_target_is_a_lone_node() -> None:
    found = ties("source,target", "a,")
    assert found.nodes == ["a"] and found.target.tolist() == [-1]


def test_no_rows_are_no_ties() -> None:
    found = ties("source,target,strength,from,layer")
    assert len(found) == 0 and list(found.nodes) == []


def test_without_a_weight_every_tie_has_weight_1() -> None:
    assert ties("source,target", "a,b").weight.tolist() == [1]
    assert ties("source,target,strength", "a,b,", "a,c,2.5").weight.tolist() == [1, 2.5]


@pytest.mark.parametrize("weight", ["0", "-1", "12 euro", "NaN", "INF", "-INF"])
@pytest.mark.parametrize("query", [STRENGTH, DISTANCE])
def test_a_weight_that_is_no_number_above_0_is_left_out_and_counted(
    weight: str, query: NetworkQuery
) -> None:
    found = ties(f"source,target,{query.weighed}", f"a,b,{weight}", "c,d,1", query=query)
    assert found.nodes == ["c", "d"]
    assert found.rejected == {f"a {query.weighed} that is not a number above 0": 1}


def test_a_row_without_source_is_left_out_and_counted() -> None:
    found = ties("source,target", ",b", ",", "a,c")
    assert len(found) == 1 and found.rejected == {"no source": 2}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024-02-07", date(2024, 2, 7), date(2024, 2, 7)),
        ("1969", date(1969, 1, 1), date(1969, 12, 31)),
        ("2024-02-07T10:30:00Z", date(2024, 2, 7), date(2024, 2, 7)),
    ],
)
def test_a_year_or_month_starts_on_its_first_day_and_ends_on_its_last(
    text: str, first: date, last: date
) -> None:
    found = ties("source,target,from,to", f"a,b,{text},{text}")
    assert found.start.tolist() == [days(first)] and found.end.tolist() == [days(last)]


@pytest.mark.parametrize("column", ["from", "to"])
@pytest.mark.parametrize("text", ["soon", "2024-13", "2023-02-29", "20240207"])
def test_a_day_that_cannot_be_read_is_left_out_and_counted(column: str, text: str) -> None:
    found = ties(f"source,target,{column}", f"a,b,{text}", "a,c,2024")
    assert len(found) == 1
    assert found.rejected == {f"a ?{column} that is not a day, month or year": 1}


def test_a_missing_end_is_open() -> None:
    found = ties("source,target,from,to", "a,b,2020,", "a,c,,2021", "a,d,,")
    assert found.start.tolist() == [days(date(2020, 1, 1)), OPEN.min, OPEN.min]
    assert found.end.tolist() == [OPEN.max, days(date(2021, 12, 31)), OPEN.max]
    assert found.undated == 1


def test_both_ends_of_an_interval_belong_to_it() -> None:
    found = ties("source,target,from,to", "a,b,2020-03-01,2020-03-31")
    shown = {day: found.on(date(2020, *day)).all() for day in ((2, 29), (3, 1), (3, 31), (4, 1))}
    assert shown == {(2, 29): False, (3, 1): True, (3, 31): True, (4, 1): False}


def test_a_time_shows_what_holds_on_any_of_its_days() -> None:
    found = ties("source,target,from,to", "a,b,2019,2020", "a,c,2021,2022", "a,d,,2018")
    assert found.during(date(2020, 12, 31), date(2021, 1, 1)).tolist() == [True, True, False]
    assert found.during(until=date(2018, 5, 1)).tolist() == [False, False, True]
    assert found.during(since=date(2022, 1, 1)).tolist() == [False, True, False]
    assert found.during().all()


def test_a_time_whose_first_day_is_the_later_one_is_an_error() -> None:
    with pytest.raises(QueryError, match="is later than until"):
        ties("source,target", "a,b").during(date(2022, 1, 1), date(2021, 1, 1))


def test_layers_and_graphs_are_named_and_may_be_missing() -> None:
    found = ties("source,target,layer,graph", "a,b,EUR,x:g", "a,c,,x:f", "a,d,AUD,x:g")
    assert (found.layers, found.graphs) == (["AUD", "EUR"], ["x:f", "x:g"])
    assert found.layer.tolist() == [1, -1, 0] and found.graph.tolist() == [1, 0, 1]
    assert len(found.via) == 0


def test_a_layer_is_found_by_its_name() -> None:
    found = ties("source,target,layer", "a,b,EUR", "a,c,", "a,d,AUD")
    assert found.of_layer("EUR").tolist() == [True, False, False]
    assert found.of_layer("AUD", "EUR").tolist() == [True, False, True]
    with pytest.raises(QueryError, match="no layer 'GBP'; there are: AUD, EUR"):
        found.of_layer("GBP")


def test_statements_of_one_tie_stand_side_by_side() -> None:
    found = ties("source,target,via", "b,c,x:2", "a,b,x:3", "b,c,x:1", "a,b,x:1")
    assert found.source.tolist() == [0, 0, 1, 1] and found.via.tolist() == [0, 2, 0, 1]


def test_a_part_keeps_all_nodes() -> None:
    found = ties("source,target,layer", "a,b,x", "c,d,y")
    part = found.where(found.of_layer("x"))
    assert len(part) == 1 and part.nodes == found.nodes and part.layers == found.layers


@pytest.mark.parametrize(
    ("query", "columns", "said"),
    [
        (STRENGTH, "source,other", r"selects \?source \?target \[\?strength\]"),
        (STRENGTH, "source,target,distance", "write '# distance: what it means'"),
        (DISTANCE, "source,target,strength", "write '# strength: what it means'"),
        (STRENGTH, "source,target,year", r"a network has no column \?year"),
    ],
)
def test_columns_that_a_network_has_not_are_an_error(
    query: NetworkQuery, columns: str, said: str
) -> None:
    with pytest.raises(QueryError, match=said):
        ties(columns, query=query)


@pytest.mark.parametrize("text", ["SELECT * {}", "SELECT * { <x:a> <x:b> <x:c> }"])
def test_a_query_without_a_column_is_no_network(text: str) -> None:
    with pytest.raises(QueryError, match="selects"):
        asked(text)


@pytest.mark.parametrize("text", ["ASK {}", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"])
def test_a_network_query_is_a_select(text: str) -> None:
    with pytest.raises(QueryError, match="is a SELECT of"):
        asked(text)


def test_ties_come_from_an_engine() -> None:
    found = asked("SELECT ?source ?target { VALUES (?source ?target) { (<x:a> <x:b>) ('c' 'd') } }")
    assert found.nodes == ["c", "d", "x:a", "x:b"]


TEXT = st.text(st.sampled_from('ab",\n\r é'), max_size=6)


@examples(80)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=12), st.integers(1, 40), st.integers(1, 9))
def test_pieces_cut_anywhere_give_the_ties_of_the_whole(
    rows: Sequence[tuple[str, str]], part: int, piece: int
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerows([("source", "target"), *((f"s{a}", f"t{b}") for a, b in rows)])
    data = text.getvalue().encode()
    pieces = [data[start : start + piece] for start in range(0, len(data), piece)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PART", part)
        found = from_csv(pieces, STRENGTH)
    pairs = zip(found.source, found.target, strict=True)
    assert sorted((found.nodes[a], found.nodes[b]) for a, b in pairs) == sorted(
        (f"s{a}", f"t{b}") for a, b in rows
    )

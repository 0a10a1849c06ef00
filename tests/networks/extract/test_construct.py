"""Drawing: which ties a view shows, and what several statements about them come to."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from statistics import mean
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks import Network, NetworkQuery, Ties, View, build_network
from missiongraph.networks.extract.ties import from_csv

Row = tuple[str, str, int, str]
MANY = examples(80)


def definition(kind: str, *header: str) -> NetworkQuery:
    lines = ["# Who?", f"# network: {kind}", *(f"# {line}" for line in header), "SELECT *"]
    return NetworkQuery.parse("\n".join(lines), "who")


UNDIRECTED, DIRECTED = definition("undirected"), definition("directed")
TWO_MODE = definition("two-mode")
SOURCES, TARGETS = definition("projection of sources"), definition("projection of targets")


def statements(*rows: str) -> Ties:
    return from_csv("\r\n".join([*rows, ""]).encode(), UNDIRECTED)


def drawn(query: NetworkQuery, *rows: str, **view: Any) -> Network:
    return build_network(statements(*rows), query, View.of(**view))


def strengths(network: Network) -> dict[tuple[Any, Any], float]:
    """The weight of each tie; those of an undirected network once, in order."""
    whole = network.matrix.tocoo()
    names = network.nodes
    return {
        (names[a], names[b]): float(weight)
        for a, b, weight in zip(whole.row, whole.col, whole.data, strict=True)
        if network.directed or a <= b
    }


# --- what statements come to


def test_an_undirected_tie_may_be_said_in_either_order() -> None:
    rows = "source,target,strength", "a,b,1", "b,a,3"
    assert strengths(drawn(UNDIRECTED, *rows)) == {("a", "b"): 4}
    assert strengths(drawn(DIRECTED, *rows)) == {("a", "b"): 1, ("b", "a"): 3}


def test_the_matrix_of_an_undirected_network_is_symmetric() -> None:
    matrix = drawn(UNDIRECTED, "source,target,strength", "b,a,3", "b,c,1").matrix.toarray()
    assert matrix.tolist() == [[0, 3, 0], [3, 0, 1], [0, 1, 0]]


def test_what_is_said_several_times_of_one_thing_counts_as_its_mean() -> None:
    rows = "source,target,strength,via", "a,b,100,x:1", "a,b,300,x:1", "a,b,5,x:2"
    assert strengths(drawn(DIRECTED, *rows)) == {("a", "b"): 205}


def test_things_without_a_strength_are_counted() -> None:
    rows = "source,target,via", "a,b,x:1", "a,b,x:1", "a,b,x:2"
    assert strengths(drawn(DIRECTED, *rows)) == {("a", "b"): 2}


@pytest.mark.parametrize(
    ("header", "rows", "strength", "joined"),
    [
        ((), ["a,b,10", "a,b,20", "b,a,5"], 35, {"without ?via, which add up": 2}),
        (("rows: mean",), ["a,b,10", "a,b,20"], 15, {"without ?via, whose mean counts": 1}),
        (("distance: days",), ["a,b,4", "a,b,7"], 4, {"without ?via, of which the shortest": 1}),
    ],
)
def test_rows_without_a_via_are_ties_of_their_own(
    header: tuple[str, ...], rows: list[str], strength: float, joined: dict[str, int]
) -> None:
    query = definition("undirected", *header)
    data = "\n".join([f"source,target,{query.weighed}", *rows, ""]).encode()
    network = build_network(from_csv(data, query), query)
    assert strengths(network) == {("a", "b"): strength}
    assert [*network.about["joined"].values()] == [*joined.values()]
    assert all(a in b for a, b in zip(joined, network.about["joined"], strict=True))


def test_rows_without_a_strength_or_a_via_count_once_unless_they_are_to_add_up() -> None:
    rows = "source,target", "a,b", "b,a", "a,b"
    network = drawn(UNDIRECTED, *rows)
    assert strengths(network) == {("a", "b"): 1}
    assert network.about["joined"] == {"of the same two without ?via, which count once": 2}
    assert strengths(drawn(definition("undirected", "rows: sum"), *rows)) == {("a", "b"): 3}


def test_a_row_whose_via_is_missing_is_a_tie_of_its_own() -> None:
    rows = "source,target,strength,via", "a,b,1,x:1", "a,b,3,x:1", "a,b,10,", "a,b,20,"
    network = drawn(DIRECTED, *rows)
    assert strengths(network) == {("a", "b"): 32}
    assert network.about["joined"] == {
        "of one ?via, whose mean counts": 1,
        "of the same two by another ?via, which add up": 1,
        "of the same two without ?via, which add up": 1,
    }


@pytest.mark.parametrize("kind", ["undirected", "directed", "projection of sources"])
def test_ties_of_nodes_to_themselves_are_counted(kind: str) -> None:
    network = drawn(definition(kind), "source,target", "a,a", "b,b", "a,c")
    assert network.about["rejected"] == {"a tie of a node to itself": 2}


def test_of_distances_the_shortest_counts() -> None:
    query = definition("directed", "distance: days")
    rows = "source,target,distance,via", "a,b,4,x:1", "a,b,6,x:1", "a,b,7,x:2"
    ties = from_csv("\r\n".join(rows).encode(), query)
    network = build_network(ties, query)
    assert strengths(network) == {("a", "b"): 5} and network.weighed == "distance"


def test_a_tie_to_oneself_is_left_out_and_its_node_stays() -> None:
    network = drawn(DIRECTED, "source,target", "a,a", "b,c")
    assert network.nodes == ["a", "b", "c"] and strengths(network) == {("b", "c"): 1}


def test_a_lone_node_is_in_the_network() -> None:
    network = drawn(UNDIRECTED, "source,target", "a,b", "z,")
    assert network.nodes == ["a", "b", "z"] and network.size == 1


@pytest.mark.parametrize("query", [UNDIRECTED, DIRECTED, TWO_MODE, SOURCES, TARGETS])
def test_no_statements_make_an_empty_network(query: NetworkQuery) -> None:
    network = drawn(query, "source,target")
    assert len(network) == network.size == 0


def test_drawing_leaves_the_ties_as_they_are() -> None:
    ties = statements("source,target,strength", "a,b,1", "b,c,2")
    build_network(ties, DIRECTED).matrix.data[:] = 9
    assert ties.weight.tolist() == [1, 2]


def reference(rows: list[Row], query: NetworkQuery) -> dict[tuple[str, str], float]:
    """The same, row by row: the mean of each thing, then their sum or the least."""
    said: dict[tuple[tuple[str, str], str], list[int]] = defaultdict(list)
    for source, target, weight, via in rows:
        if source != target:
            pair = (
                (source, target) if query.directed else (min(source, target), max(source, target))
            )
            said[pair, via or str(len(said))].append(weight)
    things: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (pair, _), weights in said.items():
        things[pair].append(mean(weights))
    fold: Any = min if query.weighed == "distance" else sum
    return {pair: fold(weights) for pair, weights in things.items()}


NODES = st.sampled_from("abcde")
ROWS = st.lists(st.tuples(NODES, NODES, st.integers(1, 9), st.sampled_from("xyz")), max_size=25)


@MANY
@given(ROWS, st.sampled_from(["undirected", "directed"]), st.booleans(), st.booleans(), st.data())
def test_a_drawing_equals_a_reckoning_row_by_row(
    rows: list[Row], kind: str, far: bool, by_thing: bool, data: st.DataObject
) -> None:
    weighed = "distance" if far else "strength"
    query = definition(kind, f"{weighed}: what it means")
    if not by_thing:
        rows = [(source, target, weight, "") for source, target, weight, _ in rows]
    lines = [f"source,target,{weighed}" + ",via" * by_thing]
    lines += [f"{s},{t},{w}" + f",{via}" * by_thing for s, t, w, via in rows]
    ties = from_csv("\r\n".join(lines).encode(), query)
    order = data.draw(st.permutations(range(len(ties))))
    for found in (ties, ties.where(np.array(order, dtype=np.intp))):
        network = build_network(found, query)
        assert strengths(network) == pytest.approx(reference(rows, query), rel=1e-12)
        assert network.matrix.has_canonical_format


# --- views


DATED = (
    "source,target,from,to,layer",
    "a,b,2019,2020,EUR",
    "b,c,2021,,EUR",
    "c,d,,2019,USD",
)


def test_a_day_shows_the_ties_that_hold_on_it_and_keeps_all_nodes() -> None:
    network = drawn(DIRECTED, *DATED, at="2019-06-01")
    assert network.nodes == ["a", "b", "c", "d"]
    assert set(strengths(network)) == {("a", "b"), ("c", "d")}


def test_a_time_shows_the_ties_that_hold_on_some_day_of_it() -> None:
    network = drawn(DIRECTED, *DATED, since="2020-12-31", until="2021-01-01")
    assert set(strengths(network)) == {("a", "b"), ("b", "c")}
    assert set(strengths(drawn(DIRECTED, *DATED, since=date(2030, 1, 1)))) == {("b", "c")}


@pytest.mark.parametrize(
    "day",
    [
        "2019-06-01", date(2019, 6, 1), datetime(2019, 6, 1, 12), np.datetime64("2019-06-01"),
        np.datetime64("2019-06-01T10:00", "ns"), pd.Timestamp("2019-06-01"),
    ],
)  # fmt: skip
def test_a_day_may_be_whatever_says_one(day: Any) -> None:
    assert View.of(at=day) == View(at=date(2019, 6, 1))


@pytest.mark.parametrize("year", [2020, "2020", np.int64(2020)])
def test_a_network_at_a_year_has_the_ties_of_its_days(year: Any) -> None:
    assert View.of(at=year) == View(since=date(2020, 1, 1), until=date(2020, 12, 31))
    assert View.of(since=year) == View(since=date(2020, 1, 1))
    assert set(strengths(drawn(DIRECTED, *DATED, at=year))) == {("a", "b")}


def test_a_month_has_its_days() -> None:
    assert View.of(at="2020-02") == View(since=date(2020, 2, 1), until=date(2020, 2, 29))
    assert View.of(until="2020-02") == View(until=date(2020, 2, 29))


def test_layers_show_their_own_ties_and_nodes() -> None:
    network = drawn(DIRECTED, *DATED, layers="USD")
    assert network.nodes == ["c", "d"] and network.about["layers"] == ["USD"]
    assert len(drawn(DIRECTED, *DATED, layers=("USD", "EUR"))) == 4


def test_layers_with_units_of_their_own_are_not_added_up() -> None:
    query = definition("directed", "layer: currency", "unit: layer")
    network = drawn(query, *DATED)
    assert network.about["layers"] == ["EUR"] and network.nodes == ["a", "b", "c"]
    assert drawn(query, *DATED, layers="USD").nodes == ["c", "d"]


def test_a_network_tells_how_it_was_drawn() -> None:
    about = drawn(DIRECTED, *DATED, ",x,,,", "a,d,,,EUR", at="2019-06-01").about
    told = {"statements": 2, "undated": 0, "rejected": {"no source": 1}, "layers": []}
    told |= {"joined": {}, "single_day": 0, "dates": ["2019-01-01", "2021-01-01"]}
    told |= {"left_out": {"undated": 1, "of another time": 1}}
    assert about == told | {"at": "2019-06-01", "backbone": 1.0}


def test_statements_can_be_left_out_one_source_at_a_time() -> None:
    ties = statements("source,target,graph", "a,b,x:1", "b,c,x:2")
    network = build_network(ties, DIRECTED, kept=ties.graph != ties.graphs.index("x:1"))
    assert network.nodes == ["a", "b", "c"] and set(strengths(network)) == {("b", "c")}
    layered = statements("source,target,graph,layer", "a,b,x:1,l", "b,c,x:2,m", "c,d,x:2,l")
    network = build_network(layered, DIRECTED, View.of(layers="l"), kept=layered.graph == 1)
    assert set(strengths(network)) == {("c", "d")}


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ({"at": "22"}, "'22' is not a day; write it as 2022-06-30"),
        ({"at": "2022-13"}, "'2022-13' is not a day"),
        ({"at": 20220}, "20220 is not a day"),
        ({"at": True}, "True is not a day"),
        ({"at": [2022]}, "2022. is not a day"),
        ({"at": np.datetime64("NaT")}, "is not a day"),
        ({"at": 2022, "until": 2023}, "not both"),
        ({"method": "newman"}, "method=newman is for projections, and who is directed"),
        ({"at": "2022-06-30", "since": "2022-01-01"}, "not both"),
        ({"since": "2022-06-30", "until": "2022-01-01"}, "is later than until"),
        ({"layers": "GBP"}, "no layer 'GBP'; there are: EUR, USD"),
        ({"backbone": 0}, "backbone is above 0"),
        ({"backbone": 1.5}, "backbone is above 0"),
        ({"year": 2022}, "a view has no option 'year'; there are: at, since"),
    ],
)
def test_a_view_that_cannot_be_is_an_error(view: dict[str, Any], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        drawn(DIRECTED, *DATED, **view)


def test_what_is_not_given_is_left_as_it_is() -> None:
    assert View.of(at=None, layers=None, method=None) == View()


# --- two modes and projections


def test_the_two_sides_of_a_two_mode_network_are_told_apart() -> None:
    network = drawn(TWO_MODE, "source,target,strength", "a,m,2", "b,m,1", "c,")
    assert network.nodes == ["a", "b", "c", "m"]
    assert network.side is not None and network.side.tolist() == [0, 0, 0, 1]
    assert not network.directed and strengths(network) == {("a", "m"): 2, ("b", "m"): 1}


def test_a_node_on_both_sides_is_an_error() -> None:
    with pytest.raises(QueryError, match="b is a source and a target in a two-mode"):
        drawn(TWO_MODE, "source,target", "a,b", "b,c")


def test_a_projection_ties_those_who_share_somebody() -> None:
    rows = "source,target", "a,m", "b,m", "b,n", "c,n", "a,n", "d,o", "e,"
    network = drawn(SOURCES, *rows)
    assert network.nodes == ["a", "b", "c", "d", "e"]
    assert strengths(network) == {("a", "b"): 2, ("a", "c"): 1, ("b", "c"): 1}
    assert network.affiliations is not None and network.affiliations.shape == (5, 3)
    assert strengths(drawn(TARGETS, *rows)) == {("m", "n"): 2}


def test_a_projection_counts_whom_they_share_and_not_how_often_it_is_said() -> None:
    rows = "source,target,strength,via", "a,m,7,x:1", "a,m,7,x:2", "b,m,1,x:3"
    assert strengths(drawn(SOURCES, *rows)) == {("a", "b"): 1}


def test_one_name_on_both_sides_is_two_nodes_to_a_projection() -> None:
    rows = "source,target", "a,b", "b,c", "d,b"
    network = drawn(SOURCES, *rows)
    assert network.nodes == ["a", "b", "d"] and strengths(network) == {("a", "d"): 1}


def test_an_unknown_method_of_projection_is_told_those_there_are() -> None:
    with pytest.raises(UnknownQuery, match="count, newman"):
        drawn(SOURCES, "source,target", "a,m", method="magic")


@MANY
@given(
    st.sets(st.tuples(NODES, st.sampled_from("mnop")), min_size=1, max_size=20),
    st.sampled_from([SOURCES, TARGETS]),
    st.sampled_from(["count", "newman"]),
)
def test_projections_equal_those_of_networkx(
    pairs: set[tuple[str, str]], query: NetworkQuery, method: str
) -> None:
    network = drawn(query, "source,target", *(",".join(pair) for pair in pairs), method=method)
    both = nx.Graph(list(pairs))
    side = {pair[query is TARGETS] for pair in pairs}
    project: Any = {
        "count": nx.bipartite.weighted_projected_graph,
        "newman": nx.bipartite.collaboration_weighted_projected_graph,
    }[method]
    expected = {
        (min(a, b), max(a, b)): weight for a, b, weight in project(both, side).edges(data="weight")
    }
    assert strengths(network) == pytest.approx(expected, abs=1e-12)

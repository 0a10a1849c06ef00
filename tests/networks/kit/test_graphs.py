"""The analyst's kit: one import, methods on networks, results as tables that tell their counts."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from support.examples import examples
from support.spells import ROWS, TIES

import missiongraph as mg
from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks import centrality
from missiongraph.networks.kit.graphs import AnalystGraph, DirectedAnalystGraph


@pytest.fixture(scope="module")
def graph() -> mg.MissionGraph:
    return mg.open()


@pytest.fixture
def small() -> AnalystGraph:
    return mg.MissionGraph().network(TIES % ROWS)


def test_the_shipped_networks_are_listed_with_their_questions(graph: mg.MissionGraph) -> None:
    names = graph.networks().to_polars()["name"].to_list()
    assert {"funding", "shared-missions"} <= {*names}
    assert all(row["question"].endswith("?") for row in graph.networks())


def test_a_network_is_a_networkx_graph_with_methods(graph: mg.MissionGraph) -> None:
    funding = graph.network("funding")
    assert isinstance(funding, nx.DiGraph) and isinstance(funding, DirectedAnalystGraph)
    ranked = funding.centrality("pagerank", top=5, sure=None)
    expected = centrality(funding.network, "pagerank").rows(5)
    assert list(ranked) == list(expected)
    assert ranked.facts["of"] == len(funding) and f"nodes {len(funding)}" in repr(ranked)


def test_intervals_come_from_the_statements(graph: mg.MissionGraph) -> None:
    rows = graph.network("partnerships").centrality("degree", sure="sources")
    assert all(row["degree_best"] <= row["degree_rank"] <= row["degree_worst"] for row in rows)


def test_ranks_have_their_range_by_themselves_where_it_is_there_at_once(
    graph: mg.MissionGraph,
) -> None:
    small, large = (graph.network(name) for name in ("partnerships", "shared-missions"))
    assert list(small.centrality("degree")) == list(small.centrality("degree", sure="sources"))
    assert "degree_best" not in large.centrality("degree").columns
    assert "degree_best" not in small.centrality("degree", sure=None).columns
    assert "degree_best" not in mg.network(nx.karate_club_graph()).centrality("degree").columns


def test_a_changed_copy_measures_its_own_ties_and_knows_no_sources(small: AnalystGraph) -> None:
    copy = small.copy()
    copy.remove_node("x:c")
    assert len(copy.centrality("degree")) == 2
    with pytest.raises(UnknownQuery, match="not as it was loaded"):
        copy.centrality("degree", sure="sources")
    with pytest.raises(UnknownQuery, match="not as it was loaded"):
        copy.series(2019, 2020)


def test_ties_carry_days_layers_and_sources(small: AnalystGraph) -> None:
    assert small.edges["x:a", "x:b"] == {
        "strength": 3,
        "weight": 3,
        "from": "2019-01-01",
        "layer": "help, lead",
        "sources": "x:p x:q",
    }
    assert "from" not in small.edges["x:b", "x:c"]


def test_ties_of_a_day_tell_only_what_holds_then() -> None:
    then = mg.MissionGraph().network(TIES % ROWS, at=2020)
    assert then.edges["x:a", "x:b"]["to"] == "2020-12-31"
    assert then.edges["x:a", "x:b"]["sources"] == "x:p"


def test_the_graph_tells_what_was_counted_and_left_out() -> None:
    then = mg.MissionGraph().network(TIES % ROWS, at="2020-06-30")
    assert then.graph["at"] == "2020-06-30" and then.graph["statements"] == 1
    assert then.graph["left_out: undated"] == 1 and then.graph["question"] == "Who?"
    assert "left out 1 (undated) + 1 (of another time)" in repr(then.centrality("degree"))


def test_what_came_and_went_between_two_networks() -> None:
    before, after = (mg.network(nx.path_graph(list(nodes))) for nodes in ("abc", "abd"))
    found = before.compare(after)
    changed = {(row["change"], row["node"], row["with"]) for row in found}
    assert {("came", "d", None), ("gone", "c", None)} <= changed
    assert {("tie came", "b", "d"), ("tie gone", "b", "c")} <= changed
    assert found.facts["jaccard"] == pytest.approx(1 / 3)


def test_paths_neighbours_and_egos_take_labels(graph: mg.MissionGraph) -> None:
    funding = graph.network("funding")
    path = funding.path("Rockefeller Foundation", "ucl-iipp")
    assert path.facts["length"] == 1 and len(path) == 2
    near = {row["node"] for row in funding.neighbours("Vinnova")}
    ego = funding.ego("Vinnova")
    assert {*ego} == near | {next(n for n in ego if n.endswith("/vinnova"))}
    with pytest.raises(UnknownQuery, match="did you mean"):
        funding.ego("Vinova")


def test_one_side_of_a_two_mode_network_is_tied_by_what_it_shares(graph: mg.MissionGraph) -> None:
    both = graph.network("organisations-missions")
    projected = both.project("organisations")
    assert nx.utils.graphs_equal(
        nx.Graph(projected.edges), nx.Graph(graph.network("shared-missions").edges)
    )
    with pytest.raises(UnknownQuery, match="organisations"):
        both.project("banks")


def test_brokers_and_communities_count_all_nodes(graph: mg.MissionGraph) -> None:
    shared = graph.network("shared-missions")
    brokers = shared.brokers("country")
    assert len(brokers) + brokers.facts["ungrouped"] == len(shared)
    found = shared.communities(runs=2)
    sizes = Counter(row["community"] for row in found)
    assert [each["members"] for each in found.facts["communities"]] == [
        sizes[number] for number in range(len(sizes))
    ]
    assert nx.attribute_assortativity_coefficient(
        shared.subgraph(nx.get_node_attributes(shared, "country")), "country"
    ) == pytest.approx(
        nx.attribute_assortativity_coefficient(
            nx.Graph(shared).subgraph(nx.get_node_attributes(shared, "country")), "country"
        )
    )


def test_a_network_shows_itself_as_a_picture(small: AnalystGraph, tmp_path: Path) -> None:
    assert small._repr_svg_().startswith("<svg") and "Who?" in small._repr_svg_()
    assert small.plot(tmp_path / "x.svg").svg == (tmp_path / "x.svg").read_text()


def test_a_file_has_what_is_known_of_nodes(small: AnalystGraph, tmp_path: Path) -> None:
    (path,) = small.export(tmp_path / "x.graphml", scores=["degree"])
    assert {"degree", "community"} <= {*nx.read_graphml(path).nodes["x:a"]}


def test_a_pickled_network_keeps_its_ties_and_their_facts(small: AnalystGraph) -> None:
    again = pickle.loads(pickle.dumps(small))
    assert nx.utils.graphs_equal(again, small) and "sources" in again.edges["x:a", "x:b"]
    both = [list(each.centrality("degree", sure=None)) for each in (again, small)]
    assert both[0] == both[1]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
@examples(30)
def test_the_same_ties_in_any_form_give_the_same_ranks(pairs: list[tuple[int, int]]) -> None:
    plain = nx.Graph((a, b) for a, b in pairs if a != b)
    plain.add_nodes_from(range(7))
    plain = nx.Graph(nx.to_numpy_array(plain, nodelist=range(7)))
    matrix = nx.to_numpy_array(plain, nodelist=range(7))
    forms: list[Any] = [plain, matrix, sparse.csr_matrix(matrix)]
    forms.append(igraph.Graph(7, list(plain.edges)))
    found = [list(mg.network(form).centrality(["degree", "betweenness"])) for form in forms]
    assert all(rows == found[0] for rows in found)
    if plain.edges and not list(nx.isolates(plain)):
        table = pl.DataFrame(list(plain.edges), schema=["source", "target"], orient="row")
        assert {row["node"]: row["degree"] for row in mg.network(table).centrality("degree")} == {
            row["node"]: row["degree"] for row in found[0]
        }


@pytest.mark.parametrize(
    ("matrix", "complaint"),
    [
        (np.ones((2, 3)), "2 by 3"),
        (np.array([[0, -1], [-1, 0]]), "from 0"),
        (np.array([[0, 1], [0, 0]]), "directed=True"),
    ],
)
def test_a_matrix_that_is_no_network_says_why(matrix: Any, complaint: str) -> None:
    with pytest.raises(QueryError, match=complaint):
        mg.network(matrix)


def test_what_is_public_is_listed() -> None:
    assert {"open", "network", "AnalystGraph", "Findings"} <= {*dir(mg)}


def test_a_table_of_mixed_values_is_a_frame_of_texts(graph: mg.MissionGraph) -> None:
    table = graph.select("SELECT ?x { VALUES ?x { 1 'a' UNDEF 2.5 } }")
    assert table.to_polars()["x"].to_list() == ["1", "a", None, "2.5"]
    assert graph.select("SELECT ?x { VALUES ?x { 1 UNDEF 2.5 } }").to_polars()["x"][2] == 2.5
    with pytest.raises(QueryError, match="SELECT"):
        graph.select("ASK {}")


def test_a_ranking_tells_the_sources_on_which_its_first_rest(small: AnalystGraph) -> None:
    found = small.centrality("degree")
    assert found.facts["rests_on"] == {"x:p": 2, "x:q": 1}
    assert "fewer than 20 nodes say little" in repr(found)
    then = mg.MissionGraph().network(TIES % ROWS, at=2022).centrality("degree")
    assert then.facts["rests_on"] == {"x:q": 1}
    assert "rests_on" not in mg.network(nx.star_graph(30)).centrality("degree").facts
    assert "note" not in mg.network(nx.star_graph(30)).centrality("degree").facts


def test_looking_at_ties_does_not_make_a_network_forget_its_sources(small: AnalystGraph) -> None:
    assert len(list(small.edges(data=True))) == 2
    small.nodes["x:a"]["mine"] = 1
    assert small.centrality("degree", sure="sources").facts["rests_on"]
    assert small.series(2019, 2020).rows
    small.edges["x:a", "x:b"]["strength"] = 9
    with pytest.raises(UnknownQuery, match="not as it was loaded"):
        small.centrality("degree", sure="sources")

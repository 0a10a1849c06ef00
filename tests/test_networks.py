"""A network is a query: how its rows become nodes and ties."""

from __future__ import annotations

import networkx as nx
import pytest

from missiongraph import MissionGraph, Table
from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks import Network, NetworkQuery, draw, find_network, network_queries

TIES = "SELECT ?source ?target ?strength WHERE {{ VALUES (?source ?target ?strength) {{ {} }} }}"


def a_network(graph: MissionGraph, rows: str, header: str = "") -> Network:
    return graph.network(header + TIES.format(rows))


def test_every_shipped_network_says_what_it_is() -> None:
    shipped = network_queries()
    assert {"shared-missions", "funding"} <= {query.name for query in shipped}
    assert all(query.question and query.nodes and query.strength for query in shipped)


def test_an_unknown_name_is_told_the_names_there_are() -> None:
    with pytest.raises(UnknownQuery, match="funding"):
        find_network("no-such-network")


def test_the_header_decides_the_direction() -> None:
    assert NetworkQuery.parse("# Who?\n# network: directed\nSELECT *").directed
    assert not NetworkQuery.parse("SELECT *").directed
    with pytest.raises(QueryError, match="neither directed nor undirected"):
        NetworkQuery.parse("# Who?\n# network: sideways")


def test_a_pair_without_strength_has_strength_1(graph: MissionGraph) -> None:
    drawn = graph.network("SELECT ?source ?target { VALUES (?source ?target) { (<x:a> <x:b>) } }")
    assert list(drawn.edges(data="strength")) == [("x:a", "x:b", 1)]


def test_a_row_without_target_is_a_lone_node(graph: MissionGraph) -> None:
    drawn = a_network(graph, "(<x:a> UNDEF UNDEF)")
    assert set(drawn) == {"x:a"} and not drawn.edges


def test_a_tie_to_oneself_is_left_out_and_its_node_stays(graph: MissionGraph) -> None:
    drawn = a_network(graph, "(<x:a> <x:a> 1) (<x:a> <x:b> 2)")
    assert set(drawn) == {"x:a", "x:b"} and drawn.number_of_edges() == 1


def test_no_rows_make_an_empty_network(graph: MissionGraph) -> None:
    assert len(a_network(graph, "")) == 0


def test_an_undirected_pair_comes_in_one_order_only(graph: MissionGraph) -> None:
    with pytest.raises(QueryError, match="comes twice"):
        a_network(graph, "(<x:a> <x:b> 1) (<x:b> <x:a> 1)")


def test_a_directed_pair_may_come_in_both_orders(graph: MissionGraph) -> None:
    drawn = a_network(graph, "(<x:a> <x:b> 1) (<x:b> <x:a> 3)", "# Who?\n# network: directed\n")
    assert isinstance(drawn, nx.DiGraph) and drawn["x:b"]["x:a"]["strength"] == 3


@pytest.mark.parametrize("strength", ["0", "-1", "'much'", "'NaN'^^<x:number>"])
def test_a_strength_is_a_positive_number(graph: MissionGraph, strength: str) -> None:
    with pytest.raises(QueryError):
        a_network(graph, f"(<x:a> <x:b> {strength})")


def test_a_network_query_selects_source_and_target(graph: MissionGraph) -> None:
    with pytest.raises(QueryError, match="source"):
        graph.network("SELECT ?a WHERE { ?a ?b ?c } LIMIT 1")
    with pytest.raises(QueryError, match="source"):
        graph.network("ASK { ?a ?b ?c }")


def test_strengths_stay_whole_or_broken_as_they_are() -> None:
    drawn = draw([("a", "b", 2), ("b", "c", 0.5)], directed=False)
    assert drawn["a"]["b"]["strength"] == 2 and drawn["b"]["c"]["strength"] == 0.5


def test_shared_missions_tie_organisations(graph: MissionGraph) -> None:
    drawn = graph.network("shared-missions")
    assert not drawn.is_directed() and drawn.number_of_nodes() > 100
    assert all(label for _, label in drawn.nodes(data="label"))
    assert min(nx.get_edge_attributes(drawn, "strength").values()) >= 1


def test_shared_missions_count_missions_not_roles(graph: MissionGraph) -> None:
    drawn = graph.network("shared-missions")
    strengths = nx.get_edge_attributes(drawn, "strength")
    a, b = max(strengths, key=lambda tie: strengths[tie])
    moi = "https://w3id.org/missiongraph/ontology#"
    missions = (
        f"SELECT DISTINCT ?m {{ ?m a <{moi}Mission> . "
        f"?x <{moi}concerns> ?m ; <{moi}hasParticipant> <{a}> . "
        f"?y <{moi}concerns> ?m ; <{moi}hasParticipant> <{b}> }}"
    )
    table = graph.query(missions)
    assert isinstance(table, Table) and len(table) == strengths[a, b]


def test_funding_runs_from_funder_to_recipient(graph: MissionGraph) -> None:
    drawn = graph.network("funding")
    assert drawn.is_directed() and drawn.number_of_edges() > 0

"""A network is a query: the shipped definitions, and what the curated graph makes of them."""

from __future__ import annotations

import networkx as nx
import pytest

from missiongraph import MissionGraph, Table
from missiongraph.errors import NetworkWarning, QueryError, UnknownQuery
from missiongraph.networks import (
    NetworkQuery,
    find_network,
    load_network,
    network_queries,
    read_definition,
    read_ties,
)

TIES = "SELECT ?source ?target ?strength WHERE {{ VALUES (?source ?target ?strength) {{ {} }} }}"
MOI = "https://w3id.org/missiongraph/ontology#"
SHIPPED = [query.name for query in network_queries()]


# --- definitions


def test_every_shipped_network_says_what_it_is() -> None:
    for query in network_queries():
        assert query.question.endswith("?") and query.nodes and query.weight and query.keywords


def test_the_networks_that_analysts_come_for_are_shipped() -> None:
    wanted = {
        "shared-missions", "organisations-missions", "funding", "money", "memberships",
        "partnerships", "missions-instruments", "shared-organisations", "people-organisations",
        "multiplex",
    }  # fmt: skip
    assert wanted <= set(SHIPPED)


def test_an_unknown_name_is_told_the_names_there_are() -> None:
    with pytest.raises(UnknownQuery, match="funding"):
        find_network("no-such-network")


def test_a_definition_is_a_name_a_text_or_itself() -> None:
    funding = find_network("funding")
    assert read_definition("funding") is read_definition(funding) is funding
    assert read_definition(funding.text).kind == "directed"


def test_the_header_decides_what_rows_mean() -> None:
    query = NetworkQuery.parse(
        "# Who is how far?\n# network: directed\n# nodes: towns\n# distance: days\n# layer: mode\n"
        "# keywords: roads, rails\nSELECT *"
    )
    assert (query.question, query.kind, query.directed) == ("Who is how far?", "directed", True)
    assert (query.weighed, query.weight, query.layer) == ("distance", "days", "mode")
    assert query.nodes == "towns" and query.keywords == ("roads", "rails")


def test_without_a_header_a_network_is_undirected_and_its_weight_a_strength() -> None:
    query = NetworkQuery.parse("SELECT *")
    assert not query.directed and (query.weighed, query.weight) == ("strength", "ties")


@pytest.mark.parametrize(
    ("kind", "nodes"),
    [
        ("two-mode", "people and clubs"),
        ("projection of sources", "people"),
        ("projection of targets", "clubs"),
    ],
)
def test_what_the_nodes_are_follows_from_the_kind(kind: str, nodes: str) -> None:
    text = f"# Who?\n# network: {kind}\n# source: people\n# target: clubs\nSELECT *"
    assert NetworkQuery.parse(text).nodes == nodes


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("# network: sideways", "line 2: no network is 'sideways'; write one of: undirected"),
        ("# strength: a\n# distance: b", "a strength or a distance, not both"),
        ("# unit: euro", "write '# unit: layer'"),
    ],
)
def test_a_header_that_cannot_be_is_an_error(header: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        NetworkQuery.parse(f"# Who?\n{header}\nSELECT *")


# --- networks of a graph


def test_a_network_of_networkx_holds_the_strengths(graph: MissionGraph) -> None:
    drawn = graph.network(TIES.format("(<x:a> <x:b> 2) (<x:b> <x:c> 0.5) (<x:z> UNDEF UNDEF)"))
    assert set(drawn) == {"x:a", "x:b", "x:c", "x:z"}
    assert drawn["x:a"]["x:b"]["strength"] == 2 and drawn["x:b"]["x:c"]["strength"] == 0.5


def test_what_is_no_strength_is_left_out_and_counted(graph: MissionGraph) -> None:
    with pytest.warns(NetworkWarning, match="2 rows left out|there are no nodes"):
        found = load_network(graph.engine, TIES.format("(<x:a> <x:b> 'much') (<x:a> <x:c> 0)"))
    assert len(found) == 0
    assert found.about["rejected"] == {"a strength that is not a number above 0": 2}


def test_a_directed_network_is_a_directed_graph(graph: MissionGraph) -> None:
    rows = TIES.format("(<x:a> <x:b> 1) (<x:b> <x:a> 3)")
    drawn = graph.network("# Who?\n# network: directed\n" + rows)
    assert isinstance(drawn, nx.DiGraph) and drawn["x:b"]["x:a"]["strength"] == 3


def test_a_network_query_selects_source_and_target(graph: MissionGraph) -> None:
    for text in ("SELECT ?a WHERE { ?a ?b ?c } LIMIT 1", "ASK { ?a ?b ?c }"):
        with pytest.raises(QueryError, match="source"):
            graph.network(text)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_has_ties_and_loses_none(graph: MissionGraph, name: str) -> None:
    network = load_network(graph.engine, name)
    assert network.size > 0 and network.definition is find_network(name)
    assert not network.about["rejected"] and network.loops == 0
    assert all(label for label in network.labels.values())


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_names_its_sources(graph: MissionGraph, name: str) -> None:
    ties = read_ties(graph.engine, name)
    assert ties.graphs and (ties.graph >= 0).all()


def test_a_day_has_no_more_ties_than_all_time(graph: MissionGraph) -> None:
    whole = load_network(graph.engine, "shared-missions")
    day = load_network(graph.engine, "shared-missions", at="2022-01-01")
    assert day.nodes == whole.nodes and 0 < day.size < whole.size


def test_shared_missions_count_missions_not_roles(graph: MissionGraph) -> None:
    drawn = graph.network("shared-missions")
    shared = nx.get_edge_attributes(drawn, "shared")
    a, b = max(shared, key=lambda tie: shared[tie])
    missions = (
        f"SELECT DISTINCT ?m {{ ?m a <{MOI}Initiative> FILTER NOT EXISTS {{ ?m a <{MOI}Project> }} "
        f"?x <{MOI}concerns> ?m ; <{MOI}hasParticipant> <{a}> . "
        f"?y <{MOI}concerns> ?m ; <{MOI}hasParticipant> <{b}> }}"
    )
    table = graph.query(missions)
    assert isinstance(table, Table) and len(table) == shared[a, b] > drawn[a][b]["strength"]


def test_a_projection_and_its_two_modes_have_the_same_organisations(graph: MissionGraph) -> None:
    both = load_network(graph.engine, "organisations-missions")
    shared = load_network(graph.engine, "shared-missions")
    assert both.side is not None
    assert shared.nodes == [n for n, side in zip(both.nodes, both.side, strict=True) if side == 0]


def test_money_is_drawn_in_one_currency(graph: MissionGraph) -> None:
    network = load_network(graph.engine, "money")
    assert len(network.about["layers"]) == 1 and network.directed

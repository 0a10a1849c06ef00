"""What an analyst's network answers about its structure."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import pytest

import missiongraph as mg
from missiongraph.errors import UnknownQuery
from missiongraph.networks.kit.graphs import AnalystGraph
from missiongraph.networks.structure.nestedness import nestedness_by_chance
from missiongraph.networks.structure.statistics import statistics


@pytest.fixture(scope="module")
def funding() -> AnalystGraph:
    return mg.open().network("funding")


def test_statistics_are_a_table_of_figures(funding: AnalystGraph) -> None:
    found = funding.statistics()
    expected = statistics(funding.network)
    assert [(row["name"], row["range"]) for row in found] == [(e.name, e.range) for e in expected]
    assert next(row["value"] for row in found if row["name"] == "nodes") == len(funding)
    assert f"nodes {len(funding)}" in found.told


def test_a_two_mode_network_is_compared_with_random_matrices() -> None:
    memberships = mg.open().network("memberships")
    found = memberships.nestedness(runs=20, seed=1)
    expected = nestedness_by_chance(memberships.network, runs=20, seed=1)
    assert [(row["name"], row["z"]) for row in found] == [(e.name, e.z) for e in expected]
    assert 0 < found.facts["fill"] < 1


def test_a_rich_club_has_a_row_for_each_number_of_ties(funding: AnalystGraph) -> None:
    found = funding.rich_club(runs=5)
    assert [row["more_than"] for row in found] == list(range(len(found)))
    assert next(iter(found))["nodes"] <= len(funding) and found.facts["runs"] == 5


def test_the_core_comes_first_with_its_densities(funding: AnalystGraph) -> None:
    found = funding.core_periphery(runs=2)
    core = [row["core"] for row in found]
    assert core == sorted(core, reverse=True) and sum(core) == found.facts["of_core"]
    assert found.facts["within_core"] > found.facts["within_periphery"]


def test_positions_have_the_densities_of_their_ties() -> None:
    roles = mg.network(nx.complete_bipartite_graph(2, 3))
    found = roles.positions()
    assert [row["position"] for row in found] == [0, 0, 1, 1, 1]
    assert found.facts["densities"] == [[0, 1], [1, 0]] and found.facts["sizes"] == [2, 3]


def test_nodes_with_the_same_ties_are_equivalent() -> None:
    star = mg.network(nx.star_graph(["hub", "a", "b"]))
    assert [(row["node"], row["distance"]) for row in star.equivalent("a")] == [
        ("b", 0),
        ("hub", 2**0.5),
    ]


def test_figures_are_compared_with_random_networks(funding: AnalystGraph) -> None:
    found = funding.statistics_by_chance("kind", runs=5)
    names = [row["name"] for row in found]
    assert "E-I index by kind" in names and "reciprocity" in names
    assert found.facts["by"] == ["kind"]


def test_who_stands_between_two_countries() -> None:
    shared = mg.open().network("shared-missions")
    countries = Counter(shared.network.attributes["country"].values())
    one, other = (name for name, _ in countries.most_common(2))
    found = shared.brokers_between(one, other, by="country", top=3)
    assert len(found) == 3 and found.facts["brokered"] <= found.facts["untied"]
    assert all(row["alone"] <= row["pairs"] <= found.facts["brokered"] for row in found)


def test_a_network_without_ties_has_tables_too() -> None:
    lonely = mg.network(nx.empty_graph(3))
    assert len(lonely.significance()) == 0 and len(lonely.positions()) == 3
    assert len(lonely.statistics()) > 5 and lonely.backbone().size() == 0
    assert not any(row["core"] for row in lonely.core_periphery())
    assert len(lonely.rich_club(runs=2)) == 0


def test_layers_tell_where_the_ties_of_each_node_lie() -> None:
    graph = mg.open().network("shared-missions")
    found = graph.layers("supporter", "partner", pagerank="combined")
    alone = {
        name: mg.open().network("shared-missions", layers=name) for name in ("supporter", "partner")
    }
    for row in found:
        node = row["node"]
        for name, layer in alone.items():
            assert row[name] == (layer.degree[node] if node in layer else 0)
        assert row["ties"] == row["supporter"] + row["partner"]
    assert sum(row["pagerank"] for row in found) == pytest.approx(1)
    everywhere = [row for row in graph.layers() if row["node"] == next(iter(found))["node"]]
    assert everywhere[0]["layers"] >= 2


def test_a_layer_that_does_not_exist_is_told_those_that_do() -> None:
    with pytest.raises(UnknownQuery, match=r"no layer 'supporters'; there are: .*supporter"):
        mg.open().network("shared-missions").layers("supporters", "partner")

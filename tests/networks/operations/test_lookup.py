"""A node is found by what people call it."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest

from missiongraph.errors import UnknownQuery
from missiongraph.networks import Network, from_networkx
from missiongraph.networks.operations.lookup import find_node

BANK = "https://example.org/id/organisation/investment-bank"


@pytest.fixture
def network() -> Network:
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_node(BANK, label="European Investment Bank")
    graph.add_node("https://example.org/id/organisation/twin", label="Twin")
    graph.add_node("https://example.org/id/mission/twin", label="Twin mission")
    return from_networkx(graph)


@pytest.mark.parametrize("name", [BANK, "investment-bank", "european investment BANK"])
def test_by_iri_by_its_end_or_by_label(network: Network, name: str) -> None:
    assert find_node(network, name) == BANK


def test_a_label_goes_before_the_end_of_an_iri(network: Network) -> None:
    assert find_node(network, "twin") == "https://example.org/id/organisation/twin"


@pytest.mark.parametrize("name", ["investment", "Europaen Investment Bank", "investment-bnak"])
def test_an_unknown_name_is_told_near_ones(network: Network, name: str) -> None:
    with pytest.raises(UnknownQuery, match="European Investment Bank"):
        find_node(network, name)


def test_a_name_of_several_is_told_them(network: Network) -> None:
    graph: nx.Graph[Any] = nx.Graph([("https://x.org/a/same", "https://x.org/b/same")])
    with pytest.raises(UnknownQuery, match=r"a/same or https://x\.org/b/same"):
        find_node(from_networkx(graph), "same")


def test_what_is_like_nothing_gets_no_hint(network: Network) -> None:
    with pytest.raises(UnknownQuery) as raised:
        find_node(network, "zzzzqqqq")
    assert "mean" not in str(raised.value)

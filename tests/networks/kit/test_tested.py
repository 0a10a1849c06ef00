"""What an analyst's network answers with tests against chance."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest

import missiongraph as mg
from missiongraph.errors import UnknownQuery
from missiongraph.networks.analysis.qap import correlate, regress
from missiongraph.networks.kit.graphs import AnalystGraph


@pytest.fixture(scope="module")
def shared() -> AnalystGraph:
    return mg.open().network("shared-missions")


def test_a_backbone_has_the_ties_whose_chance_is_low(shared: AnalystGraph) -> None:
    table = shared.significance("sdsm")
    chances = {frozenset({row["source"], row["target"]}): row["chance"] for row in table}
    kept = shared.backbone(0.01, method="sdsm")
    assert {*map(frozenset, kept.edges)} == {tie for tie, p in chances.items() if p < 0.01}
    assert set(kept) == set(shared) and table.facts["method"] == "sdsm"


def test_fewer_ties_are_kept_if_false_discoveries_are_limited(shared: AnalystGraph) -> None:
    table = shared.significance("sdsm")
    strict = shared.backbone(0.05, method="sdsm", fdr=True)
    assert strict.size() < shared.backbone(0.05, method="sdsm").size()
    assert len(strict.edges) == sum(row["fdr"] < 0.05 for row in table)


def test_a_table_of_chances_tells_runs_and_seed() -> None:
    events: nx.Graph[Any] = nx.Graph([("a", 1), ("a", 2), ("b", 1), ("b", 2), ("c", 2), ("c", 3)])
    found = mg.network(events).project(list("abc")).significance("fdsm", runs=200, seed=4)
    assert found.facts["runs"] == 200 and found.facts["seed"] == 4
    assert {row["source"] + row["target"] for row in found} == {"ab", "ac", "bc"}


def test_networks_correlate_as_by_permutation(shared: AnalystGraph) -> None:
    other = mg.open().network("partnerships")
    found = shared.correlate({"partners": other}, runs=50, seed=1)
    expected = correlate(shared.network, other.network, runs=50, seed=1)
    (row,) = found
    assert (row["network"], row["correlation"]) == ("partners", expected.test.value)
    assert row["p"] == expected.test.p and row["nodes"] == expected.nodes


def test_ties_are_explained_by_networks_and_attributes(shared: AnalystGraph) -> None:
    found = shared.regress({"country": "country"}, runs=20, seed=1)
    countries = dict(shared.network.attributes["country"])
    expected = regress(shared.network, {"country": countries}, runs=20, seed=1)
    intercept, row = found
    assert intercept["predictor"] == "intercept" and intercept["p"] is None
    assert row["coefficient"] == expected.coefficients["country"]
    assert (row["t"], row["p"]) == (expected.tests["country"].value, expected.tests["country"].p)
    assert found.facts["compared"] + found.facts["unmatched"] == len(shared)


def test_a_first_rank_falls_with_its_documents(shared: AnalystGraph) -> None:
    found = shared.dethroning("degree")
    assert found.facts["exact"] and found.facts["after"] > 1 == found.facts["rank"]
    assert {row["graph"] for row in found} == {*found.facts["sources"]}
    assert len(found.facts["sources"]) == found.facts["least"]


def test_a_network_without_statements_has_no_documents() -> None:
    with pytest.raises(UnknownQuery, match="not as it was loaded"):
        mg.network(nx.path_graph(3)).dethroning()


def test_ranks_hold_the_less_the_more_documents_are_missing(shared: AnalystGraph) -> None:
    found = shared.missing_sources("degree", shares=[0.05, 0.6], runs=10)
    few, many = found
    assert few["left_out"] < many["left_out"] and few["agreement"] > many["agreement"]

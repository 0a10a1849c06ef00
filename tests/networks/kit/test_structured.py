"""What an analyst's network answers about its structure."""

from __future__ import annotations

import pytest

import missiongraph as mg
from missiongraph.networks.analysis.statistics import statistics
from missiongraph.networks.kit.graphs import AnalystGraph


@pytest.fixture(scope="module")
def funding() -> AnalystGraph:
    return mg.open().network("funding")


def test_statistics_are_a_table_of_figures(funding: AnalystGraph) -> None:
    found = funding.statistics()
    expected = statistics(funding.network)
    assert [(row["name"], row["range"]) for row in found] == [(e.name, e.range) for e in expected]
    assert next(row["value"] for row in found if row["name"] == "nodes") == len(funding)
    assert f"nodes {len(funding)}" in found.told

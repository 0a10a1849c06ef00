"""What the page on R reads from a server is what igraph and statnet expect there."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest
from flask.testing import FlaskClient

import missiongraph

PAGE = (Path(missiongraph.__file__).parent / "networks" / "R.md").read_text("utf-8")
READ = re.findall(r'"((?:nodes|ties|centrality/\w+)\?[^"]+)"', PAGE) + re.findall(
    r"`(centrality/[^`]+)`", PAGE
)
ADDRESS = "/networks/shared-missions/"


@pytest.fixture
def client(patient_client: FlaskClient) -> FlaskClient:
    return patient_client


def rows(client: FlaskClient, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(ADDRESS + path).text)))


def test_every_address_on_the_page_answers(client: FlaskClient) -> None:
    assert len(READ) == 4
    for path in READ:
        assert client.get(ADDRESS + path).status_code == 200, path


def test_ties_begin_with_their_ends_and_nodes_with_their_names(client: FlaskClient) -> None:
    nodes, ties = rows(client, "nodes?format=csv"), rows(client, "ties?format=csv")
    assert [*ties[0]][:2] == ["source", "target"] and "weight" in ties[0]
    names = [next(iter(node.values())) for node in nodes]
    assert len({*names}) == len(names)
    assert {tie[end] for tie in ties for end in ("source", "target")} <= {*names}
    assert {"label", "kind", "country", "community"} <= {*nodes[0]}


def test_parquet_has_the_same_ties(client: FlaskClient) -> None:
    ties = rows(client, "ties?format=csv")
    frame = pl.read_parquet(client.get(f"{ADDRESS}ties?format=parquet").data)
    assert frame.columns == [*ties[0]] and frame.height == len(ties)
    assert frame["weight"].sum() == pytest.approx(sum(float(tie["weight"]) for tie in ties))


def test_a_year_has_the_same_nodes_and_fewer_ties(client: FlaskClient) -> None:
    whole, year = ([rows(client, f"{what}?format=csv{at}") for what in ("nodes", "ties")]
                   for at in ("", "&at=2023"))  # fmt: skip
    assert [node["node"] for node in whole[0]] == [node["node"] for node in year[0]]
    assert 0 < len(year[1]) < len(whole[1])

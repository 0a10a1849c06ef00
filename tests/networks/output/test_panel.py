"""Networks of several periods as matrices for RSiena."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from missiongraph.errors import QueryError
from missiongraph.networks import from_networkx
from missiongraph.networks.output.panel import Wave, write_panel


def wave(year: int, *ties: tuple[str, str], present: str, directed: bool = True) -> Wave:
    graph: nx.Graph[Any] = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from("abcd")
    graph.add_edges_from(ties)
    return date(year, 1, 1), from_networkx(graph), np.array([node in present for node in "abcd"])


def matrix(path: Path) -> list[list[int]]:
    return [[int(cell) for cell in row] for row in csv.reader(io.StringIO(path.read_text()))]


def test_nodes_that_are_not_there_yet_cannot_have_ties(tmp_path: Path) -> None:
    waves = [
        wave(2020, ("a", "b"), present="ab"),
        wave(2021, ("a", "b"), ("c", "a"), present="abc"),
    ]
    one, two, _ = write_panel(waves, tmp_path)
    assert [one.name, two.name] == ["wave-2020-01-01.csv", "wave-2021-01-01.csv"]
    assert matrix(one) == [[0, 1, 10], [0, 0, 10], [10, 10, 0]]
    assert matrix(two) == [[0, 1, 0], [0, 0, 0], [1, 0, 0]]


def test_the_rows_are_those_of_the_table_of_nodes_which_tells_when_they_are_there(
    tmp_path: Path,
) -> None:
    waves = [wave(2020, ("d", "b"), present="bd"), wave(2021, ("b", "d"), present="bd")]
    *_, table = write_panel(waves, tmp_path)
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    assert [row["node"] for row in rows] == ["b", "d"]
    assert {row["present_2020-01-01"] for row in rows} == {"true"}


def test_an_undirected_wave_is_symmetric_and_has_an_empty_diagonal(tmp_path: Path) -> None:
    waves = [wave(year, ("a", "b"), ("a", "a"), present="ab", directed=False) for year in (1, 2)]
    assert matrix(write_panel(waves, tmp_path)[0]) == [[0, 1], [1, 0]]


def test_one_wave_other_nodes_and_two_modes_are_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    day, network, there = wave(2020, ("a", "b"), present="ab")
    other = from_networkx(nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d")]))
    two: nx.Graph[str] = nx.Graph()
    two.add_node("a", bipartite=0)
    two.add_node("b", bipartite=1)
    two.add_edge("a", "b")
    sides = (date(2020, 1, 1), from_networkx(two), np.array([True, True]))
    with pytest.raises(QueryError, match="two waves"):
        write_panel([(day, network, there)], tmp_path / "x")
    with pytest.raises(QueryError, match="same nodes"):
        write_panel([(day, network, there), (day, other.part([0, 1, 2]), there)], tmp_path / "x")
    with pytest.raises(QueryError, match="one-mode"):
        write_panel([sides, sides], tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_waves_of_another_panel_are_not_mixed_with_these(tmp_path: Path) -> None:
    waves = [wave(year, ("a", "b"), present="ab") for year in (2019, 2020, 2021)]
    write_panel(waves, tmp_path)
    write_panel(waves, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(QueryError, match=r"wave-2019-01-01\.csv: take an empty folder"):
        write_panel(waves[1:], tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

"""Every question of the query library is run on the curated graph and gives the rows we expect."""

from __future__ import annotations

import csv
import io
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from missiongraph import MissionGraph
from missiongraph.sparql.library import find, queries
from missiongraph.sparql.results import Table

EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parents[1] / "fixtures" / "expected_rows.toml").read_text("utf-8")
)
"""For each query: parameters, the least number of rows, and rows (of some columns) to be found."""

NAMES = [query.name for query in queries()]


@cache
def ask(graph: MissionGraph, name: str) -> Table:
    """The answer to a query of the library, which all tests share: some take seconds."""
    answer = graph.query(name, **EXPECTED[name].get("parameters", {}))
    assert isinstance(answer, Table)
    return answer


def test_the_library_answers_at_least_thirty_questions() -> None:
    assert len(NAMES) >= 30


def test_every_query_has_expected_rows_and_nothing_else_has() -> None:
    assert sorted(EXPECTED) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_query_gives_its_expected_rows(graph: MissionGraph, name: str) -> None:
    expected = EXPECTED[name]
    found = list(csv.DictReader(io.StringIO(ask(graph, name).to_csv())))
    missing = [row for row in expected["rows"] if not any(row.items() <= f.items() for f in found)]
    assert missing == []
    assert expected["rows"], "a query without an expected row proves nothing"
    assert len(found) >= expected["at_least"]


@pytest.mark.parametrize("name", NAMES)
def test_a_query_describes_the_columns_it_selects(graph: MissionGraph, name: str) -> None:
    assert list(find(name).columns) == list(ask(graph, name).columns)


@pytest.mark.parametrize("name", NAMES)
def test_a_query_gives_no_row_twice(graph: MissionGraph, name: str) -> None:
    rows = [tuple(map(str, row)) for row in ask(graph, name).rows]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("name", NAMES)
def test_a_query_that_shows_a_source_tells_its_strength(name: str) -> None:
    columns = find(name).columns
    shown = {"page", "source"} & set(columns)
    assert not shown or "strength" in columns or name == "weak-sources"

"""No request and no data bring out a fault of the server, or an answer that no parser reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support import odd
from support.examples import examples
from support.fuzzing import BY_DATA, Asked, ask, by_description

from missiongraph import LocalEngine, MissionGraph, Table
from missiongraph.publishing.progress import progress
from missiongraph.server import create_app
from missiongraph.server.settings import Settings

EXAMPLES = examples(
    80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    graph = MissionGraph(engine=LocalEngine(odd.store(), "odd"))
    app = create_app(graph, Settings(network_wait_seconds=20))
    yield app
    app.extensions["missiongraph"].jobs.close()


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@given(asked=BY_DATA)
@EXAMPLES
def test_whatever_the_data_hold(client: FlaskClient, asked: Asked) -> None:
    assert not ask(client, asked)


@given(data=st.data())
@EXAMPLES
def test_whatever_is_asked(client: FlaskClient, data: st.DataObject) -> None:
    document = client.get("/openapi.json").json
    assert not ask(client, data.draw(by_description(document)))


@pytest.mark.parametrize("value", ["abc", float("nan"), float("inf"), Decimal("9" * 400), "", True])
@pytest.mark.parametrize("when", ["tomorrow", "2020-13-01", "99999-12-31", "", "2020"])
def test_progress_by_what_is_no_number_or_day(value: Any, when: str) -> None:
    aim = dict.fromkeys(("aim", "name", "kind", "due", "status", "source", "replaces"), when)
    seen = dict.fromkeys(("value", "upTo", "text", "unit", "bound", "own", "source"), value)
    rows = [{**seen, "aim": when, "kind": kind, "date": when} for kind in ("baseline", "target")]
    state = dict.fromkeys(("state", "reason", "asOf", "due", "unit", "bound", "start"), when)
    numbers = dict.fromkeys(("wanted", "latest", "baseline", "computed"), value)
    [found] = progress([aim], rows, [{**state, **numbers, "aim": when}])
    assert when in found.why and len(found.seen) == 2
    assert str(value) in found.seen[0].words or value in ("", True)


def test_a_table_of_what_json_has_no_number_for_is_json() -> None:
    values = (float("nan"), float("inf"), float("-inf"), Decimal("9" * 400 + ".5"), 1.5, None)
    table = Table(("x",), tuple((value,) for value in values))
    told = json.loads(table.to_json(), parse_constant=pytest.fail)
    assert [row["x"] for row in told] == ["NaN", "INF", "-INF", "INF", 1.5, None]


@pytest.mark.parametrize("number", odd.NUMBERS)
@pytest.mark.parametrize("kind", ["integer", "decimal", "double"])
def test_a_page_of_ill_typed_numbers(client: FlaskClient, number: str, kind: str) -> None:
    term = f'"{number}"^^<http://www.w3.org/2001/XMLSchema#{kind}>'
    query = f"SELECT ({term} AS ?x) (2 AS ?y) (<<( <x:a> <x:b> {term} )>> AS ?z) {{}}"
    for columns in ("?x ?y", "?x ?y ?z"):
        text = f"SELECT {columns} {{ {{ {query} }} UNION {{ {query} }} }}"
        assert (
            client.get("/sparql", query_string={"query": text, "format": "html"}).status_code == 200
        )

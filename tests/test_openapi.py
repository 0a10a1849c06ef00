"""The OpenAPI description: it is one, it names every route, and the server keeps to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from missiongraph import MissionGraph, directory
from missiongraph.isolated import IsolatedEngine
from missiongraph.library import queries
from missiongraph.server import create_app
from missiongraph.server.settings import Settings
from missiongraph.server.tokens import Access, Token, hashed

EXAMPLES = 12  # of each operation and kind of data
TOKEN = "t"
SMALL = Settings(query_characters=2000, dataset_graphs=3)

TERMS = st.sampled_from(["?a", "?b", "<x:a>", '"text"@en', "42", "true", '"é"'])
PATTERNS = st.lists(
    st.tuples(st.sampled_from(["?a", "?b", "<x:a>"]), st.sampled_from(["?p", "<x:b>"]), TERMS),
    max_size=3,
).map(lambda triples: " . ".join(" ".join(triple) for triple in triples))
QUERIES = st.builds(
    "{} {{ {} }} {}".format,
    st.sampled_from(["SELECT * WHERE", "ASK", "CONSTRUCT { ?a <x:c> ?b } WHERE"]),
    PATTERNS,
    st.sampled_from(["", "LIMIT 3", "LIMIT 2 OFFSET 1"]),
)
UPDATES = st.sampled_from(
    [
        "INSERT DATA { GRAPH <x:g> { <x:a> <x:b> 1 } }",
        "DELETE WHERE { GRAPH <x:g> { ?s <x:b> ?o } }",
        "INSERT { GRAPH <x:h> { ?s ?p ?o } } WHERE { GRAPH <x:g> { ?s ?p ?o } }",
    ]
)
IRIS = st.from_regex(r"\Ax:[a-z]{1,9}\Z")
BODIES = {
    "text/turtle": "<x:a> <x:b> 1 .",
    "application/n-triples": "<x:a> <x:b> <x:c> .\n",
    "application/rdf+xml": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "application/ld+json": '{"@id": "x:a", "x:b": 1}',
}


@pytest.fixture(scope="module", autouse=True)
def _formats() -> None:
    """Data that the description calls for in words, and Schemathesis cannot make up."""
    schemathesis.openapi.format("sparql-query", QUERIES)
    schemathesis.openapi.format("sparql-update", UPDATES)
    schemathesis.openapi.format("absolute-iri", IRIS)
    schemathesis.openapi.media_type("application/sparql-query", QUERIES.map(str.encode))
    schemathesis.openapi.media_type("application/sparql-update", UPDATES.map(str.encode))
    for kind, body in BODIES.items():
        schemathesis.openapi.media_type(kind, st.just(body.encode()))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A server with little in it that takes writes."""
    folder = tmp_path_factory.mktemp("written")
    terms = (ox.NamedNode(f"x:{name}") for name in "abcg")
    directory.create(folder, [ox.Quad(*terms)], merged=True)
    engine = IsolatedEngine(limits=SMALL, directory=folder, shapes=False)
    graph = MissionGraph(ox.Store())
    graph.engine = engine
    try:
        access = Access((Token("t", hashed(TOKEN), "write"),))
        yield create_app(graph, SMALL, access, writable=True)
    finally:
        engine.close()


@pytest.fixture(scope="module")
def document(app: Flask) -> Any:
    return json.loads(app.test_client().get("/openapi.json").data)


def test_every_route_is_described_and_nothing_else(app: Flask, document: Any) -> None:
    served = {
        (rule.rule.replace("<path:path>", "{path}").replace("<name>", "{name}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    described = {
        (path, method)
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert described == served


def test_every_query_of_the_library_is_at_the_path_described(app: Flask, document: Any) -> None:
    assert "/queries/{name}" in document["paths"]
    client = app.test_client()
    assert all(client.get(f"/queries/{entry.name}").status_code == 200 for entry in queries())


def test_limits_are_those_of_the_settings(document: Any) -> None:
    (query,) = (p for p in document["paths"]["/sparql"]["get"]["parameters"] if p["name"] == "query")
    assert query["schema"]["maxLength"] == SMALL.query_characters


# --- the server keeps to it

CONFIG = {
    "generation": {"deterministic": True, "database": "none"},
    "checks": {
        # a format that the answer's form does not have is 406: no schema can tell beforehand
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "403", "404", "406", "429", "5xx"]
        }
    },
}


@pytest.fixture(scope="module")
def interface(app: Flask) -> Any:
    config = SchemathesisConfig.from_dict(CONFIG)
    return schemathesis.openapi.from_wsgi("/openapi.json", app, config=config)


schema = schemathesis.pytest.from_fixture("interface")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
def test_the_server_keeps_to_its_description(case: Any) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"})

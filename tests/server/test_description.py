"""The service description: it is RDF, it is small, and all that it says is true."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from support.applications import writable

from missiongraph import MissionGraph
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.remote.egress import EgressClient
from missiongraph.server import create_app
from missiongraph.server.api.service_description import FORMAT, INPUTS, NAMES, SD, VOID
from missiongraph.server.settings import Settings
from missiongraph.server.state.access import Access
from missiongraph.sparql.engine import SOLUTIONS, TRIPLES
from missiongraph.writing.attempt import FORMATS

ENDPOINT = "http://localhost/sparql"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
QUAD = ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:b"), ox.NamedNode("x:c"), ox.NamedNode("x:g"))
TOKEN = {"Authorization": "Bearer t"}


@pytest.fixture(scope="module")
def client(graph: MissionGraph) -> FlaskClient:
    return create_app(graph, Settings()).test_client()


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    yield from writable(tmp_path_factory.mktemp("merged"), [QUAD], merged=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    yield from writable(tmp_path_factory.mktemp("plain"), [QUAD], merged=False)


def said(client: FlaskClient, name: str) -> set[str]:
    """The values of a property in the description."""
    triples = ox.parse(client.get("/sparql").data, ox.RdfFormat.TURTLE)
    return {getattr(t.object, "value", str(t.object)) for t in triples if t.predicate.value == name}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("*/*", "text/turtle"), *((kind, kind) for kind in NAMES if kind in TRIPLES)],
)
def test_it_comes_in_every_format_of_rdf(client: FlaskClient, accept: str, media_type: str) -> None:
    response = client.get("/sparql", headers={"Accept": accept})
    assert response.status_code == 200 and response.mimetype == media_type
    assert len(list(ox.parse(response.data, TRIPLES[media_type]))) > 10


def test_a_link_may_ask_for_a_format(client: FlaskClient) -> None:
    response = client.get("/sparql?format=jsonld", headers=BROWSER)
    assert response.mimetype == "application/ld+json"


@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json", "image/png"])
def test_another_format_is_406(client: FlaskClient, accept: str) -> None:
    assert client.get("/sparql", headers={"Accept": accept}).status_code == 406


def test_a_browser_gets_the_form(client: FlaskClient) -> None:
    assert client.get("/sparql", headers=BROWSER).mimetype == "text/html"


def test_head_is_get_without_body(client: FlaskClient) -> None:
    head, get = client.head("/sparql"), client.get("/sparql")
    assert head.data == b"" and head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["ETag"] == get.headers["ETag"]


def test_the_endpoint_is_the_address_asked(client: FlaskClient) -> None:
    assert said(client, SD + "endpoint") == {ENDPOINT}


def test_it_is_small(client: FlaskClient) -> None:
    assert len(client.get("/sparql").data) < 20_000


def test_the_triples_are_those_of_the_default_graph(client: FlaskClient) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    answer = json.loads(client.get("/sparql", query_string={"query": query}).data)
    assert said(client, VOID + "triples") == {answer["results"]["bindings"][0]["n"]["value"]}


def test_the_triples_are_counted_again_after_a_write(merged: FlaskClient) -> None:
    before = said(merged, VOID + "triples")
    update = "INSERT DATA { GRAPH <x:g> { <x:a> <x:b> 1, 2 } }"
    done = merged.post("/sparql", data={"update": update}, headers=TOKEN)
    assert done.status_code == 200
    assert {int(n) + 2 for n in before} == {int(n) for n in said(merged, VOID + "triples")}


@pytest.mark.parametrize("kind", NAMES)
def test_every_format_that_it_names_is_served(client: FlaskClient, kind: str) -> None:
    assert FORMAT + NAMES[kind] in said(client, SD + "resultFormat")
    query = "ASK {}" if "sparql-results" in kind else "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1"
    query = "SELECT * { ?s ?p ?o } LIMIT 1" if kind in SOLUTIONS else query
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": kind})
    assert response.status_code == 200 and response.mimetype == kind


def test_it_names_no_other_format(client: FlaskClient) -> None:
    assert said(client, SD + "resultFormat") == {FORMAT + name for name in NAMES.values()}


def test_a_read_only_endpoint_speaks_of_no_writing(client: FlaskClient) -> None:
    assert said(client, SD + "supportedLanguage") == {SD + "SPARQL11Query"}
    assert not said(client, SD + "inputFormat")
    assert client.post("/sparql", data={"update": "CLEAR ALL"}).status_code == 403


def test_a_writable_endpoint_says_so_and_takes_updates(merged: FlaskClient) -> None:
    assert SD + "SPARQL11Update" in said(merged, SD + "supportedLanguage")
    update = {"update": "INSERT DATA { GRAPH <x:g> { <x:a> <x:b> <x:c> } }"}
    assert merged.post("/sparql", data=update, headers=TOKEN).status_code == 200


def test_the_formats_that_graphs_are_sent_in_are_those_read(merged: FlaskClient) -> None:
    assert said(merged, SD + "inputFormat") == {FORMAT + name for name in INPUTS}
    assert {*INPUTS} == {NAMES.get(kind, "N3") for kind in FORMATS}


def default_graph_holds(client: FlaskClient) -> bool:
    query = {"query": "ASK { <x:a> <x:b> <x:c> }"}
    return bool(json.loads(client.get("/sparql", query_string=query).data)["boolean"])


def test_a_merged_dataset_says_that_its_default_graph_is_the_union(merged: FlaskClient) -> None:
    assert said(merged, SD + "feature") == {SD + "UnionDefaultGraph"}
    assert default_graph_holds(merged)


def test_a_plain_dataset_does_not(plain: FlaskClient) -> None:
    assert not said(plain, SD + "feature")
    assert not default_graph_holds(plain)


def test_federation_is_promised_where_services_are_listed() -> None:
    services = EgressClient(["https://example.org/sparql"], Settings())
    engine = IsolatedEngine(limits=Settings(), services=services)
    graph = MissionGraph(ox.Store())
    graph.engine = engine
    try:
        client = create_app(graph, Settings()).test_client()
        assert SD + "BasicFederatedQuery" in said(client, SD + "feature")
    finally:
        engine.close()


def test_federation_is_neither_promised_nor_served(client: FlaskClient) -> None:
    assert SD + "BasicFederatedQuery" not in said(client, SD + "feature")
    query = {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}
    assert client.get("/sparql", query_string=query).status_code == 403


def test_reading_by_token_goes_for_the_description_too(graph: MissionGraph) -> None:
    closed = create_app(graph, Settings(), Access(read_takes_token=True)).test_client()
    assert closed.get("/sparql").status_code == 401

"""The web server: the SPARQL Protocol, its errors, the pages and the settings."""

from __future__ import annotations

import csv
import io
import json
from http import HTTPStatus

import pytest
import rdflib
from flask.testing import FlaskClient
from markupsafe import escape
from support.examples import every_third
from werkzeug.test import TestResponse

from missiongraph import MissionGraph
from missiongraph.errors import MissionGraphError
from missiongraph.server import create_app
from missiongraph.server.settings import Settings, described
from missiongraph.sparql.library import queries

SELECT = "SELECT * WHERE { VALUES (?a ?b) { (<x:a> 1) (<x:b> 2) } }"
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT { <x:a> <x:b> ?o } WHERE { VALUES ?o { 1 2 } }"
BROKEN = "SELECT * WHERE {"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
DIRECT = "application/sparql-query"
COUNT_GRAPH = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


@pytest.fixture(scope="module")
def client(graph: MissionGraph) -> FlaskClient:
    return create_app(graph, Settings()).test_client()


def ask(client: FlaskClient, query: str, accept: str = "*/*", **more: str) -> TestResponse:
    parameters = {"query": query, **more}
    return client.get("/sparql", query_string=parameters, headers={"Accept": accept})


def problem(response: TestResponse) -> dict[str, object]:
    assert response.content_type == "application/problem+json"
    body: dict[str, object] = json.loads(response.data)
    assert body["status"] == response.status_code and body["type"] and body["title"]
    assert body["detail"]
    return body


# --- the three ways to ask


def test_query_by_get(client: FlaskClient) -> None:
    assert len(json.loads(ask(client, SELECT).data)["results"]["bindings"]) == 2


def test_query_by_form(client: FlaskClient) -> None:
    response = client.post("/sparql", data={"query": SELECT})
    assert len(json.loads(response.data)["results"]["bindings"]) == 2


def test_query_by_direct_post(client: FlaskClient) -> None:
    response = client.post("/sparql", data=SELECT.encode(), content_type=DIRECT)
    assert len(json.loads(response.data)["results"]["bindings"]) == 2


def test_direct_post_takes_a_charset_parameter_if_it_is_utf8(client: FlaskClient) -> None:
    text = 'SELECT ?a { VALUES ?a { "é" } }'
    utf8 = client.post("/sparql", data=text.encode(), content_type=f"{DIRECT}; charset=UTF-8")
    assert json.loads(utf8.data)["results"]["bindings"][0]["a"]["value"] == "é"
    utf16 = client.post(
        "/sparql", data=text.encode("utf-16"), content_type=f"{DIRECT}; charset=utf-16"
    )
    assert utf16.status_code == 400
    assert client.post("/sparql", data=b"ASK {} # \xff", content_type=DIRECT).status_code == 400


def test_head_is_get_without_body(client: FlaskClient) -> None:
    response = client.head("/sparql", query_string={"query": ASK})
    assert response.status_code == 200 and response.data == b""


def test_options_says_what_is_allowed(client: FlaskClient) -> None:
    response = client.options("/sparql")
    assert response.status_code == 200 and "POST" in response.headers["Allow"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


# --- what comes back


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"),
        ("text/tab-separated-values", "text/tab-separated-values"),
        ("text/csv;q=0.5, application/json;q=0.6", "application/sparql-results+json"),
    ],
)
def test_formats_of_a_table(client: FlaskClient, accept: str, media_type: str) -> None:
    response = ask(client, SELECT, accept)
    assert response.status_code == 200 and response.mimetype == media_type
    assert "Accept" in response.headers["Vary"]


def test_csv_holds_plain_values(client: FlaskClient) -> None:
    rows = list(csv.reader(io.StringIO(ask(client, SELECT, "text/csv").text)))
    assert rows == [["a", "b"], ["x:a", "1"], ["x:b", "2"]]


@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
    ],
)
def test_formats_of_a_graph(client: FlaskClient, accept: str, format_: str) -> None:
    response = ask(client, CONSTRUCT.replace("x:b", "http://x.test/b"), accept)
    assert response.mimetype == accept
    assert len(rdflib.Graph().parse(data=response.data, format=format_)) == 2


def test_ask(client: FlaskClient) -> None:
    assert json.loads(ask(client, ASK).data)["boolean"] is True


def test_describe(client: FlaskClient) -> None:
    moi = "https://w3id.org/missiongraph/ontology#Mission"
    assert len(rdflib.Graph().parse(data=ask(client, f"DESCRIBE <{moi}>").data, format="turtle"))


def test_a_format_in_the_address(client: FlaskClient) -> None:
    assert ask(client, SELECT, BROWSER["Accept"], format="csv").mimetype == "text/csv"
    assert problem(ask(client, SELECT, format="pdf"))["status"] == 400


# --- the dataset


def counted(response: TestResponse) -> int:
    return int(json.loads(response.data)["results"]["bindings"][0]["n"]["value"])


def test_the_default_graph_may_be_named(client: FlaskClient) -> None:
    graph = "https://w3id.org/missiongraph/graph/ontology"
    named = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    chosen = ask(client, COUNT_GRAPH, **{"default-graph-uri": graph})
    assert counted(chosen) == counted(ask(client, named)) > 0


def test_a_form_may_name_the_dataset_in_the_address(client: FlaskClient) -> None:
    graph = {"default-graph-uri": "https://w3id.org/missiongraph/graph/ontology"}
    by_form = client.post("/sparql", query_string=graph, data={"query": COUNT_GRAPH})
    assert counted(by_form) == counted(ask(client, COUNT_GRAPH, **graph))


def test_the_request_goes_before_from(client: FlaskClient) -> None:
    graph = "https://w3id.org/missiongraph/graph/ontology"
    query = COUNT_GRAPH.replace("WHERE", "FROM <x:none> WHERE")
    assert counted(ask(client, query)) == 0
    assert counted(ask(client, query, **{"default-graph-uri": graph})) > 0


def test_named_graphs_may_be_limited(client: FlaskClient) -> None:
    graphs = ["https://w3id.org/missiongraph/graph/ontology", "x:none"]
    query = "SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"
    data = {"query": query, "named-graph-uri": graphs}
    assert counted(client.post("/sparql", data=data)) == 1


def test_a_graph_is_an_absolute_iri(client: FlaskClient) -> None:
    assert problem(ask(client, SELECT, **{"default-graph-uri": "ontology"}))["status"] == 400


def test_a_request_names_so_many_graphs_at_most(graph: MissionGraph) -> None:
    client = create_app(graph, Settings(dataset_graphs=2)).test_client()
    data = {"query": ASK, "named-graph-uri": ["x:a", "x:b", "x:c"]}
    assert client.post("/sparql", data=data).status_code == 400


# --- what goes wrong


def test_a_malformed_query_is_400(client: FlaskClient) -> None:
    assert problem(ask(client, BROKEN))["status"] == 400


def test_no_query_is_400(client: FlaskClient) -> None:
    assert problem(client.get("/sparql?q=ASK%7B%7D"))["status"] == 400
    assert problem(client.post("/sparql", data={"q": ASK}))["status"] == 400


def test_two_queries_are_400(client: FlaskClient) -> None:
    assert problem(client.get("/sparql", query_string={"query": [ASK, ASK]}))["status"] == 400
    both = client.post("/sparql", query_string={"query": ASK}, data=ASK, content_type=DIRECT)
    assert problem(both)["status"] == 400


@pytest.mark.parametrize("query", [SELECT, ASK, CONSTRUCT])
def test_no_acceptable_format_is_406(client: FlaskClient, query: str) -> None:
    assert problem(ask(client, query, "image/png"))["status"] == 406


def test_a_format_of_the_other_form_is_406(client: FlaskClient) -> None:
    assert problem(ask(client, SELECT, "text/turtle"))["status"] == 406
    assert problem(ask(client, CONSTRUCT, "text/csv"))["status"] == 406


def test_another_body_is_415(client: FlaskClient) -> None:
    assert (
        problem(client.post("/sparql", data=b"{}", content_type="application/json"))["status"]
        == 415
    )
    assert problem(client.post("/sparql", data=ASK))["status"] == 415


def test_another_method_is_405(client: FlaskClient) -> None:
    response = client.put("/sparql")
    assert problem(response)["status"] == 405 and "GET" in response.headers["Allow"]


def test_a_long_query_is_413(client: FlaskClient) -> None:
    long = ASK + " " * Settings().query_characters
    assert problem(client.post("/sparql", data={"query": long}))["status"] == 413


def test_a_large_body_is_413(client: FlaskClient) -> None:
    large = b" " * (Settings().body_megabytes * 1024 * 1024 + 1)
    assert problem(client.post("/sparql", data=large, content_type=DIRECT))["status"] == 413
    assert problem(client.post("/sparql", data={"query": large}))["status"] == 413


def test_updates_are_refused(client: FlaskClient) -> None:
    update = "INSERT DATA { <x:a> <x:b> <x:c> }"
    assert client.get("/sparql", query_string={"update": update}).status_code == 403
    assert client.post("/sparql", data={"update": update}).status_code == 403
    direct = client.post("/sparql", data=update, content_type="application/sparql-update")
    assert direct.status_code == 403
    assert ask(client, update).status_code == 400


def test_an_unknown_page_is_404(client: FlaskClient) -> None:
    assert problem(client.get("/nowhere"))["status"] == 404


def test_a_reader_of_pages_gets_a_page_about_the_error(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": BROKEN}, headers=BROWSER)
    assert response.status_code == 400 and response.mimetype == "text/html"
    assert BROKEN in response.text


def test_errors_too_are_readable_from_elsewhere(client: FlaskClient) -> None:
    assert ask(client, BROKEN).headers["Access-Control-Allow-Origin"] == "*"


def test_a_fault_of_ours_is_500_without_detail(
    graph: MissionGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(graph, Settings())
    monkeypatch.setattr("missiongraph.server.pages.home.queries", lambda: 1 / 0)
    response = app.test_client().get("/")
    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "division" not in response.text


# --- pages


def test_the_query_page_lists_every_question(client: FlaskClient) -> None:
    page = client.get("/query", headers=BROWSER).text
    assert all(str(escape(entry.question)) in page for entry in queries())


@pytest.mark.parametrize("name", every_third(entry.name for entry in queries()))
def test_every_question_has_a_page_with_its_answer(client: FlaskClient, name: str) -> None:
    response = client.get(f"/queries/{name}?run=1", headers=BROWSER)
    assert response.status_code == 200 and '<table class="sortable">' in response.text


def test_an_unknown_question_is_404(client: FlaskClient) -> None:
    assert client.get("/queries/no-such-question").status_code == 404


def test_a_browser_is_sent_to_the_query_form(client: FlaskClient) -> None:
    assert client.get("/sparql", headers=BROWSER).headers["Location"] == "/query"
    page = client.get("/query", headers=BROWSER)
    assert page.status_code == 200 and "<textarea" in page.text


def test_a_browser_gets_a_table_with_downloads(client: FlaskClient) -> None:
    page = client.get("/sparql", query_string={"query": SELECT}, headers=BROWSER).text
    assert "2 rows" in page and "format=csv" in page


def test_a_browser_gets_yes_or_no_and_turtle(client: FlaskClient) -> None:
    assert "Yes" in client.get("/sparql", query_string={"query": ASK}, headers=BROWSER).text
    page = client.get("/sparql", query_string={"query": CONSTRUCT}, headers=BROWSER).text
    assert "&lt;x:b&gt;" in page and "format=turtle" in page


def test_a_long_table_is_cut_and_says_so(graph: MissionGraph) -> None:
    client = create_app(graph, Settings(html_rows=1)).test_client()
    page = client.get("/sparql", query_string={"query": SELECT}, headers=BROWSER).text
    table = page.partition('<table class="sortable">')[2].partition("</table>")[0]
    assert "the first 1 are shown" in page and table.count("<tr>") == 2


def test_values_are_escaped(client: FlaskClient) -> None:
    query = 'SELECT ?a { VALUES ?a { "<script>alert(1)</script>" } }'
    page = client.get("/sparql", query_string={"query": query}, headers=BROWSER).text
    assert "<script>" not in page


def test_a_javascript_address_is_no_link(client: FlaskClient) -> None:
    query = "SELECT ?a { VALUES ?a { <javascript:alert(1)> } }"
    page = client.get("/sparql", query_string={"query": query}, headers=BROWSER).text
    assert 'href="javascript' not in page


@pytest.mark.parametrize("path", ["/", "/query", "/queries/who-funds-whom?run=1", "/nowhere"])
def test_pages_allow_no_script_but_files_of_ours(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers=BROWSER)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    page = response.text.replace('<script type="module" src="/static/', "")
    page = page.replace('<script type="application/ld+json">', "")  # data, which nothing runs
    assert not any(part in page for part in ("<script", "style=", "onclick", "//cdn"))


def test_static_files_are_served(client: FlaskClient) -> None:
    for name in ("site.css", "icon.svg"):
        with client.get(f"/static/{name}") as response:
            assert response.status_code == 200


def test_health(client: FlaskClient, graph: MissionGraph) -> None:
    body = json.loads(client.get("/health").data)
    assert body["status"] == "ok" and body["fingerprint"] == graph.fingerprint
    assert body["statements"] > 0 and body["version"]


# --- settings


def test_settings_come_from_the_environment() -> None:
    assert Settings.read(environment={"MISSIONGRAPH_HTML_ROWS": "7"}).html_rows == 7
    assert Settings.read(environment={}) == Settings()


@pytest.mark.parametrize("value", ["", "0", "-1", "many", "1.5"])
def test_a_setting_is_a_whole_number_above_0(value: str) -> None:
    with pytest.raises(MissionGraphError, match="MISSIONGRAPH_HTML_ROWS"):
        Settings.read(environment={"MISSIONGRAPH_HTML_ROWS": value})


def test_every_setting_is_described() -> None:
    assert all(name.startswith("MISSIONGRAPH_") and help for name, _, help in described())

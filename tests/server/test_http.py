"""HTTP as every answer keeps to it: negotiation, conditional requests, packing, CORS."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from urllib.parse import quote
from xml.etree import ElementTree

import brotli
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from support.applications import writable
from werkzeug.test import TestResponse

from missiongraph import MissionGraph
from missiongraph.server import create_app
from missiongraph.server.http.negotiation import accept_of, preferred
from missiongraph.server.settings import Settings
from missiongraph.server.state.access import Access
from missiongraph.server.state.tokens import Token, hashed

PATHS = ["/", "/queries/who-funds-whom", "/health", "/metrics", "/openapi.json", "/robots.txt"]
LONG = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 300"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture(scope="module")
def client(graph: MissionGraph) -> FlaskClient:
    return create_app(graph, Settings(security_contact="mailto:a@b.test")).test_client()


def ask(client: FlaskClient, query: str = LONG, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/sparql", query_string={"query": query}, headers=named)


# --- what the client accepts


@pytest.mark.parametrize("path", [*PATHS, "/.well-known/security.txt", "/sparql?query=ASK{}"])
def test_what_the_client_does_not_take_is_406(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert response.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", PATHS)
def test_no_accept_header_takes_anything(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("text/csv;q=0, */*", "text/turtle"),
        ("text/*;q=0, */*", "application/json"),
        ("text/*;q=0, text/csv;q=0.1", "text/csv"),
        ("text/csv;q=0.1, */*;q=0.9", "text/turtle"),
        ("application/json, */*", "application/json"),
        ("*/*;q=0", None),
        ("*;q=0.2", "text/csv"),
        ("application/json;q=0.5, text/turtle;q=0.4", "application/json"),
    ],
)
def test_the_most_specific_range_decides(accept: str, chosen: str | None) -> None:
    offered = ["text/csv", "text/turtle", "application/json"]
    assert preferred(accept_of(accept, None), offered) == chosen


@given(st.dictionaries(st.sampled_from(["a/b", "a/c", "d/e", "a/*", "*/*"]), st.integers(0, 10)))
def test_what_is_chosen_is_wanted_and_nothing_is_wanted_more(ranges: dict[str, int]) -> None:
    def wanted(kind: str) -> int:
        covering = (kind, kind[0] + "/*", "*/*")
        return next((ranges[name] for name in covering if name in ranges), 0)

    accept = ", ".join(f"{name};q={quality / 10}" for name, quality in ranges.items())
    chosen = preferred(accept_of(accept or None, None), ["a/b", "a/c", "d/e"])
    most = max(map(wanted, ("a/b", "a/c", "d/e"))) if ranges else 0
    assert (chosen is None) == (bool(ranges) and most == 0)
    assert not ranges or chosen is None or wanted(chosen) == most


@pytest.mark.parametrize("accept", ["text/csv", BROWSER, "application/problem+json"])
def test_every_answer_varies_by_what_is_accepted(client: FlaskClient, accept: str) -> None:
    for query in (LONG, "BROKEN"):
        assert "Accept" in ask(client, query, Accept=accept).headers["Vary"].split(", ")
    assert "Accept-Encoding" in ask(client).headers["Vary"].split(", ")


@pytest.mark.parametrize(
    "accept", ["text/csv", "text/tab-separated-values", "text/html", "text/plain"]
)
def test_text_says_its_charset(client: FlaskClient, accept: str) -> None:
    query = "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1" if accept == "text/plain" else LONG
    response = ask(client, query, Accept=accept)
    assert response.mimetype == "application/n-triples" or "charset=utf-8" in response.content_type


# --- HEAD and OPTIONS


@pytest.mark.parametrize("packing", ["identity", "br", "gzip"])
@pytest.mark.parametrize("path", [*PATHS, "/sparql?query=ASK{}", "/nowhere", "/static/site.css"])
def test_head_has_the_headers_of_get(client: FlaskClient, path: str, packing: str) -> None:
    if path == "/metrics":
        return  # its length is that of a moment
    headers = {"Accept-Encoding": packing, "X-Request-ID": "one"}
    with client.get(path, headers=headers) as get, client.head(path, headers=headers) as head:
        assert head.data == b"" and head.status == get.status
        assert {*head.headers} - {("Date", head.headers.get("Date"))} == {*get.headers} - {
            ("Date", get.headers.get("Date"))
        }


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/sparql", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("/health", {"GET", "HEAD", "OPTIONS"}),
        ("/graphs", {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"}),
    ],
)
def test_options_says_which_methods_there_are(
    client: FlaskClient, path: str, methods: set[str]
) -> None:
    response = client.options(path)
    assert response.status_code == 200 and response.data == b""
    assert set(response.headers["Allow"].split(", ")) == methods
    refused = client.open(path, method="TRACE")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == methods


# --- CORS


def test_a_preflight_allows_a_token_from_any_origin(client: FlaskClient) -> None:
    headers = {
        "Origin": "https://elsewhere.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    response = client.options("/sparql", headers=headers)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "accept", "if-none-match"} <= set(allowed)
    assert "POST" in response.headers["Access-Control-Allow-Methods"].split(", ")
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_a_preflight_needs_no_token(graph: MissionGraph) -> None:
    closed = create_app(graph, Settings(), Access(read_takes_token=True)).test_client()
    assert closed.options("/sparql").status_code == 200
    assert ask(closed).status_code == 401


@pytest.mark.parametrize("query", [LONG, "BROKEN"])
def test_scripts_from_elsewhere_read_what_they_need(client: FlaskClient, query: str) -> None:
    exposed = set(ask(client, query).headers["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "Retry-After", "Link", "Location", "X-Request-ID"} <= exposed


# --- conditional requests


@pytest.mark.parametrize("path", [*PATHS, "/sparql", "/static/site.css"])
@pytest.mark.parametrize("packing", ["identity", "br", "gzip"])
def test_what_the_client_holds_is_not_sent_again(
    client: FlaskClient, path: str, packing: str
) -> None:
    with client.get(path, headers={"Accept-Encoding": packing}) as first:
        if first.cache_control.no_store:
            return
        tag = first.headers["ETag"]
    again = {"Accept-Encoding": packing, "If-None-Match": tag}
    with client.get(path, headers=again) as second:
        assert second.status_code == 304 and second.data == b""
        assert second.headers["ETag"] == tag


@pytest.mark.parametrize("packing", ["identity", "br", "gzip"])
def test_an_answer_that_the_client_holds_is_not_sent_again(
    client: FlaskClient, packing: str
) -> None:
    first = ask(client, Accept_Encoding=packing)
    second = ask(client, Accept_Encoding=packing, If_None_Match=first.headers["ETag"])
    assert second.status_code == 304 and second.headers["ETag"] == first.headers["ETag"]
    for name in ("Vary", "Cache-Control", "Access-Control-Allow-Origin"):
        assert second.headers[name] == first.headers[name]


def test_a_packed_answer_has_a_tag_of_its_own(client: FlaskClient) -> None:
    tags = {ask(client, Accept_Encoding=p).headers["ETag"] for p in ("identity", "br", "gzip")}
    assert len(tags) == 3 and not any(tag.startswith("W/") for tag in tags)


def test_a_packing_that_is_not_taken_any_more_is_not_confirmed(client: FlaskClient) -> None:
    tag = ask(client, Accept_Encoding="br").headers["ETag"]
    again = ask(client, Accept_Encoding="gzip", If_None_Match=tag)
    assert again.status_code == 200 and again.headers["Content-Encoding"] == "gzip"


def test_one_of_several_tags_is_enough(client: FlaskClient) -> None:
    tag = ask(client).headers["ETag"]
    assert ask(client, If_None_Match=f'"other", {tag}').status_code == 304


@pytest.mark.parametrize("held", ["*", '"other"'])
def test_a_broken_query_is_never_not_modified(client: FlaskClient, held: str) -> None:
    assert ask(client, "BROKEN", If_None_Match=held).status_code == 400


def test_what_changes_each_time_is_not_kept(client: FlaskClient) -> None:
    response = ask(client, "SELECT (RAND() AS ?r) {}")
    assert "ETag" not in response.headers and response.cache_control.no_store


def test_what_takes_a_token_is_not_kept_by_shared_caches(graph: MissionGraph) -> None:
    access = Access((Token("reader", hashed("secret"), "read"),), read_takes_token=True)
    closed = create_app(graph, Settings(), access).test_client()
    for path, headers in (("/", {"Authorization": "Bearer secret"}), ("/query", {})):
        answer = closed.get(path, headers=headers)
        assert answer.status_code == 200 and answer.cache_control.private


def test_what_can_be_written_to_is_asked_for_each_time(graph: MissionGraph) -> None:
    response = ask(create_app(graph, Settings(), writable=True).test_client())
    assert response.cache_control.no_cache and "ETag" in response.headers


# --- packing


@pytest.mark.parametrize(("packing", "unpack"), [("gzip", gzip.decompress), ("br", None)])
@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+xml", "*/*"])
def test_an_answer_comes_packed(
    client: FlaskClient, accept: str, packing: str, unpack: object
) -> None:
    plain = ask(client, Accept=accept)
    packed = ask(client, Accept=accept, Accept_Encoding=packing)
    assert packed.headers["Content-Encoding"] == packing
    unpacked = gzip.decompress(packed.data) if unpack else brotli.decompress(packed.data)
    assert unpacked == plain.data and len(packed.data) < len(plain.data) / 2


@pytest.mark.parametrize("accept", ["", "identity", "gzip;q=0", "gzip;q=0.0, br;q=0", "zip"])
def test_a_packing_that_is_not_wanted_is_not_used(client: FlaskClient, accept: str) -> None:
    assert "Content-Encoding" not in ask(client, Accept_Encoding=accept).headers


def test_the_packing_wanted_most_is_used(client: FlaskClient) -> None:
    response = ask(client, Accept_Encoding="br;q=0.5, gzip;q=0.9")
    assert response.headers["Content-Encoding"] == "gzip"


def test_a_short_answer_is_not_packed(client: FlaskClient) -> None:
    response = ask(client, "ASK {}", Accept_Encoding="gzip")
    assert "Content-Encoding" not in response.headers
    assert json.loads(response.data)["boolean"] is True


# --- security


@pytest.mark.parametrize("path", ["/", "/sparql", "/queries/who-funds-whom", "/nowhere"])
def test_a_page_is_locked_down(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers={"Accept": BROWSER}).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "no-referrer" and "Permissions-Policy" in headers


def test_robots_are_kept_from_queries(client: FlaskClient) -> None:
    text = client.get("/robots.txt").text
    assert text.startswith("User-agent: *\n") and "Disallow: /sparql?\n" in text


# --- graphs by their own address


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    yield from writable(tmp_path_factory.mktemp("written"), merged=True)


@pytest.mark.parametrize(
    ("path", "iri"),
    [
        ("a", "a"),
        ("a%20b", "a%20b"),
        ("%C3%A9", "%C3%A9"),
        ("%25", "%25"),
        ("a:b@c/d;e=1", "a:b@c/d;e=1"),
        ("%F1%94%86%ADj%5E%00", "%F1%94%86%ADj%5E%00"),
    ],
)
def test_the_address_of_a_graph_keeps_its_encoding(
    writer: FlaskClient, path: str, iri: str
) -> None:
    token = {"Authorization": "Bearer t"}
    put = writer.put(
        f"/graphs/{path}", data="<x:a> <x:b> 1 .", content_type="text/turtle", headers=token
    )
    assert put.status_code == 201
    assert writer.get(f"/graphs/{path}").status_code == 200
    query = f"ASK {{ GRAPH <http://localhost/graphs/{iri}> {{ <x:a> <x:b> 1 }} }}"
    assert json.loads(ask(writer, query).data)["boolean"] is True


def test_a_name_that_is_no_iri_is_400(writer: FlaskClient) -> None:
    assert writer.get("/graphs?graph=x:[").status_code == 400


# --- problems in XML


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/sparql-results+xml", "application/problem+xml"),
        ("application/rdf+xml, text/turtle", "application/problem+xml"),
        ("application/xml, application/json;q=0.1", "application/problem+json"),
        ("application/rdf+xml, */*;q=0.1", "application/problem+json"),
        ("text/turtle", "application/problem+json"),
    ],
)
def test_who_reads_only_xml_gets_problems_in_xml(
    client: FlaskClient, accept: str, kind: str
) -> None:
    query = quote('SELECT ("a\\u0001<&" AS ?x) { ?s a <unclosed }')
    answer = client.get(f"/sparql?query={query}", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (400, kind)
    if kind.endswith("xml"):
        root = ElementTree.fromstring(answer.data)
        told = {child.tag.removeprefix("{urn:ietf:rfc:7807}"): child.text for child in root}
        assert told["status"] == "400" and told["title"] == "Bad Request" and told["detail"]


def test_a_value_that_xml_cannot_hold_is_told_in_xml(client: FlaskClient) -> None:
    query = quote('SELECT ("a\\u0001b" AS ?x) {}')
    accept = {"Accept": "application/sparql-results+xml"}
    answer = client.get(f"/sparql?query={query}", headers=accept)
    assert answer.status_code == 406
    assert "U+0001" in (ElementTree.fromstring(answer.data).findtext("{*}detail") or "")

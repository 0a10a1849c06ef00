"""Requests to write: framed in one way, whole or refused, and on condition if they say so."""

from __future__ import annotations

import json
import random
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode, urlsplit

import pytest
from support.running import SETTINGS, TURTLE, Client, Reply, Running, serving

from missiongraph.system import sandbox

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")

FORM = "multipart/form-data; boundary=cut"
TRIPLE = "<x:a> <x:b> <x:c> ."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A plain dataset: its default graph may be written to as well."""
    folder = tmp_path_factory.mktemp("requests")
    (folder / "a.ttl").write_text("<x:a> <x:b> 0 .", "utf-8")
    options = ("--data", str(folder / "a.ttl"), "--dataset", "plain", "--no-shapes")
    limits = {"queue_seconds": 60}
    with serving(folder / "graph", *options, settings=SETTINGS, limits=limits) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Running) -> Client:
    return server.client()


def graph(name: str) -> str:
    return f"/graphs?graph={quote(name)}"


def put(client: Client, name: str, body: str | bytes = TRIPLE, **headers: str) -> Reply:
    return client("PUT", graph(name), body, **({"Content_Type": TURTLE} | headers))


def lines(client: Client, path: str) -> list[bytes]:
    return sorted(client("GET", path, Accept="application/n-triples").body.splitlines())


def detail(reply: Reply, status: int) -> str:
    assert reply.status == status, reply.body
    assert reply.headers["Content-Type"] == "application/problem+json"
    return str(reply.json["detail"])


# --- framing


def raw(server: Running, *sent: bytes, half_close: bool = False) -> bytes:
    """All that comes back until the server closes the connection."""
    host, port = urlsplit(server.address).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        for part in sent:
            connection.sendall(part)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while data := connection.recv(65536):
            found += data
        return found


def head(method: str, path: str, *headers: str, version: str = "1.1") -> bytes:
    told = ("Host: x", "Authorization: Bearer token to write", f"Content-Type: {TURTLE}", *headers)
    return "\r\n".join([f"{method} {path} HTTP/{version}", *told, "", ""]).encode()


CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(TRIPLE), TRIPLE.encode())
NEXT = head("GET", "/health/live")


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        (["Content-Length: 5", "Transfer-Encoding: chunked"], "1.1"),
        (["Transfer-Encoding: chunked", "Content-Length: 0"], "1.1"),
        (["Transfer-Encoding: chunked", "Connection: keep-alive"], "1.0"),
        (["Transfer-Encoding: chunked", "Content-Length: 5", "Connection: keep-alive"], "1.0"),
    ],
)
def test_a_request_of_doubtful_length_is_the_last_of_its_connection(
    server: Running, client: Client, headers: list[str], version: str
) -> None:
    """RFC 9112, section 6.1: two servers in a row might see two different requests."""
    answer = raw(server, head("PUT", graph("g:doubt"), *headers, version=version) + CHUNKED + NEXT)
    assert re.findall(rb"^HTTP/1\.. (\d+)", answer, re.MULTILINE) == [b"400"]
    assert re.findall(rb"^Connection: (.*?)\r", answer, re.MULTILINE) == [b"close"]
    assert b"Transfer-Encoding" in answer.partition(b"\r\n\r\n")[2]
    assert client("GET", graph("g:doubt")).status == 404


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (["Content-Length: 100"], TRIPLE.encode()),
        (["Content-Length: 100"], b""),
        (["Transfer-Encoding: chunked"], CHUNKED[:-5]),
        (["Transfer-Encoding: chunked"], CHUNKED[:10]),
        (["Transfer-Encoding: chunked"], b"zz\r\n" + CHUNKED),
        (["Transfer-Encoding: chunked"], b"5\r\n" + TRIPLE.encode() + b"\r\n0\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_body_that_does_not_come_whole_writes_nothing(
    server: Running, client: Client, method: str, headers: list[str], body: bytes
) -> None:
    put(client, "g:kept", "<x:a> <x:b> <x:kept> .")
    before = client("GET", "/health").json["fingerprint"]
    answer = raw(server, head(method, graph("g:kept"), *headers), body, half_close=True)
    assert b" 20" not in answer[:15]
    assert client("GET", "/health").json["fingerprint"] == before


def test_a_body_in_chunks_is_one_body(server: Running, client: Client) -> None:
    headers = ("Transfer-Encoding: chunked", "Connection: close")
    assert b" 201 " in raw(server, head("PUT", graph("g:chunked"), *headers) + CHUNKED)
    assert lines(client, graph("g:chunked")) == [TRIPLE.encode()]


def test_a_body_over_the_limit_is_told_so_before_the_connection_ends(client: Client) -> None:
    body = b" " * (70 * 1024 * 1024)
    assert detail(put(client, "g:large", body), 413)
    assert client("GET", graph("g:large")).status == 404


def test_a_long_literal_is_kept_whole(client: Client) -> None:
    text = '<x:a> <x:b> "' + "é" * 70_000 + '" .'
    assert put(client, "g:long", text, Content_Type="application/n-triples").status == 201
    assert lines(client, graph("g:long")) == [text.encode()]


def test_a_head_request_has_no_body_on_a_connection_that_goes_on(server: Running) -> None:
    path = graph("g:head")
    raw(server, head("PUT", path, "Content-Length: 0", "Connection: close"))
    ask = [head("HEAD", path), head("HEAD", path), head("GET", path, "Connection: close")]
    answer = raw(server, *ask)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200"] * 3
    assert b"\r\n\r\nHTTP/1.1 200" in answer


# --- bodies


def part(content: str, kind: str = TURTLE, name: str = "a.ttl") -> str:
    """One file of a form, with the boundary before it."""
    place = f'Content-Disposition: form-data; name="graph"; filename="{name}"'
    return f"--cut\r\n{place}\r\nContent-Type: {kind}\r\n\r\n{content}\r\n"


def test_a_form_that_is_cut_off_empties_no_graph(client: Client) -> None:
    """What a form may lack is tried without a server in test_forms.py."""
    put(client, "g:form", TRIPLE)
    whole = part("<x:new> <x:b> 1 .") + "--cut--\r\n"
    for body, kind in ((whole[:-6], FORM), (whole, FORM.replace("cut", "other")), ("", FORM)):
        said = detail(put(client, "g:form", body, Content_Type=kind), 400)
        assert said.startswith("the form ")
    assert lines(client, graph("g:form")) == [TRIPLE.encode()]
    assert put(client, "g:form", whole, Content_Type=FORM).status == 200


def test_a_relative_iri_is_relative_to_the_graph_or_to_the_request(client: Client) -> None:
    """Graph Store Protocol, section 4.1; RFC 3986, section 5.1.3."""
    store = f"{client.address}/graphs"
    bases = {"/graphs?default": store, graph("http://e.test/g/"): "http://e.test/g/"}
    for path, base in bases.items():
        client("POST", path, "<> <x:base> <b> .", Content_Type=TURTLE)
        whole = base if "default" not in path else f"{base}?default"
        found = f"<{whole}> <x:base> <{base.rpartition('/')[0]}/b> ."
        assert found.encode() in lines(client, path)


def test_a_bad_iri_is_named_by_its_line(client: Client) -> None:
    body = "<x:a> <x:b> 1 .\n<http://example.org/a b> <x:b> 2 .\n"
    assert "line 2" in detail(put(client, "g:bad", body), 400)


# --- preconditions


def etag(client: Client, path: str, **headers: str) -> str:
    return client("GET", path, **headers).headers["ETag"]


PLACES = ("/graphs?default", graph("g:one"), "/graphs/of/its/own")
WRITES = (("PUT", TRIPLE), ("POST", "<x:a> <x:b> <x:d> ."), ("DELETE", ""))


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize(("method", "body"), WRITES)
def test_a_write_to_a_graph_of_another_state_is_refused(
    client: Client, path: str, method: str, body: str
) -> None:
    client("PUT", path, "<x:a> <x:b> 1 .", Content_Type=TURTLE)
    stale = etag(client, path)
    client("PUT", path, "<x:a> <x:b> 2 .", Content_Type=TURTLE)
    fresh, kept = etag(client, path), lines(client, path)
    refused = client(method, path, body, Content_Type=TURTLE, If_Match=stale)
    assert "is not in the state that If-Match names" in detail(refused, 412)
    assert lines(client, path) == kept and refused.headers["ETag"] != stale
    assert client(method, path, body, Content_Type=TURTLE, If_Match=fresh).status == 200


def test_the_tag_of_a_refusal_and_of_an_answer_will_do_for_the_next_write(client: Client) -> None:
    path = graph("g:next")
    written = client("PUT", path, "<x:a> <x:b> 1 .", Content_Type=TURTLE)
    again = client("PUT", path, TRIPLE, Content_Type=TURTLE, If_Match=written.json["etag"])
    assert again.status == 200
    refused = client("DELETE", path, If_Match=written.json["etag"])
    assert refused.status == 412 and refused.headers["ETag"] == again.json["etag"]
    deleted = client("DELETE", path, If_Match=refused.headers["ETag"])
    assert deleted.status == 200 and deleted.json["etag"] is None


@pytest.mark.parametrize("accept", ["text/turtle", "application/ld+json", "application/rdf+xml"])
@pytest.mark.parametrize("packing", ["identity", "gzip", "br"])
def test_the_tag_of_any_representation_will_do(client: Client, accept: str, packing: str) -> None:
    """Whoever reads JSON-LD, packed, may write Turtle."""
    put(client, "g:any", "".join(f"<x:a> <x:b> {n} .\n" for n in range(200)))
    tag = etag(client, graph("g:any"), Accept=accept, Accept_Encoding=packing)
    assert put(client, "g:any", TRIPLE, If_Match=tag).status == 200
    assert put(client, "g:any", TRIPLE, If_Match=tag).status == 412


def test_representations_have_tags_of_their_own(client: Client) -> None:
    """They are strong: one for each sequence of bytes (RFC 9110, section 8.8.1)."""
    put(client, "g:strong")
    path = graph("g:strong")
    tags = {etag(client, path, Accept=kind) for kind in ("text/turtle", "application/rdf+xml")}
    assert len(tags) == 2 and all(tag.startswith('"') for tag in tags)
    held = client("GET", path, Accept="text/turtle", If_None_Match=", ".join(tags))
    assert held.status == 304


def test_a_write_elsewhere_leaves_a_tag_as_it_is(client: Client) -> None:
    put(client, "g:mine")
    mine = etag(client, graph("g:mine"))
    put(client, "g:yours", "<x:y> <x:b> <x:c> .")
    client.update("INSERT DATA { GRAPH <g:yours> { <x:y> <x:b> 2 } }")
    assert etag(client, graph("g:mine")) == mine
    client.update("INSERT DATA { GRAPH <g:mine> { <x:y> <x:b> 2 } }")
    assert put(client, "g:mine", If_Match=mine).status == 412


def test_a_graph_that_came_back_is_another_one(client: Client) -> None:
    put(client, "g:phoenix")
    tag = etag(client, graph("g:phoenix"))
    client("DELETE", graph("g:phoenix"))
    assert "does not exist" in detail(put(client, "g:phoenix", If_Match=tag), 412)
    assert "does not exist" in detail(put(client, "g:phoenix", If_Match="*"), 412)
    put(client, "g:phoenix")
    assert put(client, "g:phoenix", If_Match=tag).status == 412


def test_what_fails_whatever_its_condition_fails_so(client: Client) -> None:
    """RFC 9110, section 13.2.1."""
    path = graph("g:none")
    assert client("DELETE", path, If_Match="*").status == 404
    unnamed = client("PUT", "/graphs", TRIPLE, Content_Type=TURTLE, If_Match='"x"')
    assert unnamed.status == 400
    assert client("PUT", path, If_Match='"x"', Authorization="").status == 401
    assert client("PUT", path, If_Match='"x"', Content_Type="text/plain").status == 415
    reserved = graph("https://w3id.org/missiongraph/graph/ontology")
    assert client("PUT", reserved, TRIPLE, Content_Type=TURTLE, If_Match='"x"').status == 409


T, F = True, False
CONDITIONS = [
    # header, value (TAG: the current one), met by a graph that is there, by one that is not
    ("If-Match", "*", T, F),
    ("If-Match", "TAG", T, F),
    ("If-Match", '"a", TAG', T, F),
    ("If-Match", '"a",,TAG , "b,c"', T, F),
    ("If-Match", 'W/"a"', F, F),
    ("If-Match", "W/TAG", F, F),
    ("If-Match", '"nonsense"', F, F),
    ("If-Match", '"*"', F, F),
    ("If-Match", '""', F, F),
    ("If-Match", "", F, F),
    ("If-None-Match", "*", F, T),
    ("If-None-Match", "TAG", F, T),
    ("If-None-Match", "W/TAG", F, T),
    ("If-None-Match", '"a", W/"b", TAG', F, T),
    ("If-None-Match", '"nonsense"', T, T),
    ("If-None-Match", '"*"', T, T),
]
NONSENSE = ["nonsense", '"open', "*, *", '*, "a"', '"a" "b"', "w/'a'", '"a b"', "TAG*", 'w/"a"']


@pytest.mark.parametrize(("name", "value", "there", "absent"), CONDITIONS)
def test_conditions(client: Client, name: str, value: str, there: bool, absent: bool) -> None:
    put(client, "g:there")
    tag = etag(client, graph("g:there"))
    client("DELETE", graph("g:absent"))
    header = {name.replace("-", "_"): value.replace("TAG", tag)}
    assert put(client, "g:there", **header).status == (200 if there else 412)
    assert put(client, "g:absent", **header).status == (201 if absent else 412)
    state = client("GET", "/health").json["fingerprint"]
    header = {name.replace("-", "_"): value.replace("TAG", f'"{state}"')}
    assert client.update("CLEAR SILENT GRAPH <g:none>", **header).status == (200 if there else 412)


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize("value", NONSENSE)
def test_what_is_no_list_of_tags_is_refused(client: Client, name: str, value: str) -> None:
    put(client, "g:there")
    value = value.replace("TAG", etag(client, graph("g:there")))
    header = {name.replace("-", "_"): value}
    for reply in (
        put(client, "g:there", "", **header),
        client("DELETE", graph("g:there"), **header),
        client.update("CLEAR SILENT GRAPH <g:none>", **header),
    ):
        assert f"{name} takes * or entity tags" in detail(reply, 400)
    assert lines(client, graph("g:there")) == [TRIPLE.encode()]


def test_both_conditions_have_to_hold(client: Client) -> None:
    put(client, "g:there")
    tag = etag(client, graph("g:there"))
    assert put(client, "g:there", If_Match=tag, If_None_Match='"a"').status == 200
    assert put(client, "g:there", If_Match=tag, If_None_Match=tag).status == 412
    assert put(client, "g:there", If_Match='"a"', If_None_Match='"a"').status == 412


def test_a_new_graph_is_of_no_state(client: Client) -> None:
    made = client("POST", "/graphs", TRIPLE, Content_Type=TURTLE, If_None_Match="*")
    assert made.status == 201 and made.json["etag"]
    assert client("POST", "/graphs", TRIPLE, Content_Type=TURTLE, If_Match="*").status == 412


@pytest.mark.parametrize("way", ["direct", "form"])
def test_an_update_may_rest_on_the_state_that_an_answer_came_from(client: Client, way: str) -> None:
    def update(text: str, tag: str) -> Reply:
        if way == "direct":
            return client.update(text, If_Match=tag)
        kind = "application/x-www-form-urlencoded"
        form = urlencode({"update": text})
        return client("POST", "/sparql", form, Content_Type=kind, If_Match=tag)

    text = "INSERT DATA { GRAPH <g:rests> { <x:a> <x:%s> 1 } }"
    tag = etag(client, "/sparql?" + urlencode({"query": "SELECT * { ?s ?p ?o }"}))
    written = update(text % f"{way}1", tag)
    assert written.status == 200
    refused = update(text % f"{way}2", tag)
    assert "the dataset is not in the state" in detail(refused, 412).lower()
    assert refused.headers["ETag"] == written.json["etag"]
    assert update(text % f"{way}3", written.json["etag"]).status == 200


def test_fifty_who_read_change_and_write_lose_nothing(client: Client) -> None:
    """Each adds one triple to what it has read, and begins anew when another was faster."""
    path = graph("g:shared")
    client("PUT", path, Content_Type=TURTLE)

    def add(n: int) -> int:
        for tries in range(1, 1000):
            read = client("GET", path, Accept="application/n-triples")
            body = read.body + f"<x:{n}> <x:b> <x:{n}> .\n".encode()
            kind = "application/n-triples"
            tag = read.headers["ETag"]
            reply = client("PUT", path, body, Content_Type=kind, If_Match=tag)
            if reply.status == 200:
                return tries
            assert reply.status == 412, reply.body
            time.sleep(2 * random.random())
        raise AssertionError("never first")

    with ThreadPoolExecutor(50) as pool:
        tries = list(pool.map(add, range(50)))
    print(sum(tries))
    assert len(lines(client, path)) == 50 and max(tries) > 1


def test_twenty_counters_count_every_step(client: Client) -> None:
    """The same by queries and updates."""
    client.update("INSERT DATA { GRAPH <g:count> { <x:c> <x:n> 0 } }")
    query = urlencode({"query": "SELECT ?n { GRAPH <g:count> { <x:c> <x:n> ?n } }"})

    def step(_: int) -> None:
        status = 412
        while status == 412:
            read = client("GET", f"/sparql?{query}", Accept="application/sparql-results+json")
            n = int(json.loads(read.body)["results"]["bindings"][0]["n"]["value"])
            text = f"DELETE DATA {{ GRAPH <g:count> {{ <x:c> <x:n> {n} }} }} ;\n"
            text += f"INSERT DATA {{ GRAPH <g:count> {{ <x:c> <x:n> {n + 1} }} }}"
            status = client.update(text, If_Match=read.headers["ETag"]).status
        assert status == 200

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(step, range(20)))
    assert client.rows("SELECT ?n { GRAPH <g:count> { <x:c> <x:n> ?n } }") == ["20"]

"""Writes over HTTP: what they do, what they may not do, and what everybody else sees of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pyoxigraph as ox
import pytest
import rdflib
from support.running import TURTLE, UPDATE, Client, Reply, Running, serving

from missiongraph.system import sandbox
from missiongraph.writing import directory, journal
from missiongraph.writing.directory import BASE, JOURNAL

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")

FORM = "application/x-www-form-urlencoded"
MOI = "https://w3id.org/missiongraph/ontology#"
MISSION = "https://w3id.org/missiongraph/id/mission/a"
BROKEN = f"<{MISSION}> a <{MOI}Mission> ."
"""A mission that lacks what every mission has."""

LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
BODY = f"""<https://w3id.org/missiongraph/id/organisation/a> {LABEL} "A body"@en ;
  a <http://www.w3.org/ns/org#FormalOrganization> ."""
"""An organisation, complete but for its kind, which is a warning."""

CROSS = "?a <x:next> ?b . ?c <x:next> ?d . ?e <x:next> ?f"
ENDLESS = CROSS + " . ?g <x:next> ?h . ?i <x:next> ?j"
NODES = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("written")
    data = folder / "small.trig"
    ring = "".join(f"<x:{n}> <x:next> <x:{(n + 1) % NODES}> .\n" for n in range(NODES))
    data.write_text(f"<g:counter> {{ <x:c> <x:n> 0 }} <g:ring> {{ {ring} }}", "utf-8")
    limits = {
        "concurrent_queries": 2,
        "write_seconds": 2,
        "write_statements": 2000,
        "query_megabytes": 128,
        "body_megabytes": 1,
        "small_queries": 1,
        "queue_seconds": 60,
    }
    with serving(folder / "graph", "--data", str(data), limits=limits) as started:
        yield started


@pytest.fixture(scope="module")
def client(server: Running) -> Client:
    return server.client()


def problem(reply: Reply, status: int) -> str:
    assert reply.status == status, reply.body
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json["status"] == status
    return str(reply.json["detail"])


def fingerprint(client: Client) -> str:
    return str(client("GET", "/health").json["fingerprint"])


def graph(name: str) -> str:
    return f"/graphs?graph={quote(name)}"


# --- SPARQL Update


def test_update_directly(client: Client) -> None:
    reply = client.update("INSERT DATA { GRAPH <g:direct> { <x:a> <x:b> 1, 2 } }")
    assert reply.status == 200 and (reply.json["added"], reply.json["removed"]) == (2, 0)
    assert reply.json["fingerprint"] == fingerprint(client)
    assert client.rows("SELECT ?o { GRAPH <g:direct> { ?s ?p ?o } } ORDER BY ?o") == ["1", "2"]


def test_update_by_form(client: Client) -> None:
    form = urlencode({"update": "INSERT DATA { GRAPH <g:form> { <x:a> <x:b> 'é' } }"})
    assert client("POST", "/sparql", form, Content_Type=FORM).status == 200
    assert client.rows("SELECT ?o { GRAPH <g:form> { ?s ?p ?o } }") == ["é"]


def test_an_update_that_changes_nothing_is_no_new_state(client: Client) -> None:
    before = fingerprint(client)
    reply = client.update("DELETE DATA { GRAPH <g:none> { <x:a> <x:b> <x:c> } }")
    assert (reply.status, reply.json["added"], reply.json["removed"]) == (200, 0, 0)
    assert reply.json["fingerprint"] == before


def test_several_operations_are_one_write(client: Client) -> None:
    before = fingerprint(client)
    good, bad = "INSERT DATA { GRAPH <g:half> { <x:a> <x:b> 1 } }", "DROP GRAPH <g:none>"
    assert problem(client.update(f"{good} ; {bad}"), 409)
    assert client.count("GRAPH <g:half> { ?s ?p ?o }") == 0 and fingerprint(client) == before


def test_the_merged_default_graph_cannot_be_written_to(client: Client) -> None:
    before = fingerprint(client)
    for text in ("INSERT DATA { <x:a> <x:new> 1 }", "INSERT { ?s <x:p> 1 } WHERE { ?s ?p ?o }"):
        assert "name the graph to write to, GRAPH <…>" in problem(client.update(text), 409)
    assert "name the graph" in problem(client("PUT", "/graphs?default", Content_Type=TURTLE), 400)
    assert fingerprint(client) == before


def test_the_dataset_is_said_once(client: Client) -> None:
    path = "/sparql?using-graph-uri=g%3Aring"
    text = "INSERT { GRAPH <g:u> { ?s <x:u> ?o } } %s WHERE { ?s <x:next> ?o }"
    both = client("POST", path, text % "USING <g:counter>", Content_Type=UPDATE)
    assert "USING cannot be combined with using-graph-uri" in problem(both, 400)
    assert client("POST", path, text % "", Content_Type=UPDATE).json["added"] == NODES


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://127.0.0.1:1/x.ttl>",
        "INSERT { GRAPH <g:s> { ?s ?p ?o } } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "INSERT{GRAPH<g:s>{?s ?p ?o}}WHERE{SERVICE SILENT<x:s>{?s ?p ?o}}",
    ],
)
def test_no_write_fetches_anything(client: Client, text: str) -> None:
    before = fingerprint(client)
    problem(client.update(text), 403)
    assert fingerprint(client) == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INSERT DATA {\n  GRAPH <g:a> {\n    <x:a> <x:b> }\n}", "line 3"),
        ("SELECT * { ?s ?p ?o }", "line 1"),
        ("{" * 5000, ""),
    ],
)
def test_what_is_no_update_is_the_callers_fault(client: Client, text: str, said: str) -> None:
    assert said in problem(client.update(text), 400)


def test_bytes_that_are_no_utf8_are_the_callers_fault(client: Client) -> None:
    assert "UTF-8" in problem(client("POST", "/sparql", b"# \xff", Content_Type=UPDATE), 400)


def test_two_updates_at_once_are_refused(client: Client) -> None:
    form = urlencode([("update", "CLEAR SILENT DEFAULT")] * 2)
    assert "one update" in problem(client("POST", "/sparql", form, Content_Type=FORM), 400)


# --- blank nodes and literals


def test_every_write_makes_blank_nodes_of_its_own(client: Client) -> None:
    """Writes are tried in forked processes, which must not draw the same random numbers."""
    for _ in range(2):
        client.update("INSERT DATA { GRAPH <g:blank> { [] <x:made> [] } }")
        client("POST", graph("g:blank"), "[] <x:made> [] .", Content_Type=TURTLE)
        client.update("INSERT { GRAPH <g:blank> { ?u <x:made> [] } } WHERE { BIND(UUID() AS ?u) }")
    nodes = client.rows("SELECT DISTINCT ?n { ?s <x:made> ?o VALUES ?i { 1 2 } "
                        "BIND(IF(?i = 1, ?s, ?o) AS ?n) }")  # fmt: skip
    assert len(nodes) == 12


def test_random_numbers_differ_from_worker_to_worker(client: Client) -> None:
    seen = set()
    for n in range(8):
        client.update(f"INSERT DATA {{ GRAPH <g:new> {{ <x:a> <x:b> {n} }} }}")  # new workers
        seen |= set(client.rows("SELECT (UUID() AS ?u) {}"))
    assert len(seen) == 8


def test_a_graph_put_again_stays_as_it_is(client: Client) -> None:
    """Whatever way its literals are written in."""
    body = "<x:a> <x:b> '01'^^<http://www.w3.org/2001/XMLSchema#integer>, 1.50, 'a\\nb'@EN ."
    first = client("PUT", graph("g:again"), body, Content_Type=TURTLE)
    again = client("PUT", graph("g:again"), body, Content_Type=TURTLE)
    assert (first.status, first.json["added"]) == (201, 3)
    assert (again.status, again.json["added"], again.json["removed"]) == (200, 0, 0)
    assert client.count("GRAPH <g:again> { ?s ?p ?o }") == 3


# --- the Graph Store Protocol


def test_a_graph_from_put_to_delete(client: Client) -> None:
    path = graph("g:life")
    assert problem(client("GET", path), 404) and client("HEAD", path).status == 404
    assert client("PUT", path, "<x:a> <x:b> 1 .", Content_Type=TURTLE).status == 201
    assert client("POST", path, "<x:a> <x:b> 2 .", Content_Type=TURTLE).status == 200
    assert client.rows("SELECT (SUM(?o) AS ?n) { GRAPH <g:life> { ?s ?p ?o } }") == ["3"]
    assert client("PUT", path, "<x:a> <x:b> 3 .", Content_Type=TURTLE).status == 200
    got = client("GET", path, Accept="application/n-triples")
    three = b'"3"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert got.body == b"<x:a> <x:b> " + three + b" .\n"
    head = client("HEAD", path, Accept="application/n-triples")
    assert (head.status, head.body) == (200, b"")
    assert client("DELETE", path).status == 200
    assert problem(client("DELETE", path), 404) and problem(client("GET", path), 404)


def test_a_graph_may_be_empty(client: Client) -> None:
    assert client("PUT", graph("g:void"), Content_Type=TURTLE).status == 201
    assert client("GET", graph("g:void")).status == 200
    assert client("PUT", graph("g:void"), Content_Type=TURTLE).status == 200


def test_a_graph_by_its_own_address(client: Client) -> None:
    path = "/graphs/some/where"
    assert client("PUT", path, "<> <x:b> <other> .", Content_Type=TURTLE).status == 201
    (row,) = client.rows(f"SELECT ?s ?o {{ GRAPH <{client.address}{path}> {{ ?s ?p ?o }} }}")
    assert row == f"{client.address}{path},{client.address}/graphs/some/other"


def test_patch_is_refused_with_what_to_do(client: Client) -> None:
    reply = client("PATCH", graph("g:life"), Content_Type="application/rdf-patch")
    assert "SPARQL Update" in problem(reply, 405)
    assert {"GET", "HEAD", "PUT", "POST", "DELETE"} <= set(reply.headers["Allow"].split(", "))


def test_a_post_to_the_store_makes_a_graph_and_says_where(client: Client) -> None:
    reply = client("POST", "/graphs", "<> <x:b> 1 .", Content_Type=TURTLE)
    place = reply.headers["Location"]
    assert reply.status == 201 and place.startswith(f"{client.address}/graphs/")
    assert client("GET", urlsplit(place).path).status == 200
    assert client.rows(f"SELECT ?s {{ GRAPH <{place}> {{ ?s ?p 1 }} }}") == [place]


def test_files_of_a_form_are_added(client: Client) -> None:
    parts = [("a.ttl", "text/turtle", "<x:a> <x:b> 1 ."),
             ("b.nt", "application/octet-stream", "<x:a> <x:b> <x:c> .")]  # fmt: skip
    body = "".join(
        f'--cut\r\nContent-Disposition: form-data; name="graph"; filename="{name}"\r\n'
        f"Content-Type: {kind}\r\n\r\n{text}\r\n"
        for name, kind, text in parts
    )
    kind = "multipart/form-data; boundary=cut"
    reply = client("POST", graph("g:files"), body + "--cut--\r\n", Content_Type=kind)
    assert (reply.status, reply.json["added"]) == (201, 2)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/n-triples", "<x:a> <x:b> <x:c> ."),
        ("application/ld+json", '{"@id": "x:a", "x:b": {"@id": "x:c"}}'),
        (
            "application/rdf+xml",
            '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">'
            '<r:Description r:about="x:a"><x:b r:resource="x:c"/></r:Description></r:RDF>',
        ),
    ],
)
def test_formats_of_a_graph(client: Client, kind: str, body: str) -> None:
    assert client("PUT", graph("g:format"), body, Content_Type=kind).status in (200, 201)
    assert client.count("GRAPH <g:format> { <x:a> <x:b> <x:c> }") == 1


def test_a_bad_graph_is_refused_with_the_line(client: Client) -> None:
    body = "<x:a> <x:b> 1 .\n<x:a> <x:b> oops .\n"
    assert "line 2" in problem(client("PUT", graph("g:bad"), body, Content_Type=TURTLE), 400)
    quads = "<x:a> <x:b> <x:c> <x:g> ."
    problem(client("PUT", graph("g:bad"), quads, Content_Type="application/n-triples"), 400)
    named = '{"@id": "g:other", "@graph": {"@id": "x:a", "x:b": 1}}'
    assert "graphs of its own" in problem(
        client("PUT", graph("g:bad"), named, Content_Type="application/ld+json"), 400
    )
    assert client("GET", graph("g:bad")).status == 404


def test_an_unknown_media_type_is_refused_with_those_known(client: Client) -> None:
    for kind in ("text/plain", "", "application/n-quads"):
        reply = client("PUT", graph("g:bad"), "x", Content_Type=kind)
        assert "text/turtle" in problem(reply, 415)
    assert problem(client("POST", "/sparql", "x", Content_Type="text/plain"), 415)


@pytest.mark.parametrize("path", ["/graphs?graph=none", "/graphs", "/graphs?graph=x:a&default"])
def test_one_graph_is_to_be_named(client: Client, path: str) -> None:
    problem(client("PUT", path, "", Content_Type=TURTLE), 400)


# --- limits


def test_a_body_has_a_limit(client: Client) -> None:
    body = "#" * (2 * 1024 * 1024)
    problem(client("PUT", graph("g:large"), body, Content_Type=TURTLE), 413)


@pytest.mark.parametrize(
    ("text", "limit", "status"),
    [
        (
            f"INSERT {{ GRAPH <g:t> {{ <x:t> <x:n> ?n }} }} WHERE "
            f"{{ SELECT (COUNT(*) AS ?n) {{ {ENDLESS} }} }}",
            "write_seconds",
            504,
        ),
        (
            f"INSERT {{ GRAPH <g:t> {{ ?a ?c ?e }} }} WHERE {{ {CROSS} }}",
            "query_megabytes",
            503,
        ),
    ],
)
def test_a_write_that_takes_too_much_changes_nothing(
    client: Client, text: str, limit: str, status: int
) -> None:
    before, start = fingerprint(client), time.monotonic()
    reply = client.update(text)
    assert problem(reply, status) and reply.json["limit"] == limit
    assert time.monotonic() - start < 2 + 1.5
    assert fingerprint(client) == before and client.count("GRAPH <g:t> { ?s ?p ?o }") == 0


def test_a_write_too_large_to_be_checked_hears_so_before_it_is(client: Client) -> None:
    before, start = fingerprint(client), time.monotonic()
    body = "".join(f"<x:{n}> <x:many> {n} .\n" for n in range(2001))
    reply = client("PUT", graph("g:many"), body, Content_Type=TURTLE)
    assert "changes 2,001 statements; at most 2,000 are checked at a time" in problem(reply, 413)
    assert (reply.json["limit"], reply.json["allowed"]) == ("write_statements", 2000)
    assert time.monotonic() - start < 2 and fingerprint(client) == before


# --- shapes


def test_what_breaks_a_shape_is_refused_with_a_report(client: Client) -> None:
    before = fingerprint(client)
    reply = client("PUT", graph("g:broken"), BROKEN, Content_Type=TURTLE)
    assert "nothing was written" in problem(reply, 422)
    results = reply.json["validation"]["results"]
    assert {one["focus"] for one in results if one["severity"] == "Violation"} == {MISSION}
    assert fingerprint(client) == before and client("GET", graph("g:broken")).status == 404


@pytest.mark.parametrize("kind", ["text/turtle", "application/ld+json"])
def test_the_report_comes_as_rdf(client: Client, kind: str) -> None:
    text = f"INSERT DATA {{ GRAPH <g:broken> {{ {BROKEN} }} }}"
    reply = client.update(text, Accept=kind)
    assert reply.status == 422 and reply.headers["Content-Type"].startswith(kind)
    report = rdflib.Graph().parse(data=reply.body, format=kind)
    assert rdflib.URIRef(MISSION) in set(report.objects(None, rdflib.SH.focusNode))
    assert (None, rdflib.SH.conforms, rdflib.Literal(False)) in report


def test_warnings_pass_and_come_back(client: Client) -> None:
    reply = client("PUT", graph("g:body"), BODY, Content_Type=TURTLE)
    assert reply.status == 201, reply.body
    assert "Warning" in {one["severity"] for one in reply.json["validation"]["results"]}


def test_a_removal_that_breaks_a_shape_is_refused(client: Client) -> None:
    assert client("PUT", graph("g:body"), BODY, Content_Type=TURTLE).status in (200, 201)
    text = f"DELETE WHERE {{ GRAPH <g:body> {{ ?s {LABEL} ?o }} }}"
    assert problem(client.update(text), 422)
    assert client.count(f"GRAPH <g:body> {{ ?s {LABEL} ?o }}") == 1


# --- what everybody else sees


def test_you_read_what_you_wrote(client: Client) -> None:
    for n in range(50):
        text = f"DELETE {{ GRAPH <g:own> {{ <x:a> <x:v> ?o }} }} INSERT {{ GRAPH <g:own> {{ <x:a> <x:v> {n} }} }} WHERE {{ OPTIONAL {{ <x:a> <x:v> ?o }} }}"  # noqa: E501
        assert client.update(text).status == 200
        assert client.rows("SELECT ?o { <x:a> <x:v> ?o }") == [str(n)]


def test_everybody_reads_what_was_written(client: Client) -> None:
    """However many ask at the same time, of the cache and of the workers."""
    written, wrong, over = [0], [], threading.Event()

    def read() -> None:
        while not over.is_set():
            least = written[0]
            found = client.rows("SELECT ?o { <x:all> <x:v> ?o }")
            if least and int(found[0]) < least:
                wrong.append((least, found))

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(read)
        for n in range(1, 31):
            body = f"<x:all> <x:v> {n} ."
            assert client("PUT", graph("g:all"), body, Content_Type=TURTLE).status < 300
            written[0] = n
        over.set()
    assert not wrong


def test_readers_neither_wait_for_a_writer_nor_see_half_of_it(client: Client) -> None:
    """A write of a second moves all of a graph; its quads are in one place or the other."""
    both = "GRAPH ?g { ?s <x:half> ?o } FILTER(?g IN (<g:left>, <g:right>))"
    some = " ".join(f"<x:{n}> <x:half> {n} ." for n in range(100))
    client("PUT", graph("g:left"), some, Content_Type=TURTLE)
    slow = "FILTER EXISTS { ?a <x:next> ?b . ?c <x:next> ?d FILTER(STR(?a) = STR(?f)) }"
    text = f"DELETE {{ GRAPH <g:left> {{ ?s ?p ?o }} }} INSERT {{ GRAPH <g:right> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <g:left> {{ ?s ?p ?o }} BIND('none' AS ?f) OPTIONAL {{ {slow} }} }}"  # noqa: E501
    seen, waits = set(), []
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(client.update, text)
        while not writing.done():
            start = time.monotonic()
            seen |= set(client.rows(f"SELECT ?g (COUNT(*) AS ?n) {{ {both} }} GROUP BY ?g"))
            waits.append(time.monotonic() - start)
    assert writing.result().status == 200, writing.result().body
    assert seen <= {"g:left,100", "g:right,100"} and "g:left,100" in seen
    assert len(waits) > 3 and max(waits) < 0.5


@pytest.mark.long
def test_a_hundred_increments_are_a_hundred(client: Client) -> None:
    text = "WITH <g:counter> DELETE { <x:c> <x:n> ?n } INSERT { <x:c> <x:n> ?m } WHERE { <x:c> <x:n> ?n BIND(?n + 1 AS ?m) }"  # noqa: E501
    before = int(client.rows("SELECT ?n { <x:c> <x:n> ?n }")[0])
    with ThreadPoolExecutor(100) as pool:
        replies = list(pool.map(lambda _: client.update(text), range(100)))
    assert {reply.status for reply in replies} == {200}
    assert client.rows("SELECT ?n { <x:c> <x:n> ?n }") == [str(before + 100)]


def test_writers_wait_in_a_queue_that_ends(tmp_path: Path) -> None:
    (tmp_path / "ring.trig").write_text(
        f"<g:r> {{ {''.join(f'<x:{n}> <x:next> <x:{n + 1}> .' for n in range(NODES))} }}", "utf-8"
    )
    slow = f"INSERT {{ GRAPH <g:t> {{ <x:t> <x:n> ?n }} }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ {ENDLESS} }} }}"  # noqa: E501
    options = ("--data", str(tmp_path / "ring.trig"), "--no-shapes")
    limits = {"write_seconds": 2, "queue_length": 1, "queue_seconds": 1}
    with serving(tmp_path / "graph", *options, limits=limits) as server:
        client = server.client()
        with ThreadPoolExecutor(3) as pool:
            replies = list(pool.map(lambda _: client.update(slow), range(3)))
            assert client.count("?s <x:next> ?o") == NODES
    assert sorted(reply.status for reply in replies) == [503, 503, 504]
    waited = {reply.json["limit"] for reply in replies if reply.status == 503}
    assert waited == {"queue_length", "queue_seconds"}
    assert all("Retry-After" in reply.headers for reply in replies if reply.status == 503)


def test_a_client_that_leaves_while_writing_leaves_all_or_nothing(
    server: Running, client: Client
) -> None:
    host, port = urlsplit(server.address).netloc.split(":")
    for n in range(10):
        body = f"INSERT DATA {{ GRAPH <g:gone> {{ <x:{n}> <x:gone> 1, 2, 3 }} }}".encode()
        head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: {UPDATE}\r\n"
        head += f"Authorization: Bearer token to write\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + body)
            time.sleep(0.002 * n)
    assert client.update("INSERT DATA { GRAPH <g:after> { <x:a> <x:b> 1 } }").status == 200
    counts = client.rows("SELECT (COUNT(*) AS ?n) { ?s <x:gone> ?o } GROUP BY ?s")
    assert set(counts) <= {"3"}
    directory.verify(server.folder)


# --- the journal


def test_the_journal_says_who_did_what_and_when(server: Running, client: Client) -> None:
    before = fingerprint(client)
    client("PUT", graph("g:told"), "<x:a> <x:b> <x:told> .", Content_Type=TURTLE)
    head = directory.read_head(server.folder / BASE)
    *_, last = journal.read(server.folder / JOURNAL, head.fingerprint)
    assert (last.who, last.what) == ("writer", "put g:told")
    assert (last.before, last.after) == (before, fingerprint(client))
    told = (ox.NamedNode(f"{name}") for name in ("x:a", "x:b", "x:told", "g:told"))
    assert last.change.added == (ox.Quad(*told),)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(last.when)) < timedelta(minutes=1)


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<x:a> <x:b> 1 .", "utf-8")
    seen = []
    for n in range(2):
        options = ("--no-shapes", "--data", str(tmp_path / "a.ttl"))
        with serving(tmp_path / "graph", *options) as server:
            client = server.client()
            seen.append((fingerprint(client), client.count("?s ?p ?o")))
            client.update(f"INSERT DATA {{ GRAPH <g:{n}> {{ <x:{n}> <x:b> 1 }} }}")
            seen.append((fingerprint(client), client.count("?s ?p ?o")))
    assert seen[1] == seen[2] and [count for _, count in seen] == [1, 2, 2, 3]


def test_a_directory_stays_of_its_kind(tmp_path: Path) -> None:
    directory.create(tmp_path / "graph", [], merged=False)
    (tmp_path / "a.ttl").touch()
    options = ("--no-shapes", "--data", str(tmp_path / "a.ttl"))
    with pytest.raises(AssertionError, match="holds a plain dataset: use --dataset plain"):
        with serving(tmp_path / "graph", *options):
            pass
    with serving(tmp_path / "graph", *options, "--dataset", "plain") as server:
        client = server.client()
        assert client.update("INSERT DATA { <x:a> <x:b> 1 }").status == 200
        assert (
            client("PUT", "/graphs?default", "<x:c> <x:d> 1, 2 .", Content_Type=TURTLE).status < 300
        )
        assert client.count("?s ?p ?o") == 2


def test_nobody_writes_to_a_server_without_tokens(tmp_path: Path) -> None:
    (tmp_path / "a.ttl").touch()
    options = ("--no-shapes", "--data", str(tmp_path / "a.ttl"))
    with serving(tmp_path / "graph", *options, settings="") as server:
        assert server.client().update("CLEAR SILENT DEFAULT").status == 401

"""Operations: health, metrics, logs, limits on requests, and what a real server says of itself."""

from __future__ import annotations

import http.client
import io
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families as samples

from missiongraph import MissionGraph
from missiongraph.errors import EngineFailed, MissionGraphError
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.namespaces import MOI
from missiongraph.remote.engine import RemoteEngine
from missiongraph.server import create_app
from missiongraph.server.http.logs import LOGGER, handler
from missiongraph.server.settings import Settings
from missiongraph.server.state.access import Access
from missiongraph.server.state.status import Store
from missiongraph.server.state.tokens import Token, hashed
from missiongraph.system import sandbox
from missiongraph.writing import directory

COMMAND = [
    sys.executable,
    "-c",
    "from missiongraph.server.cli.program import main; main()",
    "serve",
]
ALL = "SELECT * { ?s ?p ?o }"
BROKEN = "SELECT * {"
MONSTER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ROWS = 20_000  # some 2 MB as JSON: more than is held back
LIMITS = Settings(
    query_seconds=1, concurrent_queries=1, small_queries=1, small_milliseconds=200, queue_length=1
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "rows.nt"
    lines = [f"<x:thing/{n}> <x:number> <x:some-thing-else/{n}> .\n" for n in range(ROWS)]
    path.write_text("".join(lines), "utf-8")
    return path


@pytest.fixture(scope="module")
def served(data: Path) -> Iterator[MissionGraph]:
    """A graph whose queries run in processes of their own."""
    engine = IsolatedEngine([data], "f00d", LIMITS)
    graph = MissionGraph(ox.Store())
    graph.engine = engine
    try:
        yield graph
    finally:
        engine.close()


@pytest.fixture
def client(served: MissionGraph) -> FlaskClient:
    return create_app(served, LIMITS).test_client()


def engine_of(graph: MissionGraph) -> IsolatedEngine:
    assert isinstance(graph.engine, IsolatedEngine)
    return graph.engine


def ask(client: FlaskClient, query: str, **headers: str) -> Any:
    asked = {"query": query}
    return client.get("/sparql", query_string=asked, headers=headers, buffered=True)


# --- health


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_a_service_that_is_well_says_so(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200 and json.loads(response.data)["status"] == "ok"
    assert response.cache_control.no_store


def test_health_tells_what_is_served_and_under_which_limits(client: FlaskClient) -> None:
    body = json.loads(client.get("/health").data)
    assert body["fingerprint"] == "f00d" and body["statements"] == ROWS
    assert body["workers"] == LIMITS.concurrent_queries + LIMITS.small_queries
    assert body["limits"] == sandbox.holds()


def test_health_admits_that_no_limit_holds_in_the_same_process() -> None:
    client = create_app(MissionGraph(ox.Store()), Settings()).test_client()
    body = json.loads(client.get("/health").data)
    assert set(body["limits"]) == set(sandbox.holds()) and not any(body["limits"].values())


def test_a_store_that_does_not_answer_is_not_ready_but_the_server_lives(
    served: MissionGraph, client: FlaskClient
) -> None:
    supervisor = engine_of(served)._daemon.process.pid
    os.kill(supervisor, signal.SIGSTOP)
    os.waitid(os.P_PID, supervisor, os.WSTOPPED | os.WNOWAIT)
    try:
        for path in ("/health", "/health/ready"):
            response = client.get(path)
            assert response.status_code == 503 and response.headers["Retry-After"]
            assert response.mimetype == "application/problem+json"
        assert client.get("/health/live").status_code == 200
        assert client.get("/metrics").status_code == 200
    finally:
        os.kill(supervisor, signal.SIGCONT)
    assert client.get("/health/ready").status_code == 200


def test_health_and_metrics_take_no_slot(served: MissionGraph) -> None:
    client = create_app(served, LIMITS).test_client()  # which has counted nothing yet
    admission = engine_of(served).admission
    taken = [admission.enter(number) for number in range(2)]
    try:
        assert json.loads(client.get("/health").data)["statements"] == ROWS
        assert client.get("/health/ready").status_code == 200
        assert metric(client, "statements") == ROWS
    finally:
        for slot in taken:
            admission.leave(slot)


def test_health_follows_a_write(writer: FlaskClient) -> None:
    def statements() -> int:
        return int(json.loads(writer.get("/health").data)["statements"])

    before = statements()
    data = {"update": "INSERT DATA { GRAPH <x:h> { <x:health> <x:b> <x:c> } }"}
    writer.post("/sparql", data=data, headers={"Authorization": "Bearer t"}, buffered=True)
    assert statements() == before + 1


def test_a_slow_service_elsewhere_keeps_no_probe_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        engine = RemoteEngine(f"http://127.0.0.1:{port}/sparql")
        client = create_app(MissionGraph(engine=engine), Settings()).test_client()
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
        assert client.get("/metrics").status_code == 200


def test_a_service_elsewhere_that_does_not_answer_is_no_store() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store = Store(MissionGraph(engine=RemoteEngine(f"http://127.0.0.1:{port}/sparql")))
    with pytest.raises(EngineFailed):
        store.state()
    assert store.statements() is None


# --- metrics


def metric(client: FlaskClient, name: str, **labels: str) -> float:
    for family in samples(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == f"missiongraph_{name}" and sample.labels == labels:
                return sample.value
    return 0


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/plain"),
        ("application/openmetrics-text; version=1.0.0, text/plain;q=0.5", "openmetrics"),
    ],
)
def test_metrics_come_in_the_format_that_the_scraper_takes(
    client: FlaskClient, accept: str, kind: str
) -> None:
    response = client.get("/metrics", headers={"Accept": accept})
    assert response.status_code == 200 and kind in response.content_type


@pytest.mark.parametrize(
    ("query", "outcome"), [("ASK {}", "ok"), (BROKEN, "error"), (MONSTER, "query_seconds")]
)
def test_a_query_is_counted_by_its_outcome(client: FlaskClient, query: str, outcome: str) -> None:
    ask(client, query)
    assert metric(client, "queries_total", outcome=outcome) == 1
    assert metric(client, "query_seconds_count") == 1


def test_a_long_query_is_counted(served: MissionGraph) -> None:
    client = create_app(served, Settings(query_characters=10)).test_client()
    assert ask(client, ALL).status_code == 413
    assert metric(client, "queries_total", outcome="query_characters") == 1


def test_an_answer_from_memory_and_one_that_the_client_holds_are_counted(
    client: FlaskClient,
) -> None:
    tag = ask(client, "ASK {}").headers["ETag"]
    ask(client, "ASK {}")
    ask(client, "ASK {}", **{"If-None-Match": tag})
    for outcome in ("ok", "cached", "not-modified"):
        assert metric(client, "queries_total", outcome=outcome) == 1
    assert metric(client, "cache_hits_total") == 1 and metric(client, "cache_bytes") > 0


def test_who_finds_no_slot_is_counted_busy(served: MissionGraph) -> None:
    settings = Settings(concurrent_queries=1, small_queries=1, queue_seconds=1)
    app = create_app(served, settings)
    admission = engine_of(served).admission
    taken = [admission.enter(number) for number in range(2)]
    waiting = threading.Thread(target=lambda: admission.leave(admission.enter("waits")))
    waiting.start()
    while admission.waiting < LIMITS.queue_length:
        time.sleep(0.01)
    try:
        assert ask(app.test_client(), "ASK {}").status_code == 503
        assert metric(app.test_client(), "queries_running") == 2
        assert metric(app.test_client(), "queries_waiting") == LIMITS.queue_length
    finally:
        for slot in taken:
            admission.leave(slot)
        waiting.join()
    assert metric(app.test_client(), "queries_total", outcome="busy") == 1


def test_a_page_that_asks_is_counted(client: FlaskClient) -> None:
    client.get("/queries/who-funds-whom?run=1", buffered=True)
    assert metric(client, "queries_total", outcome="ok") == 1


def test_pages_and_probes_are_no_queries(client: FlaskClient) -> None:
    for path in ("/", "/health", "/sparql", "/nowhere"):
        client.get(path, buffered=True)
    assert metric(client, "query_seconds_count") == 0


def test_metrics_tell_the_state_of_the_store(client: FlaskClient) -> None:
    assert metric(client, "statements") == ROWS
    assert metric(client, "workers") == LIMITS.concurrent_queries + LIMITS.small_queries


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a graph that takes writes which keep to the shapes."""
    folder = tmp_path_factory.mktemp("written")
    directory.create(folder, [], merged=True)
    engine = IsolatedEngine(limits=LIMITS, directory=folder)
    graph = MissionGraph(ox.Store())
    graph.engine = engine
    access = Access((Token("t", hashed("t"), "write"),))
    try:
        yield create_app(graph, LIMITS, access, writable=True).test_client()
    finally:
        engine.close()


@pytest.mark.parametrize(
    ("update", "outcome", "validated"),
    [
        ("INSERT DATA { GRAPH <x:g> { <x:a> <x:b> <x:c> } }", "ok", 1),
        ("INSERT DATA { GRAPH <x:g> { <x:mission> a moi:Mission } }", "refused", 0),
        ("INSERT NONSENSE", "error", 0),
    ],
)
def test_a_write_is_counted_by_its_outcome(
    writer: FlaskClient, update: str, outcome: str, validated: int
) -> None:
    def counts() -> tuple[float, ...]:
        writes = metric(writer, "writes_total", outcome=outcome)
        others = ("validation_seconds_count", "query_seconds_count")
        return writes, *(metric(writer, name) for name in others)

    writes, validations, asked = counts()
    data = {"update": f"PREFIX moi: <{MOI}> {update}"}
    writer.post("/sparql", data=data, headers={"Authorization": "Bearer t"}, buffered=True)
    assert counts() == (writes + 1, validations + validated, asked)


def test_applications_count_for_themselves(served: MissionGraph) -> None:
    one, other = (create_app(served, LIMITS).test_client() for _ in range(2))
    ask(one, "ASK {}")
    assert metric(other, "query_seconds_count") == 0


def is_freed(graph: MissionGraph, seconds: float = 10) -> bool:
    """Whether no query runs soon: a worker has to notice first that nobody reads any more."""
    last = time.monotonic() + seconds
    while (running := engine_of(graph).admission.running) and time.monotonic() < last:
        time.sleep(0.01)
    return not running


def test_an_answer_that_nobody_reads_frees_its_slot(
    served: MissionGraph, client: FlaskClient
) -> None:
    for packing in ("identity", "gzip"):
        for _ in range(3):
            headers, asked = {"Accept-Encoding": packing}, {"query": ALL}
            response = client.head("/sparql", headers=headers, query_string=asked, buffered=True)
            assert response.status_code == 200
    assert is_freed(served)


def test_a_client_that_leaves_is_counted_gone_and_frees_its_slot(
    served: MissionGraph, client: FlaskClient
) -> None:
    with client.get("/sparql", query_string={"query": ALL}, buffered=False) as response:
        next(iter(response.response))
    assert metric(client, "queries_total", outcome="gone") == 1
    assert is_freed(served)


# --- the name of a request


@pytest.mark.parametrize("name", ["one", "4bf92f35-77b3.4da6:a3", "a" * 64])
def test_a_client_may_name_its_request(client: FlaskClient, name: str) -> None:
    response = ask(client, BROKEN, **{"X-Request-ID": name})
    assert response.headers["X-Request-ID"] == json.loads(response.data)["request_id"] == name


@pytest.mark.parametrize("name", ["", "a b", "é", '"}', "a" * 65, "<script>"])
def test_a_name_that_is_not_sane_is_replaced(client: FlaskClient, name: str) -> None:
    response = ask(client, "ASK {}", **{"X-Request-ID": name})
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])


def test_every_request_has_another_name(client: FlaskClient) -> None:
    assert len({client.get("/health").headers["X-Request-ID"] for _ in range(3)}) == 3


# --- the log


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the server logs, as it would stand on standard error."""
    written, attached = io.StringIO(), handler()
    attached.setStream(written)
    LOGGER.addHandler(attached)
    try:
        yield written
    finally:
        LOGGER.removeHandler(attached)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def logging_app(graph: MissionGraph, **settings: int) -> Flask:
    return create_app(graph, Settings(**({"access_log": 1} | settings)))  # type: ignore[arg-type]


def test_a_request_is_a_line_of_json(served: MissionGraph, log: io.StringIO) -> None:
    client = logging_app(served).test_client()
    response = ask(client, "ASK {}", **{"X-Request-ID": "one"})
    (line,) = lines(log)
    expected = {
        "event": "request",
        "level": "INFO",
        "request_id": "one",
        "method": "GET",
        "path": "/sparql",
        "status": 200,
        "bytes": len(response.data),
        "outcome": "ok",
    }
    assert line.items() >= expected.items()
    assert line["milliseconds"] > 0
    assert datetime.fromisoformat(line["time"]).tzinfo


def test_the_bytes_of_a_stream_are_counted(served: MissionGraph, log: io.StringIO) -> None:
    response = ask(logging_app(served).test_client(), ALL)
    assert lines(log)[0]["bytes"] == len(response.data) > 256 * 1024


def test_the_access_log_is_off_by_default(served: MissionGraph, log: io.StringIO) -> None:
    ask(create_app(served, Settings()).test_client(), "ASK {}")
    assert not log.getvalue()


def test_neither_query_nor_token_nor_address_is_in_the_access_log(
    served: MissionGraph, log: io.StringIO
) -> None:
    client = logging_app(served).test_client()
    ask(client, 'ASK { ?s ?p "needle" }', Authorization="Bearer needle", Cookie="needle")
    data = {"query": 'ASK { ?s ?p "needle" }'}
    client.post("/sparql", data=data, buffered=True)
    assert len(lines(log)) == 2
    assert "needle" not in log.getvalue() and "127.0.0.1" not in log.getvalue()


def test_a_slow_query_is_logged_with_its_text_but_no_token(
    served: MissionGraph, log: io.StringIO
) -> None:
    client = logging_app(served, access_log=0, slow_milliseconds=1).test_client()
    ask(client, ALL + " # " + "x" * 3000, Authorization="Bearer needle")
    (line,) = lines(log)
    assert line["event"] == "slow query" and line["level"] == "WARNING"
    assert line["query"].startswith(ALL) and len(line["query"]) == 2000
    assert "needle" not in log.getvalue()


def test_a_fast_query_is_not_logged_as_slow(served: MissionGraph, log: io.StringIO) -> None:
    ask(logging_app(served, access_log=0, slow_milliseconds=60_000).test_client(), "ASK {}")
    assert not log.getvalue()


def test_slow_queries_can_be_left_unlogged(served: MissionGraph, log: io.StringIO) -> None:
    ask(logging_app(served, access_log=0, slow_milliseconds=0).test_client(), ALL)
    assert not log.getvalue()


def test_a_line_cannot_be_forged(served: MissionGraph, log: io.StringIO) -> None:
    logging_app(served).test_client().get("/a%0A%7B%22event%22:1%7D", buffered=True)
    (line,) = lines(log)
    assert line["path"] == '/a\n{"event":1}'


def test_a_fault_of_ours_is_logged_with_the_name_of_its_request(
    served: MissionGraph, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("missiongraph.server.pages.home.queries", lambda: 1 / 0)
    response = create_app(served, Settings()).test_client().get("/", buffered=True)
    (line,) = lines(log)
    assert line["level"] == "ERROR" and "ZeroDivisionError" in line["exc_info"]
    assert line["request_id"] == json.loads(response.data)["request_id"]


def test_an_answer_that_breaks_off_is_one_line(served: MissionGraph, log: io.StringIO) -> None:
    app = create_app(served, Settings())
    with app.test_client().get("/sparql", query_string={"query": ALL}, buffered=False) as response:
        body = iter(response.response)
        next(body)
        for pid in workers(engine_of(served)):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(MissionGraphError):
            list(body)
    (line,) = lines(log)
    assert line["event"] == "answer broken off" and line["outcome"] == "failed"
    assert line["error"] and "exc_info" not in line
    assert metric(app.test_client(), "queries_total", outcome="failed") == 1


def workers(engine: IsolatedEngine) -> list[int]:
    path = Path(f"/proc/{engine._daemon.process.pid}/task/{engine._daemon.process.pid}/children")
    if not path.exists():
        pytest.skip("needs /proc to find the workers")
    return [int(pid) for pid in path.read_text("ascii").split()]


def test_whoever_sets_up_logging_gets_our_lines_once(
    served: MissionGraph, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        logging_app(served).test_client().get("/health", buffered=True)
    assert [record.getMessage() for record in caplog.records] == ["request"]
    assert not LOGGER.handlers


# --- the limit on requests


def test_any_number_of_requests_is_the_default(client: FlaskClient) -> None:
    responses = [client.get("/") for _ in range(50)]
    assert {response.status_code for response in responses} == {200}
    assert "X-RateLimit-Limit" not in responses[0].headers


def test_too_many_requests_are_429(served: MissionGraph) -> None:
    client = create_app(served, Settings(requests_per_minute=3)).test_client()
    for left in (2, 1, 0):
        response = client.get("/robots.txt")
        assert response.status_code == 200
        assert response.headers["X-RateLimit-Limit"] == "3"
        assert response.headers["X-RateLimit-Remaining"] == str(left)
    refused = ask(client, "ASK {}")
    assert refused.status_code == 429 and refused.mimetype == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_probes_and_preflights_are_not_limited(served: MissionGraph) -> None:
    client = create_app(served, Settings(requests_per_minute=1)).test_client()
    for path in ("/health", "/health/ready", "/metrics"):
        assert {client.get(path).status_code for _ in range(3)} == {200}
    assert {client.options("/sparql").status_code for _ in range(3)} == {200}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_a_client_is_an_address_or_a_network(
    served: MissionGraph, one: str, other: str, same: bool
) -> None:
    client = create_app(served, Settings(requests_per_minute=1)).test_client()
    first, second = (
        client.get("/robots.txt", environ_overrides={"REMOTE_ADDR": address}).status_code
        for address in (one, other)
    )
    assert (first, second) == (200, 429 if same else 200)


@pytest.mark.parametrize("proxies", [0, 1])
def test_only_a_proxy_that_is_known_is_believed(served: MissionGraph, proxies: int) -> None:
    client = create_app(served, Settings(requests_per_minute=1, proxies=proxies)).test_client()
    statuses = [
        client.get("/robots.txt", headers={"X-Forwarded-For": address}).status_code
        for address in ("192.0.2.1", "192.0.2.2")
    ]
    assert statuses == [200, 200 if proxies else 429]


# --- security.txt


def test_security_txt_names_the_contact(served: MissionGraph) -> None:
    settings = Settings(security_contact="mailto:security@example.org")
    response = create_app(served, settings).test_client().get("/.well-known/security.txt")
    assert response.content_type == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert fields["Contact"] == "mailto:security@example.org"
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
    assert 150 < expires.days < 366


def test_without_a_contact_there_is_no_security_txt(client: FlaskClient) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("contact", ["me", "http://a.test", "mailto:a@b.test\nContact: x"])
def test_a_contact_that_is_no_address_is_refused(served: MissionGraph, contact: str) -> None:
    with pytest.raises(MissionGraphError, match="MISSIONGRAPH_SECURITY_CONTACT"):
        create_app(served, Settings(security_contact=contact))


# --- settings


def test_settings_may_be_0_where_that_is_off_and_text_where_that_is_meant() -> None:
    environment = {
        "MISSIONGRAPH_REQUESTS_PER_MINUTE": "0",
        "MISSIONGRAPH_SECURITY_CONTACT": "mailto:a@b.test",
    }
    settings = Settings.read(environment=environment)
    assert settings.requests_per_minute == 0
    assert settings.security_contact == "mailto:a@b.test"
    with pytest.raises(MissionGraphError, match="not a whole number"):
        Settings.read(environment={"MISSIONGRAPH_SLOW_MILLISECONDS": "-1"})


# --- a real server


@pytest.fixture
def running(data: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A server process that logs every request, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port), "--data", str(data)],
        env=os.environ | {"MISSIONGRAPH_ACCESS_LOG": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr and "Serving on" in process.stderr.readline()
        yield port, process
    finally:
        process.terminate()
        process.communicate(timeout=15)


def test_a_real_server_logs_json_names_requests_and_shows_no_banner(
    running: tuple[int, subprocess.Popen[str]],
) -> None:
    port, process = running
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/health", headers={"X-Request-ID": "one"})
    response = connection.getresponse()
    assert response.status == 200 and json.loads(response.read())["limits"] == sandbox.holds()
    assert response.getheader("Server") is None and response.getheader("Via") is None
    assert response.getheader("X-Request-ID") == "one"
    connection.close()
    assert process.stderr
    line = json.loads(process.stderr.readline())
    while line["logger"] == "waitress.queue":  # a busy machine's queue is long for a moment
        line = json.loads(process.stderr.readline())
    assert (line["event"], line["request_id"], line["path"]) == ("request", "one", "/health")


def test_a_real_server_breaks_the_encoding_of_an_answer_that_breaks_off_and_logs_one_line(
    running: tuple[int, subprocess.Popen[str]],
) -> None:
    port, process = running
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        request = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n"
        connection.sendall(request.encode())
        assert connection.recv(64).startswith(b"HTTP/1.1 200")
        for pid in descendants(process.pid)[1:]:
            with suppress(ProcessLookupError):  # one that made room for another meanwhile
                os.kill(pid, signal.SIGKILL)
        end = b""
        while piece := connection.recv(1024 * 1024):
            end = (end + piece)[-5:]
    assert end != b"0\r\n\r\n"
    assert process.stderr
    events = [json.loads(process.stderr.readline()) for _ in range(2)]
    assert [line["event"] for line in events] == ["answer broken off", "request"]
    assert fetched(port, "/health/ready") == 200
    assert json.loads(process.stderr.readline())["path"] == "/health/ready"


def descendants(pid: int) -> list[int]:
    """The supervisor of a server process, then its workers."""
    path = Path(f"/proc/{pid}/task")
    if not path.exists():
        pytest.skip("needs /proc to find the workers")
    found: list[int] = []
    for task in path.iterdir():
        for child in map(int, (task / "children").read_text("ascii").split()):
            found += [child, *descendants(child)]
    return found


def fetched(port: int, path: str) -> int:
    time.sleep(0.1)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status

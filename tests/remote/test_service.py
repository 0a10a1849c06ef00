"""Services that misbehave: what a caller is told, within the limits, and what they never see."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

import missiongraph
from missiongraph import MissionGraph, Query
from missiongraph.errors import (
    LimitExceeded,
    MissionGraphError,
    NotAcceptable,
    QueryError,
    RemoteError,
)
from missiongraph.limits import Limits
from missiongraph.remote.credentials import UPDATE, Credentials, Login
from missiongraph.remote.engine import RemoteEngine
from missiongraph.server.app import create_app
from missiongraph.sparql.engine import Answer

JSON = "application/sparql-results+json"
YES = b'{"head":{},"boolean":true}'
ASK = Query("ASK {}")
ROWS = b'{"head":{"vars":["n"]},"results":{"bindings":['
ROW = b'{"n":{"type":"literal","value":"' + b"x" * 1000 + b'"}},'

Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Misbehaving:
    """A server of HTTP that does as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = lambda asked: send(asked, 200, YES)
        self.headers: list[dict[str, str]] = []
        self.forms: list[dict[str, list[str]]] = []
        self.paths: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.headers.append({k.lower(): v for k, v in self.headers.items()})
                outer.forms.append(parse_qs(body.decode()))
                outer.paths.append(self.path)
                outer.behaviour(self)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                pass  # clients leave: that is what is tested

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/sparql"


def send(
    asked: BaseHTTPRequestHandler, status: int, body: bytes = b"", kind: str = JSON, **more: str
) -> None:
    asked.send_response(status)
    headers = {"Content-Type": kind, "Content-Length": str(len(body))}
    for name, value in (headers | {n.replace("_", "-"): v for n, v in more.items()}).items():
        asked.send_header(name, value)
    asked.end_headers()
    asked.wfile.write(body)


@pytest.fixture
def service() -> Iterator[Misbehaving]:
    made = Misbehaving()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def ask(service: Misbehaving, query: Query = ASK, **more: Any) -> Answer:
    engine = RemoteEngine(service.address, limits=Limits(query_seconds=1), **more)
    return engine.run(query, solutions=JSON, triples="text/turtle")


def refuses(service: Misbehaving, status: int, body: bytes = b"", **more: Any) -> Exception:
    """What is raised when the service answers so."""
    service.behaviour = lambda asked: send(asked, status, body, **more)
    with pytest.raises(MissionGraphError) as raised:
        ask(service)
    return raised.value


# --- what goes wrong


def test_the_text_of_a_400_is_told_without_the_query_again(service: Misbehaving) -> None:
    error = refuses(
        service, 400, b"line 1: bad\r\n\x1b[31m\n\nSPARQL query:\nASK", kind="text/plain"
    )
    assert isinstance(error, QueryError) and str(error) == "line 1: bad [31m"


def test_the_text_of_a_page_is_told_without_its_tags(service: Misbehaving) -> None:
    page = b"<html><head><title>no</title></head><body><p>Not <b>SPARQL</b></p></body></html>"
    assert str(refuses(service, 400, page, kind="text/html")) == "Not SPARQL"


def test_the_detail_of_a_problem_is_told(service: Misbehaving) -> None:
    assert str(refuses(service, 400, b'{"title": "Bad", "detail": "No."}')) == "No."


def test_a_long_complaint_is_cut(service: Misbehaving) -> None:
    assert len(str(refuses(service, 400, b"x" * 9_000, kind="text/plain"))) == 300


@pytest.mark.parametrize("status", [403, 404, 405, 418, 429, 500, 503])
def test_a_failure_names_the_service(service: Misbehaving, status: int) -> None:
    error = refuses(service, status, b"why", kind="text/plain")
    assert isinstance(error, RemoteError) and str(error).startswith(service.address)


@pytest.mark.parametrize("state", ["37000", "22023"])
def test_a_500_of_virtuoso_can_be_the_query_s_fault(service: Misbehaving, state: str) -> None:
    said = f"Virtuoso {state} Error: no".encode()
    assert isinstance(refuses(service, 500, said, kind="text/plain"), QueryError)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (504, b"", {}),
        (500, b"Virtuoso S1T00 Error SR171: Transaction timed out", {}),
        (206, YES, {}),
        (200, YES, {"X_SQL_State": "S1TAT"}),
    ],
)
def test_the_service_s_own_time_out_is_a_limit(
    service: Misbehaving, status: int, body: bytes, headers: dict[str, str]
) -> None:
    error = refuses(service, status, body, **headers)
    assert isinstance(error, LimitExceeded) and error.limit == "query_seconds"


def test_a_format_that_is_not_written_is_not_acceptable(service: Misbehaving) -> None:
    assert isinstance(refuses(service, 406), NotAcceptable)


def test_a_web_page_is_no_answer(service: Misbehaving) -> None:
    assert "is it the address" in str(refuses(service, 200, b"<html>", kind="text/html"))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"results": 3}', b"\xff"])
def test_json_that_is_no_answer_is_the_service_s_fault(service: Misbehaving, body: bytes) -> None:
    assert isinstance(refuses(service, 200, body), RemoteError)


def test_nobody_listening_is_told_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(RemoteError, match="cannot be reached"):
        missiongraph.open("http://127.0.0.1:9/sparql").query("ASK {}")
    assert time.monotonic() - begun < 3


def test_silence_ends_at_the_limit(service: Misbehaving) -> None:
    service.behaviour = lambda asked: time.sleep(2)
    begun = time.monotonic()
    with pytest.raises(LimitExceeded, match="within 1 s"):
        ask(service)
    assert 0.9 < time.monotonic() - begun < 1.6


def test_dripping_ends_soon_after_the_limit(service: Misbehaving) -> None:
    def drip(asked: BaseHTTPRequestHandler) -> None:
        send(asked, 200, ROWS, Content_Length="100000")
        for _ in range(20):
            time.sleep(0.2)
            asked.wfile.write(b" ")

    service.behaviour = drip
    begun = time.monotonic()
    with pytest.raises(LimitExceeded, match="within 1 s"):
        ask(service, Query("SELECT * {}")).read()
    assert time.monotonic() - begun < 2.5


def test_an_answer_that_breaks_off_early_is_an_error_at_once(service: Misbehaving) -> None:
    def stop(asked: BaseHTTPRequestHandler) -> None:
        send(asked, 200, ROWS, Content_Length="100000")
        asked.close_connection = True

    service.behaviour = stop
    with pytest.raises(RemoteError, match="broke off"):
        ask(service, Query("SELECT * {}"))


@pytest.mark.parametrize("chunked", [True, False])
def test_an_answer_that_breaks_off_late_fails_its_reader(
    service: Misbehaving, chunked: bool
) -> None:
    def stop(asked: BaseHTTPRequestHandler) -> None:
        body = ROWS + ROW * 1000
        asked.send_response(200)
        asked.send_header("Content-Type", JSON)
        if chunked:
            asked.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%s\r\n" % (len(body), body)
        else:
            asked.send_header("Content-Length", "99999999")
        asked.end_headers()
        asked.wfile.write(body)
        asked.close_connection = True

    service.behaviour = stop
    answer = ask(service, Query("SELECT * {}"))
    with pytest.raises(RemoteError, match="broke off"):
        answer.read()


@pytest.mark.parametrize("media_type", [JSON, "text/csv"])
def test_an_answer_that_is_too_large_is_stopped(service: Misbehaving, media_type: str) -> None:
    body = ROWS + ROW * 3000 + ROW[:-1] + b"]}}"
    service.behaviour = lambda asked: send(asked, 200, body)
    engine = RemoteEngine(service.address, limits=Limits(result_megabytes=1))
    answer = engine.run(Query("SELECT * {}"), solutions=media_type, triples=None)
    with pytest.raises(LimitExceeded) as raised:
        answer.read()
    assert raised.value.limit == "result_megabytes"


def test_a_failed_table_may_be_forgotten_by_another_thread(service: Misbehaving) -> None:
    service.behaviour = lambda asked: send(asked, 200, ROWS + ROW * 3000)
    engine = RemoteEngine(service.address)
    kept: list[Exception] = []
    try:
        engine.run(Query("SELECT * {}"), solutions="text/csv", triples=None).read()
    except RemoteError as error:
        kept.append(error)
    assert kept
    forget = Thread(target=kept.clear)
    forget.start()
    forget.join()  # the parser's results must not die there: pytest would tell


# --- redirects and credentials


def test_a_redirect_on_the_same_host_is_followed(service: Misbehaving) -> None:
    def move(asked: BaseHTTPRequestHandler) -> None:
        moved = asked.path == "/sparql"
        send(asked, 307, Location="/moved") if moved else send(asked, 200, YES)

    service.behaviour = move
    assert ask(service).read() == YES.replace(b"{},", b"{},")
    assert service.paths == ["/sparql", "/moved"]


def test_a_redirect_elsewhere_is_not_followed(service: Misbehaving) -> None:
    error = refuses(service, 307, Location="http://169.254.169.254/latest")
    assert "169.254.169.254" in str(error) and len(service.paths) == 1


def test_redirects_end(service: Misbehaving) -> None:
    assert "circles" in str(refuses(service, 302, Location="/sparql"))


def test_a_token_is_sent_to_this_machine(service: Misbehaving) -> None:
    ask(service, credentials=Credentials(token="t0k3n"))
    assert service.headers[0]["authorization"] == "Bearer t0k3n"


def test_a_password_is_sent_as_basic(service: Misbehaving) -> None:
    ask(service, credentials=Credentials("ann", "ö"))
    assert service.headers[0]["authorization"] == "Basic YW5uOsO2"


def test_a_digest_never_sends_the_password(service: Misbehaving) -> None:
    login = Login("http://store.example/sparql", Credentials("ann", "s3cret"))
    assert login.header() == {}
    assert login.accepts('Digest realm="r", nonce="n", qop="auth", algorithm=MD5')
    sent = login.header()["Authorization"]
    assert sent.startswith('Digest username="ann"') and "s3cret" not in sent


@pytest.mark.parametrize("credentials", [Credentials("ann", "s3cret"), Credentials(token="s3cret")])
def test_no_secret_goes_over_plain_http(credentials: Credentials) -> None:
    login = Login("http://store.example/sparql", credentials)
    assert login.header() == {} and not login.accepts('Basic realm="r"')
    assert "https" in login.advice()


@pytest.mark.parametrize("address", ["https://store.example/sparql", "http://[::1]/sparql"])
def test_secrets_go_over_tls_and_to_this_machine(address: str) -> None:
    assert Login(address, Credentials(token="t")).header() == {"Authorization": "Bearer t"}


def test_credentials_have_a_path_each() -> None:
    environment = {"MISSIONGRAPH_STORE_TOKEN": "q", "MISSIONGRAPH_STORE_UPDATE_USER": "u"}
    assert Credentials.from_environment(environment=environment) == Credentials(token="q")
    assert Credentials.from_environment(UPDATE, environment) == Credentials("u")


@pytest.mark.parametrize(
    "environment",
    [
        {"MISSIONGRAPH_STORE_TOKEN": "t", "MISSIONGRAPH_STORE_USER": "u"},
        {"MISSIONGRAPH_STORE_TOKEN": "t\nX-Header: 1"},
        {"MISSIONGRAPH_STORE_USER": "a:b"},
    ],
)
def test_credentials_that_cannot_be_sent_are_refused(environment: dict[str, str]) -> None:
    with pytest.raises(MissionGraphError, match="MISSIONGRAPH_STORE"):
        Credentials.from_environment(environment=environment)


def test_no_repr_tells_a_secret() -> None:
    secrets = Credentials("ann", "s3cret"), Credentials(token="s3cret")
    engine = RemoteEngine("https://store.example/sparql?key=s3cret", credentials=secrets[0])
    shown = repr((secrets, engine, MissionGraph(engine=engine), engine._service))
    assert "s3cret" not in shown and "store.example" in shown


@pytest.mark.parametrize(
    "address", ["ftp://store.example/", "https:///sparql", "https://ann:s3cret@store.example/"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(MissionGraphError) as raised:
        RemoteEngine(address)
    assert "s3cret" not in str(raised.value)


# --- what is sent


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("ASK {}", {}, ["urn:merged"]),
        ("ASK {}", {"default_graphs": ["urn:a", "urn:b"]}, ["urn:a", "urn:b"]),
        ("ASK {}", {"named_graphs": ["urn:a"]}, None),
        ("ASK FROM <urn:a> {}", {}, None),
    ],
)
def test_the_default_graph_is_sent_when_nobody_names_a_dataset(
    service: Misbehaving, text: str, more: dict[str, Any], expected: list[str] | None
) -> None:
    ask(service, Query(text, **more), default_graph="urn:merged")
    assert service.forms[0].get("default-graph-uri") == expected


@pytest.mark.parametrize(
    "text",
    [
        "ASK { SERVICE <http://store.example/> {} }",
        r"ASK { \u0053ERVICE <http://store.example/> {} }",
        r'ASK { BIND("\u0022) SERVICE <http://store.example/> {} #" AS ?x) }',
        'DEFINE get:soft "replace" SELECT * FROM <http://store.example/> {}',
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "LOAD <http://store.example/>",
        "ASK {" * 300,
    ],
)
def test_what_we_would_not_run_is_not_sent(service: Misbehaving, text: str) -> None:
    with pytest.raises(QueryError):
        ask(service, Query(text))
    assert service.forms == []


def test_relative_iris_rest_on_our_base(service: Misbehaving) -> None:
    base = "https://here.example/sparql"
    for text in ("ASK { <a> ?p ?o }", "ASK { <urn:a> ?p ?o }"):
        ask(service, Query(text, base=base))
    assert [form["query"] for form in service.forms] == [
        [f"BASE <{base}> ASK {{ <a> ?p ?o }}"],
        ["ASK { <urn:a> ?p ?o }"],
    ]


def test_a_format_that_we_do_not_write_is_not_asked_for(service: Misbehaving) -> None:
    engine = RemoteEngine(service.address)
    for solutions in (None, "text/plain"):
        with pytest.raises(NotAcceptable):
            engine.run(ASK, solutions=solutions, triples="text/turtle")
    assert service.forms == []


def test_opening_a_service_asks_nothing(service: Misbehaving) -> None:
    graph = missiongraph.open(service.address)
    assert graph.fingerprint == "" and service.forms == []


# --- behind our server


def test_our_clients_do_not_learn_where_the_store_is(service: Misbehaving) -> None:
    counted = (
        b'{"head":{"vars":["triples"]},"results":{"bindings":[{"triples":{"type":"literal",'
        b'"datatype":"http://www.w3.org/2001/XMLSchema#integer","value":"1"}}]}}'
    )
    nothing = b'{"head":{"vars":["graph","triples"]},"results":{"bindings":[]}}'
    service.behaviour = lambda asked: send(
        asked, 200, counted if "GROUP" not in service.forms[-1]["query"][0] else nothing
    )
    client = create_app(missiongraph.open(service.address)).test_client()
    service.behaviour = lambda asked: send(asked, 500, b"secret", kind="text/plain")
    answer = client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept": JSON})
    assert answer.status_code == 502 and answer.mimetype == "application/problem+json"
    assert "127.0.0.1" not in answer.text and "secret" not in answer.text

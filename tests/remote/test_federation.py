"""Federation: SERVICE asks the services listed and no other, and nothing of theirs gets out."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph import MissionGraph
from missiongraph.errors import (
    Busy,
    ClientGone,
    LimitExceeded,
    MissionGraphError,
    QueryError,
    Refused,
    ServiceFailed,
)
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.limits import Limits
from missiongraph.remote import egress
from missiongraph.remote.egress import EgressClient, normal, public
from missiongraph.remote.federation import Federation, blocks, values
from missiongraph.server import create_app
from missiongraph.server.settings import Settings, services
from missiongraph.sparql.engine import Query
from missiongraph.sparql.local import LocalEngine
from missiongraph.sparql.media_types import JSON
from missiongraph.sparql.scanner import tokens
from missiongraph.sparql.screening import measure
from missiongraph.system import sandbox

PEER = "http://peer.example/sparql"
GLOBAL = "93.184.215.14"
"""An address that anybody reaches; connections to it go to this machine instead."""

Terms = dict[str, dict[str, str]]
IRI = {"type": "uri", "value": "x:a"}
TERMS = (
    IRI,
    {"type": "uri", "value": "http://a.example/it's(1)#'''"},
    {"type": "literal", "value": "two\nlines, a \" and a ' and a \\ and \\u0022 and }"},
    {"type": "literal", "value": "chat", "xml:lang": "fr"},
    {"type": "literal", "value": "7", "datatype": "http://www.w3.org/2001/XMLSchema#integer"},
    {"type": "literal", "value": "> } SERVICE <x:y> {", "datatype": "x:type"},
)


def table(names: list[str], rows: list[Terms]) -> bytes:
    return json.dumps({"head": {"vars": names}, "results": {"bindings": rows}}).encode()


@dataclass
class Peer:
    """What a service answers, and what it was asked."""

    answer: Callable[[BaseHTTPRequestHandler], None]
    port: int = 0
    asked: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)


def gives(body: bytes, status: int = 200, **headers: str) -> Callable[..., None]:
    """An answer with a body, by default of SPARQL results."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content_Type": JSON} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def serving(
    answer: Callable[[BaseHTTPRequestHandler], None], context: ssl.SSLContext | None = None
) -> Iterator[Peer]:
    peer = Peer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            peer.asked += parse_qs(body)["query"]
            peer.hosts.append(self.headers["Host"])
            with suppress(OSError):  # who asked may have left
                peer.answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        peer.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield peer
        server.shutdown()


def client(
    peer: Peer, *listed: str, addresses: tuple[str, ...] = (GLOBAL,), **limits: Any
) -> EgressClient:
    """A client for which names have these addresses; all connections go to ``peer``."""

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        peer.reached.append(address)
        return egress.connect("127.0.0.1", peer.port, seconds)

    context = limits.pop("context", None)
    return EgressClient(
        listed or (PEER,),
        Limits(**limits),
        resolve=lambda host, port: [*addresses],
        connect=connect,
        context=context,
    )


@contextmanager
def federated(
    answer: Callable[[BaseHTTPRequestHandler], None], *listed: str, **more: Any
) -> Iterator[tuple[Federation, Peer]]:
    with serving(answer) as peer:
        asker = client(peer, *listed, **more)
        more.pop("addresses", None)
        federation = Federation(asker, Limits(**more))
        try:
            yield federation, peer
        finally:
            federation.close()


def rows(federation: Federation, text: str, **more: Any) -> list[dict[str, str]]:
    """The rows of a query whose services are asked, from an engine that knows none."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("x:a"), ox.NamedNode("x:b"), ox.NamedNode("x:c")))
    query = federation.resolve(Query(text, **more))
    body = LocalEngine(store).run(query, solutions=JSON, triples=None).read()
    return [
        {name: term["value"] for name, term in row.items()}
        for row in json.loads(body)["results"]["bindings"]
    ]


TWO = gives(table(["x", "y"], [{"x": IRI, "y": TERMS[4]}, {"x": {"type": "uri", "value": "x:z"}}]))


# --- asking


def test_the_rows_of_a_service_join_with_ours() -> None:
    with federated(TWO) as (federation, _):
        found = rows(federation, f"SELECT * {{ ?x ?p ?o . SERVICE <{PEER}> {{ ?x x: ?y }} }}")
    assert found == [{"x": "x:a", "p": "x:b", "o": "x:c", "y": "7"}]


def test_what_a_row_does_not_bind_stays_unbound() -> None:
    with federated(TWO) as (federation, _):
        found = rows(federation, f"SELECT * {{ SERVICE <{PEER}> {{ ?x x: ?y }} }}")
    assert found == [{"x": "x:a", "y": "7"}, {"x": "x:z"}]


def test_a_service_may_be_optional_and_in_a_subquery() -> None:
    text = f"SELECT * {{ ?s ?p ?o OPTIONAL {{ SELECT ?y {{ SERVICE <{PEER}> {{ ?x x: ?y }} }} }} }}"
    with federated(TWO) as (federation, _):
        assert {row.get("y") for row in rows(federation, text)} == {"7", None}


def test_the_service_gets_the_block_with_prologue_base_and_parameters() -> None:
    text = f"PREFIX e: <http://e/#>\nSELECT ?y {{ SERVICE <{PEER}> {{ <r> e:p ?x, ?y }} }}"
    with federated(TWO) as (federation, peer):
        rows(federation, text, base="http://here/", parameters={"x": "<x:a>"})
    (asked,) = peer.asked
    assert asked.startswith("BASE <http://here/>\nPREFIX e: <http://e/#>\nSELECT * WHERE {")
    assert "VALUES (?x) { (<x:a>) }" in asked and asked.endswith("<r> e:p ?x, ?y } LIMIT 5001")
    ox.Store().query(asked)


def test_the_name_is_said_and_the_checked_address_reached() -> None:
    with federated(TWO) as (federation, peer):
        rows(federation, f"SELECT * {{ SERVICE <{PEER}> {{ ?x x: ?y }} }}")
    assert peer.hosts == ["peer.example"] and peer.reached == [GLOBAL]


def test_services_are_asked_at_the_same_time() -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.5)
        TWO(handler)

    with federated(slow) as (federation, peer):
        begin = time.monotonic()
        rows(federation, "SELECT * {" + f" SERVICE <{PEER}> {{ ?x x: ?y }}" * 4 + "}")
        assert time.monotonic() - begin < 1.5 and len(peer.asked) == 4


def test_a_block_without_variables_counts_its_solutions() -> None:
    with federated(gives(table([], [{}, {}]))) as (federation, _):
        assert rows(federation, f"SELECT * {{ SERVICE <{PEER}> {{ <x:a> <x:b> 1 }} }}") == [{}, {}]


def test_variables_that_were_not_asked_for_are_left_out() -> None:
    with federated(gives(table(["x", "secret"], [{"x": IRI, "secret": IRI}]))) as (federation, _):
        found = rows(federation, f"SELECT * {{ SERVICE <{PEER}> {{ ?x a 1 }} }}")
    assert found == [{"x": "x:a"}]


def test_blank_nodes_become_iris_of_one_answer() -> None:
    node = {"type": "bnode", "value": "b0"}
    with federated(gives(table(["x", "y"], [{"x": node, "y": node}]))) as (federation, _):
        text = f"SELECT * {{ SERVICE <{PEER}> {{ ?x a ?y }} }}"
        (first,), (second,) = rows(federation, text), rows(federation, text)
    assert first["x"] == first["y"] != second["x"] and first["x"].startswith("urn:uuid:")


def test_errors_tell_the_line_of_the_query() -> None:
    text = f"SELECT * {{ SERVICE <{PEER}>\n{{\n?x a 1 }}\n FILTER }}"
    with federated(TWO) as (federation, _), pytest.raises(QueryError, match="line 4"):
        rows(federation, text)


# --- spellings

LISTED = f"PREFIX : <http://peer.example/> PREFIX p: <{PEER}> BASE <http://peer.example/x> "


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT*{{sErViCe<{PEER}>{{?x x: ?y}}}}",
        f"SELECT*{{SERVICE#<no>{{\n<{PEER}>#}}\r{{?x x: ?y}}}}",
        LISTED + "SELECT*{SERVICE:sparql{?x x: ?y}}".replace("SERVICE:", "SERVICE :"),
        LISTED + "SELECT * { SERVICE p: { ?x x: ?y } }",
        LISTED + "SELECT * { SERVICE <sparql> { ?x x: ?y } }",
        "SELECT * { SERVICE <HTTP://PEER.example:80/sparql> { ?x x: ?y } }",
        f'SELECT * {{ SERVICE SILENT <{PEER}> {{ ?x x: \'}}\' , """}}""" , ?y . # }}\n }} }}',
        f"SELECT * {{ SERVICE<{PEER}>{{ {{ ?x x: ?y }} UNION {{ ?y x: ?x }} }} }}",
    ],
)
def test_every_spelling_of_a_listed_service_is_asked(text: str) -> None:
    with federated(TWO) as (federation, peer):
        query = federation.resolve(Query(text))
    assert len(peer.asked) == 1 and "VALUES (?x ?y)" in query.text
    assert not any(token.is_word("SERVICE") for token in tokens(query.text))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("SELECT * { SERVICE ?x { ?s ?p ?o } }", "write the address itself"),
        ("SELECT * { SERVICE SILENT ?x { ?s ?p ?o } }", "write the address itself"),
        (f"SELECT*{{SERVICE<{PEER}>{{SERVICE<{PEER}>{{}}}}}}", "within SERVICE"),
        (f"SELECT*{{SERVICE<{PEER}>{{\\u0053ERVICE<{PEER}>{{}}}}}}", "within SERVICE"),
        ("SELECT * { SERVICE <http://peer.example/> { } }", "Listed services: <http://peer"),
        ("SELECT * { SERVICE SILENT <http://other.example/sparql> { } }", "has not listed it"),
        (f"SELECT * {{ SERVICE <{PEER}> {{}} SERVICE <http://b/> {{}} }}", "has not listed it"),
        (LISTED + "SELECT*{SERVICE:sparql{}}", "with a space"),
        (f"SELECT*{{SERVICESILENT<{PEER}>{{}}}}", "with a space"),
        (LISTED + "SELECT*{?s ?p trueSERVICE:x{}}", "with a space"),
        ("PREFIX SERVICE: <x:> SELECT * { ?s ?p ?o SERVICE:x {} }", "with a space"),
    ],
)
def test_what_may_not_be_asked_is_refused_before_anything_is_sent(text: str, advice: str) -> None:
    with federated(TWO) as (federation, peer), pytest.raises(Refused, match=advice):
        federation.resolve(Query(text))
    assert peer.reached == []


@pytest.mark.parametrize(
    "text",
    [
        "# SERVICE\nASK {}",
        f"ASK {{ FILTER('SERVICE <{PEER}> {{}}' = '') }}",
        f'ASK {{ FILTER("""\nSERVICE <{PEER}> {{}}""" = \'\') }}',
        "ASK { <http://example.org/SERVICE/> ?service ?o }",
        "PREFIX s: <http://schema.org/> ASK { ?s s:SERVICE ?o }",
    ],
)
def test_what_only_looks_like_a_service_is_left_as_it_is(text: str) -> None:
    with federated(TWO) as (federation, peer):
        query = Query(text)
        assert federation.resolve(query) is query
    assert peer.reached == []


@pytest.mark.parametrize("text", ["ASK { SERVICE", "ASK { SERVICE <x:a>", "ASK { SERVICE <x:a> {"])
def test_a_service_that_does_not_end_is_no_sparql(text: str) -> None:
    with federated(TWO) as (federation, _), pytest.raises(QueryError, match="takes an address"):
        federation.resolve(Query(text))


@pytest.mark.parametrize(
    "hiding",
    [
        "FILTER(1<2)SERVICE:x#>\n{?s ?p ?o}",
        "FILTER(1<2&&'>'!='')SERVICE:x{?s ?p ?o}",
        "FILTER(1<#>'''\n2)SERVICE:x{?s ?p ?o}",
        "FILTER(1<IF(2>1,3,4)&&5<6&&'>'!='')SERVICE:x{?s ?p ?o}",
    ],
)
def test_a_comparison_that_looks_like_an_iri_hides_nothing(hiding: str) -> None:
    """The engine would read a comparison there, and SERVICE behind it."""
    text = f"PREFIX : <http://127.0.0.1:1/> SELECT * {{ {hiding} }}"
    with pytest.raises(OSError, match="not allowed"):
        list(ox.Store().query(text))  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="an IRI or a comparison"):
        LocalEngine(ox.Store()).run(Query(text), solutions=JSON, triples=None)


@pytest.mark.parametrize(
    "text",
    [
        "ASK { <#a> <b(c)> <it's#> FILTER(?a = <#b> && ?c IN (<#c>, <d#>)) }",
        "ASK { VALUES (?a ?b) { (1 <#a>) ('x' <urn:it's>) } FILTER(?a < 2 && '>' = '') }",
        "ASK { ?a <p> (<http://a/#b> <http://a/it's(c)>) }",
    ],
)
def test_iris_that_are_no_comparison_pass(text: str) -> None:
    measure(text, "a query")


# --- the guard


PRIVATE = """
127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1
255.255.255.255 240.0.0.1 192.0.2.1 198.18.0.1
::1 :: ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:93.184.215.14 fe80::1 fe80::1%lo fc00::1 fec0::1
ff02::1 2002:7f00:1:: 2001::1 2001:db8::1 64:ff9b::7f00:1
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_no_address_but_a_public_one_is_reached(address: str) -> None:
    assert not public(address)
    with (
        federated(TWO, addresses=(address,)) as (federation, peer),
        pytest.raises(Refused, match="public"),
    ):
        federation.resolve(Query(f"SELECT * {{ SERVICE SILENT <{PEER}> {{ ?x x: ?y }} }}"))
    assert peer.reached == []


@pytest.mark.parametrize("address", [GLOBAL, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_a_public_address_is_public(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize("addresses", [(GLOBAL, "10.0.0.1"), ("::1", GLOBAL), ()])
def test_one_private_address_of_a_name_is_enough_to_refuse(addresses: tuple[str, ...]) -> None:
    with serving(TWO) as peer, pytest.raises(Refused, match="public"):
        client(peer, addresses=addresses).ask(PEER, "ASK {}", time.monotonic() + 5)
    assert peer.reached == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "0",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
)  # fmt: skip
def test_no_spelling_of_this_machine_is_reached_even_when_listed(host: str) -> None:
    """With the system's own resolver, against a server that would answer."""
    with serving(TWO) as peer:
        address = f"http://{host}:{peer.port}/"
        with pytest.raises((Refused, ServiceFailed), match=r"public|has no address"):
            EgressClient([address], Limits()).ask(address, "ASK {}", time.monotonic() + 5)
    assert peer.asked == []


def test_a_name_is_resolved_once_and_not_again_to_connect() -> None:
    answers = iter([[GLOBAL], ["127.0.0.1"]])
    with serving(TWO) as peer:
        asker = client(peer)
        asker._resolve = lambda host, port: next(answers)
        asker.ask(PEER, "ASK {}", time.monotonic() + 5)
    assert peer.reached == [GLOBAL] and next(answers) == ["127.0.0.1"]


def test_the_next_address_is_tried() -> None:
    with serving(TWO) as peer:
        asker = client(peer, addresses=("93.184.215.15", GLOBAL))
        reach = asker._connect

        def connect(address: str, port: int, seconds: float) -> socket.socket:
            if address != GLOBAL:
                raise ConnectionRefusedError
            return reach(address, port, seconds)

        asker._connect = connect
        assert asker.ask(PEER, "ASK {}", time.monotonic() + 5)


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(TWO) as peer:
        assert client(peer).ask(PEER, "ASK {}", time.monotonic() + 5)


def sends_on(*targets: str, status: int = 307) -> Callable[[BaseHTTPRequestHandler], None]:
    """A service that sends on to each of ``targets`` in turn, and then answers."""
    rest = iter(targets)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if target := next(rest, ""):
            gives(b"", status, Location=target)(handler)
        else:
            TWO(handler)

    return answer


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_a_listed_service_is_followed(status: int) -> None:
    with serving(sends_on("/there", PEER, status=status)) as peer:
        asker = client(peer, PEER, "http://peer.example/there")
        assert asker.ask(PEER, "ASK {}", time.monotonic() + 5)
    assert peer.asked == ["ASK {}"] * 3


@pytest.mark.parametrize(
    "target",
    ["http://other.example/sparql", "/other", "https://peer.example/sparql", "//127.0.0.1/sparql",
     "http://169.254.169.254/latest/", "file:///etc/passwd", "gopher://peer.example/sparql", ""],
)  # fmt: skip
def test_a_redirect_elsewhere_is_not_followed(target: str) -> None:
    with (
        serving(gives(b"", 302, Location=target)) as peer,
        pytest.raises((Refused, ServiceFailed), match=r"not one of the services|more than 2"),
    ):
        client(peer).ask(PEER, "ASK {}", time.monotonic() + 5)
    assert len(peer.asked) == (3 if not target else 1)


def test_a_redirect_to_a_listed_name_at_a_private_address_is_refused() -> None:
    with serving(sends_on("http://inside.example/sparql")) as peer:
        asker = client(peer, PEER, "http://inside.example/sparql")
        asker._resolve = lambda host, port: [GLOBAL if host == "peer.example" else "10.0.0.1"]
        with pytest.raises(Refused, match=r"inside\.example .* public"):
            asker.ask(PEER, "ASK {}", time.monotonic() + 5)
    assert peer.reached == [GLOBAL]


def test_redirects_end() -> None:
    with serving(sends_on(*[PEER] * 9)) as peer, pytest.raises(ServiceFailed, match="more than 2"):
        client(peer).ask(PEER, "ASK {}", time.monotonic() + 5)
    assert len(peer.asked) == 3


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "peer.pem"
    name = ["-subj", "/CN=peer.example", "-addext", "subjectAltName=DNS:peer.example"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2", "-nodes"]
    command = ["openssl", "req", "-x509", *kind, *name, "-keyout", str(path), "-out", str(path)]
    made = subprocess.run([*command[:-1], f"{path}.crt"], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    return path


@pytest.mark.parametrize(
    ("host", "trusted", "proven"),
    [("peer.example", True, True), ("other.example", True, False), ("peer.example", False, False)],
)
def test_a_service_proves_its_name(
    certificate: Path, host: str, trusted: bool, proven: bool
) -> None:
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(f"{certificate}.crt", certificate)
    known = ssl.create_default_context(cafile=f"{certificate}.crt") if trusted else None
    address = f"https://{host}/sparql"
    with serving(TWO, own) as peer, ExitStack() as stack:
        if not proven:
            stack.enter_context(pytest.raises(ServiceFailed, match="certificate"))
        client(peer, address, context=known).ask(address, "ASK {}", time.monotonic() + 5)
    assert bool(peer.asked) is proven


# --- limits and failures


def drips(handler: BaseHTTPRequestHandler) -> None:
    gives(b"")(handler)
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.05)


def drips_headers(handler: BaseHTTPRequestHandler) -> None:
    while True:
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


def sleeps(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


def floods(handler: BaseHTTPRequestHandler) -> None:
    gives(b"")(handler)
    while True:
        handler.wfile.write(b" " * 65536)


ONE = f"SELECT * {{ SERVICE <{PEER}> {{ ?x x: ?y }} }}"


@pytest.mark.parametrize("slow", [sleeps, drips, drips_headers])
def test_a_slow_service_is_given_up_in_time(slow: Callable[..., None]) -> None:
    with federated(slow, service_seconds=1) as (federation, _):
        begin = time.monotonic()
        with pytest.raises(LimitExceeded, match="within 1 s") as caught:
            federation.resolve(Query(ONE))
        assert time.monotonic() - begin < 1.5 and caught.value.limit == "service_seconds"


def test_a_name_that_is_long_looked_for_is_given_up_in_time() -> None:
    with federated(TWO, service_seconds=1) as (federation, _):
        federation._client._resolve = lambda host, port: [time.sleep(2), GLOBAL][1:]  # type: ignore
        begin = time.monotonic()
        with pytest.raises(LimitExceeded):
            federation.resolve(Query(ONE))
        assert time.monotonic() - begin < 1.5
        assert rows(federation, ONE.replace("SERVICE", "SERVICE SILENT")) == [{}]


def test_an_endless_answer_is_broken_off() -> None:
    with (
        federated(floods, service_megabytes=1) as (federation, _),
        pytest.raises(LimitExceeded, match="1 MB") as caught,
    ):
        federation.resolve(Query(ONE))
    assert caught.value.limit == "service_megabytes"


def test_rows_have_a_limit() -> None:
    many = gives(table(["x"], [{"x": IRI}] * 4))
    with federated(many, service_rows=3) as (federation, peer):
        with pytest.raises(LimitExceeded, match="more than 3 rows") as caught:
            federation.resolve(Query(ONE.replace("SERVICE", "SERVICE SILENT")))
        assert caught.value.limit == "service_rows" and "LIMIT 4" in peer.asked[0]


def test_rows_that_make_the_query_too_long_are_too_many() -> None:
    long = gives(table(["x"], [{"x": {"type": "literal", "value": "x" * 1_000_000}}]))
    with federated(long) as (federation, _), pytest.raises(LimitExceeded, match="1,000,000"):
        federation.resolve(Query(ONE))


def test_blocks_have_a_limit() -> None:
    text = "SELECT * {" + f" SERVICE <{PEER}> {{ ?x x: ?y }}" * 3 + "}"
    with federated(TWO, service_blocks=2) as (federation, peer):
        with pytest.raises(LimitExceeded, match="2 SERVICE blocks, not 3"):
            federation.resolve(Query(text))
        assert peer.reached == []


def test_queries_that_wait_for_others_have_a_limit() -> None:
    with federated(sleeps, service_queries=1, service_seconds=2) as (federation, peer):
        silent = Query(ONE.replace("SERVICE", "SERVICE SILENT"))
        first = threading.Thread(target=federation.resolve, args=[silent])
        first.start()
        while not peer.asked:
            time.sleep(0.01)
        with pytest.raises(Busy):
            federation.resolve(Query(ONE))
        first.join()


def test_an_asker_that_leaves_is_not_waited_for() -> None:
    with federated(sleeps) as (federation, _):
        begin = time.monotonic()
        with pytest.raises(ClientGone):
            federation.resolve(Query(ONE), lambda: time.monotonic() > begin + 0.2)
        assert time.monotonic() - begin < 1


BAD = {
    "status": gives(b"", 500),
    "type": gives(table([], []), Content_Type="application/json"),
    "page": gives(b"<html>", Content_Type="text/html"),
    "encoding": gives(b"x", Content_Encoding="gzip"),
    "no JSON": gives(b'{"head": {"vars": ["x"]}, "results": {"bindings": [{'),
    "boolean": gives(b'{"head": {}, "boolean": true}'),
    "variable": gives(table(["x) { } evil"], [])),
    "undeclared": gives(table(["x"], [{"y": IRI}])),
    "IRI": gives(table(["x"], [{"x": {"type": "uri", "value": "x:a> } evil"}}])),
    "relative IRI": gives(table(["x"], [{"x": {"type": "uri", "value": "a"}}])),
    "language": gives(table(["x"], [{"x": {"type": "literal", "value": "", "xml:lang": "e }"}}])),
    "datatype": gives(table(["x"], [{"x": {"type": "literal", "value": "", "datatype": ">"}}])),
    "triple": gives(table(["x"], [{"x": {"type": "triple", "value": {
        "subject": IRI, "predicate": IRI, "object": IRI}}}])),  # type: ignore[dict-item]
    "silence": lambda handler: handler.connection.shutdown(socket.SHUT_RDWR),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_service_that_does_not_answer_well_is_an_error_that_names_it(bad: str) -> None:
    with federated(BAD[bad]) as (federation, _), pytest.raises(ServiceFailed, match=PEER):
        federation.resolve(Query(ONE))


@pytest.mark.parametrize("bad", BAD)
def test_silent_leaves_out_what_fails(bad: str) -> None:
    text = f"SELECT * {{ ?s ?p ?o SERVICE SILENT <{PEER}> {{ ?x x: ?y }} }}"
    with federated(BAD[bad]) as (federation, _):
        assert rows(federation, text) == [{"s": "x:a", "p": "x:b", "o": "x:c"}]


# --- nothing of a service's gets out of VALUES


def test_terms_come_through_as_they_are() -> None:
    data = table(["x"], [{"x": term} for term in TERMS])
    with federated(gives(data)) as (federation, _):
        found = rows(federation, f"SELECT * {{ SERVICE <{PEER}> {{ ?x x: ?y }} }}")
    assert [row["x"] for row in found] == [term["value"] for term in TERMS]


NASTY = st.text(st.sampled_from("\\\"'<>{}()#u0041\n\r\t\0 .;a\u0085\U0001f600?$@^"))


@examples()
@given(st.lists(st.tuples(NASTY, NASTY), max_size=4))
def test_no_literal_ends_the_block(pairs: list[tuple[str, str]]) -> None:
    literals: list[Terms] = [
        {name: {"type": "literal", "value": value} for name, value in zip("xy", pair, strict=True)}
        for pair in pairs
    ]
    block = values(table(["x", "y"], literals), {"x", "y"}, 10)
    found = ox.Store().query(f"SELECT * {{ {block} }}")
    assert isinstance(found, ox.QuerySolutions)
    assert [(row["x"].value, row["y"].value) for row in found] == pairs
    measure(f"SELECT * {{ {block} }}", "a query")


@examples()
@given(NASTY)
def test_an_iri_ends_no_block_or_is_refused(text: str) -> None:
    iri = f"x:{text}"
    try:
        block = values(table(["x"], [{"x": {"type": "uri", "value": iri}}]), {"x"}, 10)
    except (SyntaxError, ValueError):
        return
    found = ox.Store().query(f"SELECT * {{ {block} }}")
    assert isinstance(found, ox.QuerySolutions)
    assert [row["x"].value for row in found] == [iri]


@examples()
@given(
    st.lists(
        st.sampled_from(["SERVICE", "SILENT", "<x:a>", "?x", "a", ":", *" {}()<>'\"#\\\n"])
    ).map("".join)
)
def test_blocks_are_found_in_any_text_or_it_is_refused(text: str) -> None:
    try:
        found = list(blocks(text, list(tokens(text))))
    except QueryError:
        return
    for block in found:
        assert text[block.start : block.end].upper().startswith("SERVICE")
        assert block.pattern[0] == "{" and block.pattern[-1] == "}" == text[block.end - 1]


# --- the settings


def test_services_are_read_from_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'[federation]\nservices = ["{PEER}"]\n', "utf-8")
    assert services(file) == (PEER,) and services(None) == ()


@pytest.mark.parametrize("table", ['services = "a"', "services = [1]", "hosts = []"])
def test_other_settings_of_federation_are_an_error(tmp_path: Path, table: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f"[federation]\n{table}\n", "utf-8")
    with pytest.raises(MissionGraphError, match="takes services"):
        services(file)


@pytest.mark.parametrize(
    "address",
    ["peer.example", "ftp://peer.example/", "http:///sparql", "http://a:b@peer.example/",
     "http://peer.example/ x", "http://peer.example/#a", "http://p\u00e9er.example/",
     "http://peer.example:x/", "http://peer.example/\r\nHost: a"],
)  # fmt: skip
def test_what_is_listed_is_an_address(address: str) -> None:
    with pytest.raises(MissionGraphError, match=r"address|contains"):
        normal(address)


# --- the whole

needs_processes = pytest.mark.skipif(not sandbox.holds()["isolation"], reason="needs POSIX")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.nt"
    path.write_text("<x:a> <x:b> <x:c> .\n", "utf-8")
    return path


@needs_processes
def test_the_endpoint_answers_and_keeps_nothing(data: Path) -> None:
    with serving(TWO) as peer:
        engine = IsolatedEngine([data], "state", Limits(), services=client(peer))
        try:
            graph = MissionGraph(ox.Store())
            graph.engine = engine
            browser = create_app(graph, Settings()).test_client()
            answers = [
                browser.get("/sparql", query_string={"query": text, "format": "csv"})
                for text in (ONE, ONE, ONE.replace(PEER, "http://b/"), "SELECT ?s { ?s ?p ?o }")
            ]
            described = browser.get("/sparql", headers={"Accept": "text/turtle"}).data
        finally:
            engine.close()
    assert b"BasicFederatedQuery" in described and len(peer.asked) == 2
    assert [a.status_code for a in answers] == [200, 200, 403, 200]
    assert answers[0].data == b"x,y\r\nx:a,7\r\nx:z,\r\n"
    assert [bool(a.headers.get("ETag")) for a in answers] == [False, False, False, True]
    assert answers[0].headers["Cache-Control"] == "no-store"


@needs_processes
@pytest.mark.parametrize(
    ("answer", "status", "limit"),
    [
        (BAD["status"], 502, None),
        (sleeps, 504, "service_seconds"),
        (floods, 413, "service_megabytes"),
    ],
)
def test_what_fails_there_is_a_problem_that_says_so(
    data: Path, answer: Callable[..., None], status: int, limit: str | None
) -> None:
    options = Settings(service_seconds=1, service_megabytes=1)
    with serving(answer) as peer:
        asker = client(peer, service_seconds=1, service_megabytes=1)
        engine = IsolatedEngine([data], "state", options, services=asker)
        try:
            graph = MissionGraph(ox.Store())
            graph.engine = engine
            browser = create_app(graph, options).test_client()
            response = browser.get("/sparql", query_string={"query": ONE})
        finally:
            engine.close()
    problem = json.loads(response.data)
    assert response.status_code == status and PEER in problem["detail"]
    assert problem.get("limit") == limit


@needs_processes
def test_a_worker_reaches_nobody_even_if_a_service_reaches_it(data: Path) -> None:
    """The front is blind here, and the worker does not screen: the kernel is left."""
    with serving(TWO) as peer:
        engine = _Unscreened([data], "state", Limits(), services=client(peer))
        try:
            engine._federation = None
            text = f"SELECT * {{ SERVICE <http://127.0.0.1:{peer.port}/> {{ ?x <x:b> ?y }} }}"
            with pytest.raises(QueryError, match="failed"):
                engine.run(Query(text), solutions=JSON, triples=None)
        finally:
            engine.close()
    assert peer.asked == []


class _Unscreened(IsolatedEngine):
    _program = (
        "-c",
        "from missiongraph.isolation import supervisor;"
        "from missiongraph.sparql import outline, scanner;"
        "outline.screen = lambda text, what: [*scanner.tokens(text)]; supervisor.main()",
    )

"""No request brings the server down: the whole bank against a real server, one after another.

Every request gets a status that fits, within its limit, as a problem if it is one; and after
each the next good query is answered right.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from support.hostile import GET, MONSTROUS, Hostile, bank, message

from missiongraph.system import sandbox

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")

COMMAND = [
    sys.executable,
    "-c",
    "from missiongraph.server.cli.program import main; main()",
    "serve",
]
TOKEN = "hostile"
SECONDS = 1
LATE = 2.0  # on a busy machine
LIMITS = {
    "query_seconds": SECONDS,
    "write_seconds": SECONDS,
    "network_seconds": SECONDS,
    "query_megabytes": 256,
    "idle_seconds": 2,
    "queue_seconds": 5,
    "concurrent_queries": 3,
    "small_queries": 2,
}
BANK = bank(TOKEN)
GOOD = message("GET", GET + quote("SELECT (COUNT(*) AS ?n) { ?s <x:next> ?o }"))


@dataclass(frozen=True)
class Reply:
    """What came back; no status if the connection was closed without one."""

    status: int | None
    headers: dict[str, str]
    body: bytes
    seconds: float

    @classmethod
    def parse(cls, data: bytes, seconds: float) -> Reply:
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        if not data:
            return cls(None, {}, b"", seconds)
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        return cls(int(first.split()[1]), headers, body, seconds)


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def send(self, sent: bytes) -> Reply:
        begin = time.monotonic()
        received = bytearray()
        with self.connect() as connection, suppress(ConnectionError):
            with suppress(ConnectionError):  # it may answer, and close, before it has read all
                connection.sendall(sent)
            while data := connection.recv(65536):
                received += data
        return Reply.parse(bytes(received), time.monotonic() - begin)

    def good(self) -> None:
        reply = self.send(GOOD)
        assert reply.status == 200
        assert json.loads(reply.body)["results"]["bindings"][0]["n"]["value"] == "1000"
        assert reply.seconds < SECONDS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    ring = "".join(f"<x:node/{n}> <x:next> <x:node/{(n + 1) % 1000}> .\n" for n in range(1000))
    (folder / "ring.nt").write_text(ring, "utf-8")
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    settings = f'[tokens.test]\nsha256 = "{digest}"\nscope = "write"\n'
    (folder / "settings.toml").write_text(settings, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*COMMAND, "--port", str(port), "--data", str(folder / "ring.nt"), "--no-shapes"]
    command += ["--directory", str(folder / "graph"), "--settings", str(folder / "settings.toml")]
    environment = {f"MISSIONGRAPH_{name.upper()}": str(value) for name, value in LIMITS.items()}
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stderr=log, env={**os.environ, **environment})
        try:
            server = Server(port, process.pid)
            for _ in range(200):
                with suppress(OSError), server.connect():
                    break
                assert process.poll() is None
                time.sleep(0.1)
            server.send(GOOD)
            yield server
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait(20)


@pytest.mark.parametrize("hostile", BANK, ids=lambda hostile: ascii(hostile.name)[1:60])
def test_a_hostile_request_gets_what_it_deserves(server: Server, hostile: Hostile) -> None:
    reply = server.send(hostile.sent)
    if reply.status is None:
        assert hostile.closed
    else:
        assert reply.status in hostile.statuses, reply
        assert "x-evil" not in reply.headers
        assert b"root:" not in reply.body
        if reply.status >= 400 and not hostile.sent.startswith(b"HEAD"):
            page = b"Accept: text/html" in hostile.sent
            expected = "text/html" if page else "application/problem+json"
            assert reply.headers["content-type"].partition(";")[0] == expected
    assert reply.seconds < SECONDS + LATE
    server.good()


def test_the_bank_is_large() -> None:
    assert len(BANK) >= 60
    assert len({hostile.name for hostile in BANK}) == len(BANK)


# --- more than one request, or less


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    keep = [message("GET", GET + quote(f"SELECT ({n} AS ?n) {{}}")) for n in range(3)]
    keep = [sent.replace(b"Connection: close\r\n", b"") for sent in keep[:-1]] + keep[-1:]
    reply = server.send(b"".join(keep))
    found = [reply.body.find(f'"value":"{n}"'.encode()) for n in range(3)]
    assert -1 not in found and found == sorted(found)


def test_a_hostile_request_does_not_smuggle_another(server: Server) -> None:
    inner = message("GET", GET + quote("SELECT (42 AS ?smuggled) {}"))
    body = b"0\r\n\r\n" + inner
    reply = server.send(
        message(
            "POST",
            "/sparql",
            body,
            "Content-Type: application/sparql-query",
            f"Content-Length: {len(body)}",
            "Transfer-Encoding: chunked",
        )
    )
    assert reply.status == 400 and b"smuggled" not in reply.body


@pytest.mark.parametrize("limit", ["query_seconds", "query_megabytes", "query_characters"])
def test_a_problem_names_the_limit_and_its_value(server: Server, limit: str) -> None:
    texts = {
        "query_seconds": MONSTROUS["count of a product"],
        "query_megabytes": MONSTROUS["doubling"],
        "query_characters": "ASK {} #" + "x" * 100_000,
    }
    sent = message(
        "POST", "/sparql", texts[limit].encode(), "Content-Type: application/sparql-query"
    )
    problem = json.loads(server.send(sent).body)
    assert problem["limit"] == limit and problem["allowed"] == LIMITS.get(limit, 100_000)
    assert problem["status"] in (413, 503, 504) and len(problem["detail"]) > 40


def test_what_fails_midway_breaks_the_encoding(server: Server) -> None:
    rows = "SELECT * { ?a <x:next> ?b . ?c <x:next> ?d . ?e <x:next> ?f }"
    reply = server.send(message("GET", GET + quote(rows)))
    assert reply.status == 200 and reply.headers["transfer-encoding"] == "chunked"
    assert not reply.body.endswith(b"0\r\n\r\n")
    server.good()


def test_head_of_a_large_result_leaves_no_slot_behind(server: Server) -> None:
    rows = quote("SELECT * { ?a <x:next> ?b . ?c <x:next> ?d }")
    for _ in range(LIMITS["concurrent_queries"] + LIMITS["small_queries"] + 1):
        assert server.send(message("HEAD", GET + rows)).status == 200
    server.good()


def test_slow_senders_hold_up_nobody_and_are_cut_off(server: Server) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(200)]
        for n, connection in enumerate(slow):
            half = message("POST", "/sparql", b"ASK", "Content-Length: 1000")
            connection.sendall(half if n % 2 else half[:30])
        for _ in range(10):
            server.good()
        time.sleep(LIMITS["idle_seconds"] + 2)
        assert all(is_closed(connection) for connection in slow)


def test_a_byte_now_and_then_does_not_keep_a_connection(server: Server) -> None:
    most = LIMITS["queue_seconds"] + SECONDS + LIMITS["idle_seconds"]
    with server.connect() as connection:
        begin = time.monotonic()
        with pytest.raises(ConnectionError):
            for _ in range(100):
                connection.sendall(b"G")
                time.sleep(0.5)
        assert time.monotonic() - begin < most + 3


def test_slow_readers_give_their_slots_back(server: Server) -> None:
    rows = message("GET", GET + quote("SELECT * { ?a <x:next> ?b . ?c <x:next> ?d }"))
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(server.connect())
            connection.sendall(rows)
        time.sleep(SECONDS + 2.5)
        for _ in range(10):
            server.good()


def test_clients_that_leave_free_their_workers(server: Server) -> None:
    for text in MONSTROUS.values():
        with server.connect() as connection:
            connection.sendall(message("GET", GET + quote(text)))
            time.sleep(0.05)
    time.sleep(0.3)
    server.good()


def test_good_requests_are_answered_among_hostile_ones(server: Server) -> None:
    chosen = [hostile for hostile in BANK if not hostile.name.startswith(("monstrous", "nested"))]
    with ThreadPoolExecutor(8) as pool:
        hostile = [pool.submit(server.send, hostile.sent) for hostile in chosen]
        for _ in range(50):
            reply = server.send(GOOD)
            assert reply.status == 200 and b'"1000"' in reply.body
        assert all(job.result().status != 500 for job in hostile)


def test_no_zombies_and_no_stray_processes(server: Server) -> None:
    def family(pid: int) -> list[int]:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        return [pid, *(one for child in text.split() for one in family(int(child)))]

    time.sleep(1)
    processes = family(server.pid)
    states = [Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2] for pid in processes]
    assert not [state for state in states if state.split()[0] == "Z"]
    # the front, the supervisor and its workers
    assert len(processes) == 2 + LIMITS["concurrent_queries"] + LIMITS["small_queries"]


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(1)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True

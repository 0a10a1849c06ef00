"""The crowd before the server: what is taken in, who gives way, and what is always answered.

The web server is the real one; behind it an application that answers with the bytes it was sent,
or, at ``/slow``, when it is told to.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from missiongraph.server.http.body_limits import Head, most, refusal
from missiongraph.server.http.clients import network_of
from missiongraph.server.runtime.channels import PROMPT, Server
from missiongraph.server.runtime.waitress_server import listen, listening, turn
from missiongraph.server.settings import Settings

SETTINGS = Settings(
    body_megabytes=1, query_characters=1000, connections=20, concurrent_queries=1,
    small_queries=1, queue_length=1, idle_seconds=20,
)  # fmt: skip
FORM, QUERY, UPDATE = (
    f"application/{kind}" for kind in ("x-www-form-urlencoded", "sparql-query", "sparql-update")
)
MEGABYTE = 1024 * 1024
LARGE = 900_000  # bytes: two such bodies are as many as one client may have in hand
STRANGER, OTHER = "127.0.0.66", "127.0.0.77"


@dataclass
class Running:
    """The server at work in a thread, and what lets slow requests end."""

    port: int
    server: Server
    go: threading.Event

    def connect(self, address: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 20, (address, 0))

    def ask(self, sent: bytes, address: str = "127.0.0.1") -> tuple[int, dict[str, str], bytes]:
        with self.connect(address) as connection:
            connection.sendall(sent)
            return read(connection)


def request(
    path: str = "/", size: int = 0, *headers: str, method: str = "", sent: bool = True
) -> bytes:
    """A request whose body has so many bytes, and is ``sent`` but for its last one, or not."""
    lines = [f"{method or ('POST' if size else 'GET')} {path} HTTP/1.1", "Host: a", *headers]
    lines += [f"Content-Length: {size}"] if size else []
    return "\r\n".join([*lines, "", ""]).encode() + (b"x" * size if sent else b"x" * (size - 1))


def read(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The status, headers and body of one answer; a status of 0 if there is none."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (piece := connection.recv(65536)):
            return 0, {}, received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in lines}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return int(first.split()[1]), headers, body


def is_open(connection: socket.socket) -> bool:
    connection.settimeout(0.3)
    try:
        return connection.recv(1) != b""
    except TimeoutError:
        return True
    except ConnectionError:
        return False


@contextmanager
def running(settings: Settings = SETTINGS, *, writable: bool = True) -> Iterator[Running]:
    go, over = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            go.wait(20)
        body = str(len(environ["wsgi.input"].read())).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    with listen("127.0.0.1", 0) as listener:
        server = listening(app, listener, settings, writable=writable)

        def work() -> None:
            while not over.is_set():
                turn(server)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield Running(listener.getsockname()[1], server, go)
        finally:
            go.set()
            over.set()
            thread.join()
            server.task_dispatcher.shutdown(timeout=1)
            server.close()
            for channel in list(server.active_channels.values()):
                channel.cancel()
                channel.handle_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as started:
        yield started


# --- how large a body may be


@pytest.mark.parametrize(
    ("method", "path", "kind", "authorized", "size", "status"),
    [
        ("POST", "/sparql", FORM, False, 70_000, 0),
        ("POST", "/sparql", FORM, True, 100_000, 413),
        ("POST", "/sparql", QUERY, True, 70_000, 413),
        ("POST", "/sparql", UPDATE, True, MEGABYTE, 0),
        ("POST", "/sparql", UPDATE, True, MEGABYTE + 1, 413),
        ("POST", "/sparql", UPDATE, False, MEGABYTE, 401),
        ("POST", "/sparql", UPDATE, False, 1000, 0),
        ("PUT", "/graphs", "text/turtle", True, MEGABYTE, 0),
        ("PUT", "/graphs/a/b", "text/turtle", True, MEGABYTE, 0),
        ("PUT", "/graphs", "text/turtle", False, MEGABYTE, 401),
        ("DELETE", "/graphs", "text/turtle", True, MEGABYTE, 413),
        ("POST", "/validate", "multipart/form-data", False, MEGABYTE, 0),
        ("POST", "/validate", "multipart/form-data", False, MEGABYTE + 1, 413),
        ("PUT", "/validate", "text/turtle", False, MEGABYTE, 413),
        ("GET", "/", "", False, MEGABYTE, 413),
        ("POST", "/own-network", QUERY, False, MEGABYTE, 413),
        ("POST", "/nowhere", "", True, MEGABYTE, 413),
    ],
)
def test_a_body_may_be_large_only_where_that_means_something(
    method: str, path: str, kind: str, authorized: bool, size: int, status: int
) -> None:
    head = Head(method, path, kind, authorized)
    told = refusal(head, size, SETTINGS, writable=True)
    assert (told.code if told else 0) == status
    assert not told or len(told.body) > 20
    assert refusal(head, most(head, SETTINGS), SETTINGS, writable=True) is None


def test_a_large_write_where_nobody_may_write_is_refused_as_such() -> None:
    head = Head("PUT", "/graphs", "text/turtle", authorized=False)
    told = refusal(head, MEGABYTE, SETTINGS, writable=False)
    assert told and told.code == 403


def test_a_refused_body_is_answered_while_it_is_sent_and_not_kept(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(request("/sparql", 50 * MEGABYTE, sent=False)[: 10 * MEGABYTE])
        status, headers, body = read(connection)
        assert status == 413 and headers["content-type"] == "application/problem+json"
        assert headers["connection"] == "close"
        assert json.loads(body)["limit"] == "query_characters"
        connection.sendall(b"x" * MEGABYTE)  # which is read, and forgotten
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_what_follows_a_refused_head_is_no_request(server: Running) -> None:
    smuggled = request("/smuggled")
    sent = request("/", MEGABYTE, sent=False)[:100] + b"\r\n\r\n" + smuggled
    with server.connect() as connection:
        connection.sendall(sent + smuggled)
        assert read(connection)[0] == 413
        assert connection.recv(1) == b""


def test_who_waits_to_be_told_to_go_on_is_told_why_not(server: Running) -> None:
    head = request("/graphs", MEGABYTE, "Expect: 100-continue", method="PUT").partition(b"xx")[0]
    with server.connect() as connection:
        connection.sendall(head)
        status, headers, _ = read(connection)
    assert status == 401 and headers["www-authenticate"].startswith("Bearer")


def test_chunks_are_counted_as_they_come(server: Running) -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    head = b"POST /%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert server.ask(head % b"" + chunk + b"0\r\n\r\n")[2] == b"65536"
    with server.connect() as connection:
        connection.sendall(head % b"" + 10 * chunk)
        assert read(connection)[0] == 413


def test_length_and_chunks_together_are_refused_and_the_last_of_a_connection(
    server: Running,
) -> None:
    both = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    status, headers, _ = server.ask(both + b"6\r\nASK {}\r\n0\r\n\r\n")
    assert (status, headers["connection"]) == (400, "close")


# --- how much one client, and all, may have in hand


def test_bodies_of_one_client_leave_room_for_those_of_others(server: Running) -> None:
    unfinished = request("/validate", LARGE, sent=False)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(server.connect(STRANGER)).sendall(unfinished)
        until(lambda: in_hand(server) == 2)
        status, headers, _ = server.ask(unfinished, STRANGER)
        assert status == 503 and int(headers["retry-after"]) > 0
        assert server.ask(request("/validate", LARGE), OTHER)[2] == str(LARGE).encode()
        assert server.ask(request("/", 1000), STRANGER)[0] == 200
    until(lambda: in_hand(server) == 0)


def test_bodies_that_come_slowly_give_way_to_others(server: Running) -> None:
    unfinished = request("/validate", LARGE, sent=False)[: 1 - LARGE]
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect(STRANGER)) for _ in range(2)]
        for connection in slow:
            connection.sendall(unfinished)
        until(lambda: in_hand(server) == 2)
        time.sleep(2.1)
        assert server.ask(request("/validate", LARGE), STRANGER)[0] == 200
        assert sorted(map(is_open, slow)) == [False, True]


def test_behind_a_proxy_a_client_is_whom_it_names() -> None:
    with running(Settings(**vars(SETTINGS) | {"proxies": 1})) as server, ExitStack() as stack:
        sent = [
            request("/validate", LARGE, f"X-Forwarded-For: {name}", sent=False)
            for name in ("spoofed, 192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2")
        ]
        statuses = []
        for count, unfinished in enumerate(sent, start=1):
            connection = stack.enter_context(server.connect())
            connection.sendall(unfinished)
            with suppress(TimeoutError):
                connection.settimeout(0.5)
                statuses.append((count, read(connection)[0]))
        assert statuses == [(3, 503)]


@pytest.mark.parametrize(
    ("address", "client"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::/64"), ("fe80::1%eth0", "fe80::/64")],
)
def test_a_client_is_an_address_or_what_a_household_gets(address: str, client: str) -> None:
    assert network_of(address) == client


# --- how many connections


def test_the_longest_idle_of_who_has_most_gives_way(server: Running) -> None:
    with ExitStack() as stack:
        modest = stack.enter_context(server.connect(OTHER))
        greedy = []
        for _ in range(SETTINGS.connections - 1):
            greedy.append(stack.enter_context(server.connect(STRANGER)))
            until(lambda: len(server.server.active_channels) == len(greedy) + 1)
        assert server.ask(request())[0] == 200
        assert is_open(modest) and not is_open(greedy[0]) and is_open(greedy[-1])


def test_who_sends_gives_way_when_nobody_is_idle(server: Running) -> None:
    with ExitStack() as stack:
        for _ in range(SETTINGS.connections):
            stack.enter_context(server.connect(STRANGER)).sendall(b"GET / HTTP/1.1\r\n")
        until(lambda: len(server.server.active_channels) == SETTINGS.connections)
        assert server.ask(request())[0] == 200


# --- what is always answered


@pytest.mark.parametrize("path", sorted(PROMPT))
def test_probes_are_answered_when_every_thread_is_busy(path: str) -> None:
    with running(Settings(**vars(SETTINGS) | {"connections": 200})) as server, ExitStack() as stack:
        for _ in range(SETTINGS.threads + 5):
            stack.enter_context(server.connect()).sendall(request("/slow"))
        until(lambda: len(server.server.task_dispatcher.queue) == 5)
        assert server.ask(request(path))[0] == 200
        with closing(server.connect()) as other:  # all else waits its turn
            other.sendall(request("/"))
            assert is_open(other)


def test_a_probe_behind_another_request_is_answered_after_it(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(request("/slow") + request("/health/live"))
        time.sleep(0.1)
        server.go.set()
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 2:
            piece = connection.recv(65536)
            assert piece
            received += piece


def until(holds: Any) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def in_hand(server: Running) -> int:
    """Bodies that the server has begun to take in."""
    channels = list(server.server.active_channels.values())
    return sum(bool(c.request and c.request.admitted) for c in channels)

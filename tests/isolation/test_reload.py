"""Reload: the graph is loaded anew while it is served, and nobody notices but for what is new."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from missiongraph import MissionGraph
from missiongraph.errors import EngineFailed, MissionGraphError
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.limits import Limits
from missiongraph.rdf.store import fingerprint
from missiongraph.server import create_app
from missiongraph.server.settings import Settings
from missiongraph.sparql.engine import HOLD, Query
from missiongraph.system import sandbox

pytestmark = pytest.mark.skipif(not sandbox.holds()["isolation"], reason="needs POSIX")

CSV = "text/csv"
VALUE = "SELECT ?o { <x:a> <x:is> ?o }"
SLOW = """SELECT ?o (COUNT(*) AS ?n) { <x:a> <x:is> ?o . ?a <x:p> ?b . ?c <x:p> ?d
FILTER(REGEX(CONCAT(STR(?a), STR(?c)), "x")) } GROUP BY ?o"""
ROWS = 1500


def write(path: Path, value: int) -> None:
    lines = [f"<x:{n}> <x:p> {n} .\n" for n in range(ROWS)]
    new = path.with_suffix(".new")
    new.write_text(f"<x:a> <x:is> {value} .\n" + "".join(lines), "utf-8")
    new.replace(path)  # whole or not at all, as a reload may be reading


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.ttl"
    write(path, 1)
    return path


@pytest.fixture
def engine(data: Path) -> Iterator[IsolatedEngine]:
    engine = IsolatedEngine([data], limits=Limits(query_seconds=20))
    try:
        yield engine
    finally:
        engine.close()


def ask(engine: IsolatedEngine, text: str = VALUE) -> str:
    return engine.run(Query(text), solutions=CSV, triples=None).read().decode().split()[1]


def ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process ends soon."""
    return eventually(lambda: process.poll() is not None)


def eventually(holds: Callable[[], object], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


# --- the engine


def test_new_data_are_seen_under_a_new_fingerprint(engine: IsolatedEngine, data: Path) -> None:
    before = engine.fingerprint
    assert before == fingerprint([data]) and ask(engine) == "1"
    write(data, 2)
    assert ask(engine) == "1"
    after = engine.reload()
    assert after == engine.fingerprint == fingerprint([data]) != before
    answer = engine.run(Query(VALUE), solutions=CSV, triples=None)
    assert (answer.fingerprint, answer.read()) == (after, b"o\r\n2\r\n")


def test_another_file_may_take_its_place(engine: IsolatedEngine, tmp_path: Path) -> None:
    write(tmp_path / "other.ttl", 3)
    engine.reload([tmp_path / "other.ttl"])
    assert ask(engine) == "3"


@pytest.mark.parametrize("spoil", [lambda p: p.write_text("nonsense"), Path.unlink])
def test_what_cannot_be_read_leaves_the_old_graph(
    engine: IsolatedEngine, data: Path, spoil: Callable[[Path], object]
) -> None:
    before = engine.fingerprint
    spoil(data)
    with pytest.raises(MissionGraphError, match=r"data\.ttl"):
        engine.reload()
    assert ask(engine) == "1" and engine.fingerprint == before


def test_the_old_supervisor_ends_when_nobody_needs_it(engine: IsolatedEngine) -> None:
    old = engine._daemon
    engine.reload()
    assert ended(old.process) and not old.folder.exists()


def test_a_running_query_ends_in_the_old_state(engine: IsolatedEngine, data: Path) -> None:
    old = engine._daemon
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(ask, engine, SLOW)
        assert eventually(lambda: engine.admission.running)
        write(data, 2)
        engine.reload()
        assert not slow.done() and ask(engine) == "2" and old.process.poll() is None
        assert slow.result() == f"1,{ROWS**2}"
    assert ended(old.process)


def test_a_stream_goes_on_to_its_end(engine: IsolatedEngine, data: Path) -> None:
    text = "SELECT ?v ?a ?c { <x:a> <x:is> ?v . ?a <x:p> ?b . ?c <x:p> ?d } LIMIT 500000"
    old = engine._daemon
    answer = engine.run(Query(text), solutions=CSV, triples=None)
    assert answer.size is None and len(next(answer.chunks)) < HOLD
    write(data, 2)
    engine.reload()
    lines = b"".join(answer.chunks).splitlines()
    assert lines[-1].startswith(b"1,") and old.process.wait(10) == 0


def test_a_stream_that_is_given_up_lets_the_old_supervisor_end(engine: IsolatedEngine) -> None:
    text = "SELECT ?a ?c { ?a <x:p> ?b . ?c <x:p> ?d }"
    old = engine._daemon
    answer = engine.run(Query(text), solutions=CSV, triples=None)
    engine.reload()
    assert old.process.poll() is None
    answer.close()
    assert ended(old.process)


def test_an_engine_that_is_closed_leaves_no_supervisor(engine: IsolatedEngine) -> None:
    old = engine._daemon
    held = engine.run(
        Query("SELECT ?a ?c { ?a <x:p> ?b . ?c <x:p> ?d }"), solutions=CSV, triples=None
    )
    engine.reload()
    engine.close()
    assert old.process.poll() is not None and engine._daemon.process.poll() is not None
    with pytest.raises(EngineFailed):
        engine.reload()
    held.close()


def test_a_killed_supervisor_reads_the_file_as_it_is_then(
    engine: IsolatedEngine, data: Path
) -> None:
    before = engine.fingerprint
    write(data, 2)
    engine._daemon.process.kill()
    engine._daemon.process.wait()
    assert ask(engine) == "2" and engine.fingerprint == fingerprint([data]) != before


def test_a_graph_that_takes_writes_is_not_loaded_anew(tmp_path: Path) -> None:
    from missiongraph.writing import directory

    directory.create(tmp_path / "kept", (), merged=True)
    engine = IsolatedEngine(directory=tmp_path / "kept", shapes=False)
    try:
        with pytest.raises(MissionGraphError, match="takes writes"):
            engine.reload()
    finally:
        engine.close()


def test_numbers_follow_the_graph(engine: IsolatedEngine, data: Path) -> None:
    client = create_app(MissionGraph(engine=engine), Settings()).test_client()
    text = f"{ROWS + 1:,}"
    assert text in client.get("/").text
    assert json.loads(client.get("/health").data)["statements"] == ROWS + 1
    tag = client.get("/sparql", query_string={"query": VALUE}).headers["ETag"]
    data.write_text("<x:a> <x:is> 2 .\n", "utf-8")
    engine.reload()
    assert text not in client.get("/").text
    health = json.loads(client.get("/health").data)
    assert (health["statements"], health["fingerprint"]) == (1, engine.fingerprint)
    fresh = client.get("/sparql", query_string={"query": VALUE}, headers={"If-None-Match": tag})
    assert fresh.status_code == 200 and fresh.headers["ETag"] != tag


# --- the server

COMMAND = [
    sys.executable,
    "-c",
    "from missiongraph.server.cli.program import main; main()",
    "serve",
]


class Served:
    """A server process, what it logs, and its answers."""

    def __init__(self, *arguments: str) -> None:
        command = [*COMMAND, "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr
        self.address = next(
            found[1]
            for line in self.process.stderr
            if (found := re.search(r"Serving on (\S+)", line))
        )
        self.log: list[dict[str, str]] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        self.log += (json.loads(line) for line in self._lines())

    def _lines(self) -> Iterator[str]:
        assert self.process.stderr
        return (line for line in self.process.stderr if line.startswith("{"))

    def get(self, path: str) -> str:
        with urlopen(self.address + path, timeout=30) as response:
            return str(response.read().decode())

    def value(self, text: str = VALUE) -> str:
        return self.get(f"sparql?{urlencode({'query': text, 'format': 'csv'})}").split()[1]

    def fingerprint(self) -> str:
        return str(json.loads(self.get("health"))["fingerprint"])

    def hang_up(self) -> None:
        os.kill(self.process.pid, signal.SIGHUP)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)
        self._reader.join()
        assert self.process.stderr
        self.process.stderr.close()


@pytest.fixture
def server(data: Path) -> Iterator[Served]:
    served = Served("--data", str(data))
    try:
        yield served
    finally:
        served.stop()


def test_no_request_fails_around_a_reload(server: Served, data: Path) -> None:
    """Distinct queries, so that none is answered from the cache."""
    before = server.fingerprint()

    def asking(client: int) -> list[str]:
        seen: list[str] = []
        while seen.count("2") < 10:
            seen.append(server.value(f"{VALUE} # {client} {len(seen)}"))
        return seen

    with ThreadPoolExecutor(16) as pool:
        clients = [pool.submit(asking, number) for number in range(16)]
        time.sleep(0.3)
        write(data, 2)
        server.hang_up()
        seen = [client.result() for client in clients]
    assert all(values == sorted(values) and values[0] == "1" for values in seen)
    assert sum(map(len, seen)) >= 200 and server.fingerprint() != before


def test_many_reloads_among_many_requests(server: Served, data: Path) -> None:
    done = threading.Event()

    def reload() -> None:
        for value in range(2, 8):
            write(data, value)
            server.hang_up()
            time.sleep(0.3)
        done.set()

    def asking(client: int) -> list[int]:
        seen: list[int] = []
        while not done.is_set():
            seen.append(int(server.value(f"{VALUE} # {client} {len(seen)}")))
        return seen

    with ThreadPoolExecutor(9) as pool:
        pool.submit(reload)
        for seen in pool.map(asking, range(8)):
            assert seen == sorted(seen), "nobody goes back to an older state"
    assert eventually(lambda: server.value() == "7")


def test_a_bad_file_keeps_the_old_graph_and_the_log_says_so(server: Served, data: Path) -> None:
    before = server.fingerprint()
    data.write_text("nonsense", "utf-8")
    server.hang_up()
    time.sleep(1)
    assert server.value() == "1" and server.fingerprint() == before
    write(data, 2)
    server.hang_up()
    assert eventually(lambda: server.value() == "2")
    server.stop()
    (bad, good) = (line for line in server.log if "reloaded" in line["event"])
    assert bad["event"] == "not reloaded" and "data.ttl, line 1" in bad["error"]
    assert good["event"] == "reloaded" and good["fingerprint"] != before


def test_a_graph_with_a_directory_lives_through_a_hangup(data: Path, tmp_path: Path) -> None:
    served = Served("--data", str(data), "--directory", str(tmp_path / "kept"), "--no-shapes")
    try:
        served.hang_up()
        time.sleep(0.5)
        assert served.value() == "1"
    finally:
        served.stop()
    assert [line["event"] for line in served.log] == [
        "not reloaded: only a graph from files, without --directory, can be"
    ]


def test_a_terminal_that_is_closed_stops_the_server(data: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [*COMMAND, "--port", "0", "--data", str(data)]
    with subprocess.Popen(
        command, stdin=theirs, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    ) as process:  # fmt: skip
        os.close(theirs)
        assert process.stderr
        assert any("Serving" in line for line in process.stderr)
        os.close(ours)
        assert process.wait(15) == 0

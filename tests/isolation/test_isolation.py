"""The isolated engine alone: what the kernel holds a query to, and what nobody else notices."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from support.hostile import NESTED

from missiongraph.errors import (
    Busy,
    ClientGone,
    EngineFailed,
    LimitExceeded,
    MissionGraphError,
    QueryError,
)
from missiongraph.isolation.admission import Admission, QueryShape
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.isolation.messages import Hello
from missiongraph.isolation.supervisor import ANY
from missiongraph.isolation.worker_client import HOLD_SMALL
from missiongraph.limits import Limits
from missiongraph.rdf.store import load
from missiongraph.sparql.engine import HOLD, Answer, Query
from missiongraph.sparql.local import LocalEngine
from missiongraph.sparql.scanner import tokens
from missiongraph.sparql.screening import MAX_DEPTH, MAX_LENGTH
from missiongraph.system import framing, sandbox
from missiongraph.system.messages import decode

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux's limits")

CSV = "text/csv"
SMALL = "SELECT (COUNT(*) AS ?n) { ?s <x:next> ?o }"
SMALL_ANSWER = b"n\r\n1000\r\n"
LATE = 0.5
"""Seconds by which an answer may miss its limit."""

NODES = 1000
CROSS = "?a <x:next> ?b . ?c <x:next> ?d . ?e <x:next> ?f"
COUNT_CROSS = f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}"
ORDER_CROSS = f"SELECT ?a {{ {CROSS} }} ORDER BY CONCAT(STR(?a), STR(?c))"
LONG_ROWS = f"SELECT ?a ?c ?e {{ {CROSS} }}"
SOME = " ".join(f"<x:node/{n}>" for n in range(8))
LONGISH = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?a {{ {SOME} }} {CROSS} }}"
MILLION = "SELECT ?a ?b ?c ?d { ?a <x:next> ?b . ?c <x:next> ?d }"


def replaced(times: int) -> str:
    """A string that a query makes 10^times times as long."""
    text = '"0123456789"'
    for _ in range(times):
        text = f'REPLACE({text}, ".+", "{"$0" * 10}")'
    return text


REPLACE_BOMB = f"SELECT (STRLEN({replaced(10)}) AS ?n) {{}}"
CONCAT_BOMB = f"SELECT (STRLEN(GROUP_CONCAT(?a)) AS ?n) {{ {CROSS} }}"
HOARD = f"SELECT DISTINCT ?a ?c ?e {{ {CROSS} }} ORDER BY ?a"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "ring.nt"
    lines = [f"<x:node/{n}> <x:next> <x:node/{(n + 1) % NODES}> .\n" for n in range(NODES)]
    path.write_text("".join(lines), "utf-8")
    return path


@contextmanager
def running(data: Path, **limits: int) -> Iterator[IsolatedEngine]:
    usual = {"query_seconds": 2, "query_megabytes": 256, "concurrent_queries": 2}
    usual |= {"small_queries": 1, "queue_length": 50, "queue_seconds": 10}
    engine = IsolatedEngine([data], "state-1", Limits(**(usual | limits)))
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture(scope="module")
def engine(data: Path) -> Iterator[IsolatedEngine]:
    with running(data) as engine:
        yield engine


@pytest.fixture(autouse=True)
def good_afterwards(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test on the shared engine the next query answers, and no slot is lost."""
    yield
    if "engine" in request.fixturenames:
        shared = request.getfixturevalue("engine")
        assert ask(shared) == SMALL_ANSWER
        wait_until(lambda: shared.admission.running == 0)


def begin(engine: IsolatedEngine, text: str = SMALL, gone: Callable[[], bool] | None = None,
          **more: tuple[str, ...]) -> Answer:  # fmt: skip
    return engine.run(Query(text, **more), solutions=CSV, triples="text/turtle", gone=gone)  # type: ignore[arg-type]


def ask(engine: IsolatedEngine, text: str = SMALL) -> bytes:
    return begin(engine, text).read()


def exceeds(engine: IsolatedEngine, text: str) -> str:
    """The limit that a query hits."""
    with pytest.raises(LimitExceeded) as caught:
        ask(engine, text)
    return caught.value.limit


def wait_until(holds: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(child) for child in listed.split()]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def stat(pid: int) -> str:
    """The state of a process: R runs, S sleeps, Z is a zombie."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]


def resident() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- limits


@pytest.mark.parametrize("text", [COUNT_CROSS, ORDER_CROSS], ids=["count", "order"])
def test_a_long_query_ends_at_the_time_limit(engine: IsolatedEngine, text: str) -> None:
    begin = time.monotonic()
    limit = exceeds(engine, text)
    took = time.monotonic() - begin
    assert limit in ("query_seconds", "query_megabytes")
    assert took < 2 + LATE


def test_the_time_limit_is_named(data: Path) -> None:
    with running(data, query_seconds=1, query_megabytes=4096) as engine:
        assert exceeds(engine, COUNT_CROSS) == exceeds(engine, ORDER_CROSS) == "query_seconds"


@pytest.mark.parametrize("text", [REPLACE_BOMB, HOARD], ids=["replace", "distinct"])
def test_a_query_that_hoards_memory_ends_at_that_limit(data: Path, text: str) -> None:
    with running(data, query_seconds=20, query_megabytes=64) as engine:
        assert exceeds(engine, text) == "query_megabytes"


def test_a_long_concatenation_ends_at_a_limit(engine: IsolatedEngine) -> None:
    assert exceeds(engine, CONCAT_BOMB) in ("query_megabytes", "query_seconds")


def test_a_small_result_over_the_limit_is_refused(data: Path) -> None:
    with running(data, result_megabytes=1) as engine:
        answer = begin(engine, MILLION)
        with pytest.raises(LimitExceeded, match="larger than 1 MB") as caught:
            answer.read()
    assert caught.value.limit == "result_megabytes"


def test_a_query_with_an_error_says_which(engine: IsolatedEngine) -> None:
    with pytest.raises(QueryError, match="line 1"):
        ask(engine, "SELECT * { ?s ?p }")


# --- nobody else notices


def test_good_queries_go_on_among_bombs(engine: IsolatedEngine) -> None:
    bombs = [COUNT_CROSS, REPLACE_BOMB, ORDER_CROSS, CONCAT_BOMB] * 2
    with ThreadPoolExecutor(16) as pool:
        going = [pool.submit(exceeds, engine, bomb) for bomb in bombs]
        good = list(pool.map(lambda _: ask(engine), range(200)))
        assert all(bomb.result() for bomb in going)
    assert set(good) == {SMALL_ANSWER}


def test_small_queries_answer_while_long_ones_hold_every_other_slot(data: Path) -> None:
    with running(data, query_seconds=3) as engine, ThreadPoolExecutor(4) as pool:
        for _ in range(3):  # teaches it that this one is long
            engine.admission.remember_long(QueryShape(COUNT_CROSS))
        long = [pool.submit(exceeds, engine, COUNT_CROSS) for _ in range(4)]
        wait_until(lambda: engine.admission.running == 2)
        begin = time.monotonic()
        assert [ask(engine) for _ in range(20)] == [SMALL_ANSWER] * 20
        assert time.monotonic() - begin < 2
        assert {job.result() for job in long} == {"query_seconds"}


def test_a_result_over_what_is_held_of_long_ones_is_small_if_it_comes_soon(data: Path) -> None:
    with running(data, query_seconds=5) as engine, ThreadPoolExecutor(2) as pool:
        engine.admission.remember_long(QueryShape(COUNT_CROSS))
        long = [pool.submit(exceeds, engine, COUNT_CROSS) for _ in range(2)]
        wait_until(lambda: engine.admission.running == 2)
        twenty = " ".join(map(str, range(20)))
        quick = f"SELECT ?a ?b {{ VALUES ?n {{ {twenty} }} ?a <x:next> ?b }}"
        begin = time.monotonic()
        answer = ask(engine, quick)
        assert time.monotonic() - begin < 2
        assert len(answer) > HOLD
        assert {job.result() for job in long} == {"query_seconds"}


def test_a_result_that_no_small_slot_holds_is_given_by_a_long_one(data: Path) -> None:
    limits = {"concurrent_queries": 1, "small_milliseconds": 20_000}
    with running(data, query_seconds=2, **limits) as engine, ThreadPoolExecutor(1) as pool:
        engine.admission.remember_long(QueryShape(COUNT_CROSS))
        long = pool.submit(exceeds, engine, COUNT_CROSS)
        wait_until(lambda: engine.admission.running == 1)
        large = f"SELECT ?a ?c {{ {CROSS} }} LIMIT 400000"
        begin = time.monotonic()
        assert len(ask(engine, large)) > HOLD_SMALL
        assert time.monotonic() - begin > 1  # it waited for the long one to end
        assert long.result() == "query_seconds"


def test_a_query_that_is_too_long_for_a_small_slot_is_run_again_in_a_long_one(
    data: Path,
) -> None:
    with running(data, concurrent_queries=1, small_milliseconds=50, query_seconds=1) as engine:
        with ThreadPoolExecutor(1) as pool:
            long = pool.submit(exceeds, engine, COUNT_CROSS)
            wait_until(lambda: engine.admission.running == 1)
            middling = "SELECT (COUNT(*) AS ?n) { ?a <x:next> ?b . ?c <x:next> ?d }"
            assert ask(engine, middling) == b"n\r\n1000000\r\n"
            assert long.result() == "query_seconds"


def test_a_full_queue_turns_away(data: Path) -> None:
    def run_until_left(engine: IsolatedEngine) -> None:
        with pytest.raises(ClientGone):
            begin(engine, COUNT_CROSS, left.is_set).read()

    left = threading.Event()
    with running(data, concurrent_queries=1, queue_length=1, query_seconds=100) as engine:
        with ThreadPoolExecutor(4) as pool:
            # one runs, one tries the small slot and then waits
            long = [pool.submit(run_until_left, engine) for _ in range(2)]
            try:
                wait_until(lambda: engine.admission.waiting == 1)
                engine.admission.remember_long(QueryShape(ORDER_CROSS))
                with pytest.raises(Busy) as caught:
                    ask(engine, ORDER_CROSS)
                assert caught.value.limit == "queue_length" and caught.value.retry_seconds > 0
            finally:
                left.set()
            for job in long:
                job.result()


def test_a_long_wait_ends(data: Path) -> None:
    with running(data, concurrent_queries=1, queue_seconds=1, query_seconds=4) as engine:
        with ThreadPoolExecutor(1) as pool:
            long = pool.submit(exceeds, engine, COUNT_CROSS)
            wait_until(lambda: engine.admission.running == 1)
            engine.admission.remember_long(QueryShape(ORDER_CROSS))
            begin = time.monotonic()
            with pytest.raises(Busy) as caught:
                ask(engine, ORDER_CROSS)
            assert caught.value.limit == "queue_seconds"
            assert time.monotonic() - begin < 1 + LATE
            assert long.result() == "query_seconds"


def test_what_one_template_makes_is_of_one_kind() -> None:
    first = "SELECT ?s { ?s <http://a.example/p> 'a' } LIMIT 5 # one"
    other = 'SELECT ?s {\n  ?s <http://b.example/p> "b" }\nLIMIT 10'
    assert (
        hash(QueryShape(first))
        == hash(QueryShape(other))
        != hash(QueryShape(first.replace("?s", "?o")))
    )


def test_a_kind_that_is_not_small_is_not_tried_in_a_small_slot_again() -> None:
    admission = Admission(Limits(concurrent_queries=1, small_queries=1, queue_seconds=1))
    admission.remember_long(QueryShape("ASK {} # one"))
    assert not admission.enter(QueryShape("ASK {}")).small
    with pytest.raises(Busy):
        admission.enter(QueryShape("ASK {} # other"))
    assert admission.enter(QueryShape("SELECT * {}")).small


def test_who_waits_for_a_slot_is_served_in_turn() -> None:
    admission = Admission(Limits(concurrent_queries=1, small_queries=1))
    first, _ = (admission.enter(query) for query in ("first", "second"))
    served: list[int] = []

    def ask(number: int) -> None:
        admission.remember_long(number)
        with admission.slot(number):
            served.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        wait_until(lambda number=number: admission.waiting == number)  # type: ignore[misc]
    admission.leave(first)
    for thread in threads:
        thread.join()
    assert served == list(range(20))


def test_a_long_query_gives_way_and_its_worker_does_not_afterwards(data: Path) -> None:
    with running(data, small_milliseconds=100, concurrent_queries=1, query_seconds=100) as engine:
        wait_until(lambda: len(workers(engine)) == 2)
        before = workers(engine)
        with ThreadPoolExecutor(1) as pool:
            long = pool.submit(ask, engine, LONGISH)
            wait_until(lambda: 10 in priorities(engine))
            long.result()
        wait_until(lambda: set(priorities(engine)) == {0})
        assert ask(engine) == SMALL_ANSWER
        assert workers(engine) == before
    assert os.getpriority(os.PRIO_PROCESS, 0) == 0


NICE = """
import sys
from pathlib import Path
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.sparql.engine import Query
engine = IsolatedEngine([Path(sys.argv[1])])
for _ in range(3):
    print(engine.run(Query("ASK {}"), solutions="text/csv", triples=None).read())
engine.close()
"""


@pytest.mark.parametrize("niceness", [10, 19])
def test_a_server_that_gives_way_from_the_start_answers(data: Path, niceness: int) -> None:
    """What a worker gives way to is measured from where it began."""
    command = ["nice", "-n", str(niceness), sys.executable, "-c", NICE, str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [str(b"true")] * 3


def workers(engine: IsolatedEngine) -> list[int]:
    return children(engine._daemon.process.pid)


def priorities(engine: IsolatedEngine) -> list[int]:
    """Of each thread of each worker."""
    found = []
    for pid in workers(engine):
        with suppress(OSError):
            threads = [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]
            found += [os.getpriority(os.PRIO_PROCESS, thread) for thread in threads]
    return found


def test_one_query_after_the_other_goes_to_one_worker_whose_memory_is_warm(data: Path) -> None:
    with running(data, concurrent_queries=4) as engine:
        wait_until(lambda: len(workers(engine)) == 5)
        answering = []
        for _ in range(30):
            with engine._daemon.connect(ANY) as connection:
                hello = decode(framing.Reader(connection).next(), Hello)
                assert hello
                answering.append(hello.pid)
            time.sleep(0.01)
    assert len(set(answering[10:])) == 1  # the first may come before all workers wait


# --- whoever asks may leave


def test_a_client_that_leaves_frees_its_worker(data: Path) -> None:
    with running(data, query_seconds=30, concurrent_queries=1) as engine:
        left = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(begin, engine, COUNT_CROSS, left.is_set)
            wait_until(lambda: engine.admission.running == 1)
            left.set()
            with pytest.raises(ClientGone):
                job.result(timeout=2)
        wait_until(lambda: busy(engine) == 0)
        assert ask(engine) == SMALL_ANSWER


def busy(engine: IsolatedEngine) -> int:
    """How many workers are computing."""
    states = []
    for pid in children(engine._daemon.process.pid):
        with suppress(OSError):
            states.append(stat(pid))
    return states.count("R")


@pytest.mark.parametrize("read", [0, 1])
def test_a_stream_that_is_given_up_frees_worker_and_slot(engine: IsolatedEngine, read: int) -> None:
    answer = begin(engine, LONG_ROWS)
    for _ in range(read):
        assert next(answer.chunks)
    answer.close()
    assert engine.admission.running == 0
    wait_until(lambda: busy(engine) == 0)


def test_a_stream_that_nobody_reads_gives_its_slot_back_in_time(data: Path) -> None:
    with running(data, query_seconds=1, concurrent_queries=1) as engine:
        unread = begin(engine, LONG_ROWS)
        assert engine.admission.running == 1
        wait_until(lambda: engine.admission.running == 0, seconds=3)
        with pytest.raises(LimitExceeded):
            unread.read()
        assert engine.admission.running == 0


# --- streams


def test_the_first_bytes_come_before_the_last_row_is_known(engine: IsolatedEngine) -> None:
    begin_ = time.monotonic()
    answer = begin(engine, LONG_ROWS)  # a billion rows: its end is never reached
    assert answer.size is None and next(answer.chunks).startswith(b"a,c,e\r\nx:node/")
    assert time.monotonic() - begin_ < 1
    answer.close()


def test_a_stream_that_runs_out_of_time_raises(engine: IsolatedEngine) -> None:
    answer = begin(engine, LONG_ROWS)
    with pytest.raises(LimitExceeded) as caught:
        for _ in answer.chunks:
            pass
    assert caught.value.limit == "query_seconds"


def test_a_worker_killed_midway_raises(engine: IsolatedEngine) -> None:
    answer = begin(engine, LONG_ROWS)
    next(answer.chunks)
    for pid in children(engine._daemon.process.pid):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineFailed):
        for _ in answer.chunks:
            pass


def test_the_front_stays_small_while_a_large_result_passes(data: Path) -> None:
    with running(data, query_seconds=60) as engine:
        kind = "application/sparql-results+json"
        answer = engine.run(Query(MILLION), solutions=kind, triples=None)
        before, most, size = resident(), 0.0, 0
        for piece in answer.chunks:
            size += len(piece)
            most = max(most, resident())
    assert size > 100e6 and most - before < 8


def test_a_whole_answer_knows_its_size_and_a_stream_does_not(data: Path) -> None:
    with running(data, query_seconds=30) as patient:  # how long it takes is not the question
        assert begin(patient).size == len(SMALL_ANSWER)
        answer = begin(patient, MILLION)
        assert answer.size is None and len(answer.read()) > HOLD


# --- processes


def test_killed_workers_are_replaced(engine: IsolatedEngine) -> None:
    before = set(children(engine._daemon.process.pid))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not before & set(children(engine._daemon.process.pid)))
    wait_until(lambda: engine.state()["workers"] == 3)


def test_a_killed_supervisor_is_started_again(data: Path) -> None:
    with running(data) as engine:
        workers = children(engine._daemon.process.pid)
        engine._daemon.process.kill()
        assert ask(engine) == SMALL_ANSWER
        assert engine.fingerprint == "state-1"
        wait_until(lambda: not any(map(alive, workers)))


def test_a_supervisor_killed_midway_breaks_the_stream(data: Path) -> None:
    with running(data) as engine:
        answer = begin(engine, LONG_ROWS)
        next(answer.chunks)
        engine._daemon.process.kill()
        with pytest.raises(EngineFailed):
            for _ in answer.chunks:
                pass
        assert ask(engine) == SMALL_ANSWER


def test_signals_to_the_whole_group_do_not_end_the_supervisor(engine: IsolatedEngine) -> None:
    engine._daemon.process.terminate()
    engine._daemon.process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    assert engine._daemon.process.poll() is None


def test_no_zombies_stay(engine: IsolatedEngine) -> None:
    for bomb in (COUNT_CROSS, REPLACE_BOMB):
        exceeds(engine, bomb)
    wait_until(lambda: engine.state()["workers"] == 3)
    assert "Z" not in [stat(pid) for pid in children(engine._daemon.process.pid)]


def test_nothing_is_left_after_closing(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with running(data) as engine:
        ask(engine)
        supervisor, workers = engine._daemon.process.pid, children(engine._daemon.process.pid)
        assert any(tmp_path.iterdir())
    assert not any(tmp_path.iterdir())
    wait_until(lambda: not any(map(alive, [supervisor, *workers])))


def test_nothing_is_left_when_the_front_is_killed(data: Path, tmp_path: Path) -> None:
    front = f"""
import sys, time
from pathlib import Path
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.limits import Limits
engine = IsolatedEngine([Path({str(data)!r})], "", Limits())
print(engine._daemon.process.pid, flush=True)
time.sleep(60)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", front],
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert process.stdout
    with process.stdout:
        supervisor = int(process.stdout.readline())
    wait_until(lambda: children(supervisor))
    workers = children(supervisor)
    assert workers and any(tmp_path.iterdir())
    process.kill()
    process.wait()
    wait_until(lambda: not any(map(alive, [supervisor, *workers])))
    assert not any(tmp_path.iterdir())


def test_a_file_that_cannot_be_read_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "bad.nt").write_text("nonsense", "utf-8")
    with pytest.raises(MissionGraphError, match=r"bad\.nt, line 1"):
        IsolatedEngine([tmp_path / "bad.nt"], "", Limits())


# --- no way out


class _Unfiltered(IsolatedEngine):
    """Workers that run every query, whatever it says: only the kernel is left."""

    _program = (
        "-c",
        "from missiongraph.isolation import supervisor;"
        "from missiongraph.sparql import outline, scanner;"
        "outline.screen = lambda text, what: [*scanner.tokens(text)]; supervisor.main()",
    )


@pytest.fixture(scope="module")
def unfiltered(data: Path) -> Iterator[IsolatedEngine]:
    engine = _Unfiltered([data], "", Limits(query_seconds=3, query_megabytes=256))
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def visits() -> Iterator[tuple[int, list[bool]]]:
    """A server's port, and a list with an entry for each connection it got."""
    found: list[bool] = []

    def greet() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                found.append(True)
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=greet, daemon=True).start()
        yield server.getsockname()[1], found
        server.shutdown(socket.SHUT_RDWR)


def test_the_kernel_lets_no_query_reach_the_network(unfiltered: IsolatedEngine) -> None:
    with visits() as (port, found):
        for service in (f"<http://127.0.0.1:{port}/>", f"<http://localhost:{port}/>"):
            for text in (
                f"SELECT * {{ SERVICE {service} {{ ?s ?p ?o }} }}",
                f"SELECT * {{ BIND({service} AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
            ):
                with pytest.raises(QueryError):
                    ask(unfiltered, text)
    assert found == []
    assert ask(unfiltered) == SMALL_ANSWER


def test_without_the_kernel_the_same_query_would(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("missiongraph.sparql.outline.screen", lambda text, what: [*tokens(text)])
    with visits() as (port, found):
        text = f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"
        with pytest.raises((QueryError, ConnectionError)):
            LocalEngine(load(data)).run(Query(text), solutions=CSV, triples=None)
    assert found == [True]


def test_a_silent_service_is_not_reached_either(unfiltered: IsolatedEngine) -> None:
    with visits() as (port, found):
        ask(unfiltered, f"SELECT * {{ SERVICE SILENT <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}")
    assert found == []


def test_from_opens_no_file(engine: IsolatedEngine, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.nt"
    os.mkfifo(pipe)  # whoever opened it would wait for ever
    for iri in (f"file://{pipe}", "file:///etc/passwd"):
        assert ask(engine, f"SELECT ?s FROM <{iri}> {{ ?s ?p ?o }}") == b"s\r\n"
        assert begin(engine, "SELECT ?s { ?s ?p ?o }", default_graphs=(iri,)).read() == b"s\r\n"


# --- deep and long queries, each construct of the grammar


@pytest.fixture(scope="module")
def impatient(data: Path) -> Iterator[IsolatedEngine]:
    with running(data, query_seconds=1) as engine:
        yield engine


@pytest.mark.parametrize("construct", NESTED)
@pytest.mark.parametrize("times", [MAX_DEPTH - 8, 20_000])
def test_a_deep_query_ends_in_an_answer_or_an_error(
    impatient: IsolatedEngine, construct: str, times: int
) -> None:
    begin = time.monotonic()
    with suppress(QueryError, LimitExceeded):
        ask(impatient, NESTED[construct](times)[:MAX_LENGTH])
    assert time.monotonic() - begin < 1 + LATE
    assert ask(impatient) == SMALL_ANSWER


@pytest.mark.parametrize("construct", ["groups", "parentheses", "blank nodes", "lists", "services"])
def test_what_would_kill_the_engine_kills_one_worker(
    unfiltered: IsolatedEngine, construct: str
) -> None:
    with pytest.raises(QueryError, match="deeper than the engine can follow"):
        ask(unfiltered, NESTED[construct](20_000))
    assert ask(unfiltered) == SMALL_ANSWER


# --- states


def test_fingerprints_name_the_state(engine: IsolatedEngine) -> None:
    assert engine.fingerprint == "state-1" == begin(engine).fingerprint
    assert engine.state()["fingerprint"] == "state-1"

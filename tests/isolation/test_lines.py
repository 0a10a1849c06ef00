"""Lines to workers are kept between queries, and never serve a state that is no longer served."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from missiongraph.errors import QueryError
from missiongraph.isolation.engine import IsolatedEngine
from missiongraph.isolation.lines import Line, Lines
from missiongraph.isolation.supervisor import ANY
from missiongraph.limits import Limits
from missiongraph.sparql.engine import Query
from missiongraph.system import sandbox

pytestmark = pytest.mark.skipif(not sandbox.holds()["memory"], reason="needs Linux")

ANSWER = b"s\r\nx:a\r\n"


@pytest.fixture
def one(tmp_path: Path) -> Iterator[IsolatedEngine]:
    (tmp_path / "data.nt").write_text("<x:a> <x:b> <x:c> .\n", "utf-8")
    engine = IsolatedEngine([tmp_path / "data.nt"], "state-1", Limits(concurrent_queries=2))
    try:
        yield engine
    finally:
        engine.close()


def ask(engine: IsolatedEngine, text: str = "SELECT ?s { ?s ?p ?o }") -> bytes:
    return engine.run(Query(text), solutions="text/csv", triples=None).read()


def idle(engine: IsolatedEngine) -> list[Line]:
    return engine._daemon.lines._idle[ANY]


def test_queries_one_after_the_other_use_one_line(one: IsolatedEngine) -> None:
    ask(one)
    [line] = idle(one)
    for _ in range(5):
        assert ask(one) == ANSWER
        assert idle(one) == [line]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_ends_between_two_queries_fails_none(
    one: IsolatedEngine, number: signal.Signals
) -> None:
    for _ in range(3):
        ask(one)
        pid = idle(one)[-1].pid
        os.kill(pid, number)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)
        assert ask(one) == ANSWER


def test_a_worker_that_retires_as_the_query_comes_fails_none(one: IsolatedEngine) -> None:
    for pause in (0, 0.0002, 0.001):
        for _ in range(10):
            ask(one)
            os.kill(idle(one)[-1].pid, signal.SIGTERM)
            time.sleep(pause)
            assert ask(one) == ANSWER


def test_a_query_with_an_error_leaves_no_line_behind(one: IsolatedEngine) -> None:
    with pytest.raises(QueryError):
        ask(one, "SELECT nonsense")
    assert idle(one) == []
    assert ask(one) == ANSWER


def test_a_line_to_an_earlier_state_is_hung_up() -> None:
    state = "a"
    ends: list[socket.socket] = []

    def connect(_name: str) -> socket.socket:
        near, far = socket.socketpair()
        ends.append(far)
        return near

    lines = Lines(connect, lambda: state)
    line = lines.take(ANY)
    lines.give_back(ANY, line)
    assert lines.take(ANY) is line
    lines.give_back(ANY, line)
    state = "b"
    later = lines.take(ANY)
    assert later is not line
    assert (later.state, ends[0].recv(1)) == ("b", b"")
    later.close()
    for end in ends:
        end.close()

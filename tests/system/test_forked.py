"""An event loop that forks: what children return, how they end, and what they do not keep."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from missiongraph.system import sandbox
from missiongraph.system.forked import ForkingLoop


@pytest.fixture
def loop() -> Iterator[ForkingLoop]:
    with closing(ForkingLoop()) as loop:
        yield loop


def run(loop: ForkingLoop, heard: list[tuple[int, bytes]], number: int = 1) -> None:
    until = time.monotonic() + 20
    while len(heard) < number and time.monotonic() < until:
        loop.turn(0.1)


def test_what_a_child_returns_comes_back_whole(loop: ForkingLoop) -> None:
    heard: list[tuple[int, bytes]] = []
    loop.gather(lambda: bytes(3_000_000), lambda code, data: heard.append((code, data)))
    run(loop, heard)
    assert heard == [(0, bytes(3_000_000))]


def test_a_child_that_fails_has_its_exit_code(
    loop: ForkingLoop, capfd: pytest.CaptureFixture[str]
) -> None:
    heard: list[tuple[int, bytes]] = []

    def fail() -> bytes:
        raise ValueError("not today")

    loop.gather(fail, lambda code, data: heard.append((code, data)))
    run(loop, heard)
    assert heard == [(sandbox.FAULT, b"")] and "not today" in capfd.readouterr().err


def test_a_child_that_is_killed_has_its_signal(loop: ForkingLoop) -> None:
    heard: list[tuple[int, bytes]] = []
    pid = loop.start(lambda: time.sleep(60), lambda pid, code: heard.append((code, b"%d" % pid)))
    os.kill(pid, signal.SIGKILL)
    run(loop, heard)
    assert heard == [(-signal.SIGKILL, b"%d" % pid)]


def test_children_run_side_by_side(loop: ForkingLoop) -> None:
    heard: list[tuple[int, bytes]] = []
    for number in range(5):
        loop.gather(lambda: b"%d" % number, lambda code, data: heard.append((code, data)))  # noqa: B023
    run(loop, heard, 5)
    assert sorted(heard) == [(0, b"%d" % number) for number in range(5)]


def test_a_child_keeps_no_file_of_its_parent_but_one(loop: ForkingLoop) -> None:
    heard: list[tuple[int, bytes]] = []
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for end in (ours, theirs):
            loop.close_in_children(end)

        def look() -> None:
            os._exit(10 * (ours.fileno() == -1) + (theirs.fileno() == -1))

        loop.start(look, lambda _, code: heard.append((code, b"")), keep=theirs)
        run(loop, heard)
        assert heard == [(10, b"")] and ours.fileno() != -1


ORPHAN = """
import ctypes, os, time
from missiongraph.system import sandbox
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans below are ours, not init's
if os.fork() == 0:
    parent = os.getpid()
    if os.fork() == 0:
        while os.getppid() == parent:
            time.sleep(0.01)
        sandbox.end_with(parent)
        os._exit(1)
    os._exit(0)
print(*sorted(os.wait()[1] for _ in range(2)))
"""


@pytest.mark.skipif(not sandbox.LINUX, reason="other systems have no such signal")
def test_a_child_whose_parent_ended_before_it_asked_ends_whoever_takes_orphans() -> None:
    assert subprocess.check_output([sys.executable, "-c", ORPHAN], text=True) == "0 0\n"

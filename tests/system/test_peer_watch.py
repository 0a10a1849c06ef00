"""A process whose peer hangs up ends, but only while it is watched."""

from __future__ import annotations

import multiprocessing
import select
import signal
import socket
import time
from collections.abc import Callable

import pytest

from missiongraph.system.sandbox import LINUX, PeerWatch

pytestmark = pytest.mark.skipif(not LINUX, reason="only Linux tells who has hung up")


class LateEpoll:
    """An epoll that tells of what happened half a second later, as on a busy machine."""

    def __init__(self) -> None:
        self._epoll = _EPOLL()
        self.register, self.unregister = self._epoll.register, self._epoll.unregister

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        found = self._epoll.poll(timeout)
        if timeout is None:
            time.sleep(0.5)
        return found


_EPOLL = select.epoll


def ended(target: Callable[[], None]) -> int | None:
    """How a process that runs ``target`` ends."""
    process = multiprocessing.get_context("fork").Process(target=target)
    process.start()
    process.join(20)
    return process.exitcode


def hung_up_within() -> None:
    ours, theirs = socket.socketpair()
    with PeerWatch().watch(ours):
        theirs.close()
        time.sleep(10)


def hung_up_and_noticed_after() -> None:
    select.epoll = LateEpoll  # type: ignore[misc, assignment]
    watch = PeerWatch()
    ours, theirs = socket.socketpair()
    with watch.watch(ours):
        theirs.close()
        time.sleep(0.1)
    other, _kept = socket.socketpair()
    with watch.watch(other):  # the next query, whose peer is still there
        time.sleep(1)


def test_a_process_ends_when_its_peer_hangs_up() -> None:
    assert ended(hung_up_within) == -signal.SIGKILL


def test_what_is_noticed_too_late_does_not_kill_the_next_query() -> None:
    assert ended(hung_up_and_noticed_after) == 0

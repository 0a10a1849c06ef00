"""What the kernel enforces on a process: time, memory, no new files or sockets, and its end.

POSIX only; :func:`holds` tells which limits hold on this system. Nothing here needs Python to
run while a query does: the kernel ends the process.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from missiongraph.limits import MEGABYTE

if sys.platform != "win32":
    import resource

FAULT = 70
"""How a process of ours ends that failed by itself, not by what it was asked."""

LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1
_CPUCLOCK_SCHED = 2  # of clock_getcpuclockid(3): the clock of a whole process
_LAST = 10  # more niceness: a tenth of the time that others get


def holds() -> dict[str, bool]:
    """Which limits hold here: processes of their own, time, memory, sockets."""
    posix = hasattr(os, "fork")
    return {"isolation": posix, "time": posix, "memory": LINUX, "sockets": posix}


def end_with_parent() -> None:
    """Let the kernel kill this process when its parent dies."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            os._exit(0)


def limit_memory(megabytes: int) -> None:
    """Allow this process so much more memory than it has; past it, allocation aborts."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if LINUX:
        most = data_bytes() + megabytes * MEGABYTE
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """Let this process allocate so much more memory within a block; past it, MemoryError."""
    if not LINUX:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = data_bytes() + megabytes * MEGABYTE
    limits = [limit for limit in (most, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def physical_megabytes() -> int:
    """Memory of this machine; 0 if unknown."""
    if not LINUX:
        return 0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE


def data_bytes() -> int:
    """Private memory of this process, in bytes, as RLIMIT_DATA counts it; 0 if unknown."""
    if not LINUX:
        return 0
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[5]) * resource.getpagesize()


def scarcity() -> str:
    """What the system lets this process have too little of, as the end of a message, if it does.

    What we run on reserves far more addresses than it uses memory.
    """
    if sys.platform == "win32":
        return ""
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return ""
    return (
        f": its addresses are limited to {most // MEGABYTE:,} MB (ulimit -v); lift that limit and "
        "bound memory by a control group (MemoryMax of systemd, docker run --memory)"
    )


def cpu_seconds(pid: int) -> float:
    """Processor time that a process of ours has had; where nobody tells, time as it passes.

    It runs on when the process has gone.
    """
    if LINUX:
        with suppress(OSError):
            return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)
    return time.monotonic()


def thread_id() -> int:
    """What can be made to give way: this thread, and where threads have no rank this process."""
    return threading.get_native_id() if LINUX else os.getpid()


def lower_priority(thread: int) -> None:
    """Let a thread go on only when others leave it time; it cannot be taken back."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _LAST)


def niceness() -> int:
    """How far this thread gives way to others: what it was started with, or more by now."""
    return os.getpriority(os.PRIO_PROCESS, 0)


@contextmanager
def confined(seconds: float, cpu_seconds: float = 0) -> Iterator[None]:
    """Run a block with no new file or socket, killed by SIGALRM after ``seconds``.

    ``cpu_seconds``, if not 0, of processor time bring SIGPROF.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)


class SharedListener:
    """Takes connections from a listener that several processes wait at.

    Where the system can choose, whoever came first is served by: the oldest process that is
    free, as its share of the data is already its own.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._epoll = select.epoll() if LINUX else None
        if self._epoll:
            listener.setblocking(False)
            self._epoll.register(listener, select.EPOLLIN | select.EPOLLEXCLUSIVE)

    def accept(self) -> socket.socket:
        """The next connection."""
        while True:
            if self._epoll:
                self._epoll.poll()
            with suppress(BlockingIOError):  # another was faster
                return self._listener.accept()[0]


class PeerWatch:
    """Ends this process as soon as the peer of a watched socket closes it.

    A query cannot be cancelled from within, so the process goes; its parent starts another.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll() if LINUX else None
        if self._epoll:
            usual = threading.stack_size(256 * 1024)
            threading.Thread(target=self._wait, daemon=True).start()
            threading.stack_size(usual)

    @contextmanager
    def watch(self, connection: socket.socket) -> Iterator[None]:
        """Watch ``connection`` while the block runs."""
        if not self._epoll:
            yield
            return
        self._epoll.register(connection, select.EPOLLRDHUP)
        try:
            yield
        finally:
            self._epoll.unregister(connection)

    def _wait(self) -> None:
        if self._epoll and self._epoll.poll():
            os.kill(os.getpid(), signal.SIGKILL)

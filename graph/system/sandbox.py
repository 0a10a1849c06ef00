"""Limits that the kernel enforces on a process: time, memory, no new files or sockets.

POSIX only; :func:`holds` says which limits this system supports. The kernel ends the process, so
the limits hold even while native code runs a query and Python code cannot.
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
"""Exit status of a process that failed through no fault of its request."""

LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1
_CPUCLOCK_SCHED = 2  # of clock_getcpuclockid(3): the clock of a whole process
_LAST = 10  # added niceness: about a tenth of the processor time of other processes


def holds() -> dict[str, bool]:
    """Which limits this system can enforce: worker processes, time, memory, sockets."""
    posix = hasattr(os, "fork")
    return {"isolation": posix, "time": posix, "memory": LINUX, "sockets": posix}


def fork() -> int:
    """Fork a process, as ``os.fork`` does, that the kernel kills when this one dies."""
    parent = os.getpid()
    child = os.fork()
    if child == 0 and LINUX:
        end_with(parent)
    return child


def end_with(parent: int) -> None:
    """Let the kernel kill this process when ``parent`` dies; end at once if it already has."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def limit_memory(megabytes: int) -> None:
    """Limit this process to ``megabytes`` more memory than it has; beyond, allocation aborts."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if LINUX:
        most = data_bytes() + megabytes * MEGABYTE
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """Limit the memory allocated within a block; beyond ``megabytes``, MemoryError."""
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
    """Memory of this machine in megabytes; 0 if unknown."""
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
    """The end of an error message that names a limit on address space; empty if there is none.

    The engine reserves far more address space than it uses memory.
    """
    if sys.platform == "win32":
        return ""
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most == resource.RLIM_INFINITY:
        return ""
    return (
        f": its address space is limited to {most // MEGABYTE:,} MB (ulimit -v); remove that limit "
        "and limit memory by a control group (MemoryMax of systemd, docker run --memory)"
    )


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, in seconds.

    On systems other than Linux, and after the process has ended, a clock of elapsed time.
    """
    if LINUX:
        with suppress(OSError):
            return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)
    return time.monotonic()


def thread_id() -> int:
    """The id whose priority can be lowered: of this thread on Linux, else of this process."""
    return threading.get_native_id() if LINUX else os.getpid()


def lower_priority(thread: int) -> None:
    """Lower the priority of a thread or process; this cannot be undone."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _LAST)


def niceness() -> int:
    """The niceness of this thread or process, including what it inherited at its start."""
    return os.getpriority(os.PRIO_PROCESS, 0)


@contextmanager
def confined(seconds: float, cpu_seconds: float = 0) -> Iterator[None]:
    """Run a block that can open no file or socket; SIGALRM kills it after ``seconds``.

    SIGPROF comes after ``cpu_seconds`` of processor time, unless that is 0.
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
    """Accepts connections from a listening socket that several processes share.

    On Linux the oldest free process takes it: it already has its own copy of the pages it uses.
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
            with suppress(BlockingIOError):  # another process was faster
                return self._listener.accept()[0]


class PeerWatch:
    """Kills this process as soon as the peer of a watched socket closes it; Linux only.

    A running query cannot be cancelled, so the process ends; its parent starts another. What the
    peer closes when the block is over kills nobody, even if that is noticed later.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll() if LINUX else None
        self._noticing = threading.Lock()
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
            with self._noticing:
                self._epoll.unregister(connection)

    def _wait(self) -> None:
        while self._epoll and self._epoll.poll():
            with self._noticing:  # by now another connection may be watched, or none
                if self._epoll.poll(0):
                    os.kill(os.getpid(), signal.SIGKILL)

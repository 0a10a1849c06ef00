"""Runs jobs, each in a process of its own: a process of one thread that forks one per job.

A job (:data:`HANDLERS`) arrives over a local socket. Its process has limits of time and memory
that the kernel enforces and a low priority, and ends when the client closes the connection. It
holds no store: its queries go to the front over the same connection, under the limits of all
queries. A guard, the parent of that process, waits for it and reports its exit code.

Started by :class:`~missiongraph.jobs.client.JobRunner` as ``python -m missiongraph.jobs.runner``:
it reads its configuration as one line of JSON from standard input, and ends when that is closed.
"""

from __future__ import annotations

import gc
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from missiongraph.errors import LimitExceeded, MissionGraphError
from missiongraph.isolation.messages import AnswerHead, Ended, RunQuery
from missiongraph.sparql.engine import Answer, Query
from missiongraph.system import daemon, framing, sandbox
from missiongraph.system.messages import Failure, Message, decode
from missiongraph.system.scratch import address

from .messages import BeginJob, ResultHead

JOBS = "jobs.sock"
HANDLERS = {
    "networks": "missiongraph.networks.operations.registry",
    "checking": "missiongraph.jobs.validate_upload",
}
"""The modules whose ``perform`` runs a task, by the ``handler`` that the task names."""

PIECE = 256 * 1024
"""Bytes per piece of a result."""

_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # a process that forks has one thread
    "POLARS_MAX_THREADS": "1",
    "_RJEM_MALLOC_CONF": "background_thread:false",  # else it never gives up when out of memory
}
_MODULES = (
    "networkx",
    "numba",
    "scipy.sparse.csgraph",
    "missiongraph.networks.operations.registry",
)
"""Modules that most jobs need and that start no thread; polars does, so each job imports it."""


def main() -> None:
    """Import the modules of jobs, report to the parent, and fork a guard for each job."""
    folder = Path(daemon.begin()["folder"])
    tempfile.tempdir = str(folder)
    os.environ.update(_ENVIRONMENT)
    for module in _MODULES:
        import_module(module)
    gc.collect()
    gc.freeze()  # so that forked processes do not copy what the collector would touch
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # guards are not waited for
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        (folder / JOBS).unlink(missing_ok=True)  # of a runner before this one
        with address(folder / JOBS) as place:
            listener.bind(place)
        listener.listen(128)
        daemon.say_ready()
        _serve(listener)
    shutil.rmtree(folder, ignore_errors=True)  # a killed front could not do it


def _serve(listener: socket.socket) -> None:
    """Fork a guard for each connection, until standard input is closed."""
    with selectors.DefaultSelector() as selector:
        for file in (listener, sys.stdin.buffer):
            selector.register(file, selectors.EVENT_READ)
        while sys.stdin.buffer not in {key.fileobj for key, _ in selector.select()}:
            connection, _ = listener.accept()
            with connection:
                if sandbox.fork() == 0:
                    listener.close()
                    selector.close()
                    _guard(connection)


def _guard(connection: socket.socket) -> NoReturn:
    """Fork the process of a job, and send its exit code to the front."""
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with tempfile.TemporaryDirectory() as place:  # removes the files of a job that is killed
            worker = sandbox.fork()
            if worker == 0:
                tempfile.tempdir = place
                _work(connection)
            _, status = os.waitpid(worker, 0)
        connection.sendall(Ended(os.waitstatus_to_exitcode(status)).encode())
    except ConnectionError:
        pass  # the front has closed the connection
    finally:
        os._exit(0)


def _work(connection: socket.socket) -> NoReturn:
    """Run the job of a connection, and end the process."""
    code = sandbox.FAULT
    try:
        sandbox.lower_priority(os.getpid())
        reader = framing.Reader(connection)
        with sandbox.PeerWatch().watch(connection):
            if job := decode(reader.next(), BeginJob):
                _answer(job, connection, reader)
        code = 0
    except ConnectionError:
        code = 0  # the front has closed the connection
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _answer(job: BeginJob, connection: socket.socket, reader: framing.Reader) -> None:
    """Run a job and send its result or its error."""
    import_module("polars").read_csv(b"a\n")  # starts its threads before the limits hold
    perform = performer(job.task)
    sandbox.limit_memory(job.megabytes)
    signal.setitimer(signal.ITIMER_REAL, job.seconds)
    head, body = _result(lambda: perform(Asking(connection, reader, job.fingerprint), job.task))
    signal.setitimer(signal.ITIMER_REAL, 0)
    connection.sendall(head.encode())
    for start in range(0, len(body), PIECE):
        connection.sendall(framing.piece(body[start : start + PIECE]))


def performer(task: Mapping[str, Any]) -> Callable[..., tuple[str, bytes]]:
    """The function that runs a task, by its ``handler``; without one, the task is on a network."""
    perform: Callable[..., tuple[str, bytes]] = import_module(
        HANDLERS[task.get("handler", "networks")]
    ).perform
    return perform


def _result(run: Callable[[], tuple[str, bytes]]) -> tuple[Message, bytes]:
    """The head and the body of a result; for an error, a ``Failure`` and no body."""
    try:
        media_type, body = run()
    except MemoryError:
        return Failure.because(LimitExceeded("network_megabytes", "")), b""
    except MissionGraphError as error:
        return Failure.because(error), b""
    return ResultHead(media_type), body


class Asking:
    """The engine of the front, for queries of a job; a part of the protocol ``Engine``."""

    def __init__(self, connection: socket.socket, reader: framing.Reader, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._connection, self._reader = connection, reader
        self._unread: Iterator[bytes] = iter(())

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Answer ``query``. If the engine fails, the front closes the connection."""
        for _ in self._unread:
            pass
        self._connection.sendall(RunQuery(query, solutions, triples).encode())
        if not (head := decode(self._reader.next(), AnswerHead)):
            raise ConnectionAbortedError
        self._unread = self._pieces()
        return Answer(head.media_type, head.form, self._unread, None, head.fingerprint)

    def _pieces(self) -> Iterator[bytes]:
        while isinstance(piece := self._reader.next(), bytes):
            yield piece
        if piece is None:
            raise ConnectionAbortedError


if __name__ == "__main__":
    main()

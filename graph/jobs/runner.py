"""The job runner: a process of one thread that forks one of its own for each job.

A job (:data:`HANDLERS`) comes over a local socket. The process that does
it works within limits of time and memory that the kernel keeps, on what others leave it of the
processor, and ends with whoever asked. What it needs of the graph it asks of the front, by the
same connection: it holds no store, and its queries keep to the limits of all queries. A guard has
forked it, waits for it and tells how it ended.

Started by :class:`~missiongraph.jobs.client.JobRunner` as ``python -m missiongraph.jobs.runner``:
the configuration comes as one line of JSON on standard input, whose end is the runner's end.
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
"""The modules whose ``perform`` does a task."""

PIECE = 256 * 1024
"""Bytes of a piece of what a job makes, as it goes to the front."""

_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # a process that forks has one thread
    "POLARS_MAX_THREADS": "1",
    "_RJEM_MALLOC_CONF": "background_thread:false",  # else out of memory it tries for ever
}
_MODULES = (
    "networkx",
    "numba",
    "scipy.sparse.csgraph",
    "missiongraph.networks.operations.registry",
)
"""What most jobs need and that starts no thread; polars does, so each job imports it."""


def main() -> None:
    """Import what jobs need, say so on standard output, and fork whoever does them."""
    folder = Path(daemon.begin()["folder"])
    tempfile.tempdir = str(folder)
    os.environ.update(_ENVIRONMENT)
    for module in _MODULES:
        import_module(module)
    gc.collect()
    gc.freeze()  # so that forked processes do not copy what the collector would touch
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a guard
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        (folder / JOBS).unlink(missing_ok=True)  # of a runner before this one
        with address(folder / JOBS) as place:
            listener.bind(place)
        listener.listen(128)
        daemon.say_ready()
        _serve(listener)
    shutil.rmtree(folder, ignore_errors=True)  # the front may have been killed


def _serve(listener: socket.socket) -> None:
    """Fork a guard for everyone who connects, until standard input ends."""
    with selectors.DefaultSelector() as selector:
        for file in (listener, sys.stdin.buffer):
            selector.register(file, selectors.EVENT_READ)
        while sys.stdin.buffer not in {key.fileobj for key, _ in selector.select()}:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    selector.close()
                    _guard(connection)


def _guard(connection: socket.socket) -> NoReturn:
    """Fork the process that works, and tell how it ended."""
    try:
        sandbox.end_with_parent()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with tempfile.TemporaryDirectory() as place:  # of a job that is killed nothing stays
            worker = os.fork()
            if worker == 0:
                tempfile.tempdir = place
                _work(connection)
            _, status = os.waitpid(worker, 0)
        connection.sendall(Ended(os.waitstatus_to_exitcode(status)).encode())
    except ConnectionError:
        pass  # the front has gone: nobody is waiting
    finally:
        os._exit(0)


def _work(connection: socket.socket) -> NoReturn:
    """Do one job."""
    code = sandbox.FAULT
    try:
        sandbox.end_with_parent()
        sandbox.lower_priority(os.getpid())
        reader = framing.Reader(connection)
        with sandbox.PeerWatch().watch(connection):
            if job := decode(reader.next(), BeginJob):
                _answer(job, connection, reader)
        code = 0
    except ConnectionError:
        code = 0  # the front has left
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _answer(job: BeginJob, connection: socket.socket, reader: framing.Reader) -> None:
    """Do a job and send what it makes, or what is wrong."""
    import_module("polars").read_csv(b"a\n")  # starts its threads, which are not the job's doing
    perform = performer(job.task)
    sandbox.limit_memory(job.megabytes)
    signal.setitimer(signal.ITIMER_REAL, job.seconds)
    head, body = _made(lambda: perform(Asking(connection, reader, job.fingerprint), job.task))
    signal.setitimer(signal.ITIMER_REAL, 0)
    connection.sendall(head.encode())
    for start in range(0, len(body), PIECE):
        connection.sendall(framing.piece(body[start : start + PIECE]))


def performer(task: Mapping[str, Any]) -> Callable[..., tuple[str, bytes]]:
    """What does a task: it names a ``handler``, or is about a network."""
    found: Callable[..., tuple[str, bytes]] = import_module(
        HANDLERS[task.get("handler", "networks")]
    ).perform
    return found


def _made(make: Callable[[], tuple[str, bytes]]) -> tuple[Message, bytes]:
    """What a job makes, after a message that says what it is, or what is wrong."""
    try:
        media_type, body = make()
    except MemoryError:
        return Failure.because(LimitExceeded("network_megabytes", "")), b""
    except MissionGraphError as error:
        return Failure.because(error), b""
    return ResultHead(media_type), body


class Asking:
    """The engine of the front, asked from a job; for ``run`` see its protocol."""

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
        """Answer ``query``. Where the engine fails, the front ends this process."""
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

"""A worker: a forked process that answers queries one at a time, held to limits by the kernel.

A worker inherits the store of its parent, copy on write, so it sees one state of the data as long
as it lives. While a query runs, the process can open no file and no socket. A query that takes too
long, needs too much memory or breaks the engine ends its own worker and no other; the supervisor
forks a new one.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import traceback
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from missiongraph.errors import (
    EngineFailed,
    LimitExceeded,
    MissionGraphError,
    NotAcceptable,
    QueryError,
)
from missiongraph.limits import MEGABYTE, Limits
from missiongraph.sparql.local import LocalEngine
from missiongraph.system import framing, sandbox
from missiongraph.system.messages import Failure, Message, decode

from .messages import AnswerHead, Done, Hello, RunQuery

QUERIES = 10_000
"""Queries after which a worker ends and a new one is forked."""

PIECE = 64 * 1024
"""Bytes per piece of a result."""

_RETAINED = 0.25  # of a query's memory limit, which a worker may retain: the engine reuses it
_STACK = 8 * MEGABYTE  # of the thread that runs queries; bounds how deep they may nest


def work(listener: socket.socket, engine: LocalEngine, limits: Limits) -> NoReturn:
    """Answer connections to ``listener`` until the worker retires; then end the process."""
    sandbox.limit_memory(limits.query_megabytes)
    _Worker(listener, engine, limits).run()
    os._exit(0)


class _Retired(Exception):
    """The supervisor has retired this worker while it was idle."""


class _Worker:
    def __init__(self, listener: socket.socket, engine: LocalEngine, limits: Limits) -> None:
        self._entrance, self._engine, self._limits = (
            sandbox.SharedListener(listener),
            engine,
            limits,
        )
        self._hangup = sandbox.PeerWatch()
        self._busy = self._retiring = False
        self._usual, self._niceness = sandbox.data_bytes(), sandbox.niceness()
        self._queries = 0
        signal.signal(signal.SIGTERM, self._retire)

    def run(self) -> None:
        """Answer in a thread; another takes over once its priority was lowered, in warm memory.

        The main thread only waits, so it handles SIGTERM at once.
        """
        threading.stack_size(_STACK)
        with suppress(_Retired):
            while not (self._retiring or self._is_worn()):
                thread = threading.Thread(target=self._serve)
                thread.start()
                signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))
                thread.join()
                signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))

    def _serve(self) -> None:
        """Answer one connection after the other."""
        try:
            while not (self._retiring or self._is_worn()):
                with self._entrance.accept() as connection:
                    self._busy = True
                    self._answer(connection)
                self._busy = False
                self._queries += 1
        except BaseException:
            traceback.print_exc()
            os._exit(sandbox.FAULT)

    def _is_worn(self) -> bool:
        """Whether there were many queries, memory has grown, or the thread has lost priority."""
        grown = sandbox.data_bytes() - self._usual
        most = self._limits.query_megabytes * MEGABYTE * _RETAINED
        slow = sandbox.niceness() > self._niceness
        return self._queries >= QUERIES or grown > most or slow

    def _retire(self, _number: int, _frame: FrameType | None) -> None:
        self._retiring = True
        if not self._busy:
            raise _Retired

    def _answer(self, connection: socket.socket) -> None:
        """Send a greeting, run the query, and end with a trailer: ``Done`` or a ``Failure``."""
        try:
            connection.sendall(Hello(os.getpid(), sandbox.thread_id()).encode())
            request = decode(framing.Reader(connection).next(), RunQuery)
            if not request:
                return
            fingerprint = self._engine.fingerprint
            output = _Output(connection, fingerprint, self._limits.result_megabytes)
            with sandbox.confined(request.seconds, request.cpu_seconds):
                with self._hangup.watch(connection):
                    trailer = self._run(request, output)
                output.end(trailer)
        except ConnectionError:
            return  # the front has closed the connection

    def _run(self, request: RunQuery, output: _Output) -> Message:
        try:
            self._engine.write(
                request.query,
                output,  # type: ignore[arg-type]  # has the methods of a file that are called
                solutions=request.solutions,
                triples=request.triples,
                begin=output.begin,
            )
        except ConnectionError:
            raise
        except MemoryError:
            return Failure.because(LimitExceeded("query_megabytes", ""))
        except (LimitExceeded, QueryError, NotAcceptable) as error:
            return Failure.because(error)
        except MissionGraphError as error:
            return Failure.because(QueryError(str(error)))
        except BaseException:  # a panic of the engine is not even an Exception
            traceback.print_exc()
            self._retiring = True
            return Failure.because(EngineFailed("the engine failed on this query"))
        return Done()


class _Output:
    """A writable file that sends its data in pieces, up to a limit."""

    def __init__(self, connection: socket.socket, fingerprint: str, megabytes: int) -> None:
        self._written = 0
        self._connection, self._fingerprint, self._megabytes = connection, fingerprint, megabytes
        self._head = b""
        self._buffer = bytearray()

    def begin(self, media_type: str, form: str) -> None:
        """Set the head of the answer, which is sent with the first piece."""
        self._head = AnswerHead(media_type, form, self._fingerprint).encode()

    def write(self, data: bytes) -> int:
        """Buffer ``data``, sending full pieces; raises :class:`LimitExceeded` past the limit."""
        self._buffer += data
        self._written += len(data)
        if self._written > self._megabytes * MEGABYTE:
            message = f"the result is larger than {self._megabytes} MB; add LIMIT or ask for less"
            raise LimitExceeded("result_megabytes", message)
        if len(self._buffer) >= PIECE:
            self._send(b"")
        return len(data)

    def flush(self) -> None:
        """Do nothing: pieces are sent when they are full."""

    def end(self, trailer: Message) -> None:
        """Send the rest of the buffer and the trailer."""
        self._send(trailer.encode())

    def _send(self, more: bytes) -> None:
        piece = framing.piece(self._buffer) if self._buffer else b""
        self._connection.sendall(self._head + piece + more)
        self._head = b""
        self._buffer.clear()

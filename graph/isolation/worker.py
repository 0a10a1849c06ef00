"""A worker: a forked process that answers queries one at a time, held to limits by the kernel.

It inherits the store as its parent had it, copy on write, so it sees one state of the data for
all its life. Nobody can reach a file or a socket from a query: while one runs, the process can
open none. A query that takes too long, takes too much memory or breaks the engine takes the
worker with it and nothing else; the supervisor starts another.
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
"""Queries after which a worker makes room for a fresh one."""

PIECE = 64 * 1024
"""Bytes of a piece of a result, as it goes to the front."""

_KEPT = 0.25  # of what one query may take, that a worker may keep; the engine uses it again
_STACK = 8 * MEGABYTE  # of the thread that answers: as deep as a query may nest


def work(listener: socket.socket, engine: LocalEngine, limits: Limits) -> NoReturn:
    """Answer whoever connects to ``listener`` until it is time to go; then end the process."""
    sandbox.end_with_parent()
    sandbox.limit_memory(limits.query_megabytes)
    _Worker(listener, engine, limits).run()
    os._exit(0)


class _Retired(Exception):
    """The supervisor wants this worker to go while it waits for work."""


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
        """Answer in a thread; one that gives way makes room for the next, and memory stays warm.

        SIGTERM reaches the main thread, which only waits and so hears it at once.
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
        """Take one connection after the other."""
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
        """Whether there were many queries, or one has left it large, or slow for good."""
        grown = sandbox.data_bytes() - self._usual
        most = self._limits.query_megabytes * MEGABYTE * _KEPT
        slow = sandbox.niceness() > self._niceness
        return self._queries >= QUERIES or grown > most or slow

    def _retire(self, _number: int, _frame: FrameType | None) -> None:
        self._retiring = True
        if not self._busy:
            raise _Retired

    def _answer(self, connection: socket.socket) -> None:
        """Say who answers, run the query and close with a trailer, which says how it went."""
        try:
            connection.sendall(Hello(os.getpid(), sandbox.thread_id()).encode())
            asked = decode(framing.Reader(connection).next(), RunQuery)
            if not asked:
                return
            fingerprint = self._engine.fingerprint
            output = _Output(connection, fingerprint, self._limits.result_megabytes)
            with sandbox.confined(asked.seconds, asked.cpu_seconds):
                with self._hangup.watch(connection):
                    trailer = self._run(asked, output)
                output.end(trailer)
        except ConnectionError:
            return  # the front has gone: nobody is waiting

    def _run(self, asked: RunQuery, output: _Output) -> Message:
        try:
            self._engine.write(
                asked.query,
                output,  # type: ignore[arg-type]  # all that is needed of a file
                solutions=asked.solutions,
                triples=asked.triples,
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
    """A file that sends what is written to it in pieces, up to a limit."""

    def __init__(self, connection: socket.socket, fingerprint: str, megabytes: int) -> None:
        self._written = 0
        self._connection, self._fingerprint, self._megabytes = connection, fingerprint, megabytes
        self._head = b""
        self._waiting = bytearray()

    def begin(self, media_type: str, form: str) -> None:
        """Note what kind of answer comes; it leaves with the first piece."""
        self._head = AnswerHead(media_type, form, self._fingerprint).encode()

    def write(self, data: bytes) -> int:
        """Take ``data``; raises :class:`LimitExceeded` past the limit."""
        self._waiting += data
        self._written += len(data)
        if self._written > self._megabytes * MEGABYTE:
            message = f"the result is larger than {self._megabytes} MB; add LIMIT or ask for less"
            raise LimitExceeded("result_megabytes", message)
        if len(self._waiting) >= PIECE:
            self._send(b"")
        return len(data)

    def flush(self) -> None:
        """Pieces are sent when they are full."""

    def end(self, trailer: Message) -> None:
        """Send what waits, and how it went."""
        self._send(trailer.encode())

    def _send(self, more: bytes) -> None:
        piece = framing.piece(self._waiting) if self._waiting else b""
        self._connection.sendall(self._head + piece + more)
        self._head = b""
        self._waiting.clear()

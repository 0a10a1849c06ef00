"""One job on its way to the runner and back, and why it failed if it does.

While a job is done, its queries come back here and are passed on to the engine, whose answers
go through in pieces: this process, which has others to serve, neither holds nor reads them.
"""

from __future__ import annotations

import io
import select
import signal
import socket
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO

from missiongraph.errors import ClientGone, EngineFailed, LimitExceeded, MissionGraphError
from missiongraph.isolation.admission import asking
from missiongraph.isolation.messages import AnswerHead, Done, Ended, RunQuery
from missiongraph.limits import MEGABYTE
from missiongraph.sparql.engine import Engine
from missiongraph.system import framing, sandbox
from missiongraph.system.daemon import Daemon
from missiongraph.system.messages import Failure, decode

from .messages import BeginJob, ResultHead
from .runner import JOBS, performer

_GRACE = 2.0  # seconds after which a process that the kernel did not end is given up
_JOB = "a job"  # as whom jobs ask: queries of others leave them a slot
_LOOK = 0.2  # seconds between two looks whether anybody still wants the job
_TRIES = 3  # to read all of a network from one state of the data


@dataclass(frozen=True)
class Job:
    """What is to be done, see :data:`~missiongraph.jobs.runner.HANDLERS`, and its limits."""

    task: Mapping[str, Any]
    seconds: int
    megabytes: int
    result_megabytes: int = 1024


@dataclass(frozen=True)
class JobResult:
    """What a job made, and the state of the data it is of; no fingerprint if that has no name.

    ``body`` is empty where the caller had the bytes written to a file.
    """

    media_type: str
    body: bytes
    fingerprint: str = ""


class JobRunner:
    """The job runner as the front has it. It starts with the first job; threads may share it.

    Where processes cannot fork, jobs are done in this one, without limits of time and memory.
    """

    _program = ("-m", "missiongraph.jobs.runner")

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._daemon: Daemon | None = None

    def run(
        self,
        engine: Engine,
        job: Job,
        into: BinaryIO | None = None,
        gone: Callable[[], bool] | None = None,
    ) -> JobResult:
        """Do a job and wait for it; what it makes is written ``into`` a file, if one is given.

        Raises what the engine raises for its queries; :class:`LimitExceeded` naming
        ``network_seconds``, ``network_megabytes`` or ``result_megabytes``, or a limit of the
        task; the error of a task that cannot be done; :class:`ClientGone`, and the job ends, when
        ``gone`` says that nobody wants it; and :class:`EngineFailed` if it broke off.
        """
        made = io.BytesIO() if into is None else into
        with asking(_JOB, job.seconds):
            for _ in range(_TRIES):
                made.seek(0)
                made.truncate()
                media_type, state = self._run(engine, job, made, gone)
                if state:
                    break
        return JobResult(
            media_type, made.getvalue() if isinstance(made, io.BytesIO) else b"", state
        )

    def close(self) -> None:
        """End the runner and all its jobs."""
        with self._starting:
            if self._daemon:
                self._daemon.close()

    def _run(
        self, engine: Engine, job: Job, into: BinaryIO, gone: Callable[[], bool] | None
    ) -> tuple[str, str]:
        """The media type of what is made, and the state of the data."""
        relay = _Relay(engine, job, gone)
        if not sandbox.holds()["isolation"]:
            media_type, body = performer(job.task)(engine, job.task)
            into.write(body)
            return media_type, relay.state
        with self._connect() as connection:
            media_type = relay.run(connection, into)
        return media_type, relay.state

    def _connect(self) -> socket.socket:
        with self._starting:
            if not self._daemon:
                try:
                    self._daemon = Daemon(self._program, {})
                except OSError as error:
                    raise EngineFailed(f"the job runner did not start: {error.strerror}") from error
                weakref.finalize(self, self._daemon.close)
        return self._daemon.connect(JOBS)


class _Relay:
    """Passes the queries of one job on to the engine, and notes which states it saw."""

    def __init__(self, engine: Engine, job: Job, gone: Callable[[], bool] | None) -> None:
        self._engine, self._job, self._gone = engine, job, gone
        self._states = {engine.fingerprint}

    @property
    def state(self) -> str:
        """The state of the data that all answers are of, if it is one."""
        return next(iter(self._states)) if len(self._states) == 1 else ""

    def run(self, connection: socket.socket, into: BinaryIO) -> str:
        """The media type of what the job makes, whose bytes are written ``into`` a file."""
        job = self._job
        connection.settimeout(job.seconds + _GRACE)
        reader = framing.Reader(connection, self._watch(connection))
        try:
            begin = BeginJob(job.task, self.state, job.seconds, job.megabytes)
            connection.sendall(begin.encode())
            while asked := decode(told := reader.next(), RunQuery):
                self._pass(connection, asked)
        except TimeoutError:
            raise _exceeded("network_seconds", job) from None
        except ConnectionError:
            told = reader.next()  # the process has gone, and may have said why
        if not (head := decode(told, ResultHead)):
            raise _failure(told, job)
        left = job.result_megabytes * MEGABYTE
        while isinstance(piece := reader.next(), bytes):
            left -= len(piece)
            if left < 0:
                raise _exceeded("result_megabytes", job)
            into.write(piece)
        if decode(piece, Ended) != Ended(0):
            raise _failure(piece, job)
        return head.media_type

    def _watch(self, connection: socket.socket) -> Callable[[], None]:
        """What waits for something to read, and looks now and then whether anybody wants it."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)

        def wait() -> None:
            until = time.monotonic() + self._job.seconds + _GRACE
            while not poll.poll(_LOOK * 1000):
                if self._gone and self._gone():
                    raise ClientGone("nobody waits for the job any more")
                if time.monotonic() > until:
                    raise TimeoutError

        return wait

    def _pass(self, connection: socket.socket, asked: RunQuery) -> None:
        answer = self._engine.run(
            asked.query, solutions=asked.solutions, triples=asked.triples, gone=self._gone
        )
        with closing(answer):
            self._states.add(answer.fingerprint)
            head = AnswerHead(answer.media_type, answer.form, answer.fingerprint)
            connection.sendall(head.encode())
            for piece in answer.chunks:
                connection.sendall(framing.piece(piece))
            connection.sendall(Done().encode())


def _failure(told: framing.Frame | None, job: Job) -> MissionGraphError:
    """What a bad end means: a message of the job, or of its guard about how it ended."""
    if failure := decode(told, Failure):
        if isinstance(error := failure.error, LimitExceeded):
            return _exceeded(error.limit, job, str(error))
        return error
    ended = decode(told, Ended)
    if ended == Ended(-signal.SIGALRM):
        return _exceeded("network_seconds", job)
    if ended == Ended(-signal.SIGABRT):
        return _exceeded("network_megabytes", job)
    return EngineFailed("the job was broken off; try again")


def _exceeded(limit: str, job: Job, message: str = "") -> LimitExceeded:
    if limit == "network_seconds":
        message = (
            f"the job took longer than {job.seconds} s and was stopped; ask for less: a day, a "
            "layer, a backbone, or a measure that samples"
        )
    elif limit == "network_megabytes":
        message = (
            f"the job needed more than {job.megabytes} MB of memory and was stopped; ask for "
            "less: a day, a layer or a backbone"
        )
    elif limit == "result_megabytes":
        message = (
            f"the answer is larger than {job.result_megabytes} MB; ask for less: a day, a layer "
            "or a backbone"
        )
    return LimitExceeded(limit, message)

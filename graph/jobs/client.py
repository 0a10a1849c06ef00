"""Sends jobs to the job runner, answers their queries, and finds out why a job failed.

While a job runs, its queries are passed on to the engine, and the answers to the job piece by
piece: this process, which serves other requests, neither stores nor parses them.
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

_GRACE = 2.0  # seconds past the limit until a process that the kernel did not end is abandoned
_JOB = "a job"  # the client name of all jobs, which may not take the last slot
_LOOK = 0.2  # seconds between two checks whether the job is still wanted
_TRIES = 3  # runs of a job until all its queries see one state of the data


@dataclass(frozen=True)
class Job:
    """A task for one of the :data:`~missiongraph.jobs.runner.HANDLERS`, and its limits."""

    task: Mapping[str, Any]
    seconds: int
    megabytes: int
    result_megabytes: int = 1024


@dataclass(frozen=True)
class JobResult:
    """The result of a job and the state of the data that it is of; empty if there is no one state.

    ``body`` is empty if the bytes were written to a file of the caller.
    """

    media_type: str
    body: bytes
    fingerprint: str = ""


class JobRunner:
    """The job runner, started with the first job. Threads may share it.

    On systems without ``fork``, jobs run in this process, without limits of time and memory.
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
        """Run a job and wait for its result, which is written to the file ``into``, if given.

        Raises what the engine raises for its queries; :class:`LimitExceeded` with the name
        ``network_seconds``, ``network_megabytes`` or ``result_megabytes``, or of a limit of the
        task; the error of a task that fails; :class:`ClientGone`, and the job ends, when
        ``gone()`` is true; and :class:`EngineFailed` if the job ended without a result.
        """
        output = io.BytesIO() if into is None else into
        with asking(_JOB, job.seconds):
            for _ in range(_TRIES):
                output.seek(0)
                output.truncate()
                media_type, state = self._run(engine, job, output, gone)
                if state:
                    break
        return JobResult(
            media_type, output.getvalue() if isinstance(output, io.BytesIO) else b"", state
        )

    def close(self) -> None:
        """End the runner and all its jobs."""
        with self._starting:
            if self._daemon:
                self._daemon.close()

    def _run(
        self, engine: Engine, job: Job, into: BinaryIO, gone: Callable[[], bool] | None
    ) -> tuple[str, str]:
        """Run a job once; returns the media type and the state of the data."""
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
    """Passes the queries of a job on to the engine, and records the states of the answers."""

    def __init__(self, engine: Engine, job: Job, gone: Callable[[], bool] | None) -> None:
        self._engine, self._job, self._gone = engine, job, gone
        self._states = {engine.fingerprint}

    @property
    def state(self) -> str:
        """The state of the data that all answers are of; empty if there were several."""
        return next(iter(self._states)) if len(self._states) == 1 else ""

    def run(self, connection: socket.socket, into: BinaryIO) -> str:
        """Run the job, and write its result ``into`` a file; returns the media type."""
        job = self._job
        connection.settimeout(job.seconds + _GRACE)
        reader = framing.Reader(connection, self._watch(connection))
        try:
            begin = BeginJob(job.task, self.state, job.seconds, job.megabytes)
            connection.sendall(begin.encode())
            while request := decode(frame := reader.next(), RunQuery):
                self._pass(connection, request)
        except TimeoutError:
            raise _exceeded("network_seconds", job) from None
        except ConnectionError:
            frame = reader.next()  # the process has ended, and may have sent the reason
        if not (head := decode(frame, ResultHead)):
            raise _failure(frame, job)
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
        """A function that waits for data, and checks whether the job is still wanted."""
        poll = select.poll()
        poll.register(connection, select.POLLIN)

        def wait() -> None:
            until = time.monotonic() + self._job.seconds + _GRACE
            while not poll.poll(_LOOK * 1000):
                if self._gone and self._gone():
                    raise ClientGone("the client no longer waits for the job")
                if time.monotonic() > until:
                    raise TimeoutError

        return wait

    def _pass(self, connection: socket.socket, request: RunQuery) -> None:
        answer = self._engine.run(
            request.query, solutions=request.solutions, triples=request.triples, gone=self._gone
        )
        with closing(answer):
            self._states.add(answer.fingerprint)
            head = AnswerHead(answer.media_type, answer.form, answer.fingerprint)
            connection.sendall(head.encode())
            for piece in answer.chunks:
                connection.sendall(framing.piece(piece))
            connection.sendall(Done().encode())


def _failure(frame: framing.Frame | None, job: Job) -> MissionGraphError:
    """The error of a failed job: sent by the job itself, or by its exit code from the guard."""
    if failure := decode(frame, Failure):
        if isinstance(error := failure.error, LimitExceeded):
            return _exceeded(error.limit, job, str(error))
        return error
    ended = decode(frame, Ended)
    if ended == Ended(-signal.SIGALRM):
        return _exceeded("network_seconds", job)
    if ended == Ended(-signal.SIGABRT):
        return _exceeded("network_megabytes", job)
    return EngineFailed("the job was interrupted; try again")


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

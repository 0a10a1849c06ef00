"""An errand: one job on its way to the workshop and back, and why it failed if it does.

While a job is done, its queries come back here and are passed on to the engine, whose answers
go through in pieces: this process, which has others to serve, neither holds nor reads them.
"""

from __future__ import annotations

import signal
import socket
import threading
import weakref
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from . import errors, kernel, wire
from .engine import Engine, Query
from .errors import EngineFailed, LimitExceeded, MissionGraphError
from .keeping import Keeping
from .workshop import JOBS, performer

_GRACE = 2.0  # seconds after which a process that the kernel did not end is given up
_TRIES = 3  # to read all of a network from one state of the data


@dataclass(frozen=True)
class Job:
    """What is to be done, see :func:`missiongraph.networks.operations.perform`, and its limits."""

    task: Mapping[str, Any]
    seconds: int
    megabytes: int


@dataclass(frozen=True)
class Made:
    """What a job made, and the state of the data it is of; no fingerprint if that has no name."""

    media_type: str
    body: bytes
    fingerprint: str = ""


class Workshop:
    """The workshop as the front has it. It starts with the first job; threads may share it.

    Where processes cannot fork, jobs are done in this one, without limits of time and memory.
    """

    _program = ("-m", "missiongraph.workshop")

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._keeping: Keeping | None = None

    def run(self, engine: Engine, job: Job) -> Made:
        """Do a job and wait for it.

        Raises what the engine raises for its queries; :class:`LimitExceeded` naming
        ``network_seconds`` or ``network_megabytes``, or a limit of the task; the error of a task
        that cannot be done; and :class:`EngineFailed` if it broke off.
        """
        for _ in range(_TRIES):
            made = self._run(engine, job)
            if made.fingerprint:
                break
        return made

    def close(self) -> None:
        """End the workshop and all its jobs."""
        with self._starting:
            if self._keeping:
                self._keeping.close()

    def _run(self, engine: Engine, job: Job) -> Made:
        relay = _Relay(engine)
        if not kernel.holds()["isolation"]:
            return Made(*performer(job.task)(engine, job.task), relay.state)
        with self._connect() as connection:
            connection.settimeout(job.seconds + _GRACE)
            made = relay.run(connection, job)
        return Made(*made, relay.state)

    def _connect(self) -> socket.socket:
        with self._starting:
            if not self._keeping:
                try:
                    self._keeping = Keeping(self._program, {})
                except OSError as error:
                    raise EngineFailed(f"the workshop did not start: {error.strerror}") from error
                weakref.finalize(self, self._keeping.close)
        return self._keeping.connect(JOBS)


class _Relay:
    """Passes the queries of one job on to the engine, and notes which states it saw."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._states = {engine.fingerprint}

    @property
    def state(self) -> str:
        """The state of the data that all answers are of, if it is one."""
        return next(iter(self._states)) if len(self._states) == 1 else ""

    def run(self, connection: socket.socket, job: Job) -> tuple[str, bytes]:
        """The media type and the bytes of what the job makes."""
        reader = wire.Reader(connection)
        limits = {"seconds": job.seconds, "megabytes": job.megabytes}
        told: dict[str, Any] | bytes | None
        try:
            begin = {"task": dict(job.task), "fingerprint": self.state, **limits}
            connection.sendall(wire.message(begin))
            while isinstance(told := reader.next(), dict) and "ask" in told:
                self._pass(connection, **told["ask"])
        except TimeoutError:
            raise _exceeded("network_seconds", job) from None
        except ConnectionError:
            told = reader.next()  # the process has gone, and may have said why
        if not (isinstance(told, dict) and "media_type" in told):
            raise _failure(told, job)
        pieces = []
        while isinstance(piece := reader.next(), bytes):
            pieces.append(piece)
        if not (isinstance(piece, dict) and piece.get("ended") == 0):
            raise _failure(piece, job)
        return told["media_type"], b"".join(pieces)

    def _pass(
        self,
        connection: socket.socket,
        query: dict[str, Any],
        solutions: str | None,
        triples: str | None,
    ) -> None:
        answer = self._engine.run(Query(**query), solutions=solutions, triples=triples)
        with closing(answer):
            self._states.add(answer.fingerprint)
            head = {name: getattr(answer, name) for name in ("media_type", "form", "fingerprint")}
            connection.sendall(wire.message(head))
            for piece in answer.chunks:
                connection.sendall(wire.piece(piece))
            connection.sendall(wire.message({"whole": True}))


def _failure(told: dict[str, Any] | bytes | None, job: Job) -> MissionGraphError:
    """What a bad end means: a message of the job, or of its guard about how it ended."""
    if not isinstance(told, dict):
        return EngineFailed("the job was broken off; try again")
    if "limit" in told:
        return _exceeded(told["limit"], job, told["message"])
    if "error" in told:
        kind: type[MissionGraphError] = getattr(errors, told["error"])
        return kind(told["message"])
    if told.get("ended") == -signal.SIGALRM:
        return _exceeded("network_seconds", job)
    if told.get("ended") == -signal.SIGABRT:
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
    return LimitExceeded(limit, message)

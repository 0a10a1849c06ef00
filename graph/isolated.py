"""An engine whose queries run in processes of their own, within limits that the kernel keeps.

Queries go over local sockets to the workers of a keeper (:mod:`missiongraph.keeper`). An answer
is held back until it is complete or 256 KiB long, so that nearly every failure is an error and
not half an answer; what fails later ends the stream with an error, never quietly.
"""

from __future__ import annotations

import select
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from . import kernel, wire
from .admission import Admission
from .api import MissionGraph, open
from .build import build
from .change import Write
from .engine import Answer, Query
from .errors import (
    ClientGone,
    EngineFailed,
    LimitExceeded,
    MissionGraphError,
    NoSuchGraph,
    NotAcceptable,
    QueryError,
    Refused,
    Unsupported,
    UnsupportedFormat,
    UpdateError,
    ValidationFailed,
)
from .federation import Federation
from .guard import Client
from .keeper import ANY, CONTROL, SMALL
from .keeping import Keeping
from .limits import Limits

HOLD = 256 * 1024
"""Bytes of an answer that are held back until it is sure to be whole."""

_LOOK = 0.1  # seconds between two looks whether the asker is still there
_GRACE = 1.0  # seconds after which a worker that the kernel did not end is given up
_START_SECONDS = 600
_STATE_SECONDS = 2.0
_TRIES = 50


class IsolatedEngine:
    """Oxigraph in forked processes that hold a graph in memory. POSIX only.

    The graph is that of ``paths``, RDF files, whose state ``fingerprint`` names, by default the
    hash of the files; or that of a
    ``directory`` (:mod:`missiongraph.directory`), and then it takes writes, which have to keep
    to our shapes if ``shapes`` says so. Queries may ask the ``services`` listed, and no other.
    """

    _program = ("-m", "missiongraph.keeper")

    def __init__(
        self,
        paths: Sequence[Path] = (),
        fingerprint: str = "",
        limits: Limits | None = None,
        *,
        directory: Path | None = None,
        shapes: bool = True,
        services: Client | None = None,
    ) -> None:
        limits = limits or Limits()
        self.limits = limits
        self.admission = Admission(limits)
        self._federation = Federation(services, limits) if services else None
        self._writers = Admission(replace(limits, concurrent_queries=1, small_queries=0))
        self._config = {
            "paths": [str(path) for path in paths],
            "fingerprint": fingerprint,
            "directory": str(directory) if directory else "",
            "shapes": shapes,
            "limits": {field.name: getattr(limits, field.name) for field in fields(Limits)},
        }
        self._keeping = Keeping(self._program, self._config)
        self._retired: list[Keeping] = []
        self._reloading, self._swapping = threading.Lock(), threading.Lock()
        self._closed = False

    @property
    def fingerprint(self) -> str:
        """Names the state of the data that new queries see."""
        with self._entered() as keeping:
            return keeping.fingerprint

    @property
    def writable(self) -> bool:
        """Whether the graph takes writes."""
        return bool(self._config["directory"])

    @property
    def federates(self) -> bool:
        """Whether queries may ask other services (SPARQL 1.1 Federated Query)."""
        return self._federation is not None

    def state(self) -> dict[str, Any]:
        """Of the keeper: fingerprint, generation, workers, quads, merged.

        Raises :class:`EngineFailed` if it does not answer soon.
        """
        try:
            with self._entered() as keeping:
                return keeping.ask({"ask": "state"}, _STATE_SECONDS)
        except TimeoutError as error:
            raise EngineFailed("the store does not answer") from error

    def close(self) -> None:
        """End the keeper and its workers."""
        if self._federation:
            self._federation.close()
        with self._swapping:
            self._closed = True
            for keeping in (self._keeping, *self._retired):
                keeping.close()

    def reload(self, paths: Sequence[Path] = ()) -> str:
        """Answer from ``paths`` as they are now, or else from the same files; the fingerprint.

        Another keeper loads them, which takes its time and memory; then new queries go there,
        and the old keeper ends when its last query has. Raises :class:`MissionGraphError` for
        what cannot be read, and nothing has changed then.
        """
        if self.writable:
            raise MissionGraphError("a graph that takes writes is not loaded anew")
        with self._reloading:
            read = [str(path) for path in paths] or self._config["paths"]
            config = self._config | {"paths": read, "fingerprint": ""}
            self._swap(Keeping(self._program, config))
            self._config = config
            return self.fingerprint

    def _swap(self, fresh: Keeping) -> None:
        """Let ``fresh`` serve all who come from now on."""
        with self._swapping:
            if self._closed:
                fresh.close()
                raise EngineFailed("the store has ended")
            old, self._keeping = self._keeping, fresh
            self._retired = [old, *(keeping for keeping in self._retired if not keeping.closed)]
        old.retire()

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Answer ``query``; see :class:`~missiongraph.engine.Engine`.

        Raises :class:`LimitExceeded` naming the limit, :class:`Busy` when no slot comes free,
        :class:`ClientGone` when ``gone`` says so. An answer with those of other services in it
        has no fingerprint: their data may change at any time.
        """
        if self._federation and (whole := self._federation.resolve(query, gone)) is not query:
            return replace(self._run(whole, solutions, triples, gone), fingerprint="")
        return self._run(query, solutions, triples, gone)

    def _run(
        self,
        query: Query,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None,
    ) -> Answer:
        asked = {
            "query": {
                "text": query.text,
                "default_graphs": [*query.default_graphs],
                "named_graphs": [*query.named_graphs],
                "parameters": dict(query.parameters),
                "base": query.base,
            },
            "solutions": solutions,
            "triples": triples,
        }
        key = (query.text, *query.default_graphs, "|", *query.named_graphs)
        while True:
            small = self.admission.enter(key, gone)
            call = _Call(self, small, gone)
            try:
                return call.answer(asked)
            except _NotSmall:
                self.admission.remember_long(key)

    def write(self, write: Write, gone: Callable[[], bool] | None = None) -> Written:
        """Carry out a write, or none of it; every query after this sees it.

        Writes take turns. Raises :class:`QueryError`, :class:`NoSuchGraph`,
        :class:`UnsupportedFormat`, :class:`ValidationFailed` with a :class:`Written` as its
        report, :class:`LimitExceeded` naming the limit, :class:`Busy` if its turn does not come,
        :class:`ClientGone` if ``gone`` says so before, :class:`EngineFailed` if it cannot be kept.
        """
        with (
            self._writers.slot("write", gone),
            self._entered() as keeping,
            keeping.connect(CONTROL) as connection,
        ):
            told, *pieces = _exchange(connection, write)
        assert isinstance(told, dict)
        return _written(told, *(piece for piece in pieces if isinstance(piece, bytes)))

    # --- the keeper

    def enter(self) -> Keeping:
        """The keeper of the newest state; whoever has it leaves it when it is not needed."""
        while not (keeping := self._keeping).enter():
            pass  # another has just taken its place
        return keeping

    @contextmanager
    def _entered(self) -> Iterator[Keeping]:
        keeping = self.enter()
        try:
            yield keeping
        finally:
            keeping.leave()


@contextmanager
def isolated(
    data: Path | None,
    limits: Limits,
    *,
    directory: Path | None = None,
    shapes: bool = True,
    services: Sequence[str] = (),
) -> Iterator[MissionGraph]:
    """The curated graph, or an RDF file, with its queries in processes of their own.

    Where the system has no ``fork`` they run in this process, without limits and without
    ``services``, the addresses of the SPARQL services that queries may ask; then no
    ``directory`` can be written to, which raises :class:`MissionGraphError`.
    """
    if not kernel.holds()["isolation"]:
        if directory:
            raise MissionGraphError("a graph takes writes only where processes can fork: POSIX")
        yield open(data)
        return
    engine = IsolatedEngine(
        [] if directory else [data or build().path],
        limits=limits,
        directory=directory,
        shapes=shapes,
        services=Client(services, limits) if services else None,
    )
    try:
        yield MissionGraph(engine=engine)
    finally:
        engine.close()


@dataclass(frozen=True)
class Written:
    """What a write did, and what the shapes say of it: a report as JSON and as N-Triples."""

    added: int = 0
    removed: int = 0
    existed: bool = False
    validation_seconds: float = 0.0
    fingerprint: str = ""
    report_json: bytes = b""
    report_triples: bytes = b""


_ERRORS = {
    error.__name__: error
    for error in (
        QueryError,
        Refused,
        Unsupported,
        UpdateError,
        NoSuchGraph,
        UnsupportedFormat,
        EngineFailed,
    )
} | {"NotAcceptable": NotAcceptable}


def _exchange(connection: socket.socket, write: Write) -> list[dict[str, Any] | bytes]:
    """Ask the keeper for a write; what it tells, and the pieces of a report, if there are any."""
    asked = {field.name: getattr(write, field.name) for field in fields(Write)}
    del asked["body"]
    reader = wire.Reader(connection)
    with suppress(ConnectionError):
        connection.sendall(wire.message({"ask": "write", "write": asked}))
        connection.sendall(wire.piece(write.body))
        told = reader.next()
        if isinstance(told, dict):
            pieces = [reader.next() for _ in range(told.pop("reports", 0))]
            return [told, *(piece for piece in pieces if piece is not None)]
    raise EngineFailed("the store broke off; whether the write was kept is not known")


def _written(
    told: dict[str, Any], report_json: bytes = b"", report_triples: bytes = b""
) -> Written:
    """What the committer tells, or the error that it means."""
    if "limit" in told:
        raise LimitExceeded(told["limit"], "the write took more than it may; write less at a time")
    if told.get("error") == "ValidationFailed":
        report = Written(report_json=report_json, report_triples=report_triples)
        raise ValidationFailed(told["message"], report)
    if "error" in told:
        raise _ERRORS.get(told["error"], EngineFailed)(told["message"])
    return Written(**told, report_json=report_json, report_triples=report_triples)


class _Stream:
    """The pieces of an answer as they come; closed, also unread, it lets go of the worker."""

    def __init__(self, call: _Call, held: list[bytes]) -> None:
        self._call, self._held = call, deque(held)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._held:
            return self._held.popleft()
        try:
            piece = self._call.rest()
        except BaseException:
            self.close()
            raise
        if piece is None:
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Let go of the worker and of the slot."""
        self._call.end()


class _NotSmall(Exception):
    """A query that was tried as a small one is not."""


class _Call:
    """One query on its way: a slot, a connection, and what comes back."""

    def __init__(
        self, engine: IsolatedEngine, small: bool, gone: Callable[[], bool] | None
    ) -> None:
        self._engine, self._small, self._gone = engine, small, gone
        self._keeping = engine.enter()
        self._limits = engine.limits
        self._seconds: float = self._limits.query_seconds
        if small:
            self._seconds = min(self._seconds, self._limits.small_milliseconds / 1000)
        self._connection: socket.socket | None = None
        self._reader: wire.Reader
        self._poll: select.poll
        self._until = self._long_from = 0.0
        self._pid = 0
        self._long = False
        self._ended = False
        self._left = threading.Lock()
        self._timer: threading.Timer | None = None

    def answer(self, asked: dict[str, Any]) -> Answer:
        """The answer, whole or begun; whatever comes of it, the slot is given back."""
        streaming = False
        try:
            hello = self._begin(asked | {"seconds": self._seconds})
            head = self._reader.next()
            if not isinstance(head, dict) or "media_type" not in head:
                raise self._failure(head)
            held, whole = self._hold()
            kind = head["media_type"], head["form"]
            if whole:
                return Answer(*kind, iter(held), sum(map(len, held)), hello["fingerprint"])
            streaming = True
            self._leave_in_time()
            return Answer(*kind, _Stream(self, held), None, hello["fingerprint"])
        finally:
            if not streaming:
                self.end()

    def end(self) -> None:
        """Let go of the worker, which ends if it still works, and of the slot."""
        if not self._ended:
            self._ended = True
            if self._timer:
                self._timer.cancel()
            if self._connection:
                self._connection.close()
            self._leave()

    def rest(self) -> bytes | None:
        """The next piece of a stream, ``None`` at its good end; raises at any other."""
        if isinstance(piece := self._reader.next(), bytes):
            return piece
        self._check(piece)
        return None

    def _leave_in_time(self) -> None:
        """Give the slot back when the worker's time is over, however slowly a client reads."""
        self._timer = threading.Timer(self._until - time.monotonic(), self._leave)
        self._timer.daemon = True
        self._timer.start()

    def _leave(self) -> None:
        if self._left.acquire(blocking=False):
            self._engine.admission.leave(self._small)
            self._keeping.leave()

    def _begin(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Find a worker. One that retires as we come says nothing: then we ask another."""
        for _ in range(_TRIES):
            self._connection = self._keeping.connect(SMALL if self._small else ANY)
            now = time.monotonic()
            self._until = now + self._seconds + _GRACE
            self._long_from = now + self._limits.small_milliseconds / 1000
            try:
                self._connection.sendall(wire.message(asked))
            except ConnectionError:
                self._connection.close()
                continue
            self._hello = time.monotonic() + _GRACE
            self._poll = select.poll()
            self._poll.register(self._connection, select.POLLIN)
            self._reader = wire.Reader(self._connection, self._wait)
            if isinstance(hello := self._reader.next(), dict):
                self._pid = hello["pid"]
                return hello
            self._connection.close()
        raise EngineFailed("no worker answers")

    def _hold(self) -> tuple[list[bytes], bool]:
        """What comes until the trailer, and whether that is all, or only all that is held."""
        held: list[bytes] = []
        size = 0
        while size <= HOLD:
            piece = self._reader.next()
            if not isinstance(piece, bytes):
                self._check(piece)
                return held, True
            held.append(piece)
            size += len(piece)
        if self._small:
            raise _NotSmall
        return held, False

    def _check(self, trailer: dict[str, Any] | None) -> None:
        """Raise what a trailer, or the lack of one, means, unless all went well."""
        if trailer is None or "done" not in trailer:
            raise self._failure(trailer)

    def _wait(self) -> None:
        """Wait for something to read; look now and then whether the asker is still there."""
        while True:
            if self._pid and not self._long and time.monotonic() > self._long_from:
                self._long = True
                kernel.give_way(self._pid)
            if self._poll.poll(_LOOK * 1000):
                return
            if self._gone and self._gone():
                raise ClientGone("the client left before the answer was ready")
            if not self._pid and time.monotonic() > self._hello:
                raise ConnectionAbortedError
            if time.monotonic() > self._until:
                raise self._death()

    def _failure(self, trailer: dict[str, Any] | bytes | None) -> Exception:
        """What a trailer, or the lack of one, means."""
        if not isinstance(trailer, dict):
            return self._death()
        if "limit" in trailer:
            return self._exceeded(trailer["limit"], trailer["message"])
        return _ERRORS[trailer["error"]](trailer["message"])

    def _death(self) -> Exception:
        """Why a worker died: the kernel's signal tells."""
        try:
            code = self._keeping.ask({"ask": "end", "pid": self._pid})["code"]
        except EngineFailed:
            code = None
        if code == -signal.SIGALRM or (code is None and time.monotonic() > self._until):
            return self._exceeded("query_seconds")
        if code == -signal.SIGABRT:
            return self._exceeded("query_megabytes")
        if code == -signal.SIGSEGV:
            return QueryError("the query nests deeper than the engine can follow; simplify it")
        return EngineFailed("the query was broken off; try again")

    def _exceeded(self, limit: str, message: str = "") -> Exception:
        limits = self._limits
        if limit == "query_seconds":
            if self._small and limits.query_seconds > self._seconds:
                return _NotSmall()
            message = (
                f"the query took longer than {limits.query_seconds} s and was stopped; ask for "
                "less: add LIMIT, start from fewer things, or drop OPTIONAL and property paths"
            )
        elif limit == "query_megabytes":
            message = (
                f"the query needed more than {limits.query_megabytes} MB of memory and was "
                "stopped; add LIMIT, or group and order fewer rows"
            )
        return LimitExceeded(limit, message)

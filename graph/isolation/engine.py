"""Runs queries and writes in other processes, within limits that the kernel enforces.

Queries go over local sockets to the workers of a supervisor
(:mod:`missiongraph.isolation.supervisor`), each by a call of
:mod:`missiongraph.isolation.worker_client`; writes go to the supervisor, one after the other.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from missiongraph.errors import EngineFailed, MissionGraphError, ValidationFailed
from missiongraph.limits import Limits
from missiongraph.remote.egress import EgressClient
from missiongraph.remote.federation import Federation
from missiongraph.sparql.engine import Answer, Query
from missiongraph.system import framing
from missiongraph.system.messages import Failure, Message, decode
from missiongraph.writing.request import Write, Written

from .admission import Admission, QueryShape
from .messages import (
    AskState,
    AskVersion,
    AskWrite,
    Committed,
    Configuration,
    Rejected,
    State,
    Version,
)
from .status import Watch
from .store_daemon import StoreDaemon
from .supervisor import CONTROL
from .worker_client import NotSmall, WorkerCall

_STATE_SECONDS = 2.0


class IsolatedEngine:
    """Oxigraph in forked processes that hold a graph in memory. POSIX only.

    The graph comes from ``paths``, RDF files whose state is named ``fingerprint``, by default
    their hash; or from a ``directory`` (:mod:`missiongraph.writing.directory`), which takes writes
    and, with ``shapes``, only those that conform to our shapes. ``SERVICE`` reaches
    the listed ``services`` and no others. With ``networks``, the graph contains the scores of
    networks, measured in a process of their own and again after writes.
    """

    _program = ("-m", "missiongraph.isolation.supervisor")

    def __init__(
        self,
        paths: Sequence[Path] = (),
        fingerprint: str = "",
        limits: Limits | None = None,
        *,
        directory: Path | None = None,
        shapes: bool = True,
        services: EgressClient | None = None,
        networks: bool = False,
    ) -> None:
        limits = limits or Limits()
        self.limits = limits
        self.admission = Admission(limits)
        self._federation = Federation(services, limits) if services else None
        self._writers = Admission(replace(limits, concurrent_queries=1, small_queries=0))
        self._config = Configuration(
            paths=[str(path) for path in paths],
            fingerprint=fingerprint,
            directory=str(directory) if directory else "",
            shapes=shapes,
            networks=networks,
            limits=limits,
        )
        self._daemon = self._start(self._config)
        self._retired: list[StoreDaemon] = []
        self._reloading, self._swapping = threading.Lock(), threading.Lock()
        self._closed = False
        whole = limits.concurrent_queries + limits.small_queries
        self._watch = Watch(self.state, lambda state: state.get("workers") == whole)

    @property
    def fingerprint(self) -> str:
        """The name of the state of the data that new queries see."""
        with self._entered() as daemon:
            return daemon.fingerprint

    @property
    def writable(self) -> bool:
        """Whether the graph takes writes."""
        return bool(self._config.directory)

    @property
    def federates(self) -> bool:
        """Whether queries may use ``SERVICE`` (SPARQL 1.1 Federated Query)."""
        return self._federation is not None

    def state(self) -> dict[str, Any]:  # Any: JSON
        """The state of the supervisor: the fields of :class:`.messages.State`.

        Raises :class:`EngineFailed` if it does not answer within two seconds.
        """
        try:
            with self._entered() as daemon:
                return dict(vars(daemon.ask(AskState(), State, _STATE_SECONDS)))
        except TimeoutError as error:
            raise EngineFailed("the store does not answer") from error

    def version(self, graph: str | None) -> str | None:
        """The version of a graph, by default of the default graph; ``None`` if there is none.

        For a graph that takes writes; the version changes when the graph is written to. A caller
        that reads the version first and then the graph gets that version or a later one. Raises
        :class:`EngineFailed` if the supervisor does not answer within two seconds.
        """
        try:
            with self._entered() as daemon:
                return daemon.ask(AskVersion(graph), Version, _STATE_SECONDS).version
        except TimeoutError as error:
            raise EngineFailed("the store does not answer") from error

    def known(self) -> Mapping[str, Any]:  # Any: JSON
        """As :meth:`state`, but cached: all but the fingerprint may be a second old.

        Raises :class:`EngineFailed` if the supervisor has ended, was stopped or has not answered
        for long.
        """
        state = self._watch.told()
        if not self._daemon.runs:
            self._watch.changed()
            raise EngineFailed("the store does not answer")
        if state["fingerprint"] != (fingerprint := self.fingerprint):
            self._watch.changed()
        return {**state, "fingerprint": fingerprint}

    def close(self) -> None:
        """End the supervisor and its workers."""
        self._watch.close()
        if self._federation:
            self._federation.close()
        with self._swapping:
            self._closed = True
            for daemon in (self._daemon, *self._retired):
                daemon.close()

    def reload(self, paths: Sequence[Path] = ()) -> str:
        """Load ``paths``, by default the same files, and serve them; returns the fingerprint.

        A second supervisor loads them beside the first. Then new queries go to it, and the old
        supervisor ends when its last query has. Raises :class:`MissionGraphError` if a file cannot
        be read, and the old data stay in service.
        """
        if self.writable:
            raise MissionGraphError("a graph that takes writes cannot be reloaded")
        with self._reloading:
            read = [str(path) for path in paths] or self._config.paths
            config = replace(self._config, paths=read, fingerprint="")
            self._swap(self._start(config))
            self._config = config
            self._watch.changed(wait=True)
            return self.fingerprint

    def _start(self, config: Configuration) -> StoreDaemon:
        return StoreDaemon(self._program, config.settings())

    def _swap(self, fresh: StoreDaemon) -> None:
        """Send new queries to ``fresh``, and retire the supervisor before it."""
        with self._swapping:
            if self._closed:
                fresh.close()
                raise EngineFailed("the store has ended")
            old, self._daemon = self._daemon, fresh
            self._retired = [old, *(daemon for daemon in self._retired if not daemon.closed)]
        old.retire()

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Answer ``query``; see :class:`~missiongraph.sparql.engine.Engine`.

        Raises :class:`LimitExceeded` with the name of the limit, :class:`Busy` when no slot
        becomes free, :class:`ClientGone` when ``gone()`` is true. An answer that used ``SERVICE``
        has no fingerprint, as the data of other services may change at any time.
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
        key, trials = QueryShape(query.text), 0
        while True:
            slot = self.admission.enter(key, gone, trials)
            call = WorkerCall(self.enter(), self.admission, self.limits, slot=slot, gone=gone)
            try:
                answer = call.answer(query, solutions, triples)
            except NotSmall:
                trials += 1
                if slot.milliseconds >= self.limits.small_milliseconds:
                    self.admission.remember_long(key)
                continue
            finally:
                if call.long:
                    self.admission.doubt(key)
            if answer.size is not None and call.small:
                self.admission.remember_small(key, slot)
            return answer

    def write(self, write: Write, gone: Callable[[], bool] | None = None) -> Written:
        """Carry out a write as a whole or not at all; every later query sees it.

        Writes run one at a time. Raises :class:`QueryError`, :class:`NoSuchGraph`,
        :class:`UnsupportedFormat`, :class:`ValidationFailed` with a :class:`Written` as its
        report, :class:`PreconditionFailed`, :class:`LimitExceeded` with the name of the limit,
        :class:`Busy` if its turn does not come in time, :class:`ClientGone` if ``gone()`` is true
        before its turn, :class:`EngineFailed` if it cannot be written to the journal.
        """
        with (
            self._writers.slot("write", gone),
            self._entered() as daemon,
            daemon.connect(CONTROL) as connection,
        ):
            response, report = _send(connection, write)
        self._watch.changed(wait=True)
        return _written(response, *report)

    # --- the supervisor

    def enter(self) -> StoreDaemon:
        """The current supervisor, in use until the caller calls its ``leave``."""
        while not (daemon := self._daemon).enter():
            pass  # another has just taken its place
        return daemon

    @contextmanager
    def _entered(self) -> Iterator[StoreDaemon]:
        daemon = self.enter()
        try:
            yield daemon
        finally:
            daemon.leave()


def _send(connection: socket.socket, write: Write) -> tuple[Message, list[bytes]]:
    """Send a write to the supervisor; returns the response and the pieces of its report."""
    reader = framing.Reader(connection)
    with suppress(ConnectionError):
        connection.sendall(AskWrite(write).encode())
        response = decode(reader.next(), Committed, Rejected, Failure)
        if response is not None:
            following = (reader.next() for _ in range(getattr(response, "reports", 0)))
            return response, [piece for piece in following if isinstance(piece, bytes)]
    raise EngineFailed("the store ended; whether the write was committed is not known")


def _written(response: Message, report_json: bytes = b"", report_triples: bytes = b"") -> Written:
    """The result of a write; raises the error of a write that failed."""
    if isinstance(response, Failure):
        raise response.error
    report = Written(report_json=report_json, report_triples=report_triples)
    if isinstance(response, Rejected):
        raise ValidationFailed(response.message, report)
    assert isinstance(response, Committed)
    done = {name: value for name, value in vars(response).items() if name != "reports"}
    return replace(report, **done)

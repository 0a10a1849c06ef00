"""An engine whose queries run in processes of their own, within limits that the kernel keeps.

Queries go over local sockets to the workers of a supervisor
(:mod:`missiongraph.isolation.supervisor`), each on a call of its own
(:mod:`missiongraph.isolation.worker_client`); writes go to the supervisor, one after the other.
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

    The graph is that of ``paths``, RDF files, whose state ``fingerprint`` names, by default the
    hash of the files; or that of a ``directory`` (:mod:`missiongraph.writing.directory`), and then
    it takes writes, which have to keep to our shapes if ``shapes`` says so. Queries may ask the
    ``services`` listed, and no other. With ``networks``, the scores of networks are part of the
    graph: measured beside, and anew after writes.
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
        self._watch = Watch(self.state, lambda told: told.get("workers") == whole)

    @property
    def fingerprint(self) -> str:
        """Names the state of the data that new queries see."""
        with self._entered() as daemon:
            return daemon.fingerprint

    @property
    def writable(self) -> bool:
        """Whether the graph takes writes."""
        return bool(self._config.directory)

    @property
    def federates(self) -> bool:
        """Whether queries may ask other services (SPARQL 1.1 Federated Query)."""
        return self._federation is not None

    def state(self) -> dict[str, Any]:
        """Of the supervisor: fingerprint, generation, workers, quads, statements, merged.

        Raises :class:`EngineFailed` if it does not answer soon.
        """
        try:
            with self._entered() as daemon:
                return dict(vars(daemon.ask(AskState(), State, _STATE_SECONDS)))
        except TimeoutError as error:
            raise EngineFailed("the store does not answer") from error

    def version(self, graph: str | None) -> str | None:
        """The version of a graph that takes writes, by default of the default graph.

        It stays until that graph is written to; nothing if there is no such graph. Whoever asks
        for it first and for the graph then has at least that version. Raises
        :class:`EngineFailed` if the supervisor does not answer soon.
        """
        try:
            with self._entered() as daemon:
                return daemon.ask(AskVersion(graph), Version, _STATE_SECONDS).version
        except TimeoutError as error:
            raise EngineFailed("the store does not answer") from error

    def known(self) -> Mapping[str, Any]:
        """The same from memory; all but the fingerprint may be a second old.

        Raises :class:`EngineFailed` if the supervisor has ended, was stopped or is silent for long.
        """
        told = self._watch.told()
        if not self._daemon.runs:
            self._watch.changed()
            raise EngineFailed("the store does not answer")
        if told["fingerprint"] != (fingerprint := self.fingerprint):
            self._watch.changed()
        return {**told, "fingerprint": fingerprint}

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
        """Answer from ``paths`` as they are now, or else from the same files; the fingerprint.

        Another supervisor loads them, which takes its time and memory; then new queries go there,
        and the old supervisor ends when its last query has. Raises :class:`MissionGraphError` for
        what cannot be read, and nothing has changed then.
        """
        if self.writable:
            raise MissionGraphError("a graph that takes writes is not loaded anew")
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
        """Let ``fresh`` serve all who come from now on."""
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
        """Carry out a write, or none of it; every query after this sees it.

        Writes take turns. Raises :class:`QueryError`, :class:`NoSuchGraph`,
        :class:`UnsupportedFormat`, :class:`ValidationFailed` with a :class:`Written` as its
        report, :class:`PreconditionFailed`, :class:`LimitExceeded` naming the limit,
        :class:`Busy` if its turn does not come, :class:`ClientGone` if ``gone`` says so before,
        :class:`EngineFailed` if it cannot be kept.
        """
        with (
            self._writers.slot("write", gone),
            self._entered() as daemon,
            daemon.connect(CONTROL) as connection,
        ):
            told, report = _exchange(connection, write)
        self._watch.changed(wait=True)
        return _written(told, *report)

    # --- the supervisor

    def enter(self) -> StoreDaemon:
        """The supervisor of the newest state; whoever has it leaves it when it is not needed."""
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


def _exchange(connection: socket.socket, write: Write) -> tuple[Message, list[bytes]]:
    """Ask the supervisor for a write; what comes of it, and the pieces of a report, if any."""
    reader = framing.Reader(connection)
    with suppress(ConnectionError):
        connection.sendall(AskWrite(write).encode())
        told = decode(reader.next(), Committed, Rejected, Failure)
        if told is not None:
            following = (reader.next() for _ in range(getattr(told, "reports", 0)))
            return told, [piece for piece in following if isinstance(piece, bytes)]
    raise EngineFailed("the store broke off; whether the write was kept is not known")


def _written(told: Message, report_json: bytes = b"", report_triples: bytes = b"") -> Written:
    """What a write did, or the error that it means."""
    if isinstance(told, Failure):
        raise told.error
    report = Written(report_json=report_json, report_triples=report_triples)
    if isinstance(told, Rejected):
        raise ValidationFailed(told.message, report)
    assert isinstance(told, Committed)
    done = {name: value for name, value in vars(told).items() if name != "reports"}
    return replace(report, **done)

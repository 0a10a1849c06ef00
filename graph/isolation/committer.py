"""The committer: takes writes one after the other, tries each in a forked process, keeps the good.

What a write does to the store, and whether the shapes allow it, is found out in a process that
may be killed. Only the change itself comes back. It counts once it is in the journal; then the
served store follows and new workers serve the new state. A write that fails, at whatever
step, leaves nothing behind.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from missiongraph.errors import (
    EngineFailed,
    LimitExceeded,
    MissionGraphError,
    NotKept,
    PreconditionFailed,
    QueryError,
    UnsupportedFormat,
    ValidationFailed,
)
from missiongraph.limits import Limits
from missiongraph.namespaces import NETWORKS_GRAPH
from missiongraph.networks.observations import archive
from missiongraph.rdf.changes import Change
from missiongraph.system import framing, sandbox
from missiongraph.system.forked import ForkingLoop
from missiongraph.system.messages import Failure, decode
from missiongraph.validation.incremental import IncrementalValidator
from missiongraph.writing import directory, opening, preconditions
from missiongraph.writing.attempt import Attempt, attempt, require_readable
from missiongraph.writing.request import UPDATE, Write

from .messages import Committed, Rejected, Tried
from .refresher import Refresher
from .served_store import ServedStore

_N_QUADS, _N_TRIPLES = ox.RdfFormat.N_QUADS, ox.RdfFormat.N_TRIPLES
_SAMPLE = "<https://example.org/> a <https://w3id.org/missiongraph/ontology#Mission> ."


class OpenDirectory:
    """A directory that takes writes: locked, its state read, its journal open to go on with."""

    def __init__(self, folder: Path, loop: ForkingLoop) -> None:
        self.lock = directory.lock(folder)
        loop.close_in_children(self.lock)
        self.state, self.journal = opening.enter(folder)
        loop.close_in_children(self.journal)


class Committer:
    """Tries writes in processes of ``loop``, and keeps the good ones in an open directory."""

    def __init__(
        self,
        opened: OpenDirectory,
        served: ServedStore,
        loop: ForkingLoop,
        limits: Limits,
        *,
        shapes: bool,
        refresher: Refresher | None = None,
    ) -> None:
        self._opened, self._served, self._loop, self._limits = opened, served, loop, limits
        self._refresher = refresher
        self.written = opened.state.written
        self._validator = _warm() if shapes else None
        self._waiting: deque[tuple[Write, socket.socket]] = deque()
        self._trying = False

    def take(self, write: Write, asker: socket.socket) -> None:
        """Try a write as soon as those before it are done; the asker hears what came of it."""
        self._waiting.append((write, asker))
        self._next()

    def fault(self) -> str:
        """Why no write can be kept, in words; nothing if one can."""
        return self._opened.journal.fault()

    def version(self, iri: str | None) -> str | None:
        """The version of a graph, by default of the default graph; nothing if it is not there.

        What follows from other graphs has the version of all that is served.
        """
        try:
            graph = ox.NamedNode(iri) if iri else ox.DefaultGraph()
        except ValueError:
            return None  # no name of a graph, as the trial of a write will say
        if isinstance(graph, ox.NamedNode) and not self._served.store.contains_named_graph(graph):
            return None
        if iri == NETWORKS_GRAPH or (self._served.merged and not iri):
            return self._served.engine.fingerprint
        return self._opened.state.versions.of(graph)

    def _next(self) -> None:
        """Begin with the next write, unless one is being tried; some are refused without trial.

        A condition holds until the write is kept, as no other comes in between.
        """
        while self._waiting and not self._trying:
            write, asker = self._waiting.popleft()
            if refusal := self._refusal(write):
                _answer(asker, refusal.encode())
            else:
                self._trying = True
                self._loop.gather(partial(self._try, write), partial(self._end, write, asker))

    def _refusal(self, write: Write) -> Failure | None:
        """What speaks against a write before it is tried, if anything does."""
        try:
            require_readable(write)  # first, as what fails anyway has no condition
            preconditions.require(write, self._state(write))
        except (PreconditionFailed, UnsupportedFormat) as error:
            return Failure.because(error)
        return None

    def _try(self, write: Write) -> bytes:
        """In the forked process: find out what a write does and tell it."""
        sandbox.end_with_parent()
        sandbox.limit_memory(self._limits.query_megabytes)
        with sandbox.confined(self._limits.write_seconds):
            return self._told(write)

    def _told(self, write: Write) -> bytes:
        """What a write does, or what is wrong with it."""
        try:
            store, merged = self._served.store, self._served.merged
            most = self._limits.write_statements if self._validator else sys.maxsize
            return _tell(attempt(store, write, merged=merged, gate=self._validator, most=most))
        except MemoryError:
            return Failure.because(_exceeded("query_megabytes")).encode()
        except ValidationFailed as error:
            return Rejected(str(error)).encode() + _report(error.report)
        except UnicodeDecodeError:
            return Failure.because(QueryError("the update is not UTF-8")).encode()
        except MissionGraphError as error:
            return Failure.because(error).encode()

    def _end(self, write: Write, asker: socket.socket, code: int, told: bytes) -> None:
        self._trying = False
        _answer(asker, self._conclude(write, code, told))
        self._next()

    def _conclude(self, write: Write, code: int, told: bytes) -> bytes:
        """What to answer; a write that went well is committed on the way."""
        if code != 0:
            return Failure.because(_broken_off(code)).encode()
        head, *pieces = framing.split(told)
        if not (tried := decode(head, Tried)):
            return told
        if change := _change(tried, *pieces[:2]):
            try:
                after = self._write_down(change, write)
            except OSError as error:
                reason = f"the write could not be kept: {error.strerror or error}"
                return Failure.because(EngineFailed(reason)).encode()
            except NotKept as error:
                reason = f"no write is taken: {error}; put the right files back, or start anew"
                return Failure.because(NotKept(reason)).encode()
            self._serve(change, after)
        report = [piece for piece in pieces[2:] if isinstance(piece, bytes)]
        done = Committed(
            tried.added,
            tried.removed,
            tried.existed,
            tried.validation_seconds,
            fingerprint=self._served.engine.fingerprint,
            state=self._state(write) or "",
            reports=len(report),
        )
        return done.encode() + b"".join(map(framing.piece, report))

    def _state(self, write: Write) -> str | None:
        """The state of what is written to: one graph, or for an update all of the data."""
        return self._served.data if write.kind == UPDATE else self.version(write.graph)

    def _write_down(self, change: Change, write: Write) -> str:
        """Keep a change in the journal; the state of the data that it makes."""
        journal, before = self._opened.journal, self._served.data
        after = journal.append(before, change, who=write.who, what=write.what)
        self.written = datetime.now(UTC).isoformat(timespec="seconds")
        return after

    def _serve(self, change: Change, data: str) -> None:
        """Let what is served follow a change that is kept."""
        self._served.apply(change)
        self._opened.state.versions.note(change, data)
        derived = self._served.derived
        if self._refresher and self._refresher.mark():
            derived = archive.stale_digest(derived)
        self._served.switch_to(data, derived)


def _exceeded(limit: str) -> LimitExceeded:
    return LimitExceeded(limit, "the write took more than it may; write less at a time")


def _broken_off(code: int) -> MissionGraphError:
    """Why the process of a write ended, by its exit code."""
    limits = {-signal.SIGALRM: "write_seconds", -signal.SIGABRT: "query_megabytes"}
    if code in limits:
        return _exceeded(limits[code])
    kind = QueryError if code == -signal.SIGSEGV else EngineFailed
    return kind("the write was broken off")


def _answer(asker: socket.socket, told: bytes) -> None:
    with asker, suppress(OSError):  # who may not wait any more
        asker.sendall(told)


def _warm() -> IncrementalValidator:
    """A validator that has checked something: whatever it loads at first is loaded."""
    validator, store = IncrementalValidator(), ox.Store()
    store.load(_SAMPLE.encode(), ox.RdfFormat.TURTLE)
    _report(validator.check(store, Change(added=tuple(store))))
    return validator


def _tell(tried: Attempt) -> bytes:
    change = tried.change
    frames = Tried(
        added=len(change.added),
        removed=len(change.removed),
        existed=tried.existed,
        validation_seconds=tried.validation_seconds,
        created=[graph.value for graph in change.created],
        dropped=[graph.value for graph in change.dropped],
    ).encode()
    for quads in (change.removed, change.added):
        frames += framing.piece(ox.serialize(quads, format=_N_QUADS) or b"")
    return frames + (_report(tried.report) if tried.report and tried.report.results else b"")


def _report(report: Any) -> bytes:
    """A report in two pieces: as JSON, and as N-Triples."""
    return framing.piece(report.to_json().encode()) + framing.piece(report.serialised(_N_TRIPLES))


def _change(tried: Tried, removed: framing.Frame, added: framing.Frame) -> Change:
    def quads(piece: framing.Frame) -> tuple[ox.Quad, ...]:
        assert isinstance(piece, bytes)
        return tuple(ox.parse(piece, _N_QUADS))

    graphs = (tuple(map(ox.NamedNode, names)) for names in (tried.created, tried.dropped))
    return Change(quads(removed), quads(added), *graphs)

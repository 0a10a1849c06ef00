"""Commits writes one after the other: tries each in a forked process, then writes the journal.

The forked process, which may be killed, computes what a write changes and validates the result;
it sends back only the change. The write counts once the change is in the journal. Then the change
is applied to the served store, and new workers serve the new state. A write that fails changes
nothing, no matter at which step it fails. What rules derive is part of the change.
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

from missiongraph.derivation.incremental import INFERRED, Derivation
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
from missiongraph.rdf.changes import NOTHING, Change
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
    """A directory that takes writes: locked, its state loaded, its journal open for appending."""

    def __init__(self, folder: Path, loop: ForkingLoop) -> None:
        self.lock = directory.lock(folder)
        loop.close_in_children(self.lock)
        self.state, self.journal = opening.enter(folder)
        loop.close_in_children(self.journal)


class Committer:
    """Tries writes in processes forked by ``loop``, and commits those that pass to a directory."""

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
        self._derivation = _derivation(served)
        self._rules = opened.state.rules  # whose derived statements are up to date
        self._waiting: deque[tuple[Write, socket.socket]] = deque()
        self._trying = False

    def begin(self) -> None:
        """Derive everything anew, unless the last write did so by the same rules.

        Other rules, or a version that derived nothing after writes, may have left the directory.
        Writes wait for it, as a change is followed only from a state that is up to date.
        """
        if self._derivation and self._rules != self._derivation.fingerprint:
            self._rules, self._trying = "", True
            self._loop.gather(self._renew, self._end_renewal)

    def take(self, write: Write, connection: socket.socket) -> None:
        """Queue a write; ``connection`` gets the response and is closed."""
        self._waiting.append((write, connection))
        self._next()

    def fault(self) -> str:
        """Why the journal takes no write, as a message for users; empty if it does."""
        return self._opened.journal.fault()

    def version(self, iri: str | None) -> str | None:
        """The version of a graph, by default of the default graph; ``None`` if there is none.

        A graph that is derived from others has the version of all data served.
        """
        try:
            graph = ox.NamedNode(iri) if iri else ox.DefaultGraph()
        except ValueError:
            return None  # not an IRI; the trial of a write reports it
        if isinstance(graph, ox.NamedNode) and not self._served.store.contains_named_graph(graph):
            return None
        if iri == NETWORKS_GRAPH or (self._served.merged and not iri):
            return self._served.engine.fingerprint
        return self._opened.state.versions.of(graph)

    def _next(self) -> None:
        """Start the trial of the next write, unless one is running; refuse writes that need none.

        A precondition stays true until the write is committed, as writes run one at a time.
        """
        while self._waiting and not self._trying:
            write, connection = self._waiting.popleft()
            if refusal := self._refusal(write):
                _answer(connection, refusal.encode())
            else:
                self._trying = True
                self._loop.gather(partial(self._try, write), partial(self._end, write, connection))

    def _refusal(self, write: Write) -> Failure | None:
        """Why a write is refused without a trial; ``None`` if it is not."""
        try:
            require_readable(write)  # first: a write that fails anyway has no condition
            preconditions.require(write, self._state(write))
        except (PreconditionFailed, UnsupportedFormat) as error:
            return Failure.because(error)
        return None

    def _try(self, write: Write) -> bytes:
        """In the forked process: try a write within its limits; returns the result as frames."""
        sandbox.limit_memory(self._limits.query_megabytes)
        with sandbox.confined(self._limits.write_seconds):
            return self._result(write)

    def _result(self, write: Write) -> bytes:
        """The effect of a write, or its error, as frames."""
        try:
            tried = attempt(
                self._served.store,
                write,
                merged=self._served.merged,
                gate=self._validator,
                derivation=self._derivation,
                most=self._limits.write_statements if self._validator else sys.maxsize,
            )
            return _encoded(tried)
        except MemoryError:
            return Failure.because(_exceeded("query_megabytes")).encode()
        except ValidationFailed as error:
            return Rejected(str(error)).encode() + _report(error.report)
        except UnicodeDecodeError:
            return Failure.because(QueryError("the update is not UTF-8")).encode()
        except MissionGraphError as error:
            return Failure.because(error).encode()

    def _renew(self) -> bytes:
        """In the forked process: derive everything anew; returns the change as frames."""
        sandbox.limit_memory(self._limits.query_megabytes)
        assert self._derivation
        derived = self._derivation.renew(self._served.store)
        return _encoded(Attempt(NOTHING, existed=True, report=None, derived=derived))

    def _end_renewal(self, code: int, frames: bytes) -> None:
        """Commit what was derived anew; if that fails, it is tried again at the next start."""
        self._trying = False
        try:
            if code != 0:
                raise _broken_off(code)
            self._commit_renewal(frames)
        except (OSError, MissionGraphError) as error:
            print(f"the rules could not be run over the graph: {error}", file=sys.stderr)
        self._next()

    def _commit_renewal(self, frames: bytes) -> None:
        head, *pieces = framing.split(frames)
        tried = decode(head, Tried)
        assert tried and self._derivation
        rules = self._derivation.fingerprint
        if change := _change(tried, *pieces):
            after = self._write_down(change, rules, who="missiongraph", what="rules")
            self._serve(change, after)
        self._rules = rules

    def _end(self, write: Write, connection: socket.socket, code: int, frames: bytes) -> None:
        self._trying = False
        _answer(connection, self._conclude(write, code, frames))
        self._next()

    def _conclude(self, write: Write, code: int, frames: bytes) -> bytes:
        """Commit a write that passed its trial; returns the response to it as frames."""
        if code != 0:
            return Failure.because(_broken_off(code)).encode()
        head, *pieces = framing.split(frames)
        if not (tried := decode(head, Tried)):
            return frames
        if change := _change(tried, *pieces[:2]):
            try:
                after = self._write_down(change, self._rules, who=write.who, what=write.what)
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
            derived_added=tried.derived_added,
            derived_removed=tried.derived_removed,
        )
        return done.encode() + b"".join(map(framing.piece, report))

    def _state(self, write: Write) -> str | None:
        """The state that a write is conditional on: of its graph, or of all data for an update."""
        return self._served.data if write.kind == UPDATE else self.version(write.graph)

    def _write_down(self, change: Change, rules: str, *, who: str, what: str) -> str:
        """Append a change to the journal; returns the name of the new state of the data."""
        journal, before = self._opened.journal, self._served.data
        after = journal.append(before, change, who=who, what=what, rules=rules)
        self.written = datetime.now(UTC).isoformat(timespec="seconds")
        return after

    def _serve(self, change: Change, data: str) -> None:
        """Apply a committed change to the served store, and serve the new state."""
        self._served.apply(change)
        self._opened.state.versions.note(change, data)
        derived = self._served.derived
        if self._refresher and self._refresher.mark():
            derived = archive.stale_digest(derived)
        self._served.switch_to(data, derived)


def _exceeded(limit: str) -> LimitExceeded:
    return LimitExceeded(limit, "the write took more than it may; write less at a time")


def _broken_off(code: int) -> MissionGraphError:
    """The error for a trial that was killed, by its exit code."""
    limits = {-signal.SIGALRM: "write_seconds", -signal.SIGABRT: "query_megabytes"}
    if code in limits:
        return _exceeded(limits[code])
    kind = QueryError if code == -signal.SIGSEGV else EngineFailed
    return kind("the write was interrupted")


def _answer(connection: socket.socket, response: bytes) -> None:
    with connection, suppress(OSError):  # the front may have closed it
        connection.sendall(response)


def _derivation(served: ServedStore) -> Derivation | None:
    """The rules, for a graph that holds what they derive: the curated one, or one like it."""
    derives = served.merged and served.store.contains_named_graph(INFERRED)
    return Derivation() if derives else None


def _warm() -> IncrementalValidator:
    """A validator that has run once, so that forked processes need not load its modules."""
    validator, store = IncrementalValidator(), ox.Store()
    store.load(_SAMPLE.encode(), ox.RdfFormat.TURTLE)
    _report(validator.check(store, Change(added=tuple(store))))
    return validator


def _encoded(tried: Attempt) -> bytes:
    change, derived = tried.change.joined(tried.derived), tried.derived
    frames = Tried(
        added=len(tried.change.added),
        removed=len(tried.change.removed),
        existed=tried.existed,
        validation_seconds=tried.validation_seconds,
        created=[graph.value for graph in change.created],
        dropped=[graph.value for graph in change.dropped],
        derived_added=len(derived.added),
        derived_removed=len(derived.removed),
    ).encode()
    for quads in (change.removed, change.added):
        frames += framing.piece(ox.serialize(quads, format=_N_QUADS) or b"")
    return frames + (_report(tried.report) if tried.report and tried.report.results else b"")


def _report(report: Any) -> bytes:
    """The two pieces of a report: JSON and N-Triples."""
    return framing.piece(report.to_json().encode()) + framing.piece(report.serialised(_N_TRIPLES))


def _change(tried: Tried, removed: framing.Frame, added: framing.Frame) -> Change:
    def quads(piece: framing.Frame) -> tuple[ox.Quad, ...]:
        assert isinstance(piece, bytes)
        return tuple(ox.parse(piece, _N_QUADS))

    graphs = (tuple(map(ox.NamedNode, names)) for names in (tried.created, tried.dropped))
    return Change(quads(removed), quads(added), *graphs)

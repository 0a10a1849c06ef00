"""The committer: takes writes one after the other, tries each in a forked process, keeps the good.

What a write does to the store, and whether the shapes allow it, is found out in a process that
may be killed. Only the change itself comes back. It counts once it is in the journal; then the
keeper's store follows and new workers serve the new state. A write that fails, at whatever
step, leaves nothing behind.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from missiongraph.errors import (
    MissionGraphError,
    NotKept,
    PreconditionFailed,
    UnsupportedFormat,
    ValidationFailed,
    packed,
)
from missiongraph.namespaces import NETWORKS_GRAPH
from missiongraph.networks.observations import archive
from missiongraph.rdf.changes import Change
from missiongraph.system import framing, sandbox
from missiongraph.validation.incremental import IncrementalValidator
from missiongraph.writing import directory, opening, preconditions
from missiongraph.writing.attempt import Attempt, attempt, require_readable
from missiongraph.writing.request import UPDATE, Write

if TYPE_CHECKING:
    from .supervisor import Supervisor

_N_QUADS, _N_TRIPLES = ox.RdfFormat.N_QUADS, ox.RdfFormat.N_TRIPLES
_SAMPLE = "<https://example.org/> a <https://w3id.org/missiongraph/ontology#Mission> ."


@dataclass
class _Trial:
    """A write that is being tried: by whom it is heard, and what has come so far."""

    write: Write
    asker: socket.socket
    pid: int
    told: bytearray = field(default_factory=bytearray)


class Committer:
    """Writes to the graph in ``folder``, which it locks; the keeper serves what it commits."""

    def __init__(self, folder: Path, *, shapes: bool) -> None:
        self._lock = directory.lock(folder)
        self.state, self._journal = opening.enter(folder)
        self.written = self.state.written
        self._gate = _warm() if shapes else None
        self._waiting: deque[tuple[Write, socket.socket]] = deque()
        self._trial: _Trial | None = None

    def take(self, keeper: Supervisor, write: Write, asker: socket.socket) -> None:
        """Try a write as soon as those before it are done; the asker hears what came of it."""
        self._waiting.append((write, asker))
        self._next(keeper)

    def fault(self) -> str:
        """Why no write can be kept, in words; nothing if one can."""
        return self._journal.fault()

    def forget(self) -> None:
        """Let go of the files, in a forked process."""
        self._lock.close()
        self._journal.close()

    def version(self, keeper: Supervisor, iri: str | None) -> str | None:
        """The version of a graph, by default of the default graph; nothing if it is not there.

        What follows from other graphs has the version of all that is served.
        """
        try:
            graph = ox.NamedNode(iri) if iri else ox.DefaultGraph()
        except ValueError:
            return None  # no name of a graph, as the trial of a write will say
        if isinstance(graph, ox.NamedNode) and not keeper.store.contains_named_graph(graph):
            return None
        if iri == NETWORKS_GRAPH or (self.state.merged and not iri):
            return keeper.engine.fingerprint
        return self.state.versions.of(graph)

    def _next(self, keeper: Supervisor) -> None:
        """Begin with the next write, unless one is being tried; some are refused without trial.

        A condition holds until the write is kept, as no other comes in between.
        """
        while self._waiting and not self._trial:
            write, asker = self._waiting.popleft()
            if refusal := self._refusal(keeper, write):
                _answer(asker, framing.message(refusal))
            else:
                self._begin(keeper, write, asker)

    def _refusal(self, keeper: Supervisor, write: Write) -> dict[str, Any]:
        """What speaks against a write before it is tried, if anything does."""
        try:
            require_readable(write)  # first, as what fails anyway has no condition
            preconditions.require(write, self._state(keeper, write))
        except PreconditionFailed as error:
            return {"error": "PreconditionFailed", "message": str(error), "state": error.state}
        except UnsupportedFormat as error:
            return {"error": "UnsupportedFormat", "message": str(error)}
        return {}

    def _begin(self, keeper: Supervisor, write: Write, asker: socket.socket) -> None:
        reading, writing = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                keeper.forget()
                self._try(keeper, write, writing)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(sandbox.FAULT)
        writing.close()
        self._trial = _Trial(write, asker, pid)
        keeper.selector.register(
            reading, selectors.EVENT_READ, lambda _: self._hear(keeper, reading)
        )

    def _try(self, keeper: Supervisor, write: Write, writing: socket.socket) -> None:
        """In the forked process: find out what a write does and tell it."""
        sandbox.end_with_parent()
        sandbox.limit_memory(keeper.limits.query_megabytes)
        with sandbox.confined(keeper.limits.write_seconds):
            told = self._told(keeper, write)
        writing.sendall(told)
        os._exit(0)

    def _told(self, keeper: Supervisor, write: Write) -> bytes:
        """What a write does, or what is wrong with it."""
        try:
            merged = self.state.merged
            most = keeper.limits.write_statements if self._gate else sys.maxsize
            return _tell(attempt(keeper.store, write, merged=merged, gate=self._gate, most=most))
        except MemoryError:
            return framing.message({"limit": "query_megabytes"})
        except ValidationFailed as error:
            failed = {"error": "ValidationFailed", "message": str(error), "reports": 2}
            return framing.message(failed) + _report(error.report)
        except UnicodeDecodeError:
            return framing.message({"error": "QueryError", "message": "the update is not UTF-8"})
        except MissionGraphError as error:
            return framing.message(packed(error))

    def _hear(self, keeper: Supervisor, reading: socket.socket) -> None:
        assert self._trial
        if data := reading.recv(1024 * 1024):
            self._trial.told += data
            return
        keeper.selector.unregister(reading)
        reading.close()
        trial, self._trial = self._trial, None
        code = os.waitstatus_to_exitcode(os.waitpid(trial.pid, 0)[1])
        _answer(trial.asker, self._conclude(keeper, trial, code))
        self._next(keeper)

    def _conclude(self, keeper: Supervisor, trial: _Trial, code: int) -> bytes:
        """What to answer; a write that went well is committed on the way."""
        if code != 0:
            limits = {-signal.SIGALRM: "write_seconds", -signal.SIGABRT: "query_megabytes"}
            if code in limits:
                return framing.message({"limit": limits[code]})
            error = "QueryError" if code == -signal.SIGSEGV else "EngineFailed"
            return framing.message({"error": error, "message": "the write was broken off"})
        frames = framing.split(bytes(trial.told))
        told = frames[0]
        assert isinstance(told, dict)
        if "added" not in told:
            return bytes(trial.told)
        if change := _change(told, frames):
            try:
                after = self._write_down(keeper, change, trial.write)
            except OSError as error:
                reason = f"the write could not be kept: {error.strerror or error}"
                return framing.message({"error": "EngineFailed", "message": reason})
            except NotKept as error:
                reason = f"no write is taken: {error}; put the right files back, or start anew"
                return framing.message({"error": "NotKept", "message": reason})
            keeper.apply(change, merged=self.state.merged)
            self.state.versions.note(change, after)
            derived = keeper.derived
            if keeper.observer and keeper.observer.mark(keeper):
                derived = archive.stale_digest(derived)
            keeper.publish(after, derived)
        told |= {"fingerprint": keeper.engine.fingerprint}
        told |= {"state": self._state(keeper, trial.write) or ""}
        for name in ("created", "dropped"):
            del told[name]
        reports = [part for part in frames[3:] if isinstance(part, bytes)]
        told["reports"] = len(reports)
        return framing.message(told) + b"".join(map(framing.piece, reports))

    def _state(self, keeper: Supervisor, write: Write) -> str | None:
        """The state of what is written to: one graph, or for an update all of the data."""
        return keeper.data if write.kind == UPDATE else self.version(keeper, write.graph)

    def _write_down(self, keeper: Supervisor, change: Change, write: Write) -> str:
        before = keeper.data
        after = self._journal.append(before, change, who=write.who, what=write.what)
        self.written = datetime.now(UTC).isoformat(timespec="seconds")
        return after


def _answer(asker: socket.socket, told: bytes) -> None:
    with asker, suppress(OSError):  # who may not wait any more
        asker.sendall(told)


def _warm() -> IncrementalValidator:
    """A gate that has checked something: whatever it loads at first is loaded."""
    gate, store = IncrementalValidator(), ox.Store()
    store.load(_SAMPLE.encode(), ox.RdfFormat.TURTLE)
    _report(gate.check(store, Change(added=tuple(store))))
    return gate


def _tell(tried: Attempt) -> bytes:
    change = tried.change
    told: dict[str, Any] = {
        "added": len(change.added),
        "removed": len(change.removed),
        "existed": tried.existed,
        "validation_seconds": tried.validation_seconds,
        "created": [graph.value for graph in change.created],
        "dropped": [graph.value for graph in change.dropped],
    }
    frames = framing.message(told)
    for quads in (change.removed, change.added):
        frames += framing.piece(ox.serialize(quads, format=_N_QUADS) or b"")
    return frames + (_report(tried.report) if tried.report and tried.report.results else b"")


def _report(report: Any) -> bytes:
    """A report in two pieces: as JSON, and as N-Triples."""
    return framing.piece(report.to_json().encode()) + framing.piece(report.serialised(_N_TRIPLES))


def _change(told: dict[str, Any], frames: list[dict[str, Any] | bytes]) -> Change:
    def quads(frame: dict[str, Any] | bytes) -> tuple[ox.Quad, ...]:
        assert isinstance(frame, bytes)
        return tuple(ox.parse(frame, _N_QUADS))

    graphs = (tuple(map(ox.NamedNode, told[name])) for name in ("created", "dropped"))
    return Change(quads(frames[1]), quads(frames[2]), *graphs)

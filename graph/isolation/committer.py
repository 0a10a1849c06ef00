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
    MissionGraphError,
    NotKept,
    PreconditionFailed,
    UnsupportedFormat,
    ValidationFailed,
    packed,
)
from missiongraph.limits import Limits
from missiongraph.namespaces import NETWORKS_GRAPH
from missiongraph.networks.observations import archive
from missiongraph.rdf.changes import Change
from missiongraph.system import framing, sandbox
from missiongraph.system.forked import ForkingLoop
from missiongraph.validation.incremental import IncrementalValidator
from missiongraph.writing import directory, opening, preconditions
from missiongraph.writing.attempt import Attempt, attempt, require_readable
from missiongraph.writing.request import UPDATE, Write

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
        self._gate = _warm() if shapes else None
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
                _answer(asker, framing.message(refusal))
            else:
                self._trying = True
                self._loop.gather(partial(self._try, write), partial(self._end, write, asker))

    def _refusal(self, write: Write) -> dict[str, Any]:
        """What speaks against a write before it is tried, if anything does."""
        try:
            require_readable(write)  # first, as what fails anyway has no condition
            preconditions.require(write, self._state(write))
        except PreconditionFailed as error:
            return {"error": "PreconditionFailed", "message": str(error), "state": error.state}
        except UnsupportedFormat as error:
            return {"error": "UnsupportedFormat", "message": str(error)}
        return {}

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
            most = self._limits.write_statements if self._gate else sys.maxsize
            return _tell(attempt(store, write, merged=merged, gate=self._gate, most=most))
        except MemoryError:
            return framing.message({"limit": "query_megabytes"})
        except ValidationFailed as error:
            failed = {"error": "ValidationFailed", "message": str(error), "reports": 2}
            return framing.message(failed) + _report(error.report)
        except UnicodeDecodeError:
            return framing.message({"error": "QueryError", "message": "the update is not UTF-8"})
        except MissionGraphError as error:
            return framing.message(packed(error))

    def _end(self, write: Write, asker: socket.socket, code: int, told: bytes) -> None:
        self._trying = False
        _answer(asker, self._conclude(write, code, told))
        self._next()

    def _conclude(self, write: Write, code: int, tried: bytes) -> bytes:
        """What to answer; a write that went well is committed on the way."""
        if code != 0:
            limits = {-signal.SIGALRM: "write_seconds", -signal.SIGABRT: "query_megabytes"}
            if code in limits:
                return framing.message({"limit": limits[code]})
            error = "QueryError" if code == -signal.SIGSEGV else "EngineFailed"
            return framing.message({"error": error, "message": "the write was broken off"})
        frames = framing.split(tried)
        told = frames[0]
        assert isinstance(told, dict)
        if "added" not in told:
            return tried
        if change := _change(told, frames):
            try:
                after = self._write_down(change, write)
            except OSError as error:
                reason = f"the write could not be kept: {error.strerror or error}"
                return framing.message({"error": "EngineFailed", "message": reason})
            except NotKept as error:
                reason = f"no write is taken: {error}; put the right files back, or start anew"
                return framing.message({"error": "NotKept", "message": reason})
            self._served.apply(change)
            self._opened.state.versions.note(change, after)
            derived = self._served.derived
            if self._refresher and self._refresher.mark():
                derived = archive.stale_digest(derived)
            self._served.switch_to(after, derived)
        told |= {"fingerprint": self._served.engine.fingerprint}
        told |= {"state": self._state(write) or ""}
        for name in ("created", "dropped"):
            del told[name]
        reports = [part for part in frames[3:] if isinstance(part, bytes)]
        told["reports"] = len(reports)
        return framing.message(told) + b"".join(map(framing.piece, reports))

    def _state(self, write: Write) -> str | None:
        """The state of what is written to: one graph, or for an update all of the data."""
        return self._served.data if write.kind == UPDATE else self.version(write.graph)

    def _write_down(self, change: Change, write: Write) -> str:
        journal, before = self._opened.journal, self._served.data
        after = journal.append(before, change, who=write.who, what=write.what)
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

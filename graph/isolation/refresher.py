"""The observer: keeps the scores of networks in a served graph fresh, beside what it serves.

It measures in a forked process of the lowest priority, which holds the state of the data as it
was forked; only the change to the one graph of observations comes back. Until then a write
leaves them marked as stale. They are derived: no journal holds them, no gate checks them.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from missiongraph.namespaces import MOI, NETWORKS_GRAPH, QB, RDF, XSD
from missiongraph.networks.observations import archive
from missiongraph.rdf.changes import Change
from missiongraph.system import framing, sandbox

if TYPE_CHECKING:
    from .supervisor import Supervisor

QUIET = 2.0
"""Seconds without a write before the networks are measured anew."""

_N_QUADS = ox.RdfFormat.N_QUADS
_GRAPH = ox.NamedNode(NETWORKS_GRAPH)
_TYPE, _DATASET = ox.NamedNode(RDF + "type"), ox.NamedNode(QB + "DataSet")
_STALE = ox.NamedNode(MOI + "stale")
_TRUE = ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean"))
_LOWEST = 19  # niceness


@dataclass
class _Measuring:
    """A process that measures: of which state of the data, and what has come so far."""

    data: str
    pid: int
    told: bytearray = field(default_factory=bytearray)


class Refresher:
    """Observes the networks of a merged graph; what it finds is kept in ``file``, if given."""

    def __init__(self, file: Path | None = None, *, fresh: bool = False) -> None:
        self._file = file
        self._due = None if fresh else 0.0
        self._measuring: _Measuring | None = None

    def wait(self) -> float | None:
        """Seconds until there is something to do; nothing if only a write brings it."""
        if self._due is None or self._measuring:
            return None
        return max(0.0, self._due - time.monotonic())

    def look(self, keeper: Supervisor) -> None:
        """Begin to measure, if it is time."""
        if self.wait() == 0:
            self._due = None
            self._begin(keeper)

    def mark(self, keeper: Supervisor) -> bool:
        """Mark all networks as stale after a write, and measure them soon; whether any is new."""
        self._due = time.monotonic() + QUIET
        store = keeper.store
        sets = [quad.subject for quad in store.quads_for_pattern(None, _TYPE, _DATASET, _GRAPH)]
        marks = [ox.Quad(network, _STALE, _TRUE, _GRAPH) for network in sets]
        new = tuple(mark for mark in marks if mark not in store)
        keeper.apply(Change(added=new), merged=True)
        return bool(new)

    def _begin(self, keeper: Supervisor) -> None:
        reading, writing = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                reading.close()
                keeper.forget()
                sandbox.end_with_parent()
                os.nice(_LOWEST)
                with writing:
                    writing.sendall(_measured(keeper, self._file))
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(sandbox.FAULT)
        writing.close()
        self._measuring = _Measuring(keeper.data, pid)
        keeper.selector.register(
            reading, selectors.EVENT_READ, lambda _: self._hear(keeper, reading)
        )

    def _hear(self, keeper: Supervisor, reading: socket.socket) -> None:
        assert self._measuring
        if data := reading.recv(1024 * 1024):
            self._measuring.told += data
            return
        keeper.selector.unregister(reading)
        reading.close()
        done, self._measuring = self._measuring, None
        if os.waitpid(done.pid, 0)[1] == 0:
            self._put_in(keeper, done)

    def _put_in(self, keeper: Supervisor, done: _Measuring) -> None:
        """Serve what was found; of data that have changed meanwhile it is stale from the start."""
        head, removed, added = framing.split(bytes(done.told))
        assert isinstance(head, dict) and isinstance(removed, bytes) and isinstance(added, bytes)
        change = Change(tuple(ox.parse(removed, _N_QUADS)), tuple(ox.parse(added, _N_QUADS)))
        if not change:
            return
        keeper.apply(change, merged=True)
        derived = head["digest"]
        if done.data != keeper.data:
            self.mark(keeper)
            derived = archive.stale_digest(derived)
        keeper.publish(keeper.data, derived)


def _measured(keeper: Supervisor, file: Path | None) -> bytes:
    """In the forked process: the observations as they should be, told as a change."""
    from missiongraph.networks.observations.observe import observe  # starts threads

    before = set(keeper.store.quads_for_pattern(None, None, None, _GRAPH))
    known = ox.serialize(before, format=_N_QUADS) or b""
    if not known and file and file.exists():
        known = file.read_bytes()  # of another state: what has not changed since is of use
    found = observe(keeper.engine, known=known)
    digest = archive.digest(found)
    if file:
        archive.write(file, keeper.data, found)
    after = ox.Store()
    after.bulk_load(found, _N_QUADS)
    now = set(after)
    frames = framing.message({"digest": digest})
    for quads in (before - now, now - before):
        frames += framing.piece(ox.serialize(quads, format=_N_QUADS) or b"")
    return frames

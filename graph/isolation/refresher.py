"""The refresher: keeps the scores of networks in a served graph fresh, beside what it serves.

It measures in a forked process of the lowest priority, which holds the state of the data as it
was forked; only the change to the one graph of observations comes back. Until then a write
leaves them marked as stale. They are derived: no journal holds them, no shape is asked about them.
"""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from missiongraph.namespaces import MOI, NETWORKS_GRAPH, QB, RDF, XSD
from missiongraph.networks.observations import archive
from missiongraph.rdf.changes import Change
from missiongraph.system import framing, sandbox
from missiongraph.system.forked import ForkingLoop
from missiongraph.system.messages import decode

from .messages import Measured
from .served_store import ServedStore

QUIET = 2.0
"""Seconds without a write before the networks are measured anew."""

_N_QUADS = ox.RdfFormat.N_QUADS
_GRAPH = ox.NamedNode(NETWORKS_GRAPH)
_TYPE, _DATASET = ox.NamedNode(RDF + "type"), ox.NamedNode(QB + "DataSet")
_STALE = ox.NamedNode(MOI + "stale")
_TRUE = ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean"))
_LOWEST = 19  # niceness


class Refresher:
    """Measures the networks of a merged graph; what it finds is kept in ``file``, if given."""

    def __init__(
        self,
        served: ServedStore,
        loop: ForkingLoop,
        file: Path | None = None,
        *,
        fresh: bool = False,
    ) -> None:
        self._served, self._loop, self._file = served, loop, file
        self._due = None if fresh else 0.0
        self._measuring = False

    def wait(self) -> float | None:
        """Seconds until there is something to do; nothing if only a write brings it."""
        if self._due is None or self._measuring:
            return None
        return max(0.0, self._due - time.monotonic())

    def look(self) -> None:
        """Begin to measure, if it is time."""
        if self.wait() == 0:
            self._due, self._measuring = None, True
            self._loop.gather(self._measure, partial(self._conclude, self._served.data))

    def mark(self) -> bool:
        """Mark all networks as stale after a write, and measure them soon; whether any is new."""
        self._due = time.monotonic() + QUIET
        store = self._served.store
        sets = [quad.subject for quad in store.quads_for_pattern(None, _TYPE, _DATASET, _GRAPH)]
        marks = [ox.Quad(network, _STALE, _TRUE, _GRAPH) for network in sets]
        new = tuple(mark for mark in marks if mark not in store)
        self._served.apply(Change(added=new))
        return bool(new)

    def _measure(self) -> bytes:
        """In the forked process: the observations as they should be, told as a change."""
        sandbox.end_with_parent()
        os.nice(_LOWEST)
        return _measured(self._served, self._file)

    def _conclude(self, data: str, code: int, told: bytes) -> None:
        """Serve what was found; of data that have changed meanwhile it is stale from the start."""
        self._measuring = False
        if code != 0:
            return
        head, removed, added = framing.split(told)
        measured = decode(head, Measured)
        assert measured and isinstance(removed, bytes) and isinstance(added, bytes)
        change = Change(tuple(ox.parse(removed, _N_QUADS)), tuple(ox.parse(added, _N_QUADS)))
        if not change:
            return
        self._served.apply(change)
        derived = measured.digest
        if data != self._served.data:
            self.mark()
            derived = archive.stale_digest(derived)
        self._served.switch_to(self._served.data, derived)


def _measured(served: ServedStore, file: Path | None) -> bytes:
    from missiongraph.networks.observations.observe import observe  # starts threads

    before = set(served.store.quads_for_pattern(None, None, None, _GRAPH))
    known = ox.serialize(before, format=_N_QUADS) or b""
    if not known and file and file.exists():
        known = file.read_bytes()  # of another state: what has not changed since is of use
    found = observe(served.engine, known=known)
    digest = archive.digest(found)
    if file:
        archive.write(file, served.data, found)
    after = ox.Store()
    after.bulk_load(found, _N_QUADS)
    now = set(after)
    frames = Measured(digest).encode()
    for quads in (before - now, now - before):
        frames += framing.piece(ox.serialize(quads, format=_N_QUADS) or b"")
    return frames

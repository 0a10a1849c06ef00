"""Measures the networks of a served graph in the background, and again after writes.

A forked process of the lowest priority measures the state of the data at its start, and sends back
the change to the graph of observations. Until then the observations are marked as stale. As they
are derived from the data, they are neither written to the journal nor validated.
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
from missiongraph.system import framing
from missiongraph.system.forked import ForkingLoop
from missiongraph.system.messages import decode

from .messages import Measured
from .served_store import ServedStore

QUIET = 2.0
"""Seconds without a write before the networks are measured again."""

_N_QUADS = ox.RdfFormat.N_QUADS
_GRAPH = ox.NamedNode(NETWORKS_GRAPH)
_TYPE, _DATASET = ox.NamedNode(RDF + "type"), ox.NamedNode(QB + "DataSet")
_STALE = ox.NamedNode(MOI + "stale")
_TRUE = ox.Literal("true", datatype=ox.NamedNode(XSD + "boolean"))
_LOWEST = 19  # niceness


class Refresher:
    """Measures the networks of a merged graph; writes the observations to ``file``, if given."""

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
        """Seconds until :meth:`look` has work; ``None`` if none is due."""
        if self._due is None or self._measuring:
            return None
        return max(0.0, self._due - time.monotonic())

    def look(self) -> None:
        """Start a measurement if one is due."""
        if self.wait() == 0:
            self._due, self._measuring = None, True
            self._loop.gather(self._measure, partial(self._conclude, self._served.data))

    def mark(self) -> bool:
        """Mark all networks as stale after a write, and schedule a measurement.

        Returns whether any was not marked before.
        """
        self._due = time.monotonic() + QUIET
        store = self._served.store
        sets = [quad.subject for quad in store.quads_for_pattern(None, _TYPE, _DATASET, _GRAPH)]
        marks = [ox.Quad(network, _STALE, _TRUE, _GRAPH) for network in sets]
        new = tuple(mark for mark in marks if mark not in store)
        self._served.apply(Change(added=new))
        return bool(new)

    def _measure(self) -> bytes:
        """In the forked process: measure, and return the change to the observations as frames."""
        os.nice(_LOWEST)
        return _measured(self._served, self._file)

    def _conclude(self, data: str, code: int, frames: bytes) -> None:
        """Serve the new observations, marked as stale if the data have changed meanwhile."""
        self._measuring = False
        if code != 0:
            return
        head, removed, added = framing.split(frames)
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
        known = file.read_bytes()  # of another state: networks that have not changed are reused
    observations = observe(served.engine, known=known)
    digest = archive.digest(observations)
    if file:
        archive.write(file, served.data, observations)
    after = ox.Store()
    after.bulk_load(observations, _N_QUADS)
    now = set(after)
    frames = Measured(digest).encode()
    for quads in (before - now, now - before):
        frames += framing.piece(ox.serialize(quads, format=_N_QUADS) or b"")
    return frames

"""Keeps the store that a supervisor serves, a copy of its default graph, and its state's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox

from missiongraph.errors import DataError
from missiongraph.namespaces import NETWORKS_GRAPH
from missiongraph.networks.observations import archive
from missiongraph.rdf.changes import Change, apply, follow
from missiongraph.rdf.store import default_graph, fingerprint, load
from missiongraph.sparql.local import LocalEngine


class ServedStore:
    """A store and the state that is served; ``on_change`` is called when that state changes.

    ``data`` is the name of the state of the data, ``derived`` the digest of the observations, or
    empty. With ``merged``, the default graph is the merge of all named graphs.
    """

    def __init__(self, store: ox.Store, data: str, derived: str = "", *, merged: bool) -> None:
        self.store, self.default = store, default_graph(store)
        self.merged = merged
        # counted here, as a store counts its quads one by one: half a second for a million
        self.statements = len(self.default)
        self._named = len(store) - self.statements
        self.on_change: Callable[[], None] = lambda: None
        self._name(data, derived)

    @property
    def quads(self) -> int:
        """The number of quads in the store, its default graph included."""
        return self._named + self.statements

    def apply(self, change: Change) -> None:
        """Apply a change to the store and to the copy of its default graph."""
        triples = {ox.Quad(*quad.triple) for quad in change}
        before = sum(triple in self.default for triple in triples)
        apply(self.store, change, merged=self.merged)
        follow(self.default, self.store, change)
        self.statements += sum(triple in self.default for triple in triples) - before
        self._named += _in_named_graphs(change.added) - _in_named_graphs(change.removed)

    def switch_to(self, data: str, derived: str) -> None:
        """Serve the present content of the store, under these names of its state."""
        self._name(data, derived)
        self.on_change()

    def _name(self, data: str, derived: str) -> None:
        self.data, self.derived = data, derived
        self.engine = LocalEngine(self.store, archive.state_name(data, derived), self.default)


def _in_named_graphs(quads: Iterable[ox.Quad]) -> int:
    return sum(not isinstance(quad.graph_name, ox.DefaultGraph) for quad in quads)


def read(paths: list[Path], name: str) -> tuple[ox.Store, str]:
    """Load RDF files; returns the store and the name of its state, by default their fingerprint.

    Raises :class:`DataError` if the files change while they are read.
    """
    before = fingerprint(paths)
    store = load(paths)
    if fingerprint(paths) != before:
        raise DataError("the data changed while they were read; try again")
    return store, name or before


def load_observations(store: ox.Store, data: str, file: Path | None) -> str:
    """Add the observations of the state ``data`` from ``file``; returns their digest.

    The digest is empty, and the networks are measured again, if the file has none for this state
    or the store already holds observations.
    """
    measured = ox.NamedNode(NETWORKS_GRAPH)
    if any(store.quads_for_pattern(None, None, None, measured)):
        return ""
    if digest := archive.read_digest(file, data) if file else "":
        assert file
        archive.add(store, file)
    return digest

"""What a supervisor serves: a store, the copy of its default graph, and the names of its state."""

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
    """A store in the state that is served; ``on_change`` is called when that is another.

    ``data`` names the state of the data, ``derived`` that of the observations among them. With
    ``merged``, the default graph is all named graphs together.
    """

    def __init__(self, store: ox.Store, data: str, derived: str = "", *, merged: bool) -> None:
        self.store, self.default = store, default_graph(store)
        self.merged = merged
        # kept by hand, as a store counts its quads one by one: half a second for a million
        self.statements = len(self.default)
        self._named = len(store) - self.statements
        self.on_change: Callable[[], None] = lambda: None
        self._name(data, derived)

    @property
    def quads(self) -> int:
        """The number of quads in the store, its default graph included."""
        return self._named + self.statements

    def apply(self, change: Change) -> None:
        """Carry out a change, in the store and in the copy of its default graph."""
        triples = {ox.Quad(*quad.triple) for quad in change}
        before = sum(triple in self.default for triple in triples)
        apply(self.store, change, merged=self.merged)
        follow(self.default, self.store, change)
        self.statements += sum(triple in self.default for triple in triples) - before
        self._named += _in_named_graphs(change.added) - _in_named_graphs(change.removed)

    def switch_to(self, data: str, derived: str) -> None:
        """Serve the store as it is now, under these names."""
        self._name(data, derived)
        self.on_change()

    def _name(self, data: str, derived: str) -> None:
        self.data, self.derived = data, derived
        self.engine = LocalEngine(self.store, archive.state_name(data, derived), self.default)


def _in_named_graphs(quads: Iterable[ox.Quad]) -> int:
    return sum(not isinstance(quad.graph_name, ox.DefaultGraph) for quad in quads)


def read(paths: list[Path], name: str) -> tuple[ox.Store, str]:
    """The store of files and its name, by default their fingerprint."""
    before = fingerprint(paths)
    store = load(paths)
    if fingerprint(paths) != before:
        raise DataError("the data changed while they were read; try again")
    return store, name or before


def load_observations(store: ox.Store, data: str, file: Path | None) -> str:
    """Load the observations of these data from their file; their digest, if there are any.

    Data that hold some themselves, which were written there once, are measured anew.
    """
    measured = ox.NamedNode(NETWORKS_GRAPH)
    if any(store.quads_for_pattern(None, None, None, measured)):
        return ""
    if digest := archive.read_digest(file, data) if file else "":
        assert file
        archive.add(store, file)
    return digest

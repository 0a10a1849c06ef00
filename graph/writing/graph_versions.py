"""Tracks the version of each graph: the fingerprint of the last write that changed it."""

from __future__ import annotations

import pyoxigraph as ox

from missiongraph.rdf.changes import Change


class Versions:
    """The version of each graph; one that no write has changed is at version ``first``.

    A version is a hash over all writes so far, so none ever recurs. It does not change when only
    other graphs are written to.
    """

    def __init__(self, first: str) -> None:
        self._first = first
        self._changed: dict[str, str] = {}

    def note(self, change: Change, after: str) -> None:
        """Record that ``change`` led to the state ``after``."""
        touched = {_name(quad.graph_name) for quad in change}
        touched.update(_name(graph) for graph in change.created)
        self._changed.update(dict.fromkeys(touched, after))
        for graph in change.dropped:
            self._changed.pop(_name(graph), None)

    def of(self, graph: ox.NamedNode | ox.DefaultGraph) -> str:
        """The version of a graph that exists."""
        return self._changed.get(_name(graph), self._first)


def _name(graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> str:
    return str(graph)

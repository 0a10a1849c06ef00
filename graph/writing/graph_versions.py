"""Versions: for each graph, the state of the data that the last write to it made."""

from __future__ import annotations

import pyoxigraph as ox

from missiongraph.rdf.changes import Change


class Versions:
    """Begins with data in the state ``first``, which no write had made yet.

    A write names what it makes by a hash of all before it, so no version ever comes again; and
    it stays when other graphs are written to.
    """

    def __init__(self, first: str) -> None:
        self._first = first
        self._changed: dict[str, str] = {}

    def note(self, change: Change, after: str) -> None:
        """Note that ``change`` has made the state ``after``."""
        touched = {_name(quad.graph_name) for quad in change}
        touched.update(_name(graph) for graph in change.created)
        self._changed.update(dict.fromkeys(touched, after))
        for graph in change.dropped:
            self._changed.pop(_name(graph), None)

    def of(self, graph: ox.NamedNode | ox.DefaultGraph) -> str:
        """The version of a graph that is there."""
        return self._changed.get(_name(graph), self._first)


def _name(graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> str:
    return str(graph)

"""Permission: which graphs a write may change. Nobody may change what follows from other graphs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from missiongraph.errors import Refused, Reserved
from missiongraph.namespaces import (
    INFERRED_GRAPH,
    NETWORKS_GRAPH,
    ONTOLOGY_GRAPH,
    VOCABULARIES_GRAPH,
)

DEFAULT = "default"
"""Stands for the default graph among the names of graphs."""

ALL = ("*", DEFAULT)
"""Every graph, one by one."""

RESERVED = {
    NETWORKS_GRAPH: "holds what is measured of the other graphs, anew after each write",
    INFERRED_GRAPH: "holds what follows from the other graphs by rules, when the graph is built",
    ONTOLOGY_GRAPH: "holds the ontology that comes with this version",
    VOCABULARIES_GRAPH: "holds the vocabularies that come with this version",
}
"""The graphs that take no writes, and why."""

Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


@dataclass(frozen=True)
class Permission:
    """What the one called ``who`` may write to.

    ``graphs`` are IRIs, IRIs up to a final ``*``, and :data:`DEFAULT`; if it is nothing, all
    graphs, also by one word: ``DROP ALL``.
    """

    graphs: tuple[str, ...] | None = None
    who: str = ""

    def require(self, graph: Graph) -> None:
        """Raise :class:`Reserved` or :class:`Refused` unless ``graph`` may be changed."""
        name = DEFAULT if isinstance(graph, ox.DefaultGraph) else graph.value
        if name in RESERVED:
            raise Reserved(f"the graph {graph} takes no writes: it {RESERVED[name]}")
        if not self._covers(name):
            told = "the default graph" if name == DEFAULT else f"the graph {graph}"
            raise Refused(f"the token of {self.who} may not write to {told}")

    def require_sweep(self, words: str, graphs: Iterable[Graph]) -> None:
        """Raise unless all ``graphs`` may be changed at once, by ``words`` that name none."""
        if self.graphs is not None:
            raise Refused(f"{words} takes a token of scope admin; name the graph")
        try:
            for graph in graphs:
                self.require(graph)
        except Reserved as error:
            raise Reserved(f"{words}: {error}; name the graphs to empty") from error

    def _covers(self, name: str) -> bool:
        if self.graphs is None or name in self.graphs:
            return True
        prefixes = tuple(known[:-1] for known in self.graphs if known.endswith("*"))
        return name != DEFAULT and name.startswith(prefixes)

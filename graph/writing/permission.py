"""Checks which graphs a write may change. Graphs derived from others accept no writes."""

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
"""The name of the default graph in lists of graphs."""

ALL = ("*", DEFAULT)
"""Every graph, as long as the request names it."""

RESERVED = {
    NETWORKS_GRAPH: "holds measures of the other graphs, which are computed after each write",
    INFERRED_GRAPH: "holds what rules derive from the other graphs, which follows each write",
    ONTOLOGY_GRAPH: "holds the ontology that comes with this version",
    VOCABULARIES_GRAPH: "holds the vocabularies that come with this version",
}
"""The graphs that accept no writes, and why."""

Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


@dataclass(frozen=True)
class Permission:
    """The graphs that the client named ``who`` may write to.

    ``graphs`` are IRIs, prefixes of IRIs that end in ``*``, and :data:`DEFAULT`. ``None`` allows
    all graphs, also without naming them: ``DROP ALL``.
    """

    graphs: tuple[str, ...] | None = None
    who: str = ""

    def require(self, graph: Graph) -> None:
        """Raise :class:`Reserved` or :class:`Refused` unless ``graph`` may be changed."""
        name = DEFAULT if isinstance(graph, ox.DefaultGraph) else graph.value
        if name in RESERVED:
            raise Reserved(f"the graph {graph} accepts no writes: it {RESERVED[name]}")
        if not self._covers(name):
            label = "the default graph" if name == DEFAULT else f"the graph {graph}"
            raise Refused(f"the token of {self.who} may not write to {label}")

    def require_sweep(self, words: str, graphs: Iterable[Graph]) -> None:
        """Raise unless ``words`` (``DROP ALL``), which name no graph, may change all ``graphs``."""
        if self.graphs is not None:
            raise Refused(f"{words} needs a token of scope admin; name the graph instead")
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

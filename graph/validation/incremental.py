"""Incremental SHACL validation of a change, at a cost that grows with the change, not the graph.

Only the focus nodes that the change affects (:mod:`.affected`) are validated, over the store
itself. Older violations that have nothing to do with the change are not reported, so the graph
must be valid to begin with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
import rdflib
from pyshacl.shapes_graph import ShapesGraph
from rdflib.query import Result
from rdflib.term import Node

from missiongraph.rdf.changes import Change
from missiongraph.rdf.rdf12 import is_beyond
from missiongraph.rdf.rdflib_view import StoreGraph, view

from .affected import ShapeDependencies
from .query_patterns import Pattern
from .shacl import runnable
from .shapes import Report, relied_on, report_at, shipped_shapes

__all__ = ["IncrementalValidator"]

_Bindings = list[dict[str, Node]]


class IncrementalValidator:
    """Validates changes against shapes (ours by default), which are analysed once.

    Not safe for use by several threads. Raises :class:`DataError` for invalid shapes.
    """

    def __init__(self, shapes: rdflib.Graph | None = None) -> None:
        rules = shipped_shapes() if shapes is None else shapes
        with runnable():
            self._reach = ShapeDependencies(rules)
            self._shapes = ShapesGraph(rules)
            list(self._shapes.shapes)  # now, as reading them takes as long as a check
        self._known = relied_on()

    def check(self, store: ox.Store, change: Change) -> Report:
        """The results that ``change`` causes; ``store`` is the store after the change.

        The data are the store's default graph and, as for :func:`validate`, our vocabularies.
        Raises :class:`DataError` if the shapes cannot be run.
        """
        beyond = dict.fromkeys(quad.triple for quad in change.added if is_beyond(quad))
        gone, new = view(change.removed), view(change.added)
        now = _Changed(store, self._known)
        touched = {each.shape: each for each in self._reach.touched(now, gone, new)}
        for text, query in self._reach.queries.items():
            if query.shape in touched:
                others = touched[query.shape].others
                now.narrowed[text] = NarrowedQuery(others, _bindings(query.patterns, gone, new))
        nodes = [(shape, each.reached | each.others) for shape, each in touched.items()]
        return report_at(now, self._shapes, nodes, beyond)


@dataclass(frozen=True)
class NarrowedQuery:
    """A shape's query that, for ``nodes``, is run only for the rows that a change can add.

    Run without ``bindings`` of its variables, it would read the whole graph for each change.
    ``nodes`` excludes those that the change reached, such as a new target: all their rows are new.
    """

    nodes: frozenset[Node]
    bindings: _Bindings


class _Changed(StoreGraph):
    """A graph after a change; ``narrowed`` queries by their text."""

    def __init__(self, store: ox.Store, also: rdflib.Graph) -> None:
        super().__init__(store, also)
        self.narrowed: dict[str, NarrowedQuery] = {}

    def query(
        self,
        query_object: Any,
        processor: Any = "sparql",
        result: Any = "sparql",
        initNs: Any = None,
        initBindings: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Result:
        initial = dict(initBindings or {})
        results: list[Result] = [
            super(_Changed, self).query(
                query_object, processor, result, initNs, initial | bound, *args, **kwargs
            )
            for bound in self._to_bind(str(query_object), initial.get("this"))
            if all(initial.get(name, term) == term for name, term in bound.items())
        ]
        if len(results) == 1:
            return results[0]
        joined = Result("SELECT")
        joined.vars = results[0].vars if results else []
        joined.bindings = [row for part in results for row in part.bindings]
        return joined

    def _to_bind(self, query: str, node: Node | None) -> _Bindings:
        for text, narrowed in self.narrowed.items():
            # pyshacl puts prefixes before a query
            if query.endswith(text) and node in narrowed.nodes:
                return narrowed.bindings
        return [{}]


def _bindings(read: Iterable[Pattern], gone: Iterable[Any], new: Iterable[Any]) -> _Bindings:
    """The bindings of variables in the rows that the change can have added."""
    removed, added = list(gone), list(new)
    bindings: dict[frozenset[tuple[str, Node]], dict[str, Node]] = {}
    for pattern in read:
        only_adds = pattern.certain is None
        for triple in added if only_adds else removed + added:
            bound = pattern.bindings(triple)
            if bound is not None:
                bindings[frozenset(bound.items())] = bound
    return [{}] if frozenset() in bindings else [*bindings.values()]

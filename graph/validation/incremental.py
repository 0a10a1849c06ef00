"""The gate: does a graph still keep to its shapes after a change, at a cost of the change's size.

Only what the change can have made wrong is looked at: the focus nodes that it reaches
(:mod:`.affected`), over the store itself. What was wrong before and has nothing to do with the
change goes unnoticed, so the graph that is let through a gate has to be valid to begin with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib import SH
from rdflib.query import Result
from rdflib.term import Node

from missiongraph.rdf.changes import Change
from missiongraph.rdf.rdf12 import is_beyond
from missiongraph.rdf.rdflib_view import StoreGraph, view

from .affected import ShapeDependencies
from .query_patterns import Pattern
from .shacl import runnable
from .shapes import Report, relied_on, report_of, shipped_shapes

__all__ = ["IncrementalValidator"]

_Bindings = list[dict[str, Node]]


class IncrementalValidator:
    """Checks changes against shapes (ours if not given), which are studied once, here.

    One change at a time: a gate is not to be shared by threads. Raises :class:`DataError` for
    shapes that cannot be read.
    """

    def __init__(self, shapes: rdflib.Graph | None = None) -> None:
        with runnable():
            self._reach = ShapeDependencies(shipped_shapes() if shapes is None else shapes)
        self._shapes = self._reach.untargeted()
        self._known = relied_on()

    def check(self, store: ox.Store, change: Change) -> Report:
        """What is wrong or incomplete in ``store``, as it is after ``change``, because of it.

        The data are the store's default graph and, as for :func:`validate`, our vocabularies.
        Raises :class:`DataError` if the shapes cannot be run.
        """
        beyond = dict.fromkeys(quad.triple for quad in change.added if is_beyond(quad))
        gone, new = view(change.removed), view(change.added)
        now = _Changed(store, self._known)
        touched = {found.shape: found for found in self._reach.touched(now, gone, new)}
        for text, query in self._reach.queries.items():
            if query.shape in touched:
                others = touched[query.shape].others
                now.asked[text] = NarrowedQuery(others, _bindings(query.patterns, gone, new))
        targets = [
            (shape, SH.targetNode, node)
            for shape, found in touched.items()
            for node in found.reached | found.others
        ]
        for target in targets:
            self._shapes.add(target)
        try:
            return report_of(now, self._shapes, beyond)
        finally:  # to copy all shapes for each change would take as long as a check does
            for target in targets:
                self._shapes.remove(target)


@dataclass(frozen=True)
class NarrowedQuery:
    """A query that for some nodes is asked only for the answers that a change can add.

    For each change it would read the whole graph. ``bindings`` are what to bind its variables to.
    A node that the change reached, such as a new target, is not among ``nodes``: any answer is new.
    """

    nodes: frozenset[Node]
    bindings: _Bindings


class _Changed(StoreGraph):
    """A graph after a change; ``asked`` by the text of the query."""

    def __init__(self, store: ox.Store, also: rdflib.Graph) -> None:
        super().__init__(store, also)
        self.asked: dict[str, NarrowedQuery] = {}

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
        given = dict(initBindings or {})
        answers: list[Result] = [
            super(_Changed, self).query(
                query_object, processor, result, initNs, given | bound, *args, **kwargs
            )
            for bound in self._to_bind(str(query_object), given.get("this"))
            if all(given.get(name, term) == term for name, term in bound.items())
        ]
        if len(answers) == 1:
            return answers[0]
        together = Result("SELECT")
        together.vars = answers[0].vars if answers else []
        together.bindings = [row for answer in answers for row in answer.bindings]
        return together

    def _to_bind(self, query: str, node: Node | None) -> _Bindings:
        for text, asked in self.asked.items():
            # pyshacl puts prefixes before a query
            if query.endswith(text) and node in asked.nodes:
                return asked.bindings
        return [{}]


def _bindings(read: Iterable[Pattern], gone: Iterable[Any], new: Iterable[Any]) -> _Bindings:
    """What variables are bound to in every answer that the change can have added."""
    removed, added = list(gone), list(new)
    found: dict[frozenset[tuple[str, Node]], dict[str, Node]] = {}
    for pattern in read:
        only_adds = pattern.certain is None
        for triple in added if only_adds else removed + added:
            bound = pattern.bindings(triple)
            if bound is not None:
                found[frozenset(bound.items())] = bound
    return [{}] if frozenset() in found else [*found.values()]

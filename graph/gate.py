"""The gate: does a graph still keep to its shapes after a change, at a cost of the change's size.

Only what the change can have made wrong is looked at: the focus nodes that it reaches
(:mod:`.reach`), over the store itself. What was wrong before and has nothing to do with the
change goes unnoticed, so the graph that is let through a gate has to be valid to begin with.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib import SH
from rdflib.query import Result
from rdflib.term import Node

from .change import Change
from .patterns import Pattern
from .reach import Reach
from .validation import Report, _known, _own_shapes, _report
from .view import View, view

__all__ = ["Gate"]

_Bindings = list[dict[str, Node]]


class Gate:
    """Checks changes against shapes (ours if not given), which are studied once, here."""

    def __init__(self, shapes: rdflib.Graph | None = None) -> None:
        self._reach = Reach(_own_shapes() if shapes is None else shapes)
        self._shapes = self._reach.untargeted()
        self._known = _known()

    def check(self, store: ox.Store, change: Change) -> Report:
        """What is wrong or incomplete in ``store``, as it is after ``change``, because of it.

        The data are the store's default graph and, as for :func:`validate`, our vocabularies.
        Raises :class:`DataError` if the shapes cannot be run.
        """
        gone, new = view(change.removed), view(change.added)
        asked = {text: _bindings(read, gone, new) for text, read in self._reach.queries.items()}
        now = _Changed(store, self._known, asked)
        shapes = rdflib.Graph() + self._shapes
        for shape, nodes in self._reach.touched(now, gone, new):
            for node in nodes:
                shapes.add((shape, SH.targetNode, node))
        return _report(now, shapes)


class _Changed(View):
    """A graph of which some queries are asked only for the answers that a change can add.

    Those queries would read the whole graph for every change; ``asked`` has their texts and what
    to bind their variables to.
    """

    def __init__(self, store: ox.Store, also: rdflib.Graph, asked: dict[str, _Bindings]) -> None:
        super().__init__(store, also)
        self._asked = asked

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
            for bound in self._to_bind(query_object)
            if all(given.get(name, term) == term for name, term in bound.items())
        ]
        if len(answers) == 1:
            return answers[0]
        together = Result("SELECT")
        together.vars = answers[0].vars if answers else []
        together.bindings = [row for answer in answers for row in answer.bindings]
        return together

    def _to_bind(self, query: Any) -> _Bindings:
        # pyshacl puts prefixes before a query
        asked = (found for text, found in self._asked.items() if str(query).endswith(text))
        return next(asked, [{}])


def _bindings(read: Iterable[Pattern], gone: Iterable[Any], new: Iterable[Any]) -> _Bindings:
    """What variables are bound to in every answer that the change can have added."""
    removed, added = list(gone), list(new)
    found: _Bindings = []
    for pattern in read:
        only_adds = pattern.certain is None
        for triple in added if only_adds else removed + added:
            bound = pattern.bindings(triple)
            if bound is not None and bound not in found:
                found.append(bound)
    return [{}] if {} in found else found

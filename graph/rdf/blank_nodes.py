"""Scope: a label names one blank node in one document, and another in the next.

Blank node identifiers are scoped to the document that they stand in (RDF 1.1 Concepts, section
3.4). Here they keep the names that readers find in their files, where no file before has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import TypeVar

import pyoxigraph as ox

__all__ = ["Scope"]

_Term = TypeVar("_Term")


class Scope:
    """Documents that are read together, and the names that their blank nodes have by now."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of_document(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        """The quads of one more document, its blank nodes apart from all before."""
        names: dict[str, ox.BlankNode] = {}

        def apart(term: _Term) -> _Term | ox.BlankNode:
            if not isinstance(term, ox.BlankNode):
                return term
            if term.value not in names:
                names[term.value] = self._named(term.value)
            return names[term.value]

        for quad in quads:
            subject, object = apart(quad.subject), apart(quad.object)
            yield ox.Quad(subject, quad.predicate, object, quad.graph_name)

    def _named(self, label: str) -> ox.BlankNode:
        """A blank node with this name, or one like it that is free."""
        names = (label if not number else f"{label}-{number}" for number in count())
        free = next(name for name in names if name not in self._taken)
        self._taken.add(free)
        return ox.BlankNode(free)

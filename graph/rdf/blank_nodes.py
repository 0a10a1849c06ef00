"""Keeps blank nodes of different documents apart when they are read together.

A blank node label is scoped to its document (RDF 1.1 Concepts, section 3.4). Labels stay as
they are in the file, unless an earlier document has used them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import TypeVar

import pyoxigraph as ox

__all__ = ["Scope"]

_Term = TypeVar("_Term")


class Scope:
    """The blank node labels in use so far, over all documents that are read together."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of_document(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        """The quads of another document, with blank nodes distinct from all earlier ones."""
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
        """A blank node with this label, or with a numbered variant if it is taken."""
        names = (label if not number else f"{label}-{number}" for number in count())
        free = next(name for name in names if name not in self._taken)
        self._taken.add(free)
        return ox.BlankNode(free)

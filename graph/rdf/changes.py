"""Writes and changes: what a client asks for, and what that takes out of and puts in the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

UPDATE, PUT, POST, DELETE = "update", "put", "post", "delete"
"""The kinds of writes."""


@dataclass(frozen=True)
class Write:
    """A SPARQL Update (``body`` is its text), or an operation on one graph of the store.

    ``graph`` is the IRI of that graph, or nothing for the default graph; ``body`` is what is
    put or posted, in ``media_type``. ``who`` is written down with the change. ``graphs`` are
    those that may be written to (``writing/permission``), all if it is nothing. ``if_match`` and
    ``if_none_match`` are states, or ``*``, that what is written to must be in, or must not
    (``writing/preconditions``).
    """

    kind: str
    who: str
    body: bytes = b""
    media_type: str = ""
    graph: str | None = None
    base: str = ""
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    graphs: tuple[str, ...] | None = None
    if_match: tuple[str, ...] | None = None
    if_none_match: tuple[str, ...] | None = None

    @property
    def what(self) -> str:
        """The write in a few words, for the journal."""
        if self.kind == UPDATE:
            return UPDATE
        return f"{self.kind} {self.graph or 'the default graph'}"


@dataclass(frozen=True)
class Change:
    """What a write did: no quad of ``removed`` is there any more, each of ``added`` is new.

    ``created`` and ``dropped`` are named graphs that came to be or ceased to be, with or
    without quads.
    """

    removed: tuple[ox.Quad, ...] = ()
    added: tuple[ox.Quad, ...] = ()
    created: tuple[ox.NamedNode, ...] = ()
    dropped: tuple[ox.NamedNode, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.created or self.dropped)

    def __iter__(self) -> Iterator[ox.Quad]:
        yield from self.removed
        yield from self.added


def apply(store: ox.Store, change: Change, *, merged: bool) -> None:
    """Carry out ``change``; ``merged`` keeps the default graph the set of all named graphs."""
    for quad in change.removed:
        store.remove(quad)
    store.extend(change.added)
    if merged:
        merge_change(store, change)
    for graph in change.created:
        store.add_graph(graph)
    for graph in change.dropped:
        store.remove_graph(graph)


def follow(copy: ox.Store, store: ox.Store, change: Change) -> None:
    """Let a copy of the default graph alone follow a change that is in ``store`` already."""
    for quad in change:
        triple = ox.Quad(*quad.triple)
        if triple in store:
            copy.add(triple)
        else:
            copy.remove(triple)


def merge_change(store: ox.Store, change: Change) -> None:
    """Let the default graph follow a change of the named graphs that is in ``store`` already."""
    store.extend(ox.Quad(*quad.triple) for quad in change.added)
    for quad in change.removed:
        subject, predicate, object = quad.triple
        said = store.quads_for_pattern(subject, predicate, object)
        if all(isinstance(other.graph_name, ox.DefaultGraph) for other in said):
            store.remove(ox.Quad(*quad.triple))

"""A set of changes to a dataset (quads removed and added), and applying it to a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox


@dataclass(frozen=True)
class Change:
    """The effect of a write: quads that were present and are removed, and new ones added.

    ``created`` and ``dropped`` are named graphs that now exist or no longer exist, with or
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

    def joined(self, other: Change) -> Change:
        """This change and another one, which touches no quad of this one."""
        return Change(
            self.removed + other.removed,
            self.added + other.added,
            self.created + other.created,
            self.dropped + other.dropped,
        )


NOTHING = Change()


def apply(store: ox.Store, change: Change, *, merged: bool) -> None:
    """Apply ``change`` to ``store``; with ``merged``, also to the merged default graph."""
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
    """Update ``copy``, a copy of the default graph, after ``change`` was applied to ``store``."""
    for quad in change:
        triple = ox.Quad(*quad.triple)
        if triple in store:
            copy.add(triple)
        else:
            copy.remove(triple)


def merge_change(store: ox.Store, change: Change) -> None:
    """Update the merged default graph after ``change`` was applied to the named graphs."""
    store.extend(ox.Quad(*quad.triple) for quad in change.added)
    for quad in change.removed:
        subject, predicate, object = quad.triple
        matches = store.quads_for_pattern(subject, predicate, object)
        if all(isinstance(other.graph_name, ox.DefaultGraph) for other in matches):
            store.remove(ox.Quad(*quad.triple))

"""Compares an import with the edition before it, and puts it in that one's place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from missiongraph.errors import NoSuchGraph
from missiongraph.namespaces import ID, PROV
from missiongraph.rdf.changes import Change
from missiongraph.writing import directory
from missiongraph.writing.directory import State

from .editions import Edition, Progress, Written, held, opened, record
from .running import Imported

_DERIVED_FROM = ox.NamedNode(PROV + "wasDerivedFrom")


@dataclass(frozen=True)
class Difference:
    """The things that a new edition adds, changes and no longer has, each sorted.

    ``before`` is the edition it is compared with.
    """

    before: Edition
    added: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]


def compare(folder: Path, imported: Imported) -> Difference:
    """What would change; nothing is written.

    Raises :class:`NoSuchGraph` if the graph holds no edition of the importer.
    """
    state = directory.load(folder)
    return _difference(state, _before(folder, state, imported), imported)


def update(
    folder: Path, imported: Imported, progress: Progress | None = None
) -> tuple[Difference, Written]:
    """Put an import in the place of the edition before it, as one change.

    Raises :class:`NoSuchGraph` if there is none, else as :func:`.editions.write`.
    """
    with opened(folder) as (state, journal):
        before = _before(folder, state, imported)
        difference = _difference(state, before, imported)
        old, new = ox.NamedNode(before.graph), ox.NamedNode(imported.graph)
        there = set(state.store.quads_for_pattern(None, None, None, old))
        here = set(_quads(imported))
        other = old != new
        change = Change(tuple(there - here), tuple(here - there), (new,) * other, (old,) * other)
        what = f"update {before.name} to {imported.source}"
        return difference, record(state, journal, change, what, progress)


def _before(folder: Path, state: State, imported: Imported) -> Edition:
    """The edition of the same importer that was imported last."""
    name = imported.importer.name
    editions = [edition for edition in held(state) if edition.name.startswith(name + "@")]
    if not editions:
        raise NoSuchGraph(f"{folder}: holds no edition of {name}: use missiongraph import {name}")
    return max(editions, key=lambda edition: (edition.retrieved, edition.name))


def _difference(state: State, before: Edition, imported: Imported) -> Difference:
    graph = ox.NamedNode(before.graph)
    old = _described(state.store.quads_for_pattern(None, None, None, graph))
    new = _described(_quads(imported))
    changed = sorted(thing for thing in old.keys() & new.keys() if old[thing] != new[thing])
    return Difference(
        before,
        tuple(sorted(new.keys() - old.keys())),
        tuple(changed),
        tuple(sorted(old.keys() - new.keys())),
    )


def _quads(imported: Imported) -> Iterable[ox.Quad]:
    return ox.parse(imported.data, ox.RdfFormat.N_QUADS)


def _described(quads: Iterable[ox.Quad]) -> dict[str, set[tuple[object, object]]]:
    """The statements about each thing, without those that name the edition."""
    things: defaultdict[str, set[tuple[object, object]]] = defaultdict(set)
    for quad in quads:
        subject = quad.subject
        if not isinstance(subject, ox.NamedNode) or not subject.value.startswith(ID):
            continue
        if subject.value.startswith(ID + "source/") or quad.predicate == _DERIVED_FROM:
            continue
        things[subject.value].add((quad.predicate, quad.object))
    return dict(things)

"""Writes imports into the directory of a graph, as one change each, and takes them out again.

A change that is recorded at all is recorded whole, and only if the graph conforms to the shapes
after it: anything that fails before leaves the directory as it was, to the byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from missiongraph.derivation.incremental import INFERRED, Derivation
from missiongraph.errors import DataError, NoSuchGraph, ValidationFailed
from missiongraph.namespaces import DCTERMS, MOI, SOURCE_GRAPH, SOURCE_ID
from missiongraph.rdf.changes import NOTHING, Change, apply
from missiongraph.validation.incremental import IncrementalValidator
from missiongraph.validation.shapes import Report, validate
from missiongraph.writing import directory
from missiongraph.writing.directory import State
from missiongraph.writing.journal import Journal
from missiongraph.writing.opening import enter

from .running import Imported

_HASH = re.compile("sha256:([0-9a-f]{64}) (.*)")
_IDENTIFIER = ox.NamedNode(DCTERMS + "identifier")

_WORTH = 40  # statements validated in a whole graph while one of a change is followed

Progress = Callable[[str], None]
"""Called with the name of each step as it begins."""


@dataclass(frozen=True)
class Edition:
    """An import that a graph holds: its name, as NAME@EDITION, and what its source says."""

    name: str
    title: str
    retrieved: str
    licence: str
    extent: str
    files: tuple[tuple[str, str], ...]
    """Name and SHA-256 of each file."""
    statements: int

    @property
    def graph(self) -> str:
        """Its named graph."""
        return SOURCE_GRAPH + self.name.replace("@", "--")


@dataclass(frozen=True)
class Written:
    """What a change of a directory did: statements added, removed and derived."""

    added: int
    removed: int
    derived: int
    report: Report | None


def write(folder: Path, imported: Imported, progress: Progress | None = None) -> Written:
    """Add an import to the graph in a directory, in a named graph of its own.

    Raises :class:`DataError` if the graph holds this edition or is served,
    :class:`ValidationFailed` if it would break a shape; then nothing is written.
    """
    with opened(folder) as (state, journal):
        graph = ox.NamedNode(imported.graph)
        if state.store.contains_named_graph(graph):
            name = imported.source.replace("--", "@", 1)
            raise DataError(f"{folder}: holds {name} already: forget it first, or use update")
        added = tuple(ox.parse(imported.data, ox.RdfFormat.N_QUADS))
        what = f"import {imported.source}"
        return record(state, journal, Change((), added, (graph,)), what, progress)


def forget(folder: Path, name: str, progress: Progress | None = None) -> Written:
    """Take an import out again, by NAME@EDITION.

    Raises :class:`NoSuchGraph` if the graph holds no such import; else as :func:`write`.
    """
    with opened(folder) as (state, journal):
        known = {edition.name: edition for edition in held(state)}
        if name not in known:
            names = ", ".join(known) or "none"
            raise NoSuchGraph(f"{folder}: holds no import {name}; it holds: {names}")
        graph = ox.NamedNode(known[name].graph)
        removed = tuple(state.store.quads_for_pattern(None, None, None, graph))
        return record(state, journal, Change(removed, (), (), (graph,)), f"forget {name}", progress)


def history(folder: Path) -> list[Edition]:
    """The imports that the graph in a directory holds, by name; also while it is served."""
    return list(held(directory.load(folder)))


@contextmanager
def opened(folder: Path) -> Iterator[tuple[State, Journal]]:
    """The state of a directory and its journal, locked for other writers."""
    if not (folder / directory.BASE).exists():
        raise DataError(
            f"{folder}: holds no graph; begin one with missiongraph serve --directory {folder}"
        )
    begun = (folder / directory.JOURNAL).exists()
    with directory.lock(folder):
        state, journal = enter(folder)
        try:
            yield state, journal
        finally:
            journal.close()
            if not begun and not journal.path.stat().st_size:
                journal.path.unlink()


def record(
    state: State, journal: Journal, change: Change, what: str, progress: Progress | None
) -> Written:
    """Apply a change to the loaded state, derive, validate, and record it if the graph conforms."""
    tell = progress or (lambda _step: None)
    apply(state.store, change, merged=state.merged)
    derived, rules = NOTHING, state.rules
    if state.merged and state.store.contains_named_graph(INFERRED):
        tell("deriving")
        derivation = Derivation()
        if state.rules == derivation.fingerprint:
            derived = derivation.follow(state.store, change)
        else:
            derived = derivation.renew(state.store)
        rules = derivation.fingerprint
    tell("validating")
    report = _validated(state, change.joined(derived))
    if not report.conforms:
        number = len(report.violations)
        raise ValidationFailed(f"{number:,} violations; nothing was written", report)
    tell("recording")
    whole = change.joined(derived)
    journal.append(state.fingerprint, whole, who="missiongraph", what=what, rules=rules)
    size = len(derived.added) + len(derived.removed)
    return Written(len(change.added), len(change.removed), size, report)


def _validated(state: State, change: Change) -> Report:
    """Validate what a change affects, or everything, whichever takes less time."""
    size = len(change.added) + len(change.removed)
    if size * _WORTH < len(state.store):
        return IncrementalValidator().check(state.store, change)
    return validate(directory.named(state))


def held(state: State) -> Iterator[Edition]:
    """The sources that name files with their SHA-256, which only imports do."""
    identified = state.store.quads_for_pattern(None, _IDENTIFIER, None, ox.DefaultGraph())
    sources = {quad.subject for quad in identified if _HASH.match(_text(quad.object))}
    for source in sorted(sources, key=str):
        assert isinstance(source, ox.NamedNode)
        key = source.value.removeprefix(SOURCE_ID)
        graph = ox.NamedNode(SOURCE_GRAPH + key)
        size = sum(1 for _ in state.store.quads_for_pattern(None, None, None, graph))
        yield Edition(
            key.replace("--", "@", 1),
            _value(state, source, DCTERMS + "title"),
            _value(state, source, MOI + "retrieved"),
            _value(state, source, DCTERMS + "license"),
            _value(state, source, DCTERMS + "extent"),
            tuple(_files(state, source)),
            size,
        )


def _values(state: State, source: ox.NamedNode, predicate: str) -> list[str]:
    found = state.store.quads_for_pattern(source, ox.NamedNode(predicate), None, ox.DefaultGraph())
    return sorted(_text(quad.object) for quad in found)


def _text(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value


def _value(state: State, source: ox.NamedNode, predicate: str) -> str:
    return next(iter(_values(state, source, predicate)), "")


def _files(state: State, source: ox.NamedNode) -> Iterator[tuple[str, str]]:
    for text in _values(state, source, _IDENTIFIER.value):
        if found := _HASH.match(text):
            yield found[2], found[1]

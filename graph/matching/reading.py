"""Reads the organisations of a dataset: from the files of its publisher, or from a graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pyoxigraph as ox

from missiongraph.errors import DataError
from missiongraph.importers import preparing, recipe
from missiongraph.importers.readers.records import LIST
from missiongraph.importers.reading import FILTERED, OK, STATE, read
from missiongraph.ingest.build import build
from missiongraph.namespaces import (
    DCTERMS,
    GRAPH,
    ID,
    MOI,
    ORG,
    RDFS,
    SKOS,
    SOURCE_GRAPH,
    VOCAB,
)
from missiongraph.rdf.store import load
from missiongraph.writing import directory

from .organisations import ORGANISATION, Dataset, Organisation, canonical

CURATED = "curated"
MATCHES = "matching-"
"""How the names of the graphs of matches begin."""

_LABEL, _FURTHER = RDFS + "label", SKOS + "altLabel"
_COUNTRY, _KIND = MOI + "hasCountry", ORG + "classification"
_IDENTIFIER, _SAME = DCTERMS + "identifier", SKOS + "exactMatch"
_TOLD = (_LABEL, _FURTHER, _COUNTRY, _KIND, _IDENTIFIER, _SAME)

_Told = dict[str, dict[str, list[str]]]


def read_dataset(name: str, files: Sequence[Path] = (), folder: Path | None = None) -> Dataset:
    """A dataset from files of its publisher, else from the graph in a directory.

    Without either, only the curated graph is known, which is built if it has to be. Raises as
    :func:`from_files` and :func:`from_graph` do.
    """
    if files:
        return from_files(name, files)
    if folder:
        return from_graph(name, directory.load(folder).store)
    if name != CURATED:
        raise DataError(f"{name}: give its files by --read {name}=FILE, or --into DIRECTORY")
    return from_graph(name, load([build().path]))


def from_files(name: str, paths: Sequence[Path]) -> Dataset:
    """The organisations in files that the importer ``name`` reads; nothing is imported.

    Records that the publisher has withdrawn are among them. Raises :class:`DataError` for files
    that cannot be read, and for an importer that does not say who is who.
    """
    importer = recipe.find(name)
    if not (columns := importer.matching):
        raise DataError(f"{importer.name}: has no table [matching], so give a graph that holds it")
    table = importer.table(columns.table)
    frame = read(importer, paths, only=table.name).frames[table.name]
    frame, _ = preparing.keyed(preparing.cleaned(frame, table), table)
    for join in table.joins:
        frame, _ = preparing.joined(frame, join, None)
    for codes in table.codes:
        frame, _ = preparing.coded(frame, codes, importer)
    frame = preparing.made(frame, table).filter(pl.col(STATE).is_in([OK, FILTERED]))
    return _dataset(importer.name, _rows(frame, columns))


def _rows(frame: pl.DataFrame, columns: recipe.Matching) -> Iterator[Organisation]:
    """The organisations of a table, in the order of its rows."""
    for row in frame.iter_rows(named=True):

        def cells(*names: str, row: dict[str, str | None] = row) -> tuple[str, ...]:
            held = (cell for name in names if name and (cell := row.get(name)))
            return tuple(dict.fromkeys(item for cell in held for item in cell.split(LIST)))

        thing = row[columns.thing]
        names = cells(*columns.names)
        if not thing or not names:
            continue
        yield Organisation(
            iri=canonical(ORGANISATION + thing),
            label=names[0],
            names=names[1:],
            acronyms=cells(*columns.acronyms),
            countries=cells(columns.country),
            cities=cells(columns.city),
            kinds=cells(columns.kind),
            identifiers=frozenset(cells(*columns.identifiers)),
            status=" ".join(cells(columns.status)).lower(),
            successors=tuple(canonical(ORGANISATION + key) for key in cells(columns.successor)),
            line=columns.line,
        )


def from_graph(name: str, store: ox.Store) -> Dataset:
    """The organisations that a dataset describes in a graph: ``curated``, NAME or NAME@EDITION.

    A graph tells no cities. Raises :class:`DataError` if it holds no organisation of the dataset.
    """
    graphs = [g for g in store.named_graphs() if isinstance(g, ox.NamedNode)]
    imports = tuple(SOURCE_GRAPH + each + "--" for each in (*recipe.shipped(), MATCHES))
    if name == CURATED:
        others = (*imports, SOURCE_GRAPH + MATCHES)
        chosen = [g for g in graphs if g.value.startswith(GRAPH) and not g.value.startswith(others)]
    else:
        begin = SOURCE_GRAPH + (name.replace("@", "--") if "@" in name else name + "--")
        chosen = [g for g in graphs if g.value.startswith(begin)]
    told: _Told = defaultdict(lambda: defaultdict(list))
    for graph in chosen:
        for predicate in _TOLD:
            _gather(told, store.quads_for_pattern(None, ox.NamedNode(predicate), None, graph))
    line = _line(name)
    organisations = [
        each for iri, facts in sorted(told.items()) if (each := _described(iri, facts, line))
    ]
    if not organisations:
        raise DataError(f"the graph holds no organisations of {name}: import it, or give its files")
    return _dataset(name.partition("@")[0], organisations)


def _gather(told: _Told, quads: Iterable[ox.Quad]) -> None:
    for quad in quads:
        subject, value = quad.subject, quad.object
        if not isinstance(subject, ox.NamedNode) or isinstance(value, ox.Triple):
            continue
        if subject.value.startswith(ORGANISATION):
            told[subject.value][quad.predicate.value].append(value.value)


def _described(iri: str, facts: dict[str, list[str]], line: int) -> Organisation | None:
    labels = dict.fromkeys(facts.get(_LABEL, ()))
    if not labels:
        return None
    label, *names = (*labels, *dict.fromkeys(facts.get(_FURTHER, ())))
    known_by = [canonical(iri), *facts.get(_IDENTIFIER, ()), *facts.get(_SAME, ())]
    return Organisation(
        iri=canonical(iri),
        label=label,
        names=tuple(names),
        countries=tuple(sorted({c.removeprefix(VOCAB + "country/") for c in facts[_COUNTRY]})),
        kinds=tuple(sorted({k.removeprefix(VOCAB + "organisation-kind/") for k in facts[_KIND]})),
        identifiers=frozenset(x for x in known_by if x.startswith("http") and x[: len(ID)] != ID),
        line=line,
    )


def _line(name: str) -> int:
    """The length of the lines at whose end the names of a dataset have lost a blank."""
    name = name.partition("@")[0]
    matching = recipe.find(name).matching if name in recipe.shipped() else None
    return matching.line if matching else 0


def _dataset(name: str, organisations: Iterable[Organisation]) -> Dataset:
    return Dataset(name, {each.iri: each for each in organisations})

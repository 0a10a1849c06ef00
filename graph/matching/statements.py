"""Matches as RDF: one named graph, with rule, score, day and who decided, as SSSOM has them.

https://w3id.org/sssom/ describes a mapping as an ``owl:Axiom`` about its statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyoxigraph as ox

from missiongraph.errors import DataError
from missiongraph.importers import editions, update
from missiongraph.importers.account import Account, Report
from missiongraph.importers.editions import Progress, Written
from missiongraph.importers.readers.files import Given, given
from missiongraph.importers.recipe import Importer
from missiongraph.importers.running import Imported
from missiongraph.importers.source import statements as about_source
from missiongraph.namespaces import ORG, RDF, RDFS, SKOS, SOURCE_GRAPH, XSD
from missiongraph.writing import directory

from .decisions import ACCEPTED, PART_OF, WITHDRAWN, Decisions
from .organisations import ORGANISATION, ROR
from .reading import MATCHES
from .running import RULE
from .table import Row

_OWL, _SSSOM = "http://www.w3.org/2002/07/owl#", "https://w3id.org/sssom/"
_SEMAPV = "https://w3id.org/semapv/vocab/"
_PREDICATES = {ACCEPTED: SKOS + "exactMatch", PART_OF: ORG + "subOrganizationOf"}
_LABEL = ox.NamedNode(RDFS + "label")
_RECORD = ORGANISATION + "ror-"
_HASH = 16  # hexadecimal digits


def decided(rows: Iterable[Row], decisions: Decisions) -> Iterator[Row]:
    """The rows with the states that later decisions give them."""
    for row in rows:
        decision = decisions.by_pair.get((row.subject, row.object))
        if not decision or (row.state == WITHDRAWN and row.by == RULE):
            yield row
        else:
            yield replace(row, state=decision.state, by=decision.by, when=decision.when[:10])


def write(
    folder: Path,
    name: str,
    candidates: Path,
    rows: Iterable[Row],
    progress: Progress | None = None,
) -> Written:
    """Write the accepted pairs of a dataset into the directory of a graph, as one change.

    They take the place of the matches of that dataset that are there. Raises as
    :func:`missiongraph.importers.editions.write` does.
    """
    matches = [row for row in rows if row.state in _PREDICATES]
    made = imported(name, candidates, matches, _records(folder))
    held = [each.name for each in editions.history(folder)]
    if any(each.startswith(made.importer.name + "@") for each in held):
        return update.update(folder, made, progress)[1]
    return editions.write(folder, made, progress)


def _records(folder: Path) -> frozenset[str]:
    """The records of ROR that a graph describes, by their IRI there."""
    labels = directory.load(folder).store.quads_for_pattern(None, _LABEL, None, ox.DefaultGraph())
    things = (quad.subject for quad in labels if isinstance(quad.subject, ox.NamedNode))
    return frozenset(each.value for each in things if each.value.startswith(_RECORD))


def imported(
    name: str, candidates: Path, matches: list[Row], records: frozenset[str] = frozenset()
) -> Imported:
    """The matches of a dataset as an import of their own, whose edition is today."""
    if not matches:
        raise DataError(f"{candidates.name}: holds no pair that is accepted")
    importer = Importer(
        name=MATCHES + name,
        title=f"Organisations of {name} matched with others",
        publisher="MissionGraph",
        site="w3id.org",
        page="https://w3id.org/missiongraph/",
        licence="https://creativecommons.org/licenses/by/4.0/",
        strength="unknown",
        tables=(),
    )
    today = datetime.now(UTC).date().isoformat()
    key = f"{importer.name}--{today}"
    files: tuple[Given, ...] = (given(candidates),)
    account = Account("candidates")
    account.read = account.written = len(matches)
    report = Report(importer.title, today, [account])
    lines = pl.Series("line", [*_lines(matches, SOURCE_GRAPH + key, records)], dtype=pl.String)
    known = about_source(importer, key, today, files, report)
    return Imported(importer, key, pl.concat([lines, known]), report, files)


def _lines(matches: Iterable[Row], graph: str, records: frozenset[str]) -> Iterator[str]:
    """The N-Quads of the matches, each once."""
    seen: set[str] = set()
    for row in matches:
        for object_ in _objects(row.object, records):
            data = ox.serialize(_quads(row, object_, graph), format=ox.RdfFormat.N_QUADS) or b""
            for line in data.decode().splitlines():
                if line not in seen:
                    seen.add(line)
                    yield line


def _objects(iri: str, records: frozenset[str]) -> list[str]:
    """What is matched: an IRI, and the record of ROR that a graph describes."""
    described = _RECORD + iri.removeprefix(ROR)
    return [iri, described] if described in records else [iri]


def _quads(row: Row, object_: str, graph: str) -> list[ox.Quad]:
    named = ox.NamedNode
    within = named(graph)
    predicate = _PREDICATES[row.state]
    text = "\n".join((row.subject, predicate, object_))
    about = named(f"{graph}#{hashlib.sha256(text.encode()).hexdigest()[:_HASH]}")
    human = row.by != RULE
    justified = "ManualMappingCuration" if human else "LexicalMatching"

    def typed(value: str, name: str) -> ox.Literal:
        return ox.Literal(value, datatype=named(XSD + name))

    told: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (RDF + "type", named(_OWL + "Axiom")),
        (_OWL + "annotatedSource", named(row.subject)),
        (_OWL + "annotatedProperty", named(predicate)),
        (_OWL + "annotatedTarget", named(object_)),
        (_SSSOM + "mapping_justification", named(_SEMAPV + justified)),
        (_SSSOM + "mapping_date", typed(row.when, "date")),
    ]
    if human:
        told.append((_SSSOM + "author_label", ox.Literal(row.by)))
    if row.rule:
        told.append((_SSSOM + "curation_rule_text", ox.Literal(row.rule)))
        told.append((_SSSOM + "confidence", typed(f"{float(row.score):g}", "decimal")))
    quads = [ox.Quad(about, named(p), value, within) for p, value in told]
    return [ox.Quad(named(row.subject), named(predicate), named(object_), within), *quads]

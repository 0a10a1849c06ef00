"""States where an import comes from: its source, as every source of the graph, and its files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl
import pyoxigraph as ox

from missiongraph.namespaces import (
    DCTERMS,
    FOAF,
    MOI,
    PROV,
    RDF,
    SOURCE_GRAPH,
    SOURCE_ID,
    VOCAB,
    XSD,
)

from .account import Report
from .readers.files import Given
from .recipe import Importer

_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")
_TYPES = {4: "gYear", 7: "gYearMonth", 10: "date"}


def statements(
    importer: Importer, key: str, edition: str, files: Sequence[Given], report: Report
) -> pl.Series:
    """The N-Quads about the source: publisher, edition, licence, rows, files and their SHA-256."""
    source, graph = ox.NamedNode(SOURCE_ID + key), ox.NamedNode(SOURCE_GRAPH + key)
    today = datetime.now(UTC).date().isoformat()

    def typed(value: str, name: str) -> ox.Literal:
        return ox.Literal(value, datatype=ox.NamedNode(XSD + name))

    written = sum(table.written for table in report.tables)
    told: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (RDF + "type", ox.NamedNode(MOI + "Source")),
        (DCTERMS + "title", ox.Literal(f"{importer.title}, edition {edition}")),
        (FOAF + "page", ox.NamedNode(f"{importer.page}#{key}")),
        (MOI + "site", ox.Literal(importer.site)),
        (MOI + "publisherName", ox.Literal(importer.publisher)),
        (MOI + "retrieved", typed(today, "date")),
        (MOI + "hasKind", ox.NamedNode(VOCAB + "source-kind/data-set")),
        (MOI + "hasStrength", ox.NamedNode(f"{VOCAB}source-strength/{importer.strength}")),
        (DCTERMS + "license", ox.NamedNode(importer.licence)),
        (DCTERMS + "extent", ox.Literal(f"{report.rows} rows read, {written} written")),
    ]
    told += [(DCTERMS + "identifier", ox.Literal(f"sha256:{f.sha256} {f.name}")) for f in files]
    if _DATE.fullmatch(edition) and edition <= today:
        told.append((DCTERMS + "issued", typed(edition, _TYPES[len(edition)])))
    quads = [ox.Quad(source, ox.NamedNode(p), o, graph) for p, o in told]
    quads.append(ox.Quad(graph, ox.NamedNode(PROV + "wasDerivedFrom"), source, graph))
    lines = (ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"").decode().splitlines()
    return pl.Series("line", lines, dtype=pl.String)

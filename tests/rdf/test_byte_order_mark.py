"""A file that an editor has saved with a byte order mark is read as if it were not there."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest

from missiongraph.ingest.convert import map_file
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.rdf.store import load, parse
from missiongraph.server.settings import toml
from missiongraph.sparql.engine import Query
from missiongraph.sparql.local import LocalEngine
from missiongraph.writing.attempt import FORMATS, attempt
from missiongraph.writing.request import PUT, UPDATE, Write

MARK = codecs.BOM_UTF8
DOCUMENTS = {
    "ttl": b"@prefix x: <x:> . x:a x:b x:c .",
    "nt": b"<x:a> <x:b> <x:c> .\n",
    "trig": b"<x:a> <x:b> <x:c> .",
    "nq": b"<x:a> <x:b> <x:c> .\n",
    "rdf": b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">'
    b'<r:Description r:about="x:a"><x:b r:resource="x:c"/></r:Description></r:RDF>',
    "jsonld": b'{"@id": "x:a", "x:b": {"@id": "x:c"}}',
}
TRIPLE = "<x:a> <x:b> <x:c>"
TYPES = {"ttl": "text/turtle", "nt": "application/n-triples", "rdf": "application/rdf+xml",
         "jsonld": "application/ld+json"}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", DOCUMENTS)
def test_rdf_files(tmp_path: Path, end: str, packed: bool) -> None:
    data = MARK + DOCUMENTS[end]
    path = tmp_path / (f"marked.{end}" + ".gz" * packed)
    path.write_bytes(gzip.compress(data) if packed else data)
    assert [str(quad.triple) for quad in parse(path)] == [TRIPLE]
    assert len(load(path)) == 2  # in its graph, and merged


@pytest.mark.parametrize("end", TYPES)
def test_what_is_put(end: str) -> None:
    assert TYPES[end] in FORMATS
    write = Write(PUT, "test", MARK + DOCUMENTS[end], TYPES[end], "x:g")
    [added] = attempt(ox.Store(), write, merged=False, gate=None).change.added
    assert str(added.triple) == TRIPLE


def test_updates() -> None:
    write = Write(UPDATE, "test", MARK + b"PREFIX x: <x:> INSERT DATA { x:a x:b x:c }")
    assert len(attempt(ox.Store(), write, merged=False, gate=None).change.added) == 1


def test_queries() -> None:
    query = Query("\ufeffSELECT (1 AS ?x) {}")
    assert LocalEngine(ox.Store()).run(query, solutions="text/csv", triples=None).form == "select"
    assert not NetworkQuery.parse("\ufeff# Who?\nSELECT ?source ?target {}").text[0].isspace()
    assert NetworkQuery.parse("\ufeff# Who?\nSELECT ?source ?target {}").question == "Who?"


def test_tables_and_mappings(tmp_path: Path) -> None:
    table, mapping, made = tmp_path / "t.csv", tmp_path / "m.rq", tmp_path / "made.nt"
    table.write_bytes(MARK + b"id\nhttp://e.test/1\n")
    mapping.write_bytes(MARK + b"# column id iri\nCONSTRUCT { ?id a <x:T> } WHERE { }")
    map_file(table, mapping, made, workers=1)
    assert b"http://e.test/1" in made.read_bytes()


def test_settings(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_bytes(MARK + b"[server]\nproxies = 1\n")
    assert toml(tmp_path / "s.toml") == {"server": {"proxies": 1}}

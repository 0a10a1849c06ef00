"""The store: files in, named graphs kept, the merged set as default graph."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

import missiongraph
from missiongraph.errors import DataError
from missiongraph.namespaces import FILE_GRAPH
from missiongraph.rdf.store import load

TWICE = '<a:> <p:> "x" <g:1> .\n<a:> <p:> "x" <g:2> .\n<a:> <p:> "y" <g:2> .\n'


@pytest.fixture
def twice(tmp_path: Path) -> Path:
    path = tmp_path / "twice.nq"
    path.write_text(TWICE)
    return path


def graphs(store: ox.Store) -> set[str]:
    return {graph.value for graph in store.named_graphs()}


def merged(store: ox.Store) -> int:
    return len(list(store.quads_for_pattern(None, None, None, ox.DefaultGraph())))


def test_a_triple_of_two_sources_counts_once(twice: Path) -> None:
    assert merged(load(twice)) == 2


def test_who_says_what_is_kept(twice: Path) -> None:
    found = load(twice).query('SELECT ?g { GRAPH ?g { ?s ?p "x" } }')
    assert isinstance(found, ox.QuerySolutions)
    assert {row["g"].value for row in found} == {"g:1", "g:2"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ttl", "<a:> <p:> 1 ."),
        ("a.nt", '<a:> <p:> "1" .'),
        ("a.nq", '<a:> <p:> "1" .'),
        ("a.trig", '<a:> <p:> "1" .'),
        ("a.jsonld", '{"@id": "a:b", "p:q": 1}'),
        (
            "a.rdf",
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="e:">'
            '<rdf:Description rdf:about="a:b"><e:p>1</e:p></rdf:Description></rdf:RDF>',
        ),
    ],
)
def test_triples_outside_named_graphs_get_the_graph_of_their_file(
    tmp_path: Path, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    store = load(path)
    assert graphs(store) == {FILE_GRAPH + name}
    assert merged(store) == 1


def test_a_name_with_a_space_makes_a_valid_graph_name(tmp_path: Path) -> None:
    path = tmp_path / "my data.ttl"
    path.write_text("<a:> <p:> 1 .")
    assert graphs(load(path)) == {FILE_GRAPH + "my%20data.ttl"}


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "twice.nq.gz"
    path.write_bytes(gzip.compress(TWICE.encode()))
    assert graphs(load(path)) == {"g:1", "g:2"}


def test_several_files_make_one_graph(tmp_path: Path, twice: Path) -> None:
    path = tmp_path / "more.ttl"
    path.write_text('<a:> <p:> "z" .')
    assert merged(load([twice, path])) == 3


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.ttl", "<a:> <p:> 1 .\n<a:> oops .", r"a\.ttl, line 2: "),
        ("a.nq", '<a:> <p:> "x" .\n\n<a:> <p:> .', r"a\.nq, line 3: "),
        ("a.jsonld", '{"a":', r"a\.jsonld, line 1: "),
        ("a.rdf", "<a></b>", r"a\.rdf, line 1: "),
        ("a.docx", "", r"a\.docx: the suffix must name the file's format; use one of \.nq"),
        ("a.ttl.gz", "not packed", r"a\.ttl\.gz: cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_names_itself_and_the_line(
    tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(DataError, match=complaint):
        load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.ttl: cannot be read: No such file"):
        missiongraph.open(tmp_path / "none.ttl")


def test_the_fingerprint_is_that_of_the_files(tmp_path: Path, twice: Path) -> None:
    before = missiongraph.open(twice).fingerprint
    assert missiongraph.open(str(twice)).fingerprint == before
    twice.write_text(TWICE + "<b:> <p:> <o:> <g:1> .\n")
    assert missiongraph.open(twice).fingerprint != before


def test_rdflib_sees_the_merged_set_and_the_named_graphs(twice: Path) -> None:
    dataset = missiongraph.open(twice).dataset
    assert len(dataset.default_graph) == 2
    assert len(dataset.graph(rdflib.URIRef("g:1"))) == 1


def test_rdflib_queries_the_same_store(twice: Path) -> None:
    found = missiongraph.open(twice).dataset.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert [int(row[0]) for row in found] == [2]  # type: ignore[index, arg-type]

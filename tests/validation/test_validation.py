"""Validation: reading, merging and reporting."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF, RDFS, SH, XSD, Literal, URIRef

from missiongraph.errors import DataError
from missiongraph.namespaces import ID, MOI, SHAPES
from missiongraph.validation.shapes import Report, merged, read, shapes, short, validate

PERSON = URIRef(ID + "organisation/example")
LABEL = Literal("Example", lang="en")
NAMELESS = f"<{PERSON}> <{RDF.type}> <http://www.w3.org/ns/org#Organization> ."
ROR_OF_REAL_BODIES = ["0000ev088", "001aqnf71", "00epmv149", "00k4n6c32", "02jx3x895", "03sfkwk85"]


@pytest.fixture(scope="module")
def nameless(tmp_path_factory: pytest.TempPathFactory) -> Report:
    path = tmp_path_factory.mktemp("data") / "nameless.ttl"
    path.write_text(NAMELESS, encoding="utf-8")
    return validate(path)


def test_nothing_conforms() -> None:
    report = validate(rdflib.Graph())
    assert report.conforms
    assert report.counts() == {"Violation": 0, "Warning": 0, "Info": 0}


def test_result_says_where_what_and_what_to_do(nameless: Report) -> None:
    (result,) = nameless.violations
    assert result.focus == str(PERSON)
    assert result.shape == SHAPES + "LabelledShape-label"
    assert result.path == "rdfs:label|foaf:name"
    assert result.message.startswith("Give it a label")


def test_only_violations_stop_data_from_conforming(nameless: Report) -> None:
    assert not nameless.conforms
    assert nameless.infos
    named = rdflib.Graph()
    named.add((PERSON, RDFS.label, LABEL))
    named.add((PERSON, RDF.type, URIRef("http://www.w3.org/ns/org#Organization")))
    report = validate(named)
    assert report.conforms
    assert report.infos


def test_gravest_shape_comes_first(nameless: Report) -> None:
    assert next(iter(nameless.by_shape())) == SHAPES + "LabelledShape-label"


def test_text_is_for_people_and_json_for_programs(nameless: Report) -> None:
    assert "shapes#LabelledShape-label" in nameless.text()
    assert "id/organisation/example" in nameless.text()
    report = json.loads(nameless.to_json())
    assert report["conforms"] is False
    assert report["results"][0]["severity"] == "Violation"


def test_report_is_a_shacl_report_as_well(nameless: Report) -> None:
    found = set(nameless.graph.subjects(RDF.type, SH.ValidationResult))
    assert len(found) == len(nameless.results)


def test_text_shows_the_first_nodes_and_counts_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "many.nt"
    path.write_text("\n".join(NAMELESS.replace("example", f"e{n}") for n in range(12)))
    assert "… and 9 more" in validate(path).text(shown=3)


def test_data_are_left_as_they_were() -> None:
    graph = rdflib.Graph()
    graph.add((PERSON, RDFS.label, LABEL))
    validate(graph)
    assert len(graph) == 1


def test_own_shapes_may_be_given() -> None:
    rule = rdflib.Graph().parse(
        data=f"""@prefix sh: <{SH}> .
        <urn:rule> a sh:NodeShape ; sh:targetNode <{PERSON}> ; sh:message "Go." ; sh:minLength 99 .
        """,
        format="turtle",
    )
    (result,) = validate(rdflib.Graph(), shapes=rule).results
    assert (result.shape, result.message) == ("urn:rule", "Go.")


def test_severity_of_the_shapes_own_is_a_violation() -> None:
    rules = rdflib.Graph().parse(
        data=f"""@prefix sh: <{SH}> .
        <x:shape> sh:targetNode <x:a> ; sh:nodeKind sh:Literal ; sh:severity <x:Grave> .""",
        format="turtle",
    )
    assert len(validate(rdflib.Graph(), shapes=rules).violations) == 1


def test_changing_the_copy_of_the_shapes_changes_nothing_else() -> None:
    before = len(shapes())
    shapes().remove((None, None, None))
    assert len(shapes()) == before


@pytest.mark.parametrize("code", ROR_OF_REAL_BODIES)
def test_ror_checksum_accepts_real_identifiers(code: str) -> None:
    assert "RorShape" not in _identifier(f"https://ror.org/{code}").text()


@pytest.mark.parametrize("code", ROR_OF_REAL_BODIES)
def test_ror_checksum_notices_a_changed_digit(code: str) -> None:
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert "RorShape" in _identifier(f"https://ror.org/{wrong}").text()


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0097", "0000-0000-0000-001X"])
def test_orcid_checksum(orcid: str) -> None:
    assert "OrcidShape" not in _identifier(f"https://orcid.org/{orcid}").text()
    assert "OrcidShape" in _identifier(f"https://orcid.org/{orcid[:-1]}3").text()


def _identifier(iri: str) -> Report:
    graph = rdflib.Graph()
    exact_match = URIRef("http://www.w3.org/2004/02/skos/core#exactMatch")
    graph.add((PERSON, exact_match, URIRef(iri)))
    return validate(graph)


def test_named_graphs_merge_into_one() -> None:
    dataset = rdflib.Dataset()
    for name in ("a", "b"):
        dataset.graph(URIRef(f"urn:{name}")).add((PERSON, RDFS.label, LABEL))
    dataset.graph(URIRef("urn:b")).add((PERSON, RDFS.label, Literal("Other")))
    assert len(merged(dataset)) == 2
    assert not isinstance(merged(dataset), rdflib.Dataset)


def test_literals_keep_the_form_they_were_written_in() -> None:
    quad = ox.Quad(
        ox.NamedNode(str(PERSON)),
        ox.NamedNode(MOI + "value"),
        ox.Literal("3600.00", datatype=ox.NamedNode(str(XSD.decimal))),
    )
    (value,) = merged([quad]).objects()
    assert str(value) == "3600.00"


TRIPLE = f'<{PERSON}> <{RDFS.label}> "Example"@en'
FILES = {
    "data.ttl": f"{TRIPLE} .",
    "data.nt": f"{TRIPLE} .",
    "data.nq": f"{TRIPLE} <urn:g> .",
    "data.trig": f"<urn:g> {{ {TRIPLE} }}",
    "data.jsonld": json.dumps(
        {"@id": str(PERSON), str(RDFS.label): {"@value": "Example", "@language": "en"}}
    ),
    "data.xml": f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:rdfs="{RDFS}">'
    f'<rdf:Description rdf:about="{PERSON}"><rdfs:label xml:lang="en">Example</rdfs:label>'
    "</rdf:Description></rdf:RDF>",
}


@pytest.mark.parametrize("name", FILES)
def test_suffix_tells_the_format(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    assert set(read(tmp_path / name)) == {(PERSON, RDFS.label, LABEL)}


def test_packed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.nt.gz"
    path.write_bytes(gzip.compress(FILES["data.nt"].encode()))
    assert len(read(path)) == 1


def test_files_are_read_together(tmp_path: Path) -> None:
    for name in ("data.ttl", "data.nq"):
        (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    assert len(read([tmp_path / "data.ttl", str(tmp_path / "data.nq")])) == 1


def test_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttl"
    path.write_text("<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b> .\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"broken\.ttl.*line 2"):
        read(path)


def test_missing_file_and_unknown_suffix_are_data_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="absent"):
        read(tmp_path / "absent.ttl")
    (tmp_path / "data.docx").touch()
    with pytest.raises(DataError, match="docx"):
        read(tmp_path / "data.docx")


def test_iris_are_shortened_for_reading() -> None:
    assert short(str(PERSON)) == "id/organisation/example"
    assert short(str(RDFS.label)) == "rdfs:label"
    assert short("https://example.org/") == "https://example.org/"


def test_no_iterator_of_a_store_is_left_for_another_thread_to_drop(tmp_path: Path) -> None:
    """Parsing shapes leaves frames in cycles, and the thread that collects them may be any."""
    data = tmp_path / "data.ttl"
    data.write_text(NAMELESS, encoding="utf-8")
    text = f"""
import gc, threading
import missiongraph
graph = missiongraph.open({str(data)!r})
gc.disable()
graph.validate()
thread = threading.Thread(target=gc.collect)
thread.start()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stderr == ""

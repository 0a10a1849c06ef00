"""What a format cannot carry is refused by name; what it can is read by parsers of others."""

from __future__ import annotations

import csv
import gzip
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Generator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import assume, example, given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph import MissionGraph, Table
from missiongraph.errors import NotAcceptable, RemoteError
from missiongraph.namespaces import RDF
from missiongraph.networks.output.xml import tag, text
from missiongraph.publishing import dumps
from missiongraph.rdf.representable import well_formed
from missiongraph.rdf.serialization import HEAD, serialise
from missiongraph.remote.conversion import sound
from missiongraph.remote.http_client import Reply
from missiongraph.sparql.engine import TRIPLES, Query
from missiongraph.sparql.local import LocalEngine

S, P, THING = (ox.NamedNode(f"http://e.test/{name}") for name in ("s", "p", "thing"))
TRIPLE_TERM = ox.Triple(S, P, THING)
TYPE = ox.NamedNode(RDF + "type")
RDF_XML, JSON_LD = "application/rdf+xml", "application/ld+json"
RESULTS_XML = "application/sparql-results+xml"

IRIS = st.text("aZ1é語𐐀.-·_/#?%:&'()", max_size=8).map("http://e.test/".__add__)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LANGUAGES = st.sampled_from(["en", "en-gb", "ar", "zh-hant-x-a"])
LITERALS = (
    st.builds(ox.Literal, TEXTS)
    | st.builds(lambda text, language: ox.Literal(text, language=language), TEXTS, LANGUAGES)
    | st.builds(
        lambda text, iri: ox.Literal(text, datatype=ox.NamedNode(iri)),
        TEXTS,
        st.sampled_from(["http://e.test/t", "http://www.w3.org/2001/XMLSchema#date"]),
    )
)


@cache
def node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def nodes() -> st.SearchStrategy[ox.NamedNode]:
    def made(iri: str) -> ox.NamedNode:
        try:
            return node(iri)
        except ValueError:
            assume(False)
            raise

    return IRIS.map(made)


BLANKS = st.sampled_from(["a", "1a", "a.b", "x-1", "é·"]).map(ox.BlankNode)
TRIPLES_MADE = st.builds(
    ox.Triple, nodes() | BLANKS, nodes() | st.just(TYPE), nodes() | BLANKS | LITERALS
)


def construct(triples: list[ox.Triple], media_type: str) -> bytes:
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    query = Query("CONSTRUCT WHERE { ?s ?p ?o }")
    return LocalEngine(store).run(query, solutions=None, triples=media_type).read()


def select(value: str, media_type: str) -> bytes:
    query = Query(f"SELECT ({value} AS ?x) {{}}")
    return LocalEngine(ox.Store()).run(query, solutions=media_type, triples=None).read()


@pytest.mark.parametrize(
    ("triple", "format", "named"),
    [
        (ox.Triple(S, P, ox.Literal("a\x01b")), RDF_XML, r"U\+0001.*'a\\x01b'"),
        (ox.Triple(S, P, ox.Literal("\ufffe")), RDF_XML, r"U\+FFFE"),
        (ox.Triple(S, ox.NamedNode("http://e.test/123"), THING), RDF_XML, "<http://e.test/123>"),
        (ox.Triple(S, ox.NamedNode("http://e.test/"), THING), RDF_XML, "<http://e.test/>"),
        (ox.Triple(S, ox.NamedNode("http://e.test/𐐀"), THING), RDF_XML, "<http://e.test/𐐀>"),
        (ox.Triple(S, ox.NamedNode("http://www.w3.org/2000/xmlns/a"), THING), RDF_XML, "xmlns/a>"),
        (ox.Triple(S, ox.NamedNode(RDF + "li"), THING), RDF_XML, "#li>"),
        (ox.Triple(S, P, TRIPLE_TERM), RDF_XML, "RDF/XML has no triple terms"),
        (ox.Triple(S, P, TRIPLE_TERM), JSON_LD, "JSON-LD has no triple terms"),
        (
            ox.Triple(S, P, ox.Literal("x", language="ar", direction=ox.BaseDirection.RTL)),
            RDF_XML,
            "base directions, as of 'x'",
        ),
    ],
)
def test_what_a_format_cannot_carry_is_refused_by_name(
    triple: ox.Triple, format: str, named: str
) -> None:
    with pytest.raises(NotAcceptable, match=named):
        construct([triple], format)
    with pytest.raises(NotAcceptable, match=named):
        serialise([triple], TRIPLES[format])


@pytest.mark.parametrize("format", ["text/turtle", "application/n-triples", "application/trig"])
def test_triple_terms_and_directions_come_back_where_they_can(format: str) -> None:
    directed = ox.Literal("x", language="ar", direction=ox.BaseDirection.RTL)
    told = [ox.Triple(S, P, TRIPLE_TERM), ox.Triple(S, P, directed)]
    read = ox.parse(construct(told, format), TRIPLES[format])
    assert {quad.triple for quad in read} == {*told}


@pytest.mark.parametrize("iri", ["http://e.test/123", "http://e.test/", "http://e.test/𐐀"])
def test_a_class_without_a_name_is_a_property(iri: str) -> None:
    data = construct([ox.Triple(S, TYPE, ox.NamedNode(iri))], RDF_XML)
    assert (rdflib.URIRef(S.value), rdflib.RDF.type, rdflib.URIRef(iri)) in rdflib.Graph().parse(
        data=data, format="xml"
    )


@given(st.lists(TRIPLES_MADE, max_size=4))
@examples(80)
@example([ox.Triple(ox.BlankNode("1a"), TYPE, node("http://e.test/1"))])
@example([ox.Triple(S, P, ox.Literal("a\rb\r\nc"))])
def test_rdf_xml_says_the_same_to_another_parser_or_is_refused(triples: list[ox.Triple]) -> None:
    try:
        data = construct(triples, RDF_XML)
    except NotAcceptable:
        return
    ET.fromstring(data)
    found = {q.triple for q in ox.parse(data, ox.RdfFormat.RDF_XML)}
    assert canonical(found) == canonical({*triples})


def canonical(triples: set[ox.Triple]) -> set[str]:
    """With blank nodes under the same names, and literals as a store keeps them."""
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


@given(TEXTS)
@examples(80)
@example("a\x01b")
@example("a\rb")
@example("\ufffe")
@example("<&>'\"]]>")
@example("")
def test_a_table_comes_back_from_every_format(value: str) -> None:
    literal = str(ox.Literal(value))
    [row] = json.loads(select(literal, "application/sparql-results+json"))["results"]["bindings"]
    assert row["x"]["value"] == value
    rows = [*csv.reader(io.StringIO(select(literal, "text/csv").decode(), newline=""))]
    assert "".join("".join(row) for row in rows[1:]) == value
    tabbed = select(literal, "text/tab-separated-values").decode().removeprefix("?x\n")
    [quad] = ox.parse(f"<x:> <x:> {tabbed.strip(chr(10))} .", ox.RdfFormat.N_TRIPLES)
    assert quad.object == ox.Literal(value)
    try:
        root = ET.fromstring(select(literal, RESULTS_XML))
    except NotAcceptable as error:
        assert "U+" in str(error)
    else:
        assert root.find(".//{*}literal").text == (value or None)  # type: ignore[union-attr]


def test_a_character_that_breaks_off_a_long_table_is_named_where_it_comes() -> None:
    """Past what is held back, the answer ends in an error, which breaks its encoding."""
    values = " ".join(f'"{n:030}"' for n in range(HEAD // 30))
    query = Query(f'SELECT ?x {{ VALUES ?x {{ {values} "end\\u0007" }} }}')
    output = io.BytesIO()
    with pytest.raises(NotAcceptable, match=r"U\+0007 of 'end\\x07'"):
        LocalEngine(ox.Store()).write(query, output, solutions=RESULTS_XML, triples=None)
    assert len(output.getvalue()) > HEAD and b"</sparql>" not in output.getvalue()


@pytest.mark.parametrize("size", [1, 7, 8192])
def test_escapes_do_not_depend_on_how_the_pieces_fall(size: int) -> None:
    from missiongraph.rdf.representable import XmlOutput

    data = ('<type xmlns="urn:x-missiongraph:" a="é"/>\r' * 30).encode()
    output = io.BytesIO()
    safe = XmlOutput(output)
    for begin, end in pairwise([*range(0, len(data), size), len(data)]):
        safe.write(data[begin:end])
    safe.finish()
    assert output.getvalue() == ('<rdf:type a="é"/>&#xD;' * 30).encode()


@pytest.mark.parametrize("broken", [b"<a>\x01</a>", b"<a><b></a>", b"<a>", b"<:x/>"])
def test_broken_xml_of_a_service_is_no_answer(broken: bytes) -> None:
    closed = []

    def chunks() -> Generator[bytes, None, None]:
        try:
            yield broken[:3]
            yield broken[3:]
        finally:
            closed.append(True)

    reply = sound(Reply("http://s.test/", RESULTS_XML, chunks()))
    with pytest.raises(RemoteError, match=r"http://s\.test/ sent XML that is not well-formed"):
        b"".join(reply.chunks)
    assert closed


def test_good_xml_of_a_service_passes() -> None:
    assert b"".join(well_formed([b"<a>", "é\r\n".encode(), b"</a>"])) == "<a>é\r\n</a>".encode()


def test_attributes_and_texts_of_files_keep_carriage_returns() -> None:
    root = ET.fromstring(tag("a", text("b\rc"), name="d\re\x01"))
    assert (root.text, root.get("name")) == ("b\rc", "d\re\ufffd")


def test_dumps_hold_triple_terms(tmp_path: Path) -> None:
    nested = ox.Triple(S, P, ox.Triple(S, P, ox.Literal("a\tb\x01")))
    store = ox.Store()
    store.add(ox.Quad(S, P, nested, ox.NamedNode("x:g")))
    dumps.make(LocalEngine(store), tmp_path / "dump")
    for name, format in dumps.FILES.items():
        data = gzip.decompress((tmp_path / "dump" / name).read_bytes())
        assert [quad.object for quad in ox.parse(data, format)] == [nested], name


def test_python_has_triple_terms_as_text_and_says_where_it_has_none() -> None:
    store = ox.Store()
    store.add(ox.Quad(S, P, TRIPLE_TERM))
    graph = MissionGraph(store)
    table = graph.query("SELECT ?o { ?s ?p ?o }")
    assert isinstance(table, Table) and table[0]["o"] == f"<<( {TRIPLE_TERM} )>>"
    with pytest.raises(NotAcceptable, match="rdflib has no triple terms"):
        assert table.terms
    with pytest.raises(NotAcceptable, match="rdflib cannot hold this graph"):
        graph.query("CONSTRUCT WHERE { ?s ?p ?o }")


COMMAS = "VALUES ?x { <x:a> <x:b,c> <x:d> } VALUES ?y { 'e,\"f\"\\r\\n' 'g' }"


def test_csv_quotes_iris_with_commas() -> None:
    query = Query(f"SELECT * {{ {COMMAS} }}")
    data = LocalEngine(ox.Store()).run(query, solutions="text/csv", triples=None).read()
    rows = {*map(tuple, csv.reader(io.StringIO(data.decode(), newline="")))}
    texts = ('e,"f"\r\n', "g")
    assert rows == {("x", "y")} | {(x, y) for x in ("x:a", "x:b,c", "x:d") for y in texts}


def test_csv_is_whole_also_if_a_comma_comes_late() -> None:
    values = " ".join(f'(<x:{n}> "{n}\\n")' for n in range(3000))
    query = Query(f"SELECT * {{ VALUES (?x ?y) {{ {values} (<x:a,b> <x:c,d>) }} }}")
    output = Pieces()
    LocalEngine(ox.Store()).write(query, output, solutions="text/csv", triples=None)
    rows = [*csv.reader(io.StringIO(output.getvalue().decode(), newline=""))]
    assert len(output.pieces) > 2 and {len(row) for row in rows} == {2}
    assert rows == [["x", "y"], *([f"x:{n}", f"{n}\n"] for n in range(3000)), ["x:a,b", "x:c,d"]]


def test_csv_that_cannot_be_gone_on_with_breaks_off() -> None:
    values = " ".join(f'("{n}" <x:a>)' for n in range(3000))
    text = f"SELECT (RAND() AS ?x) ?y {{ VALUES (?n ?y) {{ {values} (1 <x:c,d>) }} }}"
    with pytest.raises(NotAcceptable, match="add ORDER BY, or ask for TSV"):
        LocalEngine(ox.Store()).write(Query(text), Pieces(), solutions="text/csv", triples=None)


class Pieces(io.BytesIO):
    """A file that knows in which pieces it was written."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[int] = []

    def write(self, data: Any) -> int:
        self.pieces.append(len(data))
        return super().write(data)

"""Bodies of a graph to be written: read whole, or an error and nothing written."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import DataError, MissionGraphError, QueryError, UnsupportedFormat
from missiongraph.rdf.store import load
from missiongraph.validation.shapes import read
from missiongraph.writing.attempt import attempt
from missiongraph.writing.multipart import files
from missiongraph.writing.request import POST, PUT, Write

FORM = "multipart/form-data; boundary=cut"
HEAD = 'Content-Disposition: form-data; name="g"; filename="{}"\r\nContent-Type: {}\r\n\r\n'
OLD = ox.Quad(*(ox.NamedNode(f"x:{name}") for name in ("old", "p", "o", "g")))


def form(*parts: tuple[str, str, str]) -> bytes:
    """A form of files: name, media type, content."""
    body = "".join(f"--cut\r\n{HEAD.format(n, kind)}{text}\r\n" for n, kind, text in parts)
    return f"{body}--cut--\r\n".encode()


TURTLE, TRIPLES = ("a.ttl", "text/turtle", "<x:a> <x:p> 1 ."), ("b", "application/n-triples", "")
WHOLE = form(TURTLE, TRIPLES)
XML = (
    b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">'
    b'<r:Description r:about="x:a"><x:p>1</x:p></r:Description></r:RDF>'
)


def written(body: bytes, kind: str, method: str = PUT) -> set[ox.Quad]:
    """What stands in a graph of one triple after a write; raises what the write does."""
    store = ox.Store()
    store.add(OLD)
    attempt(store, Write(method, "me", body, kind, "x:g"), merged=False, gate=None)
    return set(store)


def test_a_whole_form_gives_its_files() -> None:
    found = list(files(FORM, WHOLE))
    assert found == [("text/turtle", "a.ttl", b"<x:a> <x:p> 1 ."), (TRIPLES[1], "b", b"")]
    assert list(files(FORM, WHOLE.replace(b"\r\n", b"\n"))) == found


@pytest.mark.parametrize("method", [PUT, POST])
@given(cut=st.integers(0, len(WHOLE.rstrip()) - 1))
@examples(60)
def test_a_form_that_is_cut_anywhere_is_refused(method: str, cut: int) -> None:
    with pytest.raises(QueryError, match=r"^the form "):
        written(WHOLE[:cut], FORM, method)


@given(start=st.integers(1, len(WHOLE) - 1))
@examples(60)
def test_a_form_that_lacks_its_beginning_is_refused(start: int) -> None:
    """Unless it lacks whole files: then nobody can tell."""
    assume(not WHOLE[start:].lstrip().startswith(b"--cut\r\n"))
    with pytest.raises(MissionGraphError):
        written(WHOLE[start:], FORM)


BAD_FORMS = {
    "another boundary": (FORM.replace("cut", "other"), WHOLE),
    "no boundary": ("multipart/form-data", WHOLE),
    "an empty boundary": ("multipart/form-data; boundary=", WHOLE),
    "no body": (FORM, b""),
    "no file": (FORM, b"--cut--\r\n"),
    "text before": (FORM, b"<x:a> <x:p> 2 .\r\n" + WHOLE),
    "text after": (FORM, WHOLE + b"<x:a> <x:p> 2 ."),
    "a wrong boundary at first": (FORM, WHOLE.replace(b"--cut\r\n", b"--cutter\r\n", 1)),
    "a wrong boundary later": (FORM, b"--cuT".join(WHOLE.rsplit(b"--cut\r\n", 1))),
    "no line between head and file": (FORM, WHOLE.replace(b"turtle\r\n\r\n", b"turtle\r\n")),
    "no head": (FORM, b"--cut\r\nx:a x:p 1 .\r\n--cut--\r\n"),
    "no base64": (
        FORM,
        WHOLE.replace(b"turtle\r\n", b"turtle\r\nContent-Transfer-Encoding: base64\r\n"),
    ),
    "a form within": (FORM, form(("a.ttl", "multipart/mixed; boundary=x", "--x\r\n\r\n--x--"))),
    "a file that is no Turtle": (FORM, form(TURTLE, ("b.ttl", "text/turtle", "<x:a> <x:p>"))),
}


@pytest.mark.parametrize("name", BAD_FORMS)
@pytest.mark.parametrize("method", [PUT, POST])
def test_a_form_that_does_not_parse_writes_nothing(name: str, method: str) -> None:
    kind, body = BAD_FORMS[name]
    with pytest.raises((QueryError, UnsupportedFormat)):
        written(body, kind, method)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        *(("application/rdf+xml", XML[:cut]) for cut in (0, 40, 100, -10, -1)),
        ("application/rdf+xml", XML + b"<more/>"),
        ("application/ld+json", b""),
        ("application/ld+json", b'[{"@id": "x:a", "x:p": 1}'),
        ("application/n-triples", b"<x:a> <x:p> <x:b> .\n<x:a> <x:p>"),
        ("text/turtle", b"<x:a> <x:p> 1 ; "),
        ("text/n3", b"<x:a> <x:p> 1 ; "),
    ],
)
def test_no_format_is_read_in_part(kind: str, body: bytes) -> None:
    """RDF/XML without its last tags among them, which the engine takes as whole."""
    with pytest.raises(QueryError, match=f"^the data is not {kind.replace('+', '.')}"):
        written(body, kind)


@pytest.mark.parametrize("kind", ["text/turtle", "application/n-triples", "text/n3"])
def test_nothing_is_a_graph_where_the_format_says_so(kind: str) -> None:
    assert written(b"", kind) == set()
    assert written(b"", kind, POST) == {OLD}


def test_whole_rdf_xml_is_read() -> None:
    assert len(written(XML, "application/rdf+xml")) == 1
    assert (
        len(written(b'<?xml version="1.0" encoding="utf-8"?>\n' + XML, "application/rdf+xml")) == 1
    )


@pytest.mark.parametrize("name", ["a.rdf", "a.owl", "a.xml", "a.rdf.gz"])
def test_no_file_of_rdf_xml_is_read_in_part(tmp_path: Path, name: str) -> None:
    pack = gzip.compress if name.endswith(".gz") else bytes
    path = tmp_path / name
    for reads in (load, read):
        path.write_bytes(pack(XML))
        assert len(list(reads(path))) >= 1
        path.write_bytes(pack(XML[:-10]))
        with pytest.raises(
            DataError, match=f"{name}, line 1: the XML is not well-formed to its end"
        ):
            reads(path)

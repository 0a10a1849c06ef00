"""Scope: a blank node's label means one node in one document and another in the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

import missiongraph
from missiongraph.ingest.build import _file_lines
from missiongraph.rdf.blank_nodes import Scope
from missiongraph.rdf.store import named, parse
from missiongraph.server.cli.program import main
from missiongraph.validation.shapes import read
from missiongraph.writing.attempt import attempt
from missiongraph.writing.request import POST, PUT, UPDATE, Write

P = "urn:p"
FILES = {
    "a.nt": f'_:x <{P}> "a" .',
    "b.nt": f'_:x <{P}> "b" .',
    "c.ttl": f'_:x <{P}> "c" . [] <{P}> "d" .',
    "d.nq": f'_:x <{P}> "e" <urn:g> .',
    "e.trig": f'<urn:h> {{ _:x <{P}> "f" }}',
    "f.jsonld": f'{{"@id": "_:x", "{P}": "g"}}',
    "g.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="urn:">'
    '<rdf:Description rdf:nodeID="x"><x:p>h</x:p></rdf:Description></rdf:RDF>',
}
VALUES = 8


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return sorted(tmp_path.iterdir())


def subjects(quads: Iterable[ox.Quad]) -> set[str]:
    return {str(quad.subject) for quad in quads if quad.predicate == ox.NamedNode(P)}


READERS: dict[str, Callable[[list[Path]], set[str]]] = {
    "parse": lambda paths: subjects(quad for path in paths for quad in parse(path)),
    "named": lambda paths: subjects(quad for path in paths for quad in named(path)),
    "validate": lambda paths: {str(node) for node in read(paths).subjects()},
    "open": lambda paths: subjects(missiongraph.open(paths).store),
    "build": lambda paths: {line.split()[0].decode() for line in _file_lines(paths, "urn:g")},
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_one_label_in_several_files_is_several_nodes(
    reader: Callable[[list[Path]], set[str]], paths: list[Path]
) -> None:
    assert len(reader(paths)) == VALUES


def put(store: ox.Store, graph: str, turtle: str, kind: str = PUT) -> None:
    attempt(store, Write(kind, "me", turtle.encode(), "text/turtle", graph), merged=True, gate=None)


def test_one_label_in_several_writes_is_several_nodes() -> None:
    store = ox.Store()
    put(store, "urn:a", FILES["a.nt"])
    put(store, "urn:b", FILES["b.nt"])
    put(store, "urn:a", FILES["c.ttl"], POST)
    for value in "de":
        text = f'INSERT DATA {{ GRAPH <urn:c> {{ _:x <{P}> "{value}{value}" }} }}'
        attempt(store, Write(UPDATE, "me", text.encode()), merged=True, gate=None)
    assert len(subjects(store)) == 6


def test_one_label_in_the_parts_of_a_form_is_several_nodes() -> None:
    parts = (f"--|\r\nContent-Type: text/turtle\r\n\r\n{FILES[n]}\r\n" for n in ("a.nt", "b.nt"))
    body = ("".join(parts) + "--|--\r\n").encode()
    store = ox.Store()
    form = Write(PUT, "me", body, "multipart/form-data; boundary=|", "urn:a")
    attempt(store, form, merged=True, gate=None)
    assert len(subjects(store)) == 2


def test_names_stay_as_readers_know_them_where_they_can() -> None:
    scope = Scope()
    texts = ("_:x <urn:p> _:y .", "_:x <urn:p> _:x-1 .", "_:x <urn:p> _:z .")
    told = [
        [str(quad.subject), str(quad.object)]
        for text in texts
        for quad in scope.of_document(ox.parse(text, ox.RdfFormat.N_TRIPLES))
    ]
    assert told == [["_:x", "_:y"], ["_:x-1", "_:x-1-1"], ["_:x-2", "_:z"]]


def test_two_files_with_a_label_each_are_two_things(tmp_path: Path) -> None:
    """Joined, they would be one thing with two ends of its time."""
    about = (
        "@prefix moi: <https://w3id.org/missiongraph/ontology#> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        '_:x moi:%s "%s"^^xsd:gYear .'
    )
    (tmp_path / "a.ttl").write_text(about % ("start", 2024))
    (tmp_path / "b.ttl").write_text(about % ("end", 2020))
    both = [str(tmp_path / name) for name in ("a.ttl", "b.ttl")]
    assert CliRunner().invoke(main, ["validate", *both]).exit_code == 0

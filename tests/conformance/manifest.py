"""Manifests: which tests a suite has, of which kind, and where their files lie.

A manifest is RDF in the W3C's test vocabulary. Files are known by the addresses at which the
W3C publishes them, so that no address of this machine gets into data, queries or results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

W3C = Path(__file__).parents[3] / "shared" / "w3c"
"""The suites, beside the checkout."""

SITE = "https://w3c.github.io/"

_PREFIXES = {
    "cnt": "http://www.w3.org/2011/content#",
    "gsp": "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/http-rdf-update/manifest#",
    "ht": "http://www.w3.org/2011/http#",
    "mf": "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#",
    "qt": "http://www.w3.org/2001/sw/DataAccess/tests/test-query#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "rs": "http://www.w3.org/2001/sw/DataAccess/tests/result-set#",
    "sht": "http://www.w3.org/ns/shacl-test#",
    "ut": "http://www.w3.org/2009/sparql/tests/test-update#",
}


@dataclass(frozen=True)
class Node:
    """A term within its graph; properties are named as ``mf:action``."""

    graph: ox.Dataset
    term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

    def all(self, name: str) -> list[Node]:
        """The values of a property."""
        if isinstance(self.term, ox.Literal | ox.Triple):
            return []
        quads = self.graph.quads_for_subject(self.term)
        return [Node(self.graph, quad.object) for quad in quads if quad.predicate == iri(name)]

    def one(self, name: str) -> Node | None:
        """The value of a property, or none."""
        return next(iter(self.all(name)), None)

    def the(self, name: str) -> Node:
        """The value of a property that must be there."""
        if found := self.one(name):
            return found
        raise LookupError(f"{self.term} has no {name}")

    def items(self) -> Iterator[Node]:
        """The members of the RDF list that starts here."""
        node = self
        while first := node.one("rdf:first"):
            yield first
            node = node.the("rdf:rest")

    @property
    def value(self) -> str:
        """The IRI, or the text of the literal."""
        return "" if isinstance(self.term, ox.Triple) else self.term.value

    @property
    def local(self) -> str:
        """The last part of the IRI."""
        return self.value.replace("#", "/").rpartition("/")[2]

    @property
    def path(self) -> Path:
        """The file at this address."""
        return path_of(self.value)


@dataclass(frozen=True)
class Case:
    """One test: its name within all suites, its kind, what describes it, and in which file."""

    name: str
    kind: str
    node: Node
    file: Path

    @property
    def folder(self) -> str:
        """The folder of its manifest."""
        return self.name.rpartition("/")[0]


def iri(name: str) -> ox.NamedNode:
    """A prefixed name as an IRI."""
    prefix, _, local = name.partition(":")
    return ox.NamedNode(_PREFIXES[prefix] + local)


def address(path: Path) -> str:
    """Where the W3C publishes a file of the suites."""
    return SITE + path.resolve().relative_to(W3C.resolve()).as_posix()


def path_of(address: str) -> Path:
    """The file that the W3C publishes at an address."""
    return W3C / address.removeprefix(SITE)


def parse(path: Path) -> Iterator[ox.Quad]:
    """The quads of a file, whose blank nodes are its own whatever they are called."""
    with path.open("rb") as file:
        format = ox.RdfFormat.from_extension(path.suffix[1:])
        yield from ox.parse(file, format, base_iri=address(path), rename_blank_nodes=True)


def read(path: Path) -> Iterator[Case]:
    """The cases of a manifest and of those that it includes."""
    graph = ox.Dataset(parse(path))
    here = Node(graph, next(iter(graph.quads_for_object(iri("mf:Manifest")))).subject)
    for included in here.all("mf:include"):
        for file in [*included.items()] or [included]:
            yield from read(file.path)
    entries = [entry for listed in here.all("mf:entries") for entry in listed.items()]
    forgotten = Node(graph, iri("gsp:head_non_existing_direct"))  # described, but not listed
    for entry in [*entries, forgotten] if forgotten.one("mf:name") else entries:
        kind = entry.the("rdf:type").local
        yield Case(f"{_folder(path)}/{entry.local}", kind, entry, path)


def _folder(path: Path) -> str:
    """The folder of a manifest, in short."""
    folder = path.parent.relative_to(W3C).as_posix()
    shacl = "data-shapes/data-shapes-test-suite/tests"
    return folder.removeprefix("rdf-tests/sparql/").replace(shacl, "shacl")

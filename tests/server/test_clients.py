"""Linked data and endpoint as clients see them that no one here wrote."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
import urllib3
from rdflib.namespace import OWL, RDFS

from missiongraph.namespaces import ID, MOI, ONTOLOGY, SOURCE_GRAPH

APOLLO = "mission/us-apollo"
THING = rdflib.URIRef(ID + APOLLO)
DESCRIBE = f"DESCRIBE <{THING}>"
CONSTRUCT = f"CONSTRUCT {{ ?s ?p ?o }} {{ VALUES ?s {{ <{THING}> }} ?s ?p ?o }}"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    extensions_map = {  # noqa: RUF012
        ".ttl": "text/turtle",
        ".nt": "application/n-triples",
    }

    def log_message(self, *_: object) -> None:
        pass


def fetched(address: str, accept: str = "*/*") -> bytes:
    reply = urllib3.request("GET", address, headers={"Accept": accept}, timeout=60)
    assert reply.status == 200, reply.data
    return reply.data


def program(name: str, variable: str, remedy: str) -> str:
    """A program, by a variable of the environment or on the path; skips where there is none."""
    found = os.environ.get(variable) or shutil.which(name)
    if not found:
        pytest.skip(f"no {name}: {remedy}")
    return found


@pytest.fixture(scope="module")
def said(site: str) -> set[ox.Triple]:
    """What is said of the thing that all clients ask for."""
    data = fetched(f"{site}/data/{APOLLO}.nt")
    return {quad.triple for quad in ox.parse(data, ox.RdfFormat.N_TRIPLES)}


@pytest.fixture(scope="module")
def dump(site: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the dump in N-Triples and in Turtle, unpacked."""
    folder = tmp_path_factory.mktemp("dump")
    for end in ("nt", "ttl"):
        packed = fetched(f"{site}/dumps/missiongraph.{end}.gz")
        (folder / f"all.{end}").write_bytes(gzip.decompress(packed))
    return folder


class TestRdflib:
    """``Graph().parse`` of an IRI of ours: it negotiates, and follows the 303."""

    @pytest.mark.parametrize("format", [None, "turtle", "xml", "nt", "n3", "json-ld"])
    def test_a_thing_is_read_from_its_address(
        self, site: str, said: set[ox.Triple], format: str | None
    ) -> None:
        graph = rdflib.Graph().parse(f"{site}/id/{APOLLO}", format=format)
        assert len(graph) == len(said) > 100
        assert rdflib.Literal("Apollo programme", "en") in graph.objects(THING, RDFS.label)

    @pytest.mark.parametrize("format", ["trig", "json-ld", "nquads"])
    def test_a_dataset_says_who_says_what(self, site: str, format: str) -> None:
        end = {"trig": "trig", "json-ld": "jsonld", "nquads": "nq"}[format]
        dataset = rdflib.Dataset().parse(f"{site}/data/{APOLLO}.{end}", format=format)
        graphs = [g for g in dataset.graphs() if str(g.identifier).startswith(SOURCE_GRAPH)]
        assert len(graphs) > 3 and any((THING, None, None) in graph for graph in graphs)

    def test_a_concept_and_its_scheme_are_read(self, site: str) -> None:
        france = rdflib.Graph().parse(f"{site}/vocab/country/FR")
        countries = rdflib.Graph().parse(f"{site}/vocab/country")
        assert "France" in {str(o) for g in (france, countries) for o in g.objects()}

    @pytest.mark.parametrize("path", ["/ontology", "/ontology/0.1.0", "/ontology.rdf"])
    def test_the_ontology_is_read(self, site: str, path: str) -> None:
        graph = rdflib.Graph().parse(site + path)
        assert str(graph.value(rdflib.URIRef(ONTOLOGY), OWL.versionInfo)) == "0.1.0"

    def test_shapes_catalogue_and_examples_are_read(self, site: str) -> None:
        for path in ("/shapes", "/.well-known/void", "/dataset", "/.well-known/sparql-examples"):
            assert len(rdflib.Graph().parse(site + path)) > 50, path


class TestRapper:
    """Raptor's command line (Debian: raptor2-utils)."""

    @staticmethod
    def triples(syntax: str, *place: str) -> list[str]:
        """The statements that rapper reads, each a line of N-Triples."""
        command = program("rapper", "RAPPER", "apt-get install raptor2-utils")
        given = [command, "--quiet", "--input", syntax, "--output", "ntriples", *place]
        ran = subprocess.run(given, capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0 and not ran.stderr, ran.stderr
        return ran.stdout.splitlines()

    @pytest.mark.parametrize(
        ("syntax", "end"), [("rdfxml", "rdf"), ("turtle", "ttl"), ("ntriples", "nt")]
    )
    def test_it_reads_a_description(
        self, site: str, said: set[ox.Triple], syntax: str, end: str
    ) -> None:
        lines = "\n".join(self.triples(syntax, f"{site}/data/{APOLLO}.{end}"))
        found = {quad.triple for quad in ox.parse(lines, ox.RdfFormat.N_TRIPLES)}
        assert found == said

    def test_it_negotiates_and_follows(self, site: str, said: set[ox.Triple]) -> None:
        assert len(self.triples("guess", f"{site}/id/{APOLLO}")) == len(said)

    def test_it_reads_the_ontology_the_same_in_each_syntax(self, site: str) -> None:
        ends = {"rdfxml": "rdf", "turtle": "ttl", "ntriples": "nt"}
        found = {len(self.triples(s, f"{site}/ontology.{end}")) for s, end in ends.items()}
        assert len(found) == 1 and found.pop() > 1000

    def test_it_reads_the_whole_dump(self, dump: Path) -> None:
        lines = self.triples("ntriples", str(dump / "all.nt"))
        assert len(lines) == (dump / "all.nt").read_bytes().count(b"\n") > 100_000
        assert len(self.triples("turtle", str(dump / "all.ttl"))) == len(lines)


class TestPyld:
    """A processor of JSON-LD, which may load no context from elsewhere."""

    @pytest.fixture
    def jsonld(self) -> Any:
        pyld = pytest.importorskip("pyld", reason="PyLD is not installed")

        def refuse(url: str, options: Any) -> Any:
            raise AssertionError(f"asked for {url}")

        pyld.jsonld.set_document_loader(refuse)
        return pyld.jsonld

    def test_it_reads_the_statements_and_who_says_them(
        self, site: str, said: set[ox.Triple], jsonld: Any
    ) -> None:
        document = json.loads(fetched(f"{site}/id/{APOLLO}", "application/ld+json"))
        options = {"algorithm": "URDNA2015", "format": "application/n-quads"}
        quads = list(ox.parse(jsonld.normalize(document, options), ox.RdfFormat.N_QUADS))
        assert {q.triple for q in quads if isinstance(q.graph_name, ox.DefaultGraph)} == said
        named = [str(q.graph_name) for q in quads if not isinstance(q.graph_name, ox.DefaultGraph)]
        assert any(name.startswith(f"<{SOURCE_GRAPH}") for name in named)

    def test_it_expands_each_document(self, site: str, jsonld: Any) -> None:
        for path in ("/ontology", "/shapes", "/vocab/country", "/.well-known/void"):
            assert jsonld.expand(json.loads(fetched(site + path, "application/ld+json"))), path


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
class TestSparqlWrapper:
    """SPARQLWrapper, by GET and by POST, in every format that it asks for."""

    @pytest.fixture(params=["GET", "POST"])
    def endpoint(self, site: str, request: pytest.FixtureRequest) -> Any:
        wrapper = pytest.importorskip("SPARQLWrapper", reason="SPARQLWrapper is not installed")
        endpoint = wrapper.SPARQLWrapper(f"{site}/sparql")
        endpoint.setMethod(request.param)
        return endpoint

    @staticmethod
    def answer(endpoint: Any, query: str, format: str) -> Any:
        endpoint.setQuery(query)
        endpoint.setReturnFormat(format)
        return endpoint.queryAndConvert()

    def test_select(self, endpoint: Any) -> None:
        query = f"SELECT ?label {{ <{THING}> <{RDFS.label}> ?label }}"
        [row] = self.answer(endpoint, query, "json")["results"]["bindings"]
        assert row["label"]["value"] == "Apollo programme"
        assert b"Apollo programme" in self.answer(endpoint, query, "csv")
        assert b"Apollo programme" in self.answer(endpoint, query, "tsv")
        assert "Apollo programme" in self.answer(endpoint, query, "xml").toxml()

    def test_ask(self, endpoint: Any) -> None:
        assert self.answer(endpoint, f"ASK {{ <{THING}> a <{MOI}Mission> }}", "json")["boolean"]
        assert "true" in self.answer(endpoint, f"ASK {{ <{THING}> ?p ?o }}", "xml").toxml()

    @pytest.mark.parametrize("query", [DESCRIBE, CONSTRUCT], ids=["describe", "construct"])
    @pytest.mark.parametrize("format", ["xml", "rdf+xml", "json-ld", "turtle", "n3"])
    def test_describe_and_construct(self, endpoint: Any, query: str, format: str) -> None:
        found = self.answer(endpoint, query, format)
        graph = rdflib.Graph().parse(data=found) if isinstance(found, bytes) else found
        assert (THING, RDFS.label, None) in graph


class TestComunica:
    """Comunica's command line, over our documents, our endpoint and other people's files."""

    @staticmethod
    def rows(query: str, *sources: str) -> list[dict[str, str]]:
        remedy = "npm install @comunica/query-sparql, and its program on the path or in $COMUNICA"
        command = [program("comunica-sparql", "COMUNICA", remedy), *sources, query]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert ran.returncode == 0, ran.stderr
        found: list[dict[str, str]] = json.loads(ran.stdout)
        return found

    @pytest.fixture
    def elsewhere(self, dump: Path) -> Iterator[str]:
        """Another host: an analyst's notes on a mission of ours, and a copy of our dump."""
        notes = f'<{THING}> <https://example.org/verdict> "flew" .\n'
        (dump / "notes.ttl").write_text(notes, "utf-8")
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(dump)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()

    def test_it_reads_a_thing_from_its_address(self, site: str, said: set[ox.Triple]) -> None:
        rows = self.rows("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", f"{site}/id/{APOLLO}")
        assert f'"{len(said)}"' in rows[0]["n"]

    @pytest.mark.parametrize(
        "ours", ["{site}/sparql", "{site}/id/mission/us-apollo", "{elsewhere}/all.nt"]
    )
    def test_it_joins_ours_with_what_others_say(self, site: str, elsewhere: str, ours: str) -> None:
        query = (
            "SELECT ?label ?verdict { ?mission <https://example.org/verdict> ?verdict ; "
            f"<{RDFS.label}> ?label }}"
        )
        source = ours.format(site=site, elsewhere=elsewhere)
        [row] = self.rows(query, source, f"{elsewhere}/notes.ttl")
        assert "Apollo programme" in row["label"] and "flew" in row["verdict"]

    def test_it_joins_a_document_of_ours_with_the_endpoint(self, site: str) -> None:
        query = (
            f"SELECT DISTINCT ?who {{ <{THING}> <{MOI}hasCountry> ?country . ?participation "
            f"<{MOI}concerns> <{THING}> ; <{MOI}hasParticipant>/<{RDFS.label}> ?who . "
            "?country <http://www.w3.org/2004/02/skos/core#notation> ?code }"
        )
        assert self.rows(query, f"sparql@{site}/sparql", f"{site}/vocab/country")

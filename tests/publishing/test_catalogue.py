"""The dataset described and offered: VoID, DCAT, DQV, examples, site map, dumps."""

from __future__ import annotations

import gzip
import hashlib
import xml.etree.ElementTree as ET
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.namespace import DCAT, RDF, VOID
from support.asking import table

from missiongraph import MissionGraph
from missiongraph.publishing.dumps import FILES, checksums, make
from missiongraph.sparql.library import queries
from missiongraph.sparql.local import LocalEngine

DATASET = rdflib.URIRef("https://w3id.org/missiongraph/dataset")
DQV = rdflib.Namespace("http://www.w3.org/ns/dqv#")
SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")


def number(graph: rdflib.Graph, node: rdflib.term.Node, predicate: rdflib.URIRef) -> float:
    return float(str(graph.value(node, predicate)))


@pytest.fixture(scope="module")
def described(client: FlaskClient) -> rdflib.Graph:
    return rdflib.Graph().parse(data=client.get("/.well-known/void").data, format="turtle")


@pytest.fixture(scope="module")
def dumped(graph: MissionGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump of the graph's own store: others name its blank nodes otherwise."""
    folder = tmp_path_factory.mktemp("dumps") / "state"
    make(graph.engine, folder)
    return folder


def test_the_counts_are_those_of_the_graph(graph: MissionGraph, described: rdflib.Graph) -> None:
    def live(query: str) -> int:
        return int(table(graph, f"SELECT ({query} AS ?n) {{ ?s ?p ?o }}")[0]["n"])

    assert number(described, DATASET, VOID.triples) == live("COUNT(*)")
    assert number(described, DATASET, VOID.distinctSubjects) == live("COUNT(DISTINCT ?s)")
    assert number(described, DATASET, VOID.distinctObjects) == live("COUNT(DISTINCT ?o)")
    assert number(described, DATASET, VOID.properties) == live("COUNT(DISTINCT ?p)")


def test_each_partition_is_as_large_as_it_says(
    graph: MissionGraph, described: rdflib.Graph
) -> None:
    classes = {
        str(described.value(part, VOID["class"])): number(described, part, VOID.entities)
        for part in described.objects(DATASET, VOID.classPartition)
    }
    rows = table(graph, "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
    assert classes == {row["c"]: row["n"] for row in rows if row["c"].startswith("http")}
    properties = {
        str(described.value(part, VOID.property)): number(described, part, VOID.triples)
        for part in described.objects(DATASET, VOID.propertyPartition)
    }
    rows = table(graph, "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")
    assert properties == {row["p"]: row["n"] for row in rows}


def test_quality_is_measured(described: rdflib.Graph) -> None:
    measured = {
        str(described.value(m, DQV.isMeasurementOf)).rpartition("#")[2]: number(
            described, m, DQV.value
        )
        for m in described.objects(DATASET, DQV.hasQualityMeasurement)
    }
    assert measured["sourced"] == 1 and 0 < measured["matched"] < 1 and measured["confirmed"] > 0


def test_the_endpoint_and_the_files_are_told(described: rdflib.Graph) -> None:
    assert described.value(DATASET, VOID.sparqlEndpoint) == rdflib.URIRef("http://localhost/sparql")
    assert len(set(described.objects(DATASET, DCAT.distribution))) == len(FILES)


def test_readers_of_pages_are_sent_to_the_page(client: FlaskClient) -> None:
    reply = client.get("/dataset", headers={"Accept": "text/html"})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/about")


def test_the_examples_are_the_library(client: FlaskClient) -> None:
    data = client.get("/.well-known/sparql-examples").data
    graph = rdflib.Graph().parse(data=data, format="turtle")
    found = set(graph.subjects(RDF.type, SH.SPARQLExecutable))
    assert len(found) == len(queries())
    for example in found:
        assert graph.value(example, SH.select) and graph.value(example, rdflib.RDFS.comment)


def test_the_site_map_lists_the_pages_of_things(client: FlaskClient) -> None:
    root = ET.fromstring(client.get("/sitemap.xml").data)
    found = [element.text for element in root.iter() if element.tag.endswith("loc")]
    assert "http://localhost/page/mission/eu-mission-cancer" in found
    assert len(found) == len(set(found)) > 2000


@pytest.mark.long
def test_a_dump_is_all_of_the_graph(graph: MissionGraph, dumped: Path) -> None:
    assert isinstance(graph.engine, LocalEngine)
    named = {quad for quad in graph.engine.held if isinstance(quad.graph_name, ox.NamedNode)}
    for name, format in FILES.items():
        quads = list(ox.parse(gzip.decompress((dumped / name).read_bytes()), format))
        if format.supports_datasets:
            assert set(quads) == named and len(quads) == len(named)
        else:
            assert {quad.triple for quad in quads} == {quad.triple for quad in named}


@pytest.mark.long
def test_the_same_data_has_the_same_bytes(
    graph: MissionGraph, dumped: Path, tmp_path: Path
) -> None:
    make(graph.engine, tmp_path / "again")
    assert checksums(dumped) == checksums(tmp_path / "again")


def test_checksums_are_right(dumped: Path) -> None:
    for name, digest in checksums(dumped).items():
        assert hashlib.sha256((dumped / name).read_bytes()).hexdigest() == digest


def test_a_dump_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        make(object(), tmp_path / "state")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_file_has_an_address_that_stays(client: FlaskClient, graph: MissionGraph) -> None:
    here = client.get("/dumps/missiongraph.nt.gz")
    assert here.status_code == 302 and graph.fingerprint in here.headers["Location"]
    reply = client.get(here.headers["Location"], buffered=True)
    assert reply.status_code == 200
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    digest = checksums_of(client, graph)["missiongraph.nt.gz"]
    assert reply.headers["ETag"].strip('"') == digest == hashlib.sha256(reply.data).hexdigest()
    again = client.get(here.headers["Location"], headers={"If-None-Match": f'"{digest}"'})
    assert again.status_code == 304


def checksums_of(client: FlaskClient, graph: MissionGraph) -> dict[str, str]:
    text = client.get(f"/dumps/{graph.fingerprint}/SHA256SUMS", buffered=True).text
    return {name: digest for digest, name in (line.split("  ") for line in text.splitlines())}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/dumps/x.gz", 404), ("/dumps/abc/missiongraph.nt.gz", 410), ("/dumps/../x", 404)],
)
def test_other_files_there_are_not(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status

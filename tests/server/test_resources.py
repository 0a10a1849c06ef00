"""Linked data: IRIs of ours lead to pages and data, on whatever host."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from flask.testing import FlaskClient
from support.asking import table

from missiongraph import MissionGraph
from missiongraph.namespaces import ID, SOURCE_GRAPH
from missiongraph.publishing.description import PAGE, describe
from missiongraph.publishing.tombstones import Removed, read

CANCER = "/id/mission/eu-mission-cancer"
DATA = "/data/mission/eu-mission-cancer"
PAGE_OF = "/page/mission/eu-mission-cancer"


def links(header: str) -> list[str]:
    return [part.split("rel=")[1].split('"')[1] for part in header.split(", ")]


@pytest.mark.parametrize(
    ("accept", "there"),
    [
        ("text/html", PAGE_OF),
        ("text/turtle", DATA + ".ttl"),
        ("application/ld+json", DATA + ".jsonld"),
        ("application/rdf+xml;q=0.9, text/html;q=0.5", DATA + ".rdf"),
        ("application/n-triples", DATA + ".nt"),
        ("text/plain, */*;q=0.1", DATA + ".nt"),
        ("application/json", DATA + ".jsonld"),
        ("application/xml", DATA + ".rdf"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", PAGE_OF),
        ("*/*", DATA + ".ttl"),
    ],
)
def test_a_thing_answers_303_to_what_the_client_reads(
    client: FlaskClient, accept: str, there: str
) -> None:
    reply = client.get(CANCER, headers={"Accept": accept})
    assert (reply.status_code, reply.headers["Location"]) == (303, there)
    assert "Accept" in reply.headers["Vary"]


def test_a_concept_answers_303_too(client: FlaskClient) -> None:
    reply = client.get("/vocab/country/GB", headers={"Accept": "text/turtle"})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/data/vocab/country/GB.ttl")
    assert client.get(reply.headers["Location"]).status_code == 200


@pytest.mark.parametrize("end", ["ttl", "jsonld", "nt", "rdf", "trig", "nq"])
def test_each_format_says_the_same(client: FlaskClient, graph: MissionGraph, end: str) -> None:
    reply = client.get(f"{DATA}.{end}")
    format = ox.RdfFormat.from_extension(end)
    assert format and reply.mimetype == format.media_type
    said = {quad.triple for quad in ox.parse(reply.data, format)}
    assert said == set(describe(graph.engine, ID + "mission/eu-mission-cancer").triples)


@pytest.mark.parametrize("end", ["trig", "nq", "jsonld"])
def test_formats_of_datasets_say_who_says_it(client: FlaskClient, end: str) -> None:
    format = ox.RdfFormat.from_extension(end)
    quads = list(ox.parse(client.get(f"{DATA}.{end}").data, format))
    assert any(str(quad.graph_name).startswith(f"<{SOURCE_GRAPH}") for quad in quads)
    everything = {q.triple for q in quads if isinstance(q.graph_name, ox.DefaultGraph)}
    assert everything == {quad.triple for quad in quads}


def test_a_description_holds_relations_and_labels(client: FlaskClient) -> None:
    graph = rdflib.Graph().parse(data=client.get(DATA + ".ttl").data, format="turtle")
    mission = rdflib.URIRef(ID + "mission/eu-mission-cancer")
    moi = rdflib.Namespace("https://w3id.org/missiongraph/ontology#")
    participation = next(graph.subjects(moi.concerns, mission))
    participant = graph.value(participation, moi.hasParticipant)
    assert graph.value(participant, rdflib.RDFS.label)


def test_a_long_description_comes_in_pages(client: FlaskClient, graph: MissionGraph) -> None:
    place = "vocab/organisation-kind/company"
    first = client.get(f"/data/{place}.nt")
    assert "next" in links(first.headers["Link"]) and "prev" not in links(first.headers["Link"])
    second = client.get(f"/data/{place}.nt?page=2")
    assert "prev" in links(second.headers["Link"]) and first.data != second.data
    pages = describe(graph.engine, f"https://w3id.org/missiongraph/{place}").pages
    assert client.get(f"/data/{place}.nt?page={pages + 1}").status_code == 404
    assert pages > 1 and PAGE > 1


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "²"])
def test_a_page_is_a_number_from_1(client: FlaskClient, page: str) -> None:
    assert client.get(f"{DATA}.ttl", query_string={"page": page}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/id/mission/no-such-mission",
        "/id/nothing/x",
        "/data/mission/no-such-mission.ttl",
        "/vocab/country/XX",
        "/vocab/nothing",
        "/graph/source/nothing",
        "/ontology/9.9.9",
        "/ontology.doc",
    ],
)
def test_what_there_never_was_is_not_found(client: FlaskClient, path: str) -> None:
    reply = client.get(path, headers={"Accept": "text/turtle"})
    assert reply.status_code == 404
    assert reply.mimetype == "application/problem+json"


def test_what_was_removed_is_gone(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {ID + "mission/old": Removed("it was counted twice", ID + "mission/new")}
    monkeypatch.setattr("missiongraph.server.answers.gone.removed", lambda: gone)
    for path in ("/id/mission/old", "/data/mission/old.ttl", "/page/mission/old"):
        reply = client.get(path)
        assert reply.status_code == 410
        assert (
            "counted twice" in json.loads(reply.data)["detail"]
            and "mission/new" in json.loads(reply.data)["detail"]
        )


def test_the_table_of_what_was_removed_is_read(tmp_path: Path) -> None:
    table = tmp_path / "removed.csv"
    table.write_text("thing,reason,successor\nmission/a,twice,mission/b\nmission/c,error,\n")
    assert read(table) == {
        ID + "mission/a": Removed("twice", ID + "mission/b"),
        ID + "mission/c": Removed("error"),
    }


@pytest.mark.parametrize("path", [CANCER, DATA])
def test_who_takes_none_of_our_formats_is_told(client: FlaskClient, path: str) -> None:
    reply = client.get(path, headers={"Accept": "image/png"})
    assert reply.status_code == 406 and "text/turtle" in json.loads(reply.data)["detail"]


@pytest.mark.parametrize(
    "path", ["/id/mission/a%3E%20b", "/graph/source/a%3E%7B%7D", "/vocab/x%3E/y"]
)
def test_what_is_no_iri_is_refused(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers={"Accept": "text/turtle"}).status_code in (400, 404)


def test_signposts_lead_on(client: FlaskClient) -> None:
    found = links(client.get(CANCER).headers["Link"])
    assert {"cite-as", "describedby", "license", "collection", "linkset"} <= set(found)
    found = links(client.get(DATA + ".ttl").headers["Link"])
    assert {"cite-as", "describes", "license", "collection"} <= set(found)


def test_the_linkset_holds_the_signposts(client: FlaskClient) -> None:
    reply = client.get("/linkset/mission/eu-mission-cancer")
    assert reply.mimetype == "application/linkset+json"
    [told] = json.loads(reply.data)["linkset"]
    assert told["anchor"] == ID + "mission/eu-mission-cancer"
    assert {"href": DATA + ".ttl", "type": "text/turtle"} in told["describedby"]


@pytest.mark.parametrize("path", ["/ontology", "/ontology/0.1.0", "/shapes", "/vocab/mission-type"])
def test_documents_come_as_rdf(client: FlaskClient, path: str) -> None:
    reply = client.get(path, headers={"Accept": "text/turtle"})
    assert reply.status_code == 200 and len(rdflib.Graph().parse(data=reply.data)) > 10


def test_a_version_of_the_ontology_is_that_version(client: FlaskClient) -> None:
    graph = rdflib.Graph().parse(data=client.get("/ontology/0.1.0").data, format="turtle")
    iri = rdflib.URIRef("https://w3id.org/missiongraph/ontology")
    assert str(graph.value(iri, rdflib.OWL.versionInfo)) == "0.1.0"


def test_the_graph_of_a_source_is_what_it_says(client: FlaskClient, graph: MissionGraph) -> None:
    ask = "SELECT ?g { GRAPH ?g { ?s a <https://w3id.org/missiongraph/ontology#Mission> } } LIMIT 1"
    iri = table(graph, ask)[0]["g"]
    path = iri.removeprefix("https://w3id.org/missiongraph")
    said = list(ox.parse(client.get(path).data, ox.RdfFormat.TURTLE))
    count = table(graph, f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}")[0]["n"]
    assert len(said) == count > 0
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.headers["Location"].startswith("/page/source/")


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get(DATA + ".ttl").headers["ETag"]
    assert client.get(DATA + ".ttl", headers={"If-None-Match": tag}).status_code == 304

"""What pages tell search engines: JSON-LD of schema.org, from the graph, which no text breaks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.namespace import DCAT, DCTERMS, FOAF

import missiongraph
from missiongraph import MissionGraph
from missiongraph.namespaces import ID
from missiongraph.server import create_app

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSER = {"Accept": "text/html"}
PLACES = [
    "/",
    "/missions",
    "/browse/people",
    "/about",
    "/query",
    "/terms",
    "/toolkit",
    "/search?q=x",
]
SDO = "https://schema.org/"
EVIL = "</script><script>alert('1')</script><!-- & \" \u2028"


def told(client: FlaskClient, path: str) -> Any:
    text = client.get(path, headers=BROWSER).text
    [found] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    return json.loads(found)


def about(client: FlaskClient, place: str) -> Any:
    return told(client, f"/page/{place}")["mainEntity"]


@pytest.mark.parametrize("path", PLACES)
def test_every_page_says_what_it_is_once(client: FlaskClient, path: str) -> None:
    assert told(client, path)["@type"] in ("WebPage", "WebSite")
    assert told(client, path)["name"]


def test_the_start_page_says_how_to_search(client: FlaskClient) -> None:
    target = told(client, "/")["potentialAction"]["target"]["urlTemplate"]
    assert client.get(target.replace("{search_term_string}", "apollo")).status_code == 200


def test_the_dataset_is_as_in_the_catalogue(client: FlaskClient) -> None:
    dataset = told(client, "/about")["mainEntity"]
    graph = rdflib.Graph().parse(data=client.get("/dataset").data, format="turtle")
    node = rdflib.URIRef(dataset["@id"])
    for name, predicate in {
        "name": DCTERMS.title,
        "description": DCTERMS.description,
        "license": DCTERMS.license,
        "identifier": DCTERMS.identifier,
        "version": rdflib.URIRef("http://www.w3.org/ns/dcat#version"),
    }.items():
        assert dataset[name] == str(graph.value(node, predicate)), name
    creator = graph.value(node, DCTERMS.creator)
    assert dataset["creator"]["name"] == str(graph.value(creator, FOAF.name))
    files = {str(file) for file in graph.objects(node, DCAT.distribution)}
    assert {each["contentUrl"] for each in dataset["distribution"]} == files


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("organisation/ucl-iipp", "Organization"),
        ("organisation/mission-innovation", "Organization"),
        ("person/mariana-mazzucato", "Person"),
        ("mission/us-apollo", "Project"),
        ("vocab/country/GB", "DefinedTerm"),
    ],
)
def test_a_thing_is_of_a_class_that_fits(client: FlaskClient, place: str, kind: str) -> None:
    assert about(client, place)["@type"] == kind


def test_an_organisation_is_told_with_values_that_disagree(client: FlaskClient) -> None:
    found = about(client, "organisation/ucl-iipp")
    assert set(found["foundingDate"]) == {"2017", "2017-10"}
    assert found["address"]["addressCountry"] == "GB"
    assert {"@id": ID + "organisation/ucl", "name": "University College London"} in found[
        "parentOrganization"
    ]


def test_a_grant_tells_who_paid_whom_how_much(client: FlaskClient, graph: MissionGraph) -> None:
    rows = graph.query(
        "SELECT ?a { ?a <https://w3id.org/missiongraph/ontology#hasAmount> ?m ; "
        "a <https://w3id.org/missiongraph/ontology#FundingAward> } ORDER BY ?a LIMIT 1"
    )
    found = about(client, rows[0]["a"].removeprefix(ID))  # type: ignore[index]
    assert found["@type"] == "MonetaryGrant" and found["funder"] and found["fundedItem"]
    assert float(found["amount"]["value"]) > 0 and len(found["amount"]["currency"]) == 3


def test_a_source_tells_its_address_and_publisher(client: FlaskClient, graph: MissionGraph) -> None:
    rows = graph.query(
        "SELECT ?s { ?s <http://purl.org/dc/terms/publisher> ?p ; "
        "<http://purl.org/dc/terms/issued> ?d } ORDER BY ?s LIMIT 1"
    )
    found = about(client, rows[0]["s"].removeprefix(ID))  # type: ignore[index]
    assert found["@type"] == "CreativeWork" and found["url"].startswith("http")
    assert found["publisher"]["name"] and found["datePublished"]


@pytest.mark.parametrize(
    "path", [*PLACES, "/page/organisation/ucl-iipp", "/page/mission/us-apollo"]
)
def test_a_processor_reads_it_without_another_context(client: FlaskClient, path: str) -> None:
    pyld = pytest.importorskip("pyld", reason="PyLD is not installed")

    def refuse(url: str, options: Any) -> Any:
        raise AssertionError(f"asked for {url}")

    pyld.jsonld.set_document_loader(refuse)
    [found] = pyld.jsonld.expand(told(client, path))
    assert all(name.startswith((SDO, "@")) for name in found)
    if cited := found.get(f"{SDO}citation"):
        assert all(each["@id"].startswith("http") for each in cited)


def test_no_text_of_the_data_can_end_the_element(tmp_path: Path) -> None:
    iri = ID + "organisation/evil"
    text = json.dumps(EVIL)
    (tmp_path / "evil.ttl").write_text(
        f"<{iri}> a <http://www.w3.org/ns/org#Organization> ; "
        f"<http://www.w3.org/2000/01/rdf-schema#label> {text} .",
        "utf-8",
    )
    client = create_app(missiongraph.open(tmp_path / "evil.ttl")).test_client()
    page = client.get("/page/organisation/evil", headers=BROWSER).text
    assert "<script>alert" not in page and page.count("</script>") == 1
    assert about(client, "organisation/evil")["name"] == EVIL


def test_an_error_is_about_nothing(client: FlaskClient) -> None:
    reply = client.get("/page/mission/none", headers=BROWSER)
    assert reply.status_code == 404 and "ld+json" not in reply.text


def test_the_policy_of_the_site_lets_data_be(page: Page) -> None:
    for path in ("/", "/about", "/page/organisation/ucl-iipp"):
        page.goto(path)
        block = page.locator('script[type="application/ld+json"]')
        assert json.loads(block.text_content() or "")["@context"]["@vocab"] == SDO

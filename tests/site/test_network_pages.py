"""Pages whose content is worked out in processes of their own: networks, validation."""

from __future__ import annotations

import json
import re
import time
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from missiongraph import MissionGraph
from missiongraph.server import create_app
from missiongraph.server.settings import Settings

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
MISSION = "https://w3id.org/missiongraph/id/mission/my-mission"
REFRESHING = '<meta http-equiv="refresh"'
WRONG = f"<{MISSION}> a <https://w3id.org/missiongraph/ontology#Mission> ."
MAPPING = """
# column id text
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
CONSTRUCT { ?mission a moi:Mission }
WHERE { BIND(IRI(CONCAT("https://w3id.org/missiongraph/id/mission/", ?id)) AS ?mission) }
"""


@pytest.fixture
def client(patient_client: FlaskClient) -> FlaskClient:
    return patient_client


def checked(client: FlaskClient, path: str = "", **form: str) -> TestResponse:
    there = client.post("/validate", data=form, headers=BROWSER)
    assert there.status_code == 303, there.text
    return client.get(there.headers["Location"] + path, headers=BROWSER)


def test_a_network_page_has_a_picture_and_the_table_of_its_nodes(client: FlaskClient) -> None:
    page = client.get("/network?network=funding&measure=pagerank", headers=BROWSER).text
    assert 'src="/networks/funding/picture?' in page and "Nova Indústria Brasil" in page


def test_a_network_page_has_the_figures_of_its_years(client: FlaskClient) -> None:
    path = "/network?network=funding&from=2010&to=2020"
    page = client.get(path, headers=BROWSER).text
    while "figures are being computed" in page:
        page = client.get(path, headers=BROWSER).text
    figures = page.partition('id="figures"')[2]
    address = unescape(re.findall(r'href="([^"]+format=json)"', figures)[0])
    assert "since=2010-01-01" in address and "until=2020-12-31" in address
    values = {row["name"]: row["value"] for row in json.loads(client.get(address).data)["rows"]}
    assert f'>Ties</th><td class="n">{values["ties"]:.0f}</td>' in figures
    assert "Reciprocity" in figures


def test_the_neighbourhood_of_a_node_has_no_figures_of_the_whole(client: FlaskClient) -> None:
    page = client.get("/network?network=funding&focus=vinnova", headers=BROWSER).text
    assert 'id="figures"' not in page


def test_a_network_page_opens_what_it_shows_in_gephi_lite(client: FlaskClient) -> None:
    page = client.get("/network?network=funding&from=2010", headers=BROWSER).text
    link = re.search(r'href="(https://gephi.org/gephi-lite/[^"]+)"', page)
    (there,) = parse_qs(urlsplit(unescape(link[1] if link else "")).query)["gexf"]
    assert there.startswith("http://localhost/networks/funding/export?since=2010-01-01")
    reply = client.get(there.removeprefix("http://localhost"))
    assert "<gexf" in reply.text and reply.headers["Access-Control-Allow-Origin"] == "*"


def test_the_picture_is_svg_that_can_do_nothing(client: FlaskClient) -> None:
    reply = client.get("/networks/funding/picture?measure=pagerank&top=50&format=svg")
    assert reply.mimetype == "image/svg+xml" and reply.text.startswith("<svg")
    assert "sandbox" in reply.headers["Content-Security-Policy"]


def test_a_viewer_gets_places_groups_and_ties(client: FlaskClient) -> None:
    found = json.loads(client.get("/networks/funding/picture?top=30&format=json").data)
    assert len(found["nodes"]) == 30 < found["all"]
    assert all(0 <= x <= 1 and 0 <= y <= 1 for _, _, x, y, *_ in found["nodes"])
    assert all(max(source, target) < 30 for source, target, _ in found["ties"])
    assert all(-1 <= group < len(found["groups"]) for *_, group, _, _ in found["nodes"])


@pytest.mark.parametrize(
    ("query", "status"), [("measure=nothing", 400), ("colour=blue", 400), ("network=none", 404)]
)
def test_a_network_page_of_nothing_says_what_there_is(
    client: FlaskClient, query: str, status: int
) -> None:
    assert client.get(f"/network?{query}", headers=BROWSER).status_code == status


def test_a_page_that_waits_looks_again_by_itself(graph: MissionGraph) -> None:
    client = create_app(graph, Settings(network_wait_seconds=0)).test_client()
    reply = client.get("/network?network=partnerships", headers=BROWSER)
    assert REFRESHING in reply.text and "being computed" in reply.text
    until = time.monotonic() + 60
    while REFRESHING in reply.text and time.monotonic() < until:
        time.sleep(0.2)
        reply = client.get("/network?network=partnerships", headers=BROWSER)
    assert "<img" in reply.text


def test_data_that_break_a_shape_are_told_what_to_do(client: FlaskClient) -> None:
    page = checked(client, data=WRONG, format="ttl").text
    assert "does not conform" in page and "Give the mission at least one kind" in page


def test_the_report_comes_as_shacl_too(client: FlaskClient) -> None:
    report = checked(client, ".ttl", data=WRONG, format="ttl")
    assert report.mimetype == "text/turtle" and "sh:ValidationReport" in report.text


def test_data_that_cannot_be_read_are_told_where(client: FlaskClient) -> None:
    page = checked(client, data="<a> <b>", format="ttl").text
    assert "cannot be read" in page and "line 1" in page


def test_a_table_is_checked_with_its_mapping(client: FlaskClient) -> None:
    page = checked(client, data="id\nmy-mission\n", format="csv", mapping=MAPPING).text
    assert "does not conform" in page and "id/mission/my-mission" in page


@pytest.mark.parametrize(
    "form",
    [{"data": " "}, {"data": WRONG, "format": "doc"}, {"data": "id\n", "format": "csv"}],
    ids=["no data", "no format", "no mapping"],
)
def test_what_cannot_be_checked_is_refused(client: FlaskClient, form: dict[str, str]) -> None:
    assert client.post("/validate", data=form, headers=BROWSER).status_code == 400


def test_a_report_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/validate/nothing", headers=BROWSER).status_code == 404


def test_a_mapping_sends_no_requests(client: FlaskClient) -> None:
    asking = MAPPING.replace("BIND(", "SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } BIND(")
    page = checked(client, data="id\nmy-mission\n", format="csv", mapping=asking).text
    assert "cannot be read" in page and "SERVICE is refused" in page

"""Citing: addresses that stay and are short, dates that are the data's, files that parse."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from support.running import serving

from missiongraph import MissionGraph
from missiongraph.namespaces import BASE, MOI
from missiongraph.server import create_app
from missiongraph.server.http.short_addresses import packed, unpacked
from missiongraph.server.pages.things.citation import Citation
from missiongraph.server.pages.things.cite import is_local
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.library import queries

yaml = pytest.importorskip("yaml")
PAGE = {"Accept": "text/html"}
PUBLIC = "https://kg.example.org"
RETRIEVED = ox.NamedNode(MOI + "retrieved")
DATE = ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")
STATE = "f" * 64 + "-01234567"


def client_of(*days: str) -> FlaskClient:
    store = ox.Store()
    for day in days:
        store.add(ox.Quad(ox.NamedNode("x:a"), RETRIEVED, ox.Literal(day, datatype=DATE)))
    return create_app(MissionGraph(store, STATE)).test_client()


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return client_of("2024-02-29", "2026-11-24")


def cited(client: FlaskClient, path: str, base: str = PUBLIC) -> tuple[str, str]:
    """The address that stays, and the page."""
    reply = client.get(path, headers=PAGE, base_url=base)
    assert reply.status_code == 200, reply.text
    found = re.search(r'class="mono" href="([^"]+)"', reply.text)
    assert found
    return unescape(found[1]), reply.text


def cff(text: str) -> dict[str, str]:
    found = re.search(r"<code>(cff-version.*?)</code>", text, re.S)
    assert found
    loaded: dict[str, str] = yaml.safe_load(unescape(found[1]))
    return loaded


def test_the_date_is_that_of_the_data(client: FlaskClient) -> None:
    told = cff(cited(client, "/cite")[1])
    assert told["date-released"] == "2026-11-24" and told["license"] == "CC-BY-4.0"


def test_data_without_a_date_have_none() -> None:
    text = cited(client_of(), "/cite")[1]
    assert "date-released" not in cff(text) and "(n.d.)" in text and "year = " not in text


def test_the_date_of_a_written_graph_is_that_of_its_last_write(tmp_path: Path) -> None:
    with serving(tmp_path / "graph", "--no-shapes", "--dataset", "plain") as running:
        told = running.client()
        before = cff(told("GET", "/cite", **PAGE).body.decode())
        assert "date-released" not in before
        told.update("INSERT DATA { <x:a> <x:b> <x:c> }")
        after = cff(told("GET", "/cite", **PAGE).body.decode())
    assert after["date-released"] == datetime.now(UTC).date().isoformat()
    with serving(tmp_path / "graph", "--no-shapes", "--dataset", "plain") as running:
        assert cff(running.client()("GET", "/cite", **PAGE).body.decode()) == after


@pytest.mark.parametrize("query", ["# Who?\nSELECT ?a { VALUES ?a { 1 2 3 } }", "ASK {}"])
def test_an_answer_has_a_short_address_that_gives_it_again(client: FlaskClient, query: str) -> None:
    reply = client.get("/cite", query_string={"query": query}, headers=PAGE, base_url=PUBLIC)
    address = re.findall(r'class="mono" href="([^"]+)"', reply.text)[0]
    parts = urlsplit(unescape(address))
    assert address.startswith(PUBLIC) and len(address) < 160
    again = client.get(f"{parts.path}?{parts.query}", headers=PAGE)
    assert again.status_code == 200 and ("3 rows" in again.text or "Yes" in again.text)


def test_a_query_of_the_library_goes_by_its_name(client: FlaskClient) -> None:
    address, text = cited(client, "/cite/mission-aims?initiative=mission:us-apollo")
    assert address == (
        f"{PUBLIC}/result/mission-aims?initiative=mission:us-apollo&state=ffffffffffff-01234567"
    )
    assert cff(text)["title"].endswith("?")
    parts = urlsplit(address)
    assert client.get(f"{parts.path}?{parts.query}", headers=PAGE).status_code == 200


def test_another_state_is_410_and_leads_to_the_same_question(client: FlaskClient) -> None:
    reply = client.get("/result/mission-aims?initiative=mission:us-apollo&state=eeee")
    assert reply.status_code == 410
    assert reply.json["instead"].startswith("/queries/mission-aims?")  # type: ignore[index]
    reply = client.get(f"/result?q={packed('ASK {}')}&state=eeee")
    assert reply.status_code == 410 and "/query?query=ASK" in reply.json["instead"]  # type: ignore[index]


@pytest.mark.parametrize("path", ["/cite", "/cite?query=ASK{}", "/cite/missions"])
def test_a_local_server_says_so_and_cites_the_canonical_address(
    client: FlaskClient, path: str
) -> None:
    address, text = cited(client, path, "http://127.0.0.1:8000")
    assert address.startswith(BASE) and "127.0.0.1" not in cff(text)["url"]
    assert ("This server is local" in text) == (path != "/cite")


def test_a_thing_is_cited_by_its_iri(client: FlaskClient) -> None:
    iri = BASE + "id/mission/us-apollo"
    assert cited(client, f"/cite?thing={iri}", "http://localhost")[0] == iri


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *(("127.0.0.1:8000", True), ("localhost", True), ("[::1]:80", True), ("10.1.2.3", True)),
        *(("mine.local:80", True), ("server", True), ("kg.example.org:8443", False)),
        *(("8.8.8.8", False), ("192.168.0.1", True), ("0.0.0.0:1", True)),
    ],
)
def test_which_servers_are_local(host: str, local: bool) -> None:
    assert is_local(host) == local


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(codec="ascii")))
def test_any_title_makes_files_that_parse(title: str, address: str) -> None:
    citation = Citation(title, "https://x/" + address, "f" * 64, "2026-01-02", "2026-02-03", "1")
    told = yaml.safe_load(citation.cff)
    line = "".join(char if char.isprintable() else " " for char in title).strip()
    assert told["title"] == line and told["date-released"] == "2026-01-02"
    bare = re.sub(r"\\[{}]", "", citation.bibtex)
    assert bare.count("{") == bare.count("}")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=500))
def test_what_is_packed_comes_out_again(text: str) -> None:
    part = packed(text)
    assert unpacked(part, 500) == text and re.fullmatch(r"[A-Za-z0-9_-]+", part)


def test_addresses_are_far_shorter_than_queries() -> None:
    texts = [bind(query.text, query.bindings({})) for query in queries()]
    assert sum(len(packed(text)) for text in texts) < 0.5 * sum(map(len, texts))


def test_an_address_that_was_printed_leads_to_its_query_for_good() -> None:
    assert unpacked("1o2O0wIIOPcTIDCAMrwAA", 1000).startswith("PREFIX moi:")


@pytest.mark.parametrize("part", ["", "2abc", "1", "1!", "1" + "A" * 50, packed("ASK {}")[:-2]])
def test_what_is_no_address_of_a_query_is_400(client: FlaskClient, part: str) -> None:
    with pytest.raises(ValueError):
        unpacked(part, 100)
    assert client.get(f"/result?q={part}&state=ffffffffffff-01234567").status_code == 400


def test_what_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 1,000"):
        unpacked(packed("a" * 10_000_000), 1000)


def test_the_state_is_json_too(client: FlaskClient) -> None:
    problem = json.loads(client.get("/result?query=ASK{}&state=").data)
    assert problem["status"] == 410 and "ffffffffffff-01234567" in problem["detail"]

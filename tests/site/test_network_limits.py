"""The page on what networks can and can't say: its figures are those of the graph."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from missiongraph import MissionGraph
from missiongraph.server.pages.networks.limits import Held, held, least

BROWSER = {"Accept": "text/html"}


def text(client: FlaskClient, network: str = "shared-missions") -> str:
    """The words of the page, once all its parts are there."""
    for _ in range(120):
        reply = client.get(f"/network-limits?network={network}", headers=BROWSER)
        assert reply.status_code == 200
        if "being computed" not in reply.text:
            assert "no-store" not in reply.headers.get("Cache-Control", "")
            return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", reply.text)))
    raise AssertionError("the page takes too long")


@pytest.fixture(scope="module")
def words(patient_client: FlaskClient) -> str:
    return text(patient_client)


def test_it_tells_what_the_network_rests_on(words: str, graph: MissionGraph) -> None:
    rests = graph.network("shared-missions").basis()
    facts = rests.facts
    assert f"{facts['statements']:,} statements in {facts['sources']:,} documents" in words
    undated = facts["undated"] / facts["statements"]
    assert f"{100 * undated:.0f} % of the statements have no date" in words
    weak = next(row for row in rests if row["strength"] == "Weak")
    assert f"{100 * weak['alone'] / facts['pairs']:.0f} % of the ties in the documents" in words
    assert f"{100 * facts['single'] / facts['pairs']:.0f} % of the ties are stated by one" in words


def test_it_tells_how_much_is_held_of_all_lists(words: str, graph: MissionGraph) -> None:
    of = held(graph.select("coverage"))
    assert f"{of.full} of {of.lists} lists of known length are held in full" in words
    assert f"we hold {of.held:,} of at least {of.listed:,} entries" in words


def test_it_compares_ranks_with_and_without_the_largest_lists(words: str) -> None:
    lists = words.partition("With and without the largest lists")[2].partition("How firm")[0]
    assert "Without lead" in lists and "With city-contract" in lists and "First then" in lists
    assert "102 of 106" in lists


def test_it_tells_how_firm_the_first_ranks_are(words: str, graph: MissionGraph) -> None:
    firm = words.partition("How firm the ranks are")[2]
    first = graph.select("rankings", last="1")[0]
    assert f"1 {first['name']} {first['best']} {first['worst']}" in firm
    found = graph.network("shared-missions").missing_sources("betweenness")[0]
    assert f"10 % ({found['left_out']}) {100 * found['first']:.0f} % of draws" in firm


def test_a_small_network_has_the_page_too(patient_client: FlaskClient) -> None:
    words = text(patient_client, "money")
    assert "Who gives whom how much money? Its" in words


def test_an_unknown_network_is_not_found(client: FlaskClient) -> None:
    assert client.get("/network-limits?network=none", headers=BROWSER).status_code == 404


def test_parts_that_are_not_there_yet_are_awaited(graph: MissionGraph) -> None:
    from missiongraph.server import create_app
    from missiongraph.server.settings import Settings

    client = create_app(graph, Settings(network_wait_seconds=0)).test_client()
    reply = client.get("/network-limits?network=partnerships", headers=BROWSER)
    assert "being computed" in reply.text and '<meta http-equiv="refresh"' in reply.text
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/network?network=funding", "/rankings?network=funding"])
def test_pages_of_networks_lead_there(patient_client: FlaskClient, path: str) -> None:
    page = patient_client.get(path, headers=BROWSER).text
    assert 'href="/network-limits?network=funding"' in page


def test_pages_of_what_is_central_and_of_how_sure_we_are_lead_there(client: FlaskClient) -> None:
    for path in ("/sure", "/page/organisation/vinnova"):
        assert "/network-limits" in client.get(path, headers=BROWSER).text


ROW = {"list": "all", "held": 3, "listed": 5, "bound": None}


def test_entries_beyond_the_length_of_a_list_do_not_count() -> None:
    rows = [ROW, {**ROW, "held": 7}, {**ROW, "listed": None}, {**ROW, "bound": "More than"}]
    assert held(rows) == Held(3, 1, 3 + 5 + 3, 15, True)


def test_lists_of_which_most_is_missing_come_first_and_full_ones_not() -> None:
    rows = [ROW, {**ROW, "list": "far", "held": 0}, {**ROW, "held": 5}, {**ROW, "listed": 0}]
    assert [row["list"] for row in least(rows)] == ["far", "all"]

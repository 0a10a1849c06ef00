"""The page on how sure we are."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from missiongraph import MissionGraph
from missiongraph.namespaces import MOI, NETWORK, VOCAB
from missiongraph.publishing.checked import draws


def page(client: FlaskClient) -> str:
    reply = client.get("/sure", headers={"Accept": "text/html"})
    assert reply.status_code == 200
    return unescape(re.sub(r"<[^>]+>", " ", reply.text))


def test_the_shares_by_strength_add_up_to_all(client: FlaskClient) -> None:
    text = client.get("/sure").text.split('id="strength"')[1].split('id="checks"')[0]
    cells = re.findall(r'</svg>\s*</td><td class="n">([\d.]+)</td>', text)
    shares = [float(cell) for cell in cells]
    assert len(shares) == 6 and 99.5 < sum(shares) < 100.5


def test_each_draw_tells_its_verdicts_and_how_sure_its_share_is(client: FlaskClient) -> None:
    text = page(client)
    for draw in draws():
        low, high = draw.interval
        assert f"seed {draw.seed}" in text
        assert f"{100 * draw.share:.0f} %  ({100 * low:.0f} to {100 * high:.0f} %)" in text


def test_a_fault_is_told_with_what_the_source_says(client: FlaskClient) -> None:
    text = page(client)
    assert "end of Amsterdam climate-neutral city: 2030" in text
    assert "the contract says 2050" in text


def test_the_page_says_what_is_not_covered_and_where_to_be_careful(client: FlaskClient) -> None:
    text = page(client)
    assert "What is not covered" in text and "Mission Label" in text
    for name in ("weak-sources", "trust-by-mission", "conflicting-amounts"):
        assert f"/queries/{name}" in client.get("/sure").text


def test_the_page_is_linked_from_every_page_and_from_about(client: FlaskClient) -> None:
    assert 'href="/sure"' in client.get("/").text
    assert client.get("/about").text.count('href="/sure"') == 2


@pytest.mark.parametrize(
    "path", ["/missions", "/browse", "/rankings", "/network", "/progress", "/toolkit"]
)
def test_what_counts_says_that_it_counts_what_is_held(client: FlaskClient, path: str) -> None:
    assert 'href="/sure#missing"' in client.get(path, headers={"Accept": "text/html"}).text


def test_a_value_from_a_weak_source_is_marked_among_the_targets(
    client: FlaskClient, graph: MissionGraph
) -> None:
    rows = graph.select("target-progress", only=f"{VOCAB}progress-state/missed")
    weak = {row["aim"] for row in rows if row["strength"] == "Weak"}
    assert weak and client.get("/progress?state=missed").text.count("(weak source)") == len(weak)


def test_a_rank_that_depends_on_a_weak_source_says_so(
    client: FlaskClient, graph: MissionGraph
) -> None:
    chosen = {"network": f"{NETWORK}memberships", "measure": f"{MOI}degree", "last": 20}
    weak = [row for row in graph.select("rankings", **chosen) if row["sourceStrength"] == "Weak"]
    text = client.get("/rankings?network=memberships&measure=degree&first=20").text
    assert weak and text.count("(weak source)") == len(weak)

"""Pages of things: what each kind shows besides, dates in order, and CSV of every table."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from flask.testing import FlaskClient
from support.asking import table

from missiongraph import MissionGraph
from missiongraph.namespaces import ID
from missiongraph.publishing.description import describe
from missiongraph.publishing.entity import Portrait
from missiongraph.publishing.roster import Line, roster

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSER = {"Accept": "text/html"}
THINGS = (
    *("organisation/taftie", "organisation/ucl-iipp", "organisation/gov-fr"),
    "person/mariana-mazzucato",
    *("instrument/eu-five-600", "source/climate-city-contract-pecs", "mission/us-apollo"),
)


def shown(client: FlaskClient, place: str) -> str:
    reply = client.get(f"/page/{place}", headers=BROWSER)
    assert reply.status_code == 200
    return reply.text


def row(member: str, since: int = 0, until: int = 0, kind: str | None = "Agency") -> dict[str, Any]:
    days = {"from": since and date(since, 1, 1), "until": until and date(until, 12, 31)}
    return {"member": member, "kind": kind} | {end: day or None for end, day in days.items()}


def test_members_count_in_the_years_that_their_dates_cover() -> None:
    found = roster([row("a", 2010, 2010), row("b", 2010), row("c", 2015, 2017)])
    assert found.years == (2010, 2015, 2017)
    assert found.lines == (Line("Agency", 3, (2, 2, 2), 0),)


def test_a_member_in_two_rows_counts_once() -> None:
    found = roster([row("a", 2010, 2010), row("a", 2010), row("a")])
    assert found.lines == (Line("Agency", 1, (1,), 0),) and not found.has_undated


def test_members_without_dates_and_kinds_are_counted_apart() -> None:
    found = roster([row("a", kind=None), row("b", 2010), row("c")])
    assert found.lines == (Line("Agency", 2, (1,), 1), Line("Not stated", 1, (0,), 1))


def test_no_members_make_no_roster() -> None:
    assert roster([]).lines == ()


@pytest.mark.parametrize(
    ("place", "heading"),
    [
        ("organisation/taftie", "Members by kind and year"),
        ("instrument/eu-five-600", "Missions and other initiatives it serves, and their results"),
        ("source/climate-city-contract-pecs", "What it describes"),
    ],
)
def test_a_kind_of_thing_shows_what_it_is_for(
    client: FlaskClient, place: str, heading: str
) -> None:
    assert heading in shown(client, place)
    assert heading not in shown(client, "person/mariana-mazzucato")


@pytest.mark.parametrize("place", THINGS)
def test_every_table_of_a_thing_is_csv_too(client: FlaskClient, place: str) -> None:
    text = shown(client, place)
    tables = re.sub(r'<table class="bars".*?</table>', "", text, flags=re.S)
    parts = re.sub(r'</table>\s*</div>\s*<details class="more">', "", tables).split("</table>")
    assert all("Data (CSV)" in part for part in parts[1:])
    for href in set(re.findall(r'href="([^"]*format=csv)"', text)):
        reply = client.get(unescape(href))
        assert reply.mimetype == "text/csv" and reply.data.count(b"\n") > 1, href[-300:]


@pytest.mark.parametrize("place", THINGS)
def test_every_thing_ends_in_data_query_and_cite(client: FlaskClient, place: str) -> None:
    end = shown(client, place).rpartition('class="ends')[2]
    names = re.findall(r">([^<]+)</a>", end.partition("</p>")[0])
    assert names[0] == "Turtle" and names[-3:] == ["CSV", "Query", "Cite"]


def missions_section(text: str) -> str:
    """The section on missions of an organisation's page, up to the next one; empty if none."""
    return text.partition('<h2 id="missions">Missions it leads</h2>')[2].partition("<h2")[0]


def test_an_organisation_lists_the_missions_it_leads_with_their_sources(
    client: FlaskClient,
) -> None:
    text = shown(client, "organisation/csiro")
    numbers = {place: n for n, place in re.findall('<li id="source-(.*?)"><a href="(.*?)"', text)}
    (row,) = re.findall("<tr><td>(?:(?!</tr>).)*Hydrogen.*?</tr>", missions_section(text))
    assert '<td><a href="/page/mission/au-csiro-hydrogen">CSIRO mission: Hydrogen' in row
    assert row.endswith("<td>2021-05-26</td><td></td><td>Active</td></tr>")
    of = "/page/source/pacetoday-com-au--hydrogen-industry-mission-launched-csiro-partners"
    assert numbers[of] in re.findall(r'href="#source-(\d+)"', row)


def test_of_many_missions_led_the_first_ten_show_and_lead_to_all(client: FlaskClient) -> None:
    text = missions_section(shown(client, "organisation/gov-fr"))
    assert text.count("<tr><td>") == 10 and "10 of 13 rows" in text
    (there,) = re.findall('href="([^"]+)">show all<', text)
    assert "France 2030 objective 9" in client.get(unescape(there), headers=BROWSER).text
    few = missions_section(shown(client, "organisation/european-commission"))
    assert few.count("<tr><td>") == 10 and "show all" not in few


@pytest.mark.parametrize("place", ["organisation/taftie", "person/patrick-hartley"])
def test_what_leads_no_mission_as_an_organisation_has_no_such_section(
    client: FlaskClient, place: str
) -> None:
    assert "Missions it leads" not in shown(client, place)


def test_missions_led_come_by_start_and_without_a_start_last(graph: MissionGraph) -> None:
    starts: dict[str, list[str]] = {}
    for row in table(graph, "missions-led"):
        starts.setdefault(row["organisation"], []).append(row["start"])
    assert any("" in each and any(each) for each in starts.values())
    for each in starts.values():
        assert each == sorted(each, key=lambda start: (start == "", start))


def test_memberships_come_from_the_latest(graph: MissionGraph) -> None:
    person = Portrait(describe(graph.engine, ID + "person/mariana-mazzucato"))
    days = [relation.when.removeprefix("from ") for relation in person.relations["Membership"]]
    assert days == sorted(days, reverse=True) and days[-1] == ""


def test_a_column_that_would_be_empty_is_left_out(client: FlaskClient) -> None:
    heads = re.findall(r"<thead>.*?</thead>", shown(client, "source/climate-city-contract-pecs"))
    assert [">Role<" in head for head in heads] == [False, False, True, True]


def test_a_concept_shows_what_the_vocabulary_says(client: FlaskClient) -> None:
    text = shown(client, "vocab/instrument-kind/advisory-service")
    assert "Help and brokering for those who carry out a mission." in text
    assert '<a href="/page/vocab/instrument-kind">Kinds of policy instrument</a>' in text


@pytest.mark.parametrize("place", THINGS)
def test_the_page_of_a_thing_fits_a_phone_and_breaks_no_policy(page: Page, place: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"/page/{place}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


TABLE = """{% import "_parts.html" as parts with context %}
{{ parts.table("Awards", [("funder", "Funder", ""), ("amount", "Amount", "n")], rows, limit=10) }}
"""


class Rows(list[dict[str, Any]]):
    page = "/queries/who-funds-whom"


@pytest.mark.parametrize("count", [0, 10, 11])
def test_a_long_table_shows_its_first_rows_and_leads_to_all(
    client: FlaskClient, count: int
) -> None:
    iri = f"{ID}organisation/ucl-iipp"
    rows = Rows({"funder": "A", "funder_iri": iri, "amount": n} for n in range(count))
    with client.application.test_request_context():
        text = client.application.jinja_env.from_string(TABLE).render(rows=rows)
    assert text.count("/organisation/ucl-iipp") == min(count, 10)
    assert ("10 of 11 rows" in text and rows.page in text) == (count == 11)

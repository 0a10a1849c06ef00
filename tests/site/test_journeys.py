"""The ways that readers go, walked in a real browser by what is to be read on the pages."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.browser import visit

from missiongraph.namespaces import MOI, PREFIXES, VOCAB
from missiongraph.server.pages.validate import EXAMPLE

expect = pytest.importorskip("playwright.sync_api").expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ALTERED = (
    f"PREFIX moi: <{MOI}> PREFIX skos: <{PREFIXES['skos']}> "
    "SELECT ?field (COUNT(?mission) AS ?missions) "
    "{ ?mission a moi:Mission ; moi:hasField/skos:prefLabel ?field } "
    "GROUP BY ?field ORDER BY DESC(?missions) LIMIT 5"
)


@pytest.fixture(autouse=True)
def at_home(page: Page) -> None:
    """Every journey begins where the address of the site leads."""
    page.set_default_timeout(15_000)
    page.goto("/")


def column(table: Locator, name: str) -> list[str]:
    """The texts of a column of a table."""
    names = [text.strip() for text in table.locator("thead th").all_inner_texts()]
    place = names.index(name) + 1
    return table.locator(f"tbody > tr > :nth-child({place})").all_inner_texts()


def test_find_the_members_of_moin_in_2018_and_cite_the_source(page: Page) -> None:
    page.get_by_role("searchbox", name="Search the graph").fill("MOIN")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Mission-Oriented Innovation Network (MOIN)").first.click()
    page.get_by_role("link", name="Who was a member of a network on a day").click()
    page.get_by_label("the day asked about").fill("2018-06-30")
    page.get_by_role("button", name="Update answer").click()
    page.get_by_role("link", name="Include members without any date").click()  # none has a date
    answer = page.get_by_role("region", name="Answer").get_by_role("table")
    members = column(answer, "member")
    assert "Vinnova" in members and len(members) >= 10
    assert set(column(answer, "network")) == {"Mission-Oriented Innovation Network (MOIN)"}
    assert all(address.startswith("http") for address in column(answer, "page"))

    page.get_by_role("link", name="Cite", exact=True).first.click()
    assert "@misc{" in page.locator("main").inner_text()
    page.locator("main").get_by_role("link").nth(1).click()  # where it is on this local server
    assert column(page.get_by_role("table"), "member") == members


def test_compare_the_instruments_of_two_missions(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Toolkit").click()
    page.get_by_label("A mission").select_option(label="EU Mission on Cancer")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("link", name="Compare instruments with EU Mission A Soil Deal").click()
    table = page.get_by_role("region", name="Instruments").get_by_role("table")
    place = column(table, "Kind").index("Coordination body")
    assert "National Cancer Mission Hubs" in column(table, "EU Mission on Cancer")[place]
    assert "none recorded" in column(table, "EU Mission A Soil Deal for Europe")[place]
    table.get_by_role("link", name="Source").first.click()
    assert page.locator(".sources li:target").is_visible()


def test_run_alter_chart_and_download_a_query(page: Page, tmp_path: Path) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Query").click()
    page.get_by_role("link", name="How many missions are there in each field?").click()
    expect(page.get_by_role("figure").first).to_be_visible()
    page.get_by_role("textbox", name="SPARQL query").fill(ALTERED)
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("5 rows in")).to_be_visible()
    expect(page.get_by_role("figure").first).to_contain_text("Energy")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).first.click()
    download.value.save_as(tmp_path / "answer.csv")
    with (tmp_path / "answer.csv").open(encoding="utf-8") as file:
        assert "Energy" in [row["field"] for row in csv.DictReader(file)]


def test_find_the_strongest_broker_and_open_its_page(page: Page, site: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Network").click()
    visit(page, site, "/network?measure=betweenness")
    first = page.locator("table tbody").first.get_by_role("link").first
    name = first.inner_text()
    first.click()
    assert page.get_by_role("heading", level=1).inner_text() == name


def test_validate_a_broken_file_and_mend_it(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "mine.ttl"
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Validate").click()
    said = check(page, file, EXAMPLE)
    assert "does not conform" in said and "Line 6" in said
    assert "Use a concept of the vocabulary" in said and "at least one kind" in said
    kind = f"moi:hasKind <{VOCAB}mission-type/national-mission> ; rdfs:label"
    mended = EXAMPLE.replace("actve", "active").replace('rdfs:label "', kind + ' "')
    assert "● conforms" in check(page, file, mended)


def check(page: Page, file: Path, text: str) -> str:
    """Upload a file; gives what the report says."""
    file.write_text(text, "utf-8")
    before = page.url
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check").click()
    page.wait_for_url(lambda url: url != before)
    return page.get_by_role("region", name="Report").inner_text()

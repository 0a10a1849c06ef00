"""The query editor in a browser: what it writes, runs and shows, and that nobody needs it."""

from __future__ import annotations

import ast
import csv
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from support import browser as browsing

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

COUNTRIES = """\
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
SELECT ?country (COUNT(?mission) AS ?missions) {
  ?mission a moi:Mission ; moi:hasCountry ?country .
}
GROUP BY ?country ORDER BY DESC(?missions) LIMIT 5"""
BAD_REQUEST = "status of 400"  # which the console tells, too


def editor(page: Page) -> Locator:
    """The editor of the page that is open, with the caret in it."""
    found = page.get_by_role("textbox", name="SPARQL query")
    found.click()
    return found


def write(page: Page, text: str) -> None:
    """Replace the query by ``text``, as if it was pasted."""
    editor(page)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def written(page: Page) -> str:
    """The query as the form sends it."""
    return page.locator("textarea[name=query]").input_value()


def below(page: Page, line: str) -> None:
    """Begin a line below the one that holds ``line``."""
    editor(page)
    page.locator(".cm-line", has_text=line).click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")


def take(page: Page, key: str, term: str) -> None:
    """Take the completion that is offered first, which is to be ``term``."""
    offered = page.get_by_role("option", selected=True)
    expect(offered).to_contain_text(term)
    page.wait_for_timeout(100)  # the editor does not take keys for what has only just come
    page.keyboard.press(key)
    expect(offered).to_have_count(0)


@pytest.mark.parametrize("begun", ["hascou", "moi:hasCou", "country"])
def test_a_term_is_completed_by_its_name(page: Page, begun: str) -> None:
    page.goto("/query")
    below(page, "a moi:Mission")
    page.keyboard.type(f"?mission {begun}")
    take(page, "Enter", "moi:hasCountry")
    assert "\n  ?mission moi:hasCountry\n" in written(page)


def test_a_term_is_found_by_its_label_and_says_what_it_means(page: Page) -> None:
    page.goto("/query")
    below(page, "a moi:Mission")
    page.keyboard.type("?target maximum")
    expect(page.locator(".cm-completionInfo")).not_to_be_empty()
    take(page, "Enter", "moi:maxValue")


def test_a_completed_term_brings_its_prefix(page: Page) -> None:
    page.goto("/query")
    write(page, "# hello\nSELECT ?m { ?m  }")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("pursu")
    take(page, "Enter", "moi:pursues")
    prefix = "PREFIX moi: <https://w3id.org/missiongraph/ontology#>"
    assert written(page) == f"# hello\n{prefix}\nSELECT ?m {{ ?m moi:pursues }}"


def test_a_prefix_is_declared_as_it_is_written(page: Page) -> None:
    page.goto("/query")
    below(page, "a moi:Mission")
    page.keyboard.type("?mission skos:")
    expect(page.locator(".cm-content")).to_contain_text(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
    )
    page.keyboard.type("note")
    page.keyboard.press("Escape")
    page.keyboard.type(" ?note .")
    assert "?mission skos:note ?note ." in written(page)
    assert written(page).count("PREFIX skos:") == 1


def test_variables_of_the_query_are_completed(page: Page) -> None:
    page.goto("/query")
    below(page, "a moi:Mission")
    page.keyboard.type("?mis")
    take(page, "Tab", "?mission")
    assert "\n  ?mission\n" in written(page)


def test_ctrl_enter_shows_the_answer_and_its_address(page: Page) -> None:
    page.goto("/query")
    page.evaluate("() => { window.same = true }")
    write(page, COUNTRIES)
    page.keyboard.press("Control+Enter")
    answer = page.locator("#answer")
    expect(answer).to_contain_text("5 rows in")
    expect(answer.locator("figure.picture svg")).to_have_count(5)
    expect(page.get_by_role("status")).to_contain_text("5 rows in")
    assert page.evaluate("() => window.same") and "query=PREFIX" in page.url
    assert written(page) == COUNTRIES
    page.goto(page.url)
    expect(page.locator("#answer")).to_contain_text("5 rows in")


def test_going_back_shows_the_query_before(page: Page) -> None:
    page.goto("/query")
    for number in (1, 2):
        write(page, f"SELECT ?n {{ VALUES ?n {{ {number} }} }}")
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#answer td")).to_have_text(str(number))
    page.go_back()
    expect(page.locator("#answer td")).to_have_text("1")
    assert "VALUES ?n { 1 }" in written(page)


def test_the_place_of_a_fault_is_shown(browser: Browser, site: str) -> None:
    with browsing.opened(browser, site, [BAD_REQUEST]) as page:
        page.goto("/query")
        write(page, "ASK {\n  ?s ?p }")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#answer")).to_contain_text("Line 2, column 10 is not SPARQL")
        expect(page.locator(".cm-wrong")).to_have_text("  ?s ?p }")
        page.keyboard.press("ArrowLeft")
        page.keyboard.type("?o ")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#answer")).to_contain_text("Yes")
        assert written(page) == "ASK {\n  ?s ?p ?o }"


def test_a_hint_does_not_keep_a_query_from_running(page: Page) -> None:
    page.goto("/query")
    write(page, "SELECT ?o { ?t rdf:reifies <<( ?s ?p ?o )>> }")
    page.keyboard.press("Control+Home")
    expect(page.locator(".cm-doubt").first).to_be_visible()
    page.keyboard.insert_text("PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text("0 rows in")


def test_tab_indents_and_after_escape_leaves(page: Page) -> None:
    page.goto("/query")
    focused = "() => document.activeElement.className || document.activeElement.textContent"
    editor(page)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Tab")
    assert written(page).startswith("  PREFIX") and page.evaluate(focused) == "editor"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "primary"


def test_a_selection_is_written_over(page: Page) -> None:
    page.goto("/query")
    editor(page)
    page.keyboard.press("Control+a")
    page.keyboard.type("ASK {} # so")
    assert written(page) == "ASK {} # so"


def test_the_editor_fits_a_phone(browser: Browser, site: str) -> None:
    with browsing.opened(browser, site, viewport=browsing.PHONE) as page:
        page.goto("/query")
        expect(page.locator(".cm-content")).to_be_visible()
        assert page.evaluate("() => document.documentElement.scrollWidth") == 320


def test_links_and_snippets_are_copied(browser: Browser, site: str) -> None:
    with browsing.opened(browser, site, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto("/query")
        write(page, COUNTRIES)
        page.keyboard.press("Control+Enter")
        page.get_by_role("button", name="Copy: Link").click()
        expect(page.get_by_text("Copied")).to_be_visible()
        copied = page.evaluate("() => navigator.clipboard.readText()")
        assert parse_qs(copied.partition("?")[2]) == {"query": [COUNTRIES]}
        page.get_by_text("Run it from elsewhere").click()
        page.get_by_role("button", name="Copy: In Python").click()
        expect(page.get_by_text("Copied")).to_have_count(2)
        copied = page.evaluate("() => navigator.clipboard.readText()")
        texts = {
            node.value for node in ast.walk(ast.parse(copied)) if isinstance(node, ast.Constant)
        }
        assert {COUNTRIES, f"{site}/sparql"} <= texts


def test_without_scripts_a_field_is_sent(browser: Browser, site: str) -> None:
    with browsing.opened(browser, site, java_script_enabled=False) as page:
        page.goto("/query")
        page.get_by_label("SPARQL query").fill(COUNTRIES)
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#answer")).to_contain_text("5 rows in")
        assert page.get_by_label("SPARQL query").input_value() == COUNTRIES


def test_without_scripts_the_place_of_a_fault_is_shown(browser: Browser, site: str) -> None:
    with browsing.opened(browser, site, [BAD_REQUEST], java_script_enabled=False) as page:
        page.goto("/query?query=SELECT+?s+{%0A+?s+?p+}")
        expect(page.locator("#answer pre")).to_have_text(re.compile(r" \?s \?p }\n {8}▲"))


def test_a_query_of_the_library_is_run_altered_drawn_and_downloaded(page: Page) -> None:
    page.goto("/query")
    page.locator("summary", has_text="Networks").click()
    page.get_by_role(
        "link", name="Who was a member of a network on a day, as far as is known?"
    ).click()
    page.get_by_label("The day asked about").fill("2018-01-01")
    page.get_by_role("button", name="Update answer").click()
    expect(page.get_by_role("heading", name="Answer")).to_be_visible()
    page.get_by_role("link", name="Edit the query").click()
    assert "2018-01-01" in written(page)
    write(page, COUNTRIES)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer figure.picture")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = [*csv.reader(download.value.path().read_text("utf-8").splitlines())]
    assert rows[0] == ["country", "missions"] and len(rows) == 6

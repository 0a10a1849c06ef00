"""Every page in a real browser: accessible, light and dark, on a phone, on paper, by keyboard.

Each page is opened once and looked over; each test then asks for one thing that was seen. That
the console stays silent, that nothing breaks the policy and that nothing is asked for elsewhere
is checked by what opens a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.browser import DESK, ERRORS, PHONE, PLACES, THINGS, chromium, opened, visit, watched

from missiongraph.namespaces import KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = PLACES | ERRORS
ALIKE = THINGS.keys() - {"mission", "organisation", "person", "source", "target"}
"""Things whose pages are of the same form: one of them is enough for the usual run."""
OTHERS = {
    *("network-funding", "progress-missed", "toolkit-compared", "query-graph", "cite-answer"),
    *("question-answered", "browse-sources", "search-none"),
}
"""Pages of the same form as another one of them."""
NAMES = [
    pytest.param(name, marks=pytest.mark.long) if name in ALIKE | OTHERS else pytest.param(name)
    for name in PAGES
]
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What the dark may change."""

MORE = "main :is(tr, li, article, section, details, dt, dd, g):nth-child(n+12)"
"""What is of the same form as the eleven before it; axe takes seconds for long lists."""

STEPS = 12
"""How far the keyboard walks from the top of a page."""

_AXE = """async ([rules, more]) => {
  const options = { runOnly: rules, resultTypes: ["violations"], preload: false };
  const found = await axe.run({ exclude: [more] }, options);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`));
}"""
_WIDER = """() => {
  const wide = document.documentElement.clientWidth;
  const beyond = [...document.querySelectorAll("main *, header *, footer *")].filter(
    (each) => each.getBoundingClientRect().right > wide + 1 && !each.closest(".tw, pre, .vh"));
  return document.documentElement.scrollWidth > wide
    ? beyond.slice(0, 3).map((each) => each.outerHTML.slice(0, 120)) || ["something"] : [];
}"""
_OUTLINE = """() => ({
  title: document.title,
  language: document.documentElement.lang,
  headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((h) => +h.tagName[1]),
  links: [...document.querySelectorAll("main a[href]")].map((link) => link.getAttribute("href")),
})"""
_FOCUS = """() => {
  const here = document.activeElement, look = getComputedStyle(here);
  const box = here.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const ring = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2;
  return { text: here.innerText || here.id || here.tagName, seen: inside && ring };
}"""


@dataclass(frozen=True)
class Visit:
    """What was seen of a page."""

    title: str
    language: str
    headings: list[int]
    links: list[str]
    light: list[str]
    dark: list[str]
    wider: list[str]
    walk: list[dict[str, Any]]
    printed: list[str]
    paper: bytes


@pytest.fixture(scope="module")
def axe() -> str:
    """The rules of axe-core; they are evaluated, for the policy lets no script be added."""
    chromium()
    from axe_playwright_python.base import AXE_SCRIPT

    return str(AXE_SCRIPT)


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each page in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def desk(browser: Browser, site: str) -> Iterator[Page]:
    """The one that all pages are opened in: a context for each takes a fifth more time."""
    with opened(browser, site, ["Failed to load"]) as page:
        yield page


@pytest.fixture(scope="module")
def seen(name: str, desk: Page, site: str, axe: str) -> Visit:
    """A page, looked over in every way."""
    with watched(desk, site, ["Failed to load"] if name in ERRORS else []):
        desk.emulate_media(color_scheme="light", media="screen")
        visit(desk, site, PAGES[name])
        visited = look_over(desk, axe)
        desk.goto("about:blank")  # so that nothing of this page is heard later
    return visited


@pytest.fixture(scope="module")
def plain(browser: Browser, site: str) -> Iterator[Page]:
    """A phone whose owner has turned JavaScript off."""
    with opened(browser, site, ["Failed to load"], java_script_enabled=False, viewport=PHONE) as it:
        yield it


def look_over(page: Page, axe: str) -> Visit:
    """Everything about a page that is open, on a desk, in light."""
    outline = page.evaluate(_OUTLINE)
    walk = [step(page) for _ in range(STEPS)]
    page.evaluate(axe)
    light = page.evaluate(_AXE, [RULES, MORE])
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(_AXE, [COLOURS, MORE])
    page.set_viewport_size(PHONE)
    wider = page.evaluate(_WIDER)
    page.set_viewport_size(DESK)
    page.emulate_media(media="print")
    printed = [each for each in ("nav", "form", ".skip") if page.locator(each).first.is_visible()]
    return Visit(
        outline["title"],
        outline["language"],
        outline["headings"],
        outline["links"],
        light,
        dark,
        wider,
        walk,
        printed,
        page.pdf(),
    )


def step(page: Page) -> dict[str, Any]:
    page.keyboard.press("Tab")
    found: dict[str, Any] = page.evaluate(_FOCUS)
    return found


def test_there_is_a_page_of_every_kind_of_thing() -> None:
    assert set(THINGS) == KINDS - {"challenge"}  # the curated graph names none


def test_it_has_a_title_and_a_language(seen: Visit) -> None:
    assert "MissionGraph" in seen.title and seen.language == "en"


def test_its_headings_are_in_order_below_one(seen: Visit) -> None:
    first, *others = seen.headings
    assert first == 1 and 1 not in others
    assert all(after <= before + 1 for before, after in zip(seen.headings, others, strict=False))


def test_axe_finds_no_fault_in_light(seen: Visit) -> None:
    assert seen.light == []


def test_axe_finds_no_fault_in_the_dark(seen: Visit) -> None:
    assert seen.dark == []


def test_it_never_scrolls_sideways_on_a_phone(seen: Visit) -> None:
    assert seen.wider == []


def test_a_keyboard_begins_by_skipping_and_always_sees_where_it_is(name: str, seen: Visit) -> None:
    if name != "error-syntax":  # there it begins where the fault is
        assert seen.walk[0]["text"] == "Skip to content"
    assert [place for place in seen.walk if not place["seen"]] == []


def test_it_leads_as_far_without_javascript(name: str, seen: Visit, plain: Page, site: str) -> None:
    visit(plain, site, PAGES[name])
    assert plain.locator("h1").is_visible() and plain.evaluate(_WIDER) == []
    assert set(seen.links) <= set(plain.evaluate(_OUTLINE)["links"])


def test_it_prints_without_what_paper_cannot_do(seen: Visit) -> None:
    assert seen.printed == [] and len(seen.paper) > 5000

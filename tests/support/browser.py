"""A real browser: Chromium, on a server of its own, and a page that lets no fault pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import urllib3

from missiongraph.namespaces import ID, RDFS
from support.peers import free_port
from support.running import COMMAND

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",  # for root, in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: ViewportSize = {"width": 320, "height": 640}
DESK: ViewportSize = {"width": 1280, "height": 800}

_COUNTS = (
    f"PREFIX rdfs: <{RDFS}> "
    "SELECT ?kind (COUNT(?thing) AS ?things) { ?thing a/rdfs:label ?kind } "
    "GROUP BY ?kind ORDER BY DESC(?things) LIMIT 12"
)
PLACES = {
    "home": "/",
    "missions": "/missions",
    "missions-chosen": "/missions?field=health&country=GB",
    "missions-none": "/missions?name=nothing+is+called+so",
    "browse": "/browse",
    "browse-organisations": "/browse/organisations",
    "browse-local-missions": "/browse/local-missions",
    "browse-sources": "/browse/sources?page=2",
    "network": "/network",
    "network-funding": "/network?network=funding&measure=pagerank&colour=kind&top=100",
    "progress": "/progress",
    "progress-missed": "/progress?state=missed",
    "toolkit": "/toolkit",
    "toolkit-compared": "/toolkit?mission=eu-mission-cancer",
    "compare": "/compare",
    "compared": "/compare?one=eu-mission-cancer&other=eu-mission-soil",
    "query": "/query",
    "query-answered": "/query?" + urlencode({"query": _COUNTS}),
    "query-graph": "/query?" + urlencode({"query": f"DESCRIBE <{ID}mission/us-apollo>"}),
    "question": "/queries/network-members-on-date",
    "question-answered": "/queries/network-members-on-date?run=1",
    "question-bars": "/queries/missions-by-field?run=1",
    "rankings": "/rankings",
    "network-limits": "/network-limits",
    "terms": "/terms",
    "validate": "/validate",
    "search": "/search",
    "search-found": "/search?q=inovation+public",
    "search-none": "/search?q=zzzzzzzz",
    "about": "/about",
    "sure": "/sure",
    "cite": "/cite",
    "cite-answer": "/cite?" + urlencode({"query": _COUNTS}),
}
"""A page of each sort, by a name for its picture."""

THINGS = {
    "agency": "us-arpa-e",
    "amount": "dk-im-ccus-grant",
    "award": "rockefeller-foundation--ucl-iipp--2018",
    "challenge-prize": "ie-food-challenge",
    "change": "norwegian-agencies-merger-2004",
    "check": "seed-30112026--36",
    "contribution": "zonmw--nl-mtip--2019",
    "coverage": "moin--members",
    "event": "moin-gathering-2023",
    "goal": "jp-ms5-g2",
    "indicator": "sustainable-modal-share",
    "instrument": "dk-im-700",
    "local-mission": "city-klagenfurt-climate-neutral",
    "membership": "rainer-kattel--taltech--head",
    "mission": "eu-mission-ocean",
    "mission-framework": "jp-moonshot",
    "observation": "lodz-o1-actual",
    "organisation": "ucl-iipp",
    "participation": "csti-japan--jp-moonshot-goal-8--goal-setter",
    "partnership": "rockefeller-foundation--ucl-iipp",
    "person": "mariana-mazzucato",
    "post": "senior-research-associate-public-value",
    "practice": "eu-time",
    "programme": "faraday-battery-challenge",
    "project": "regreeneration-101139636",
    "result": "eu-miss-o2",
    "source": "ucl-ac-uk--2020-nov-ucl-professor-lead-new-world-health-organisation-council",
    "strategy": "de-energiewende",
    "target": "city-klagenfurt-g0b",
    "treaty": "int-montreal-protocol",
}
"""A thing of each kind."""

PLACES |= {kind: f"/page/{kind}/{slug}" for kind, slug in THINGS.items()}
PLACES |= {"concept": "/page/vocab/country/GB", "vocabulary": "/page/vocab/country"}

ERRORS = {
    "error-syntax": "/query?query=SELECT+nothing",
    "error-value": "/toolkit?mission=a+b",
    "error-place": "/nowhere",
    "error-thing": "/page/mission/none",
    "error-gone": "/result?query=ASK{}&state=abc",
}
"""Pages that say what is wrong."""
_START_SECONDS = 120
_READER = {"Accept": "text/html"}


def chromium() -> str:
    """The program; skips where there is none, but fails in CI, which is to bring it."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), "")
    if not found and os.environ.get("CI"):
        pytest.fail("no Chromium: apt-get install chromium")
    if not found:
        pytest.skip("no Chromium: apt-get install chromium")
    return found


@contextmanager
def started(*options: str) -> Iterator[str]:
    """The address of a server of the curated graph, started as a user starts it."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [*COMMAND, "serve", "--port", str(port), *options]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        with suppress(urllib3.exceptions.HTTPError):
            reply = urllib3.request("GET", f"{address}/health/ready", timeout=2, retries=False)
            if reply.status == 200:
                return
        assert process.poll() is None, "the server has ended"
        assert time.monotonic() < end, "the server does not answer"
        time.sleep(0.1)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    program = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*QUIET])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, address: str, faults: Sequence[str] = (), **context: Any
) -> Iterator[Page]:
    """A page of a context of its own; what goes wrong in it fails the test, see :func:`watched`."""
    given = browser.new_context(base_url=address, **({"viewport": DESK} | context))
    try:
        page = given.new_page()
        with watched(page, address, faults):
            yield page
    finally:
        given.close()


@contextmanager
def watched(page: Page, address: str, faults: Sequence[str] = ()) -> Iterator[None]:
    """Fail the test for what goes wrong in a page within the block.

    That is whatever the console calls an error (a breach of the content security policy is
    one), an exception of a script, and a request to anywhere else. ``faults`` are parts of
    messages that are expected.
    """
    found: list[str] = []
    listeners: dict[str, Callable[[Any], None]] = {
        "console": lambda told: found.append(told.text) if told.type == "error" else None,
        "pageerror": lambda error: found.append(str(error)),
        "request": lambda asked: _note_stranger(asked.url, address, found),
    }
    for event, listener in listeners.items():
        page.on(event, listener)  # type: ignore[call-overload]
    yield
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    unexpected = [told for told in found if not any(fault in told for fault in faults)]
    assert not unexpected, unexpected


def visit(page: Page, address: str, path: str) -> None:
    """Open a page, once it need not look again by itself for what is still being worked out."""
    end = time.monotonic() + _START_SECONDS
    while _looks_again(address + path):
        assert time.monotonic() < end, f"{path} is never ready"
        time.sleep(0.5)
    page.goto(address + path)


def _looks_again(url: str) -> bool:
    asked = urllib3.request("GET", url, headers=_READER, timeout=_START_SECONDS)
    return "Refresh" in asked.headers


def _note_stranger(url: str, address: str, found: list[str]) -> None:
    if not url.startswith((address, "data:", "blob:")):
        found.append(f"asked {url}")

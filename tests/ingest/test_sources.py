"""The table of sources: how strong each is, why, and that one text is one source."""

from __future__ import annotations

import csv
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest

DATA = Path(str(files("missiongraph"))) / "data"
FIXTURES = Path(__file__).parents[1] / "fixtures"
WEAK_HOSTS = frozenset((FIXTURES / "weak_hosts.txt").read_text("utf-8").split())
"""Mirrors, test hosts, personal pages and sites of spun text that an audit of the sources found."""


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def sources() -> list[dict[str, str]]:
    return rows(DATA / "sources.csv")


def host(address: str) -> str:
    return urlsplit(address).netloc.removeprefix("www.")


def bare(address: str) -> str:
    """An address without what may differ between spellings of one."""
    parts = urlsplit(address)
    return host(address) + parts.path.rstrip("/") + "?" + parts.query


def test_each_source_has_a_strength(sources: list[dict[str, str]]) -> None:
    assert [source["id"] for source in sources if not source["strength"]] == []


def test_each_source_that_is_weak_or_unknown_says_why(sources: list[dict[str, str]]) -> None:
    doubtful = [source for source in sources if source["strength"] in ("weak", "unknown")]
    assert doubtful and [source["id"] for source in doubtful if not source["why"]] == []


def test_the_account_of_the_sources_has_their_numbers(sources: list[dict[str, str]]) -> None:
    text = (DATA / "EXCEPTIONS.md").read_text("utf-8")
    told = re.search(r"Sources by strength: ([^.]*)\.", text)
    assert told and f"{len(sources):,} addresses, {len(sources):,} sources" in text
    counts = Counter(source["strength"] for source in sources)
    assert told[1] == ", ".join(f"{number} {name}" for name, number in counts.most_common())
    unseen = [source["kind"] for source in sources if source["strength"] == "unknown"]
    hosted = unseen.count("document-host")
    assert f"not seen: {hosted} are documents on sharing sites" in text
    assert f"{len(unseen) - hosted - 1} are pages that name nobody, and one" in text


def test_no_source_on_a_weak_host_is_unmarked(sources: list[dict[str, str]]) -> None:
    there = [source for source in sources if host(source["address"]) in WEAK_HOSTS]
    assert there
    assert {source["id"] for source in there if source["strength"] != "weak"} == set()


def test_a_weak_source_says_why(sources: list[dict[str, str]]) -> None:
    weak = [source for source in sources if source["strength"] == "weak"]
    assert [source["id"] for source in weak if not source["why"]] == []


def test_a_mirror_is_weak_and_says_what_it_copies(sources: list[dict[str, str]]) -> None:
    mirrors = [source for source in sources if source["kind"] == "mirror"]
    assert mirrors
    assert {source["strength"] for source in mirrors} == {"weak"}
    assert [source["id"] for source in mirrors if not source["copied_from"]] == []


def test_a_title_read_from_the_page_is_not_spelled_from_the_address(
    sources: list[dict[str, str]],
) -> None:
    read = [s for s in sources if s["known_by"] == "page" and s["publisher_name"]]
    assert read
    assert [s["id"] for s in read if s["title"].endswith(f"({s['site']})")] == []


def test_no_two_sources_share_an_address(sources: list[dict[str, str]]) -> None:
    addresses = [source["address"] for source in sources]
    addresses += [other for source in sources for other in source["also_at"].split("|") if other]
    spellings = Counter(map(bare, addresses))
    assert [address for address, count in spellings.items() if count > 1] == []


def test_no_two_sources_are_one_text(sources: list[dict[str, str]]) -> None:
    texts = Counter((s["title"], s["publisher_name"], s["issued"]) for s in sources)
    assert [text for text, count in texts.items() if count > 1] == []


def test_something_rests_on_each_source(sources: list[dict[str, str]]) -> None:
    tables = [rows(table) for table in DATA.glob("*.csv") if table.name != "sources.csv"]
    cited = {row["source"] for table in tables for row in table if "source" in row}
    assert {source["id"] for source in sources} - cited == set()


def test_a_source_that_was_taken_out_leads_to_one_that_is_there(
    sources: list[dict[str, str]],
) -> None:
    there = {f"source/{source['id']}" for source in sources}
    gone = [row for row in rows(DATA / "removed.csv") if row["thing"].startswith("source/")]
    assert gone
    assert {row["thing"] for row in gone} & there == set()
    assert {row["successor"] for row in gone} <= there

"""The table of organisations: one row for one body."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import pytest

DATA = Path(str(files("missiongraph"))) / "data"
LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe"}
)


def rows(table: str) -> list[dict[str, str]]:
    with (DATA / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def folded(name: str) -> str:
    """A name without case, accents and punctuation."""
    parts = unicodedata.normalize("NFKD", name.lower().translate(LETTERS))
    return " ".join(re.findall(r"\w+", "".join(c for c in parts if not unicodedata.combining(c))))


def several(pairs: Iterable[tuple[object, str]]) -> list[set[str]]:
    """The organisations that share a key with another."""
    groups: dict[object, set[str]] = defaultdict(set)
    for key, organisation in pairs:
        groups[key].add(organisation)
    return [group for group in groups.values() if len(group) > 1]


@pytest.fixture(scope="module")
def organisations() -> list[dict[str, str]]:
    return rows("organisations.csv")


@pytest.fixture(scope="module")
def claims() -> list[dict[str, str]]:
    return rows("organisation_claims.csv")


def test_an_identifier_of_ror_names_one_organisation(
    organisations: list[dict[str, str]], claims: list[dict[str, str]]
) -> None:
    own = [(row["ror"], row["id"]) for row in organisations if row["ror"]]
    told = [(row["ror"], row["organisation"]) for row in claims if row["ror"]]
    assert several(own + told) == []


def test_an_identifier_of_wikidata_names_one_organisation(
    organisations: list[dict[str, str]],
) -> None:
    assert several((row["wikidata"], row["id"]) for row in organisations if row["wikidata"]) == []


def test_a_name_names_one_organisation_of_a_country(
    organisations: list[dict[str, str]], claims: list[dict[str, str]]
) -> None:
    told = {row["organisation"]: row["country"] for row in claims if row["country"]}
    assert (
        several(
            ((folded(row["label"]), row["country"] or told.get(row["id"])), row["id"])
            for row in organisations
        )
        == []
    )


def test_a_merged_name_leads_to_an_organisation_that_is_there(
    organisations: list[dict[str, str]],
) -> None:
    there = {f"organisation/{row['id']}" for row in organisations}
    merged = {row["canonical"] for row in rows("same_as.csv")}
    assert {key for key in merged if key.startswith("organisation/")} <= there


def test_each_merge_of_names_has_a_reason() -> None:
    assert [row for row in rows("same_as.csv") if not row["reason"]] == []

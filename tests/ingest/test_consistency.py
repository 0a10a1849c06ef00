"""The tables agree with each other: times, units and texts. What deviates says so in its note."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import pytest

from missiongraph.ingest.mapping import Mapping
from missiongraph.namespaces import INITIATIVES
from missiongraph.resources import Inputs

Row = dict[str, str]

TABLES = {table.stem: mapping for mapping, table in Inputs.shipped().tables()}
TEXTS = ("text", "title", "label", "name", "lesson", "definition", "description", "note")
FAULTS = {
    "a character that is lost or cannot be seen": r"[\ufffd\x00-\x1f\x7f-\x9f\u00ad\u200b\ufeff]",
    "read in the wrong encoding": r"Ã[\x80-\xbf¤¶¼©¨§±³]|â€|Â[ °·»«]",
    "left from a page or formula": r"&(?:amp|lt|gt|quot|nbsp|#\d+);|</?[a-z]+>|\\[a-z]+\{|\*\*",
    "a blank too many": r"^\s|\s$|\s{2}|\s[,.;:](?:\s|$)",
    "cut off": r"(?:\.\.\.|…|[-\u2013,;:(\[&])$",
    "a word broken at the end of a line": r"[a-zß-ÿ]{3}- (?!und |och |and |or |et |e )[a-z]{3}",
}
"""What scans and copies leave behind: a name for each, and how to find it."""


def rows(table: str) -> list[Row]:
    path = Inputs.shipped().data / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def first(time: str) -> str:
    """The first day that a year, month or day can mean."""
    return time + {4: "-01-01", 7: "-01", 10: ""}[len(time)]


def last(time: str) -> str:
    """The last day that a year, month or day can mean; days after a month's last do no harm."""
    return time + {4: "-12-31", 7: "-31", 10: ""}[len(time)]


def initiatives(column: str) -> dict[str, list[str]]:
    """All starts or ends that sources give for each initiative."""
    times: dict[str, list[str]] = defaultdict(list)
    for kind in (*INITIATIVES, "project"):
        table = re.sub(r"y$", "ie", kind).replace("-", "_") + "s"
        for row in rows(table):
            times[f"{kind}/{row['id']}"].append(row.get(column, ""))
    for row in rows("mission_claims"):
        times[row["initiative"]].append(row[column])
    return {thing: [time for time in told if time] for thing, told in times.items()}


def unmarked(found: Iterable[Row], mark: str) -> list[str]:
    """The keys of the rows whose note does not say ``mark``."""
    return [row["id"] for row in found if mark not in row["note"]]


def test_an_aim_due_after_the_end_of_its_mission_says_so() -> None:
    ends = initiatives("end")
    late = [
        aim
        for aim in rows("aims")
        for pursuer in aim["pursuers"].split("|")
        if aim["due"] and ends.get(pursuer)
        if first(aim["due"]) > max(map(last, ends[pursuer]))
    ]
    assert late
    assert unmarked(late, "falls due after the end of its") == []


@pytest.mark.parametrize("table", ["mission_participations", "participations", "mission_leads"])
def test_a_participation_before_the_start_of_its_mission_says_so(table: str) -> None:
    starts = initiatives("start")
    early = [
        row
        for row in rows(table)
        if starts.get(row["concerns"])
        if (times := [row[name] for name in ("start", "date", "end") if row[name]])
        if last(min(times)) < min(map(first, starts[row["concerns"]]))
    ]
    assert unmarked(early, "before the start of the") == []


def test_a_mark_of_time_is_true() -> None:
    ends, starts = initiatives("end"), initiatives("start")
    for aim in rows("aims"):
        if found := re.search(r"falls due after the end of its \w+ \(([\d-]+)\)", aim["note"]):
            assert any(found[1] in ends[pursuer] for pursuer in aim["pursuers"].split("|")), aim
    for row in rows("mission_participations") + rows("participations"):
        if found := re.search(r"before the start of the \w+ \(([\d-]+)\)", row["note"]):
            assert found[1] in starts[row["concerns"]], row


def test_values_of_an_indicator_are_in_its_unit() -> None:
    units = {row["id"]: row["unit"] for row in rows("indicators") + rows("size_indicators")}
    tables = ("observations", "derived_observations", "size_observations")
    assert [
        row["id"]
        for table in tables
        for row in rows(table)
        if row["unit"] and units.get(row["indicator"]) not in (row["unit"], "", None)
    ] == []


def test_baseline_value_and_target_of_one_quantity_are_in_one_unit() -> None:
    units: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for row in rows("observations") + rows("derived_observations"):
        for aim in row["observed_for"].split("|"):
            if row["unit"] and row["indicator"]:
                units[aim, row["indicator"]][row["id"]] = row["unit"]
    assert [ids for ids in units.values() if len(set(ids.values())) > 1] == []


def texts() -> Iterable[tuple[str, str]]:
    """Each text of the tables, with the table, row and column where it stands."""
    for table, mapping in TABLES.items():
        columns = [c.name for c in Mapping.read(mapping).columns if c.name in TEXTS]
        for number, row in enumerate(rows(table), 2):
            for name in columns:
                if table != "checks" and row.get(name):
                    yield f"{table}.csv, row {number}, {name}: {row[name]}", row[name]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_text_has_a_trace_of_scanning_or_copying(fault: str) -> None:
    pattern = re.compile(FAULTS[fault])
    assert [place for place, text in texts() if pattern.search(text)] == []


def test_brackets_and_letters_of_a_text_are_whole() -> None:
    def whole(text: str) -> bool:
        pairs = all(text.count(left) == text.count(right) for left, right in ("()", "[]", "“”"))
        return pairs and unicodedata.is_normalized("NFC", text)

    assert [place for place, text in texts() if not whole(text)] == []

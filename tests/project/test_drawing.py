"""Drawing facts for a check: by seed, from each table, ready to be filled in."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from support.draw_facts import draw, shared

from missiongraph.resources import Inputs

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "support" / "draw_facts.py"


def test_a_seed_draws_the_same_facts_again() -> None:
    assert draw(7, 60) == draw(7, 60) != draw(8, 60)


def test_each_table_gives_a_fact() -> None:
    tables = {fact.table for fact in draw(7, 60)}
    assert {"treaties", "networks", "amounts", "organisations"} <= tables
    assert not {"checks", "coverage", "sources", "concepts"} & tables


def test_large_tables_give_more_but_less_than_in_proportion() -> None:
    assert shared(12, {"large": 900, "middle": 100, "small": 1}) == {
        "large": 8,
        "middle": 3,
        "small": 1,
    }


def test_no_table_gives_more_facts_than_it_has() -> None:
    assert shared(5, {"one": 1, "two": 4}) == {"one": 1, "two": 4}


@pytest.mark.parametrize("size", [1, 6])
def test_a_draw_too_small_or_too_large_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="draw from 2 to 5 facts"):
        shared(size, {"one": 1, "two": 4})


def test_what_the_facts_stand_for_adds_up_to_the_rows() -> None:
    facts = [fact for fact in draw(7, 60) if fact.table == "amounts"]
    with (Inputs.shipped().data / "amounts.csv").open(encoding="utf-8", newline="") as file:
        rows = len(list(csv.DictReader(file)))
    assert sum(fact.stands_for for fact in facts) == pytest.approx(rows)


def test_the_facts_are_printed_with_their_sources_and_written_to_be_filled_in(
    tmp_path: Path,
) -> None:
    table = tmp_path / "to-check.csv"
    command = [sys.executable, str(SCRIPT), "--seed", "7", "--size", "60", "--csv", str(table)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert told.startswith("1. agencies: label: ") and "https://w3id.org/missiongraph/id/" in told
    assert "(official) http" in told and "note: line" in told
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (Inputs.shipped().data / "checks.csv").open(encoding="utf-8", newline="") as file:
        assert list(rows[0]) == list(csv.DictReader(file).fieldnames or ())
    assert len(rows) == 60 and {row["verdict"] for row in rows} == {""}
    assert all(row["source"] and row["statement"] and row["fact"] for row in rows)

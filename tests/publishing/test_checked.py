"""Checks of facts against their sources: what the draws found, and how sure a share is."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph.publishing.checked import Draw, draws, read, wilson
from missiongraph.resources import Inputs

FAULTS = {"wrong", "unsupported"}


def checks() -> list[dict[str, str]]:
    with (Inputs.shipped().data / "checks.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # as an audit of another sixty facts gave them, in percent
    [(50, 60, 72, 91), (3, 60, 1.7, 13.7), (4, 60, 2.6, 15.9), (3, 56, 1.8, 14.6)],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(hits, of)
    assert found == pytest.approx((low / 100, high / 100), abs=0.005)


def test_nothing_is_known_of_a_share_in_nothing() -> None:
    assert wilson(0, 0) == (0, 1)


@given(st.integers(1, 10_000), st.data())
def test_the_interval_holds_the_share(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1


def test_the_verdicts_of_a_draw_add_up() -> None:
    assert draws()
    for draw in draws():
        assert draw.right + draw.wrong + draw.unsupported + draw.unread == draw.drawn, draw.key


def test_the_counts_of_a_draw_are_those_of_its_facts() -> None:
    for draw in draws():
        found = Counter(row["verdict"] for row in checks() if row["draw"] == draw.key)
        listed = {*FAULTS, "right", "unread"} if draw.listed == "all" else FAULTS
        counted = {name: getattr(draw, name) for name in listed}
        assert found == {name: number for name, number in counted.items() if number}, draw.key


def test_each_check_of_a_draw_names_a_draw_that_is_there() -> None:
    assert {row["draw"] for row in checks()} <= {draw.key for draw in draws()} | {""}


def test_each_fault_found_is_corrected() -> None:
    faults = [row for row in checks() if row["verdict"] in FAULTS]
    assert [row["id"] for row in faults if not row["corrected"]] == []
    assert [row["id"] for row in checks() if row["corrected"] and row not in faults] == []


def test_each_fault_and_each_fact_not_read_says_why() -> None:
    open_ones = [row for row in checks() if row["verdict"] != "right" and not row["note"]]
    assert [row["id"] for row in open_ones] == []


def test_draws_are_read_in_the_order_of_their_days(tmp_path: Path) -> None:
    path = tmp_path / "draws.csv"
    head = "draw,date,seed,drawn,right,wrong,unsupported,unread,listed,checked_by,note\n"
    path.write_text(head + "b,2027-01-02,2,4,2,1,0,1,all,x,\na,2027-01-01,1,1,0,0,0,1,all,x,\n")
    first, second = read(path)
    assert (first.key, first.share, first.interval) == ("a", 0, (0, 1))
    assert second.read == 3 and second.share == pytest.approx(2 / 3)
    assert isinstance(second, Draw) and date.fromisoformat(second.date).year == 2027

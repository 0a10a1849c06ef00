"""Progress of aims: values in words beside the states that ``target-progress`` gives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph.publishing.progress import Progress, day, decimal_year, in_words, progress

SOURCE = "https://example.org/source"


def an_aim(**more: Any) -> dict[str, Any]:
    aim = {"aim": "a", "name": "An aim", "kind": "Target", "due": "2030", "status": None}
    return aim | {"replaces": None, "source": SOURCE} | more


def seen(kind: str, value: float | None, when: str | None, **more: Any) -> dict[str, Any]:
    row = {"aim": "a", "kind": kind, "value": value, "upTo": None, "text": None, "unit": "%"}
    return row | {"bound": None, "date": when, "own": True, "source": SOURCE} | more


def a_state(**more: Any) -> dict[str, Any]:
    row = {"aim": "a", "state": "Missed", "reason": None, "due": date(2024, 12, 31), "bound": None}
    numbers = {"wanted": Decimal(100), "baseline": Decimal(20), "latest": Decimal(82)}
    rest = {"asOf": "2024-06", "unit": "Percent", "start": "Baseline", "computed": False}
    return row | numbers | rest | more


def follow(*observations: dict[str, Any], state: dict[str, Any] | None = None) -> Progress:
    [found] = progress([an_aim()], observations, [state] if state else [])
    return found


def test_the_state_of_a_target_is_that_of_the_query() -> None:
    assert follow(state=a_state()).state == "missed"


def test_the_state_of_a_goal_is_what_a_source_says() -> None:
    [found] = progress([an_aim(status="Reached")], [], [])
    assert found.state == "reached" and found.why == ""


def test_of_states_that_differ_by_source_the_first_counts() -> None:
    [found] = progress([an_aim()], [], [a_state(state="Behind"), a_state(state="On track")])
    assert found.state == "behind"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (a_state(), "82 of 100 percent by 2024, value of June 2024"),
        (a_state(bound="At least"), "82 of at least 100 percent by 2024, value of June 2024"),
        (a_state(unit="US dollars", asOf=None), "82 of 100 US dollars by 2024"),
        (a_state(unit="Number of things", due=None, asOf="2024"), "82 of 100, value of 2024"),
        (
            a_state(wanted=Decimal(0), unit="Number a year", asOf="2024-06-30"),
            "82, 0 wanted by 2024, value of 30 June 2024",
        ),
        (a_state(latest=None, reason="target in words"), "target in words"),
        (
            a_state(start="Assumed baseline", computed=True, reason="exceeded", asOf=None),
            "82 of 100 percent by 2024, exceeded, worked out from two values,"
            " a start from zero is assumed",
        ),
        ({}, ""),
    ],
)
def test_a_state_is_explained_in_words(row: dict[str, Any], words: str) -> None:
    assert in_words(row) == words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("2030", "2030"),
        (date(2030, 12, 31), "2030"),
        ("2022-06", "June 2022"),
        (date(2022, 6, 30), "30 June 2022"),
        ("2022-13", "2022-13"),
        ("tomorrow", "tomorrow"),
    ],
)
def test_a_day_is_told_as_readers_write_it(when: object, words: str) -> None:
    assert day(when) == words


def test_sources_are_named_once() -> None:
    [found] = progress([an_aim(), an_aim(), an_aim(source="other")], [], [])
    assert found.sources == (SOURCE, "other")


@pytest.mark.parametrize(
    ("when", "year"), [("2030", 2031), ("2030-06", 2030.5), ("2030-01-01", 2030.0)]
)
def test_a_time_is_a_decimal_year_at_its_end(when: str, year: float) -> None:
    assert decimal_year(when) == year


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_later_days_are_later_years(one: date, other: date) -> None:
    years = decimal_year(one.isoformat()), decimal_year(other.isoformat())
    assert (one < other) == (years[0] < years[1])


def test_a_range_and_a_bound_are_told_in_words() -> None:
    found = follow(seen("target", 80, "2050", upTo=95), seen("actual", 5, "2024", bound="At least"))
    assert found.wanted and found.wanted.words == "80–95"  # noqa: RUF001
    assert found.seen[1].words == "at least 5"


def test_what_is_wanted_of_another_quantity_is_not_the_target() -> None:
    residual = seen("target", 5, "2030", own=False)
    assert follow(residual).wanted is None

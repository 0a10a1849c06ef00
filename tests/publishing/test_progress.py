"""Progress of aims: the way that is done, the way that was to be expected, and the state."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph.publishing.progress import Progress, decimal_year, progress

TODAY = date(2026, 1, 1)
SOURCE = "https://example.org/source"


def an_aim(**more: Any) -> dict[str, Any]:
    aim = {"aim": "a", "name": "An aim", "kind": "Target", "due": "2030", "status": None}
    return aim | {"replaces": None, "source": SOURCE} | more


def seen(kind: str, value: float | None, when: str | None, **more: Any) -> dict[str, Any]:
    row = {"aim": "a", "kind": kind, "value": value, "upTo": None, "text": None, "unit": "%"}
    return row | {"bound": None, "date": when, "source": SOURCE} | more


def follow(*observations: dict[str, Any], **aim: Any) -> Progress:
    [found] = progress([an_aim(**aim)], observations, TODAY)
    return found


@pytest.mark.parametrize(
    ("latest", "state"),
    [(60, "on track"), (52, "on track"), (42, "behind"), (20, "off track"), (110, "reached")],
)
def test_the_state_compares_the_way_with_the_time(latest: float, state: str) -> None:
    found = follow(
        seen("baseline", 0, "2019"), seen("target", 100, "2030"), seen("actual", latest, "2024")
    )
    assert found.state == state and not found.judged


def test_a_source_that_judges_goes_before_what_is_computed() -> None:
    found = follow(seen("baseline", 0, "2019"), seen("target", 100, "2030"), status="Superseded")
    assert found.state == "superseded" and found.judged


def test_a_fall_is_progress_where_less_is_wanted() -> None:
    found = follow(
        seen("baseline", 80, "2019"), seen("target", 0, "2030"), seen("actual", 20, "2024")
    )
    assert found.share == pytest.approx(0.75) and found.state == "on track"


def test_a_target_that_is_past_without_being_reached_is_missed() -> None:
    found = follow(
        seen("baseline", 0, "2010"),
        seen("target", 100, "2020"),
        seen("actual", 50, "2021"),
        due="2020",
    )
    assert found.state == "missed"


@pytest.mark.parametrize(
    "observations",
    [
        [seen("target", 100, "2030"), seen("actual", 50, "2024")],
        [seen("baseline", 0, "2019"), seen("actual", 50, "2024")],
        [seen("baseline", 0, "2019"), seen("target", 100, "2030")],
        [
            seen("baseline", 0, "2019", unit="t"),
            seen("target", 9, "2030"),
            seen("actual", 5, "2024"),
        ],
        [seen("baseline", 9, "2019"), seen("target", 9, "2030"), seen("actual", 5, "2024")],
        [seen("baseline", 4, "2019"), seen("target", 9, "2030"), seen("actual", 5, "2019")],
        [seen("baseline", None, "2019", text="much"), seen("target", 9, "2030")],
    ],
    ids=["no baseline", "no target", "nothing seen", "units", "no way", "no news", "words"],
)
def test_where_the_numbers_do_not_tell_nothing_is_said(observations: list[dict[str, Any]]) -> None:
    found = follow(*observations)
    assert found.share is None and found.state == ""


def test_the_expected_way_is_that_of_today() -> None:
    found = follow(seen("baseline", 0, "2020"), seen("target", 100, "2030"))
    assert found.expected == pytest.approx(0.5)


def test_sources_are_named_once() -> None:
    [found] = progress([an_aim(), an_aim(), an_aim(source="other")], [], TODAY)
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
    assert found.latest and found.latest.words == "at least 5"

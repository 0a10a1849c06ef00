"""Days of ties: what a network of a day, a period or a slice has, whatever the dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks import NetworkQuery, Ties, View
from missiongraph.networks.extract.construct import build_network
from missiongraph.networks.extract.counts import in_words
from missiongraph.networks.extract.spells import spells
from missiongraph.networks.extract.ties import OPEN, days, from_frame
from missiongraph.networks.extract.time_slices import slices
from missiongraph.networks.model.network import Network

QUERY = NetworkQuery.parse("# Who?\n# network: directed\nSELECT *")
COLUMNS = ("source", "target", "from", "to")
READ = date(2024, 6, 30)
"""The last day of which the ties of these tests are known."""

Row = tuple[str, str, str | None, str | None]


def ties_of(*rows: Row, known_until: int = days(READ)) -> Ties:
    schema = dict.fromkeys(COLUMNS, pl.String)
    frame = pl.DataFrame([list(row) for row in rows], schema=schema, orient="row")
    return replace(from_frame(frame, QUERY), known_until=known_until)


def pairs(network: Network) -> set[tuple[object, object]]:
    sources, targets = network.ends
    return {
        (network.nodes[source], network.nodes[target])
        for source, target in zip(sources.tolist(), targets.tolist(), strict=True)
    }


def some_date(first: int = 2020, last: int = 2026) -> st.SearchStrategy[str | None]:
    """A year, a month, a day, or none."""
    days_ = st.dates(date(first, 1, 1), date(last, 12, 31))
    letters = st.sampled_from((len("2020"), len("2020-01"), len("2020-01-01")))
    return st.none() | st.builds(lambda day, cut: day.isoformat()[:cut], days_, letters)


def row(source: str, target: str, one: str | None, other: str | None) -> Row:
    """A statement whose dates are in order."""
    if one and other and other < one:
        one, other = other, one
    return source, target, one, other


statements = st.lists(
    st.builds(row, st.sampled_from("abc"), st.sampled_from("def"), some_date(), some_date()),
    max_size=8,
)


@examples(150)
@given(statements, st.dates(date(2019, 12, 1), date(2027, 1, 31)))
def test_networks_of_two_days_differ_only_where_a_spell_starts_or_ends(
    rows: list[Row], day: date
) -> None:
    ties = ties_of(*rows)
    today, tomorrow = (
        build_network(ties, QUERY, View(at=at)) for at in (day, day + timedelta(days=1))
    )
    turning = (ties.start == days(day) + 1) | (ties.last == days(day))
    turns = {
        (ties.nodes[source], ties.nodes[target])
        for source, target in zip(
            ties.source[turning].tolist(), ties.target[turning].tolist(), strict=True
        )
    }
    assert pairs(today) ^ pairs(tomorrow) <= turns


@examples(150)
@given(statements, some_date(), some_date(), st.booleans())
def test_what_is_shown_and_what_is_left_out_are_all(
    rows: list[Row], since: str | None, until: str | None, undated: bool
) -> None:
    ties = ties_of(*rows)
    view = View.of(since=since, until=until, undated=undated)
    if view.since and view.until and view.since > view.until:
        return
    about = build_network(ties, QUERY, view).about
    assert about["statements"] + sum(about["left_out"].values()) == len(ties)
    assert about["undated"] + about["left_out"].get("undated", 0) == ties.undated
    assert about["undated"] == (ties.undated if undated or not (since or until) else 0)


@examples(100)
@given(statements, st.sampled_from(("year", "quarter", "month")))
def test_all_slices_and_what_is_undated_are_the_whole(rows: list[Row], every: str) -> None:
    ties = ties_of(*rows)
    if not ties.dated.any():
        return
    series = slices(ties, QUERY, every)  # type: ignore[arg-type]  # from a list of names
    undated = build_network(ties.where(~ties.dated), QUERY)
    in_slices = [pairs(network) for _, network in series]
    assert pairs(undated).union(*in_slices) == pairs(build_network(ties, QUERY))


@examples(100)
@given(statements, st.dates(date(2020, 1, 1), date(2026, 12, 31)))
def test_a_tie_has_a_spell_on_a_day_if_the_network_of_that_day_has_it(
    rows: list[Row], day: date
) -> None:
    ties = ties_of(*rows)
    known = spells(ties, build_network(ties, QUERY)) or {}
    then = {
        pair
        for pair, times in known.items()
        if any(start <= days(day) <= end for start, end in times)
    }
    assert then == pairs(build_network(ties, QUERY, View(at=day)))


LASTING: tuple[Row, ...] = (
    ("a", "d", "2020", None),
    ("a", "e", "2020", "2050"),
    ("b", "d", "2026-01-01", None),
    ("b", "e", None, None),
    ("c", "e", "2021-03-05", "2021-03-05"),
)


@pytest.mark.parametrize("view", [{"at": 2035}, {"since": 2035}, {"at": "2025-01-01"}])
def test_nothing_is_known_of_days_after_the_last_source_was_read(view: dict[str, object]) -> None:
    network = build_network(ties_of(*LASTING), QUERY, View.of(**view))
    assert network.size == 0
    assert in_words(network.about).endswith(
        "; nothing is known of that time: the dated ones are from 2020-01-01 to 2026-01-01"
    )


def test_what_is_to_begin_later_has_only_its_first_day() -> None:
    ties = ties_of(*LASTING)
    assert pairs(build_network(ties, QUERY, View.of(at="2026-01-01"))) == {("b", "d")}
    assert pairs(build_network(ties, QUERY, View.of(at="2026-01-02"))) == set()


def test_data_without_a_day_of_reading_have_no_last_day() -> None:
    ties = ties_of(*LASTING, known_until=int(OPEN.max))
    assert pairs(build_network(ties, QUERY, View.of(at=2035))) == {
        ("a", "d"),
        ("a", "e"),
        ("b", "d"),
    }


def test_undated_ties_are_left_out_of_a_day_unless_they_are_wanted() -> None:
    ties = ties_of(*LASTING)
    without, with_ = (
        build_network(ties, QUERY, View.of(at="2021-03-05", undated=kept)) for kept in (False, True)
    )
    assert pairs(with_) - pairs(without) == {("b", "e")}
    assert in_words(without.about) == (
        "3 statements, of them 1 of a single day; left out: 1 undated, 1 of another time"
    )
    assert in_words(with_.about) == (
        "4 statements, of them 1 undated (kept) and 1 of a single day; left out: 1 of another time"
    )


def test_a_whole_network_has_its_undated_ties() -> None:
    network = build_network(ties_of(*LASTING), QUERY)
    assert network.size == 5 and network.about["left_out"] == {}
    assert in_words(network.about) == (
        "5 statements, of them 1 undated (kept) and 1 of a single day"
    )


def test_undated_is_true_or_false() -> None:
    with pytest.raises(QueryError, match="undated is True or False"):
        View.of(undated="yes")


def test_counts_are_of_the_layers_that_are_shown() -> None:
    frame = pl.DataFrame(
        {"source": ["a", "b"], "target": ["d", "e"], "from": ["2020", "2020"], "layer": ["x", "y"]}
    )
    ties = from_frame(frame, QUERY)
    assert build_network(ties, QUERY, View.of(at=2021, layers="x")).about["statements"] == 1
    kept = np.array([False, True])
    assert build_network(ties, QUERY, View.of(at=2019), kept=kept).about["left_out"] == {
        "of another time": 1
    }

"""How far a target has come: its state on a day, by values, dates, bounds, directions and units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph import LocalEngine, MissionGraph, Table
from missiongraph.namespaces import ID, MOI, VOCAB
from missiongraph.rdf.store import parse
from missiongraph.resources import Inputs

DAY = date(2026, 1, 1)
KEPT = ("observation-kind", "progress-state", "unit", "bound", "direction", "aim-status")
BETTER = ["Missed", "Behind", "On track", "Reached"]
"""States that numbers and dates decide, the worst first."""


@dataclass(frozen=True)
class Target:
    """A target with its values (value, date), each an exact number or a range."""

    wanted: str | None = "100"
    due: str | None = "2030"
    baseline: tuple[str | None, str | None] | None = ("0", "2020")
    values: tuple[tuple[str, str | None], ...] = ()
    direction: str = "increase"
    bound: str = ""
    value_bound: str = ""
    unit: str = "count"
    value_unit: str = ""
    kind: str = "baseline"
    status: str = ""
    up_to: str = ""

    def row(self, day: date = DAY) -> dict[str, Any]:
        """Its row of the answer of ``target-progress``."""
        store = ox.Store()
        store.extend(_concepts())
        store.load(self.turtle().encode(), ox.RdfFormat.TURTLE)
        for rule in _dates():
            store.extend(ox.Quad(*triple) for triple in store.query(rule))  # type: ignore[union-attr]
        [row] = _rows(MissionGraph(engine=LocalEngine(store, "t")), day)
        return row

    def turtle(self) -> str:
        """The target and its values in Turtle."""
        lines = [
            f"<{ID}mission/m> <{MOI}pursues> <{ID}target/t> ; rdfs:label 'a mission' .",
            f"<{ID}target/t> a <{MOI}Target> ; rdfs:label 'a target' ; moi:measuredBy <{ID}i> .",
            f"<{ID}i> moi:hasDirection <{VOCAB}direction/{self.direction}> .",
        ]
        if self.due:
            lines.append(f"<{ID}target/t> moi:dueBy {_date(self.due)} .")
        if self.status:
            lines.append(f"<{ID}target/t> moi:hasStatus <{VOCAB}aim-status/{self.status}> .")
        goal = (
            f"moi:minValue {self.wanted} ; moi:maxValue {self.up_to}"
            if self.up_to
            else f"moi:value {self.wanted}"
            if self.wanted
            else "moi:textValue 'some day'"
        )
        lines.append(_observation("goal", "target", goal, self.due, self.unit, self.bound))
        if self.baseline:
            value, when = self.baseline
            number = f"moi:value {value}" if value else "moi:textValue 'that year'"
            lines.append(_observation("start", self.kind, number, when, self.unit, ""))
        for n, (value, when) in enumerate(self.values):
            unit = self.value_unit or self.unit
            lines.append(
                _observation(f"v{n}", "actual", f"moi:value {value}", when, unit, self.value_bound)
            )
        head = (
            f"@prefix moi: <{MOI}> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
            "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
            "@prefix prov: <http://www.w3.org/ns/prov#> .\n"
        )
        return head + "\n".join(lines)


def _rows(graph: MissionGraph, day: date | None = None) -> list[dict[str, Any]]:
    answer = graph.query("target-progress", day=day)
    assert isinstance(answer, Table)
    return list(answer)


@cache
def _concepts() -> list[ox.Quad]:
    paths = [path for path in Inputs.shipped().vocabularies() if path.stem in KEPT]
    return [quad for path in paths for quad in parse(path)]


@cache
def _dates() -> list[str]:
    """The rules that give dates of any precision their first and last day."""
    rules = Inputs.shipped().rule_files()
    return [rule.read_text("utf-8") for rule in rules if rule.stem[3:] in ("earliest", "latest")]


def _observation(key: str, kind: str, number: str, when: str | None, unit: str, bound: str) -> str:
    dated = f"moi:date {_date(when)} ;" if when else ""
    bounded = f"moi:hasBound <{VOCAB}bound/{bound}> ;" if bound else ""
    return (
        f"<{ID}observation/{key}> moi:observedFor <{ID}target/t> ; moi:observes <{ID}i> ;"
        f" moi:hasKind <{VOCAB}observation-kind/{kind}> ; moi:hasUnit <{VOCAB}unit/{unit}> ;"
        f" {number} ; {dated} {bounded} prov:wasDerivedFrom <{ID}source/s> ."
    )


def _date(when: str) -> str:
    return f"'{when}'^^xsd:{ {4: 'gYear', 7: 'gYearMonth', 10: 'date'}[len(when)] }"


def state(target: Target, day: date = DAY) -> str:
    return str(target.row(day)["state"])


HALF = Target(values=(("50", "2025"),))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (replace(HALF, values=(("100", "2025"),)), "Reached"),
        (replace(HALF, values=(("99", "2025"),), due="2025"), "Missed"),
        (HALF, "On track"),
        (replace(HALF, values=(("49", "2025"),)), "Behind"),
        (replace(HALF, values=(("50", "2021"),)), "Too old to say"),
        (replace(HALF, values=(("50", None),)), "Too old to say"),
        (replace(HALF, baseline=("0", "2025")), "No value yet"),
        (replace(HALF, baseline=("0", "2022"), due="2026", values=(("60", "2024"),)), "On track"),
        (replace(HALF, baseline=("0", "2022"), due="2026", values=(("9", "2023"),)), "Too old to say"),  # noqa: E501
        (replace(HALF, wanted=None), "Not measurable"),
        (replace(HALF, value_unit="percent"), "Not measurable"),
        (replace(HALF, baseline=None), "Not measurable"),
        (replace(HALF, due=None), "Not measurable"),
        (replace(HALF, baseline=("100", "2020")), "Not measurable"),
        (Target(), "No value yet"),
        (Target(baseline=None), "No value yet"),
        (replace(HALF, status="abandoned"), "Withdrawn"),
        (replace(HALF, status="superseded"), "Withdrawn"),
    ],
)  # fmt: skip
def test_a_target_is_in_a_state(target: Target, expected: str) -> None:
    assert state(target) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (replace(HALF, bound="at-least", values=(("100", "2025"),)), "Reached"),
        (replace(HALF, bound="more-than", values=(("100", "2025"),)), "On track"),
        (replace(HALF, values=(("100", "2025"),), value_bound="less-than"), "Not measurable"),
        (replace(HALF, values=(("100", "2025"),), value_bound="more-than"), "Reached"),
        (replace(HALF, bound="at-most"), "Not measurable"),
        (replace(HALF, bound="at-most", values=(("100", "2025"),)), "Reached"),
        (replace(HALF, wanted="50", up_to="55"), "Reached"),
    ],
)
def test_bounds_and_ranges_limit_what_a_value_shows(target: Target, expected: str) -> None:
    assert state(target) == expected


@pytest.mark.parametrize("direction", ["decrease", "reach"])
def test_a_fall_is_progress_where_less_is_wanted(direction: str) -> None:
    falling = Target("0", baseline=("80", "2020"), direction=direction, values=(("20", "2025"),))
    row = falling.row()
    assert (row["state"], float(row["share"])) == ("On track", 0.75)
    assert state(replace(falling, values=(("0", "2025"),))) == "Reached"
    assert state(replace(falling, due="2025")) == "Missed"


def test_a_value_far_beyond_the_target_is_no_more_than_the_whole_way() -> None:
    row = replace(HALF, values=(("600", "2025"),)).row()
    assert (row["state"], row["reason"], row["share"]) == ("Reached", "exceeded", 1)


def test_just_short_of_the_target_is_not_the_whole_way() -> None:
    row = Target("0", "2020", ("350000", "1988"), (("33", "2018"),), "decrease").row()
    assert row["state"] == "Missed" and float(row["share"]) == 0.99


def test_a_target_is_reached_or_missed_without_a_baseline() -> None:
    bare = replace(HALF, baseline=None, due="2025")
    assert state(bare) == "Missed"
    assert state(replace(bare, values=(("100", "2025"),))) == "Reached"


def test_a_fall_in_percent_begins_at_zero_in_its_base_year() -> None:
    row = replace(HALF, unit="percent-reduction", baseline=(None, "2020")).row()
    assert (row["state"], row["baseline"], float(row["share"])) == ("On track", 0, 0.5)


def test_a_baseline_of_zero_that_no_source_states_is_called_assumed() -> None:
    row = replace(HALF, kind="assumed-baseline").row()
    assert row["start"] == "Assumed baseline" and row["state"] == "On track"


def test_reaching_it_too_late_is_missing_it() -> None:
    late = replace(HALF, due="2023", values=(("90", "2023"), ("110", "2025")))
    assert state(late) == "Missed"


def test_falling_back_after_the_due_date_leaves_it_reached() -> None:
    assert state(replace(HALF, due="2023", values=(("100", "2023"), ("90", "2025")))) == "Reached"


def test_a_later_value_decides_where_none_from_before_is_recent() -> None:
    old = replace(HALF, due="2023", values=(("90", "2019"), ("95", "2025")))
    row = replace(old, baseline=("0", "2010")).row()
    assert (row["state"], row["reason"]) == ("Missed", "value after the due date")


def test_values_of_after_the_day_do_not_count() -> None:
    target = replace(HALF, values=(("50", "2023"), ("100", "2025")))
    assert state(target, date(2024, 6, 1)) == "On track"
    assert state(target, date(2026, 6, 1)) == "Reached"


def test_a_source_that_judges_goes_before_the_values_once_the_target_is_due() -> None:
    judged = replace(HALF, due="2024", status="reached")
    assert state(judged) == "Reached" and judged.row()["reason"] == "a source says so"
    assert state(judged, date(2024, 1, 1)) == "No value yet"


def test_of_two_values_of_one_day_that_disagree_the_one_that_falls_short_decides() -> None:
    apart = replace(HALF, due="2025", values=(("100", "2025"), ("90", "2025")))
    assert state(apart) in ("Missed", "Reached")


DATES = st.dates(date(1990, 1, 1), date(2025, 12, 31))


@examples(100)
@given(
    baseline=st.integers(-1000, 1000),
    wanted=st.integers(-1000, 1000),
    values=st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000)),
    since=DATES,
    seen=st.integers(1, 4000),
    span=st.integers(2, 9000),
    ago=st.integers(0, 300),
)
def test_a_better_value_never_gives_a_worse_state(
    baseline: int,
    wanted: int,
    values: tuple[int, int],
    since: date,
    seen: int,
    span: int,
    ago: int,
) -> None:
    assume(baseline != wanted)
    rises = wanted > baseline
    worse, better = sorted(values, reverse=not rises)
    when, due = since + timedelta(seen), since + timedelta(span)
    target = Target(
        str(wanted),
        due.isoformat(),
        (str(baseline), since.isoformat()),
        direction="increase" if rises else "decrease",
    )
    rows = [
        replace(target, values=((str(value), when.isoformat()),)).row(when + timedelta(ago))
        for value in (worse, better)
    ]
    states = [str(row["state"]) for row in rows]
    assert all(row["share"] <= 1 for row in rows)
    if "Too old to say" in states:
        assert states[1] in ("Too old to say", "Reached") and states[0] == "Too old to say"
    else:
        assert BETTER.index(states[0]) <= BETTER.index(states[1])


@pytest.fixture(scope="module")
def known(graph: MissionGraph) -> Mapping[str, dict[str, Any]]:
    rows = _rows(graph, date(2026, 11, 29))
    return {row["aim"].removeprefix(ID + "target/"): row for row in rows}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("apollo-g1", "Reached"),
        ("polio-g0", "Missed"),
        ("polio-g1", "Missed"),
        ("cov-g1", "Missed"),
        ("ew-g1", "Too old to say"),
        ("ew-g4", "Behind"),
        ("ew-g7", "Behind"),
        ("ew-g10", "On track"),
        ("city-lahti-g1", "Too old to say"),
        ("city-reykjavik-g1", "Not measurable"),
        ("cn-g1", "Not measurable"),
        ("nib6-g2", "No value yet"),
    ],
)
def test_a_target_of_the_graph_is_in_a_state(
    known: Mapping[str, dict[str, Any]], target: str, expected: str
) -> None:
    assert known[target]["state"] == expected


def test_six_landings_on_the_moon_are_not_six_times_the_target(
    known: Mapping[str, dict[str, Any]],
) -> None:
    apollo = known["apollo-g1"]
    assert (apollo["share"], apollo["start"]) == (1, "Assumed baseline")


def test_the_renewable_share_of_germany_has_come_part_of_the_way(
    known: Mapping[str, dict[str, Any]],
) -> None:
    assert 0.5 < known["ew-g4"]["share"] < 0.8


def test_a_cut_in_percent_is_worked_out_from_tonnes(known: Mapping[str, dict[str, Any]]) -> None:
    oslo = known["city-oslo-g1"]
    assert oslo["computed"] is True and float(oslo["latest"]) == 33.3


def test_tonnes_are_not_compared_with_percent(known: Mapping[str, dict[str, Any]]) -> None:
    assert known["city-reykjavik-g1"]["reason"] == "values of another quantity or unit"


def test_no_target_is_passed_without_saying_so(known: Mapping[str, dict[str, Any]]) -> None:
    assert all(row["share"] is None or row["share"] <= 1 for row in known.values())


def test_the_states_are_those_of_the_last_reading_when_no_day_is_given(
    graph: MissionGraph,
) -> None:
    last = graph.query(f"SELECT (MAX(?day) AS ?last) {{ ?source <{MOI}retrieved> ?day }}")
    assert isinstance(last, Table)
    assert {row["on"] for row in _rows(graph)} == {row["last"] for row in last}

"""A run puts together what rules and people say of each pair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from missiongraph.errors import DataError
from missiongraph.matching import running, table
from missiongraph.matching.decisions import Decision, Decisions
from missiongraph.matching.organisations import Dataset, Organisation
from missiongraph.matching.table import Row

OURS, ROR = "https://example.org/", "https://ror.org/"


def body(key: str, label: str, **more: object) -> Organisation:
    made = Organisation(key, label, countries=("DE",), cities=("Bochum",))
    return replace(made, **more)  # type: ignore[arg-type]


def dataset(name: str, *bodies: Organisation) -> Dataset:
    return Dataset(name, {each.iri: each for each in bodies})


SUBJECT = body(OURS + "a", "UNIVERSITAET RUHRSTADT")
TARGET = body(ROR + "1", "Universität Ruhrstadt")
OTHER = body(ROR + "2", "Ruhrstadt Museum of Things")


def decided(state: str, other: Organisation = TARGET, subject: Organisation = SUBJECT) -> Decisions:
    names = {"subject_name": subject.label, "object_name": other.label}
    made = Decision(subject.iri, other.iri, state, "ana", "2026-11-01T00:00:00+00:00", **names)
    return Decisions({made.pair: made})


def run(known: Decisions | None = None, *targets: Organisation) -> list[Row]:
    ror = dataset("ror", *(targets or (TARGET, OTHER)))
    return running.run(dataset("cordis", SUBJECT), [ror], known or Decisions())


def test_a_pair_that_a_rule_accepts_has_its_rule_and_day() -> None:
    [row] = run()
    assert (row.state, row.by, row.rule) == ("accepted", "rule", "name")
    assert row.when and row.dataset == "ror"
    assert (row.subject_city, row.object_country) == ("Bochum", "DE")


def test_a_rejected_pair_does_not_come_back() -> None:
    assert run(decided("rejected")) == []


def test_a_rejected_pair_comes_back_when_a_name_changes() -> None:
    known = decided("rejected", replace(TARGET, label="Ruhrstadt-Universität zu Bochum"))
    [row] = run(known)
    assert row.object == TARGET.iri


@pytest.mark.parametrize("state", ["accepted", "unsure", "part of", "withdrawn"])
def test_a_decision_surpasses_the_rules(state: str) -> None:
    [row] = run(decided(state))
    assert (row.state, row.by, row.when) == (state, "ana", "2026-11-01")


def test_what_was_taken_back_is_not_accepted_by_rule_again() -> None:
    assert [row.state for row in run(decided("withdrawn"))] == ["withdrawn"]


def test_a_person_can_accept_what_no_rule_finds_and_rules_add_nothing_to_it() -> None:
    [row] = run(decided("accepted", OTHER))
    assert (row.object, row.state, row.rule) == (OTHER.iri, "accepted", "")


def test_a_decision_follows_a_record_that_was_withdrawn() -> None:
    new = body(ROR + "3", "Neue Hochschule Ruhrstadt")
    old = replace(TARGET, status="withdrawn", successors=(new.iri,))
    [row] = run(decided("accepted"), old, new)
    assert (row.object, row.state, row.by) == (new.iri, "accepted", "ana")


def test_an_acceptance_is_withdrawn_with_a_record_that_nothing_has_succeeded() -> None:
    [row] = run(decided("accepted"), replace(TARGET, status="withdrawn"))
    assert (row.state, row.by) == ("withdrawn", "rule")


def test_a_decision_on_what_another_edition_had_is_passed_over() -> None:
    elsewhere = replace(SUBJECT, iri=OURS + "gone")
    [row] = run(decided("accepted", subject=elsewhere))
    assert row.subject == SUBJECT.iri


def test_several_datasets_give_rows_in_the_order_of_the_subjects() -> None:
    mine = dataset("cordis", SUBJECT, body(OURS + "b", "Ruhrstadt Museum of Things"))
    curated = dataset("curated", body(OURS + "c", "Universität Ruhrstadt"))
    rows = running.run(mine, [dataset("ror", TARGET, OTHER), curated], Decisions())
    assert [(row.subject[-1], row.dataset) for row in rows] == [
        ("a", "ror"),
        ("a", "curated"),
        ("b", "ror"),
    ]


def test_the_table_holds_all_that_a_row_has(tmp_path: Path) -> None:
    rows = run()
    table.write(tmp_path / "candidates.csv", rows)
    assert table.read(tmp_path / "candidates.csv") == rows


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "no table of candidates"), ("a,b\n", "no table of candidates"), (None, "cannot be read")],
)
def test_another_file_is_no_table_of_candidates(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "candidates.csv"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(DataError, match=message):
        table.read(path)


def test_a_table_that_is_cut_is_an_error_that_names_the_row(tmp_path: Path) -> None:
    path = tmp_path / "candidates.csv"
    table.write(path, run())
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"candidates\.csv, row 2: has"):
        table.read(path)

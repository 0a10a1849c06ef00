"""Decisions are kept in one file that only grows, and outlive editions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from missiongraph.errors import DataError
from missiongraph.matching import decisions
from missiongraph.matching.decisions import Decision, decide
from missiongraph.matching.organisations import Organisation

A, B = "https://example.org/a", "https://ror.org/000000001"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "decisions.jsonl"


def made(state: str, subject: str = A, names: tuple[str, str] = ("", "")) -> Decision:
    return decide(subject, B, state, "ana", names)


def test_without_a_file_nothing_is_decided(path: Path) -> None:
    assert decisions.read(path) == decisions.Decisions()


def test_the_last_decision_on_a_pair_counts_and_the_others_stay(path: Path) -> None:
    decisions.append(path, [made("accepted")])
    decisions.append(path, [made("withdrawn")])
    assert decisions.read(path).by_pair[A, B].state == "withdrawn"
    assert len(path.read_text("utf-8").splitlines()) == 2


def test_nothing_is_written_for_no_decision(path: Path) -> None:
    assert decisions.append(path, []) == 0
    assert not path.exists()


@pytest.mark.parametrize("damage", [b"{", b"not json", b"[]", b'{"subject": 1}', b"\xff\xfe"])
def test_a_damaged_line_is_told_and_the_others_count(path: Path, damage: bytes) -> None:
    decisions.append(path, [made("accepted")])
    path.write_bytes(path.read_bytes() + damage + b"\n")
    decisions.append(path, [made("rejected", "https://example.org/c")])
    known = decisions.read(path)
    assert known.damaged == (2,)
    assert [each.state for each in known.by_pair.values()] == ["accepted", "rejected"]


def test_after_a_line_that_was_cut_the_next_begins_anew(path: Path) -> None:
    decisions.append(path, [made("accepted"), made("rejected", "https://example.org/c")])
    path.write_bytes(path.read_bytes()[:-20])
    decisions.append(path, [made("unsure", "https://example.org/d")])
    known = decisions.read(path)
    assert known.damaged == (2,)
    assert {each.state for each in known.by_pair.values()} == {"accepted", "unsure"}


WRITES = """
import sys
from pathlib import Path
from missiongraph.matching.decisions import append, decide
path, number = Path(sys.argv[1]), sys.argv[2]
for n in range(20):
    subject = f"https://example.org/{number}-{n}"
    append(path, [decide(subject, "https://ror.org/000000001", "accepted", "ana", ("", ""))])
"""


def test_writers_at_once_lose_nothing(path: Path) -> None:
    commands = [[sys.executable, "-c", WRITES, str(path), str(number)] for number in range(3)]
    writers = [subprocess.Popen(command) for command in commands]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    known = decisions.read(path)
    assert (len(known.by_pair), known.damaged) == (60, ())


@pytest.mark.parametrize(
    ("subject", "state"),
    [(A, "maybe"), ("a", "accepted"), (B, "accepted"), ("https://example.org/a b", "accepted")],
)
def test_what_cannot_be_decided_is_an_error(subject: str, state: str) -> None:
    with pytest.raises(DataError):
        made(state, subject)


def test_a_record_of_ror_has_one_name_wherever_it_comes_from() -> None:
    record = "https://w3id.org/missiongraph/id/organisation/ror-04m5j1k67"
    assert decide(A, record, "accepted", "ana").object == "https://ror.org/04m5j1k67"


def named(label: str, iri: str) -> Organisation:
    return Organisation(iri, label)


def test_a_rejection_holds_until_a_name_changes(path: Path) -> None:
    decisions.append(path, [made("rejected", names=("A Name", "Another"))])
    known = decisions.read(path)
    assert known.rejects(named("A NAME", A), named("Another", B))
    assert not known.rejects(named("A Name", A), named("Another Body", B))


def test_a_table_of_decisions_is_read_without_what_is_only_proposed(tmp_path: Path) -> None:
    table = tmp_path / "decided.csv"
    rows = [f"{A},{B},Accepted,", f"{A}1,{B},proposed,", f"{A}2,{B},accepted,rule", f"{A}3,{B},,"]
    table.write_text("subject,object,state,by\n" + "\n".join(rows) + "\n", "utf-8")
    [decision] = decisions.from_table(table, "ana")
    assert (decision.state, decision.by) == ("accepted", "ana")


def test_a_row_that_decides_nothing_known_is_an_error_that_names_it(tmp_path: Path) -> None:
    table = tmp_path / "decided.csv"
    table.write_text(f"subject,object,state\n{A},{B},maybe\n", "utf-8")
    with pytest.raises(DataError, match=r"decided\.csv, row 2: 'maybe' is no decision"):
        [*decisions.from_table(table, "ana")]


def test_another_table_is_an_error(tmp_path: Path) -> None:
    table = tmp_path / "other.csv"
    table.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(DataError, match="has no column object, state, subject"):
        [*decisions.from_table(table, "ana")]


FULL = """
import resource, signal, sys
from pathlib import Path
from missiongraph.errors import DataError
from missiongraph.matching.decisions import append, decide
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
iris = [f"https://example.org/{n}" for n in range(9)]
made = [decide(iri, "https://ror.org/000000001", "accepted", "ana") for iri in iris]
append(path, made[:1])
before = path.read_bytes()
resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, resource.RLIM_INFINITY))
try:
    append(path, made[1:])
except DataError as error:
    assert "nothing is decided" in str(error), error
    assert path.read_bytes() == before
else:
    sys.exit("no error")
"""


def test_decisions_are_kept_all_or_none_on_a_full_disk(path: Path) -> None:
    subprocess.run([sys.executable, "-c", FULL, str(path)], check=True)

"""The journal: what is written down comes back, in order, and nobody touches it unnoticed."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.quads import changes, quad, texts
from support.running import MEMORY

from missiongraph.errors import JournalError
from missiongraph.rdf.changes import Change
from missiongraph.writing import anchor, journal
from missiongraph.writing.anchor import End
from missiongraph.writing.journal import ANCHOR, Journal
from missiongraph.writing.patch import understood, written

BASE = "0" * 64
FIRST = End(BASE, "of a base")


def opened(path: Path, end: End = FIRST) -> Journal:
    """A journal to write to, with its anchor."""
    anchor.write(path.with_name(ANCHOR), end)
    return Journal(path, end)


def filled(path: Path, names: str) -> Path:
    """A journal of so many writes."""
    kept, state = opened(path), BASE
    for name in names:
        state = kept.append(state, Change(added=(quad(name),)), who="me", what="update")
    kept.close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of three writes."""
    return filled(tmp_path / "journal.rdfp", "abc")


def subjects(path: Path) -> list[str]:
    added = (quad for entry in journal.read(path, BASE) for quad in entry.change.added)
    return [str(quad.subject)[1:-1] for quad in added]


@examples()  # of a disk
@given(changes, texts, texts)
def test_any_change_comes_back(change: Change, who: str, what: str) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        kept = opened(Path(folder, "journal.rdfp"))
        after = kept.append(BASE, change, who=who, what=what)
        kept.close()
        (entry,) = journal.read(kept.path, BASE)
    assert (entry.who, entry.what, entry.before, entry.after) == (who, what, BASE, after)
    assert set(entry.change.removed) == set(change.removed)
    assert set(entry.change.added) == set(change.added)
    assert (entry.change.created, entry.change.dropped) == (change.created, change.dropped)


def test_each_write_rests_on_the_one_before(path: Path) -> None:
    entries = list(journal.read(path, BASE))
    assert [entry.before for entry in entries] == [BASE, *(e.after for e in entries[:-1])]
    assert len({entry.after for entry in entries}) == 3
    assert entries[0].when <= entries[1].when and entries[0].when.endswith("+00:00")


def test_a_journal_that_is_opened_again_goes_on(path: Path) -> None:
    *_, last = journal.read(path, BASE)
    again = Journal(path, anchor.read(path.with_name(ANCHOR)))
    again.append(last.after, Change(added=(quad("d"),)), who="me", what="update")
    again.close()
    assert subjects(path) == ["x:a", "x:b", "x:c", "x:d"]


def test_it_is_rdf_patch(path: Path) -> None:
    first = path.read_text("utf-8").split("TC .\n")[0].splitlines()
    assert re.fullmatch(r"H id <urn:sha256:[0-9a-f]{64}> \.", first[0])
    assert first[1] == f"H prev <urn:sha256:{BASE}> ."
    assert first[-2:] == ["TX .", "A <x:a> <x:p> <x:o> <x:g> ."]


# --- what a crash leaves


@pytest.mark.parametrize("cut", range(1, 260, 13))
def test_a_torn_tail_is_never_read(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:-cut])
    assert subjects(path) == ["x:a", "x:b"]


def test_no_journal_is_a_journal_without_writes(tmp_path: Path) -> None:
    assert list(journal.read(tmp_path / "none", BASE)) == []
    assert journal.tail(tmp_path / "none", FIRST) == b""


@given(changes, texts, texts, st.sampled_from(["", "0" * 64]))
def test_every_beginning_of_a_patch_is_understood(
    change: Change, who: str, what: str, rules: str
) -> None:
    _, whole = written(BASE, change, who=who, what=what, rules=rules)
    for cut in {*range(0, len(whole), 7), len(whole) - 1, len(whole)}:
        assert understood(whole[:cut], BASE) == cut


def test_what_is_no_beginning_is_understood_up_to_there(path: Path) -> None:
    whole = path.read_bytes()[: path.read_bytes().index(b"H id", 1)]
    for place in range(len(whole)):
        assert understood(whole[:place] + b"\0" + whole[place + 1 :], BASE) <= place
        assert understood(whole[:place] + b"\0", BASE) == place
    assert understood(whole.replace(b"\n", b"\r\n"), BASE) == whole.index(b"\n")
    assert understood(whole + b"\0", BASE) == len(whole)


def test_a_disk_that_fails_keeps_the_journal_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even if what was written cannot be taken off at once."""
    kept = Journal(path, anchor.read(path.with_name(ANCHOR)))
    *_, last = journal.read(path, BASE)

    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "the disk fails")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        broken.setattr(os, "ftruncate", fail)
        with pytest.raises(OSError, match="the disk fails"):
            kept.append(last.after, Change(added=(quad("lost"),)), who="me", what="update")
    kept.append(last.after, Change(added=(quad("d"),)), who="me", what="update")
    kept.close()
    assert subjects(path) == ["x:a", "x:b", "x:c", "x:d"]


# --- what nobody may do


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"A <x:b> <x:p> <x:o> <x:g> .", b"A <x:b> <x:p> <x:q> <x:g> ."),
        (b'H who "me" .\nH what "update" .\nTX .\nA <x:b>', b'H who "you" .\nTX .\nA <x:b>'),
        (b"A <x:b> <x:p> <x:o> <x:g> .", b"D <x:b> <x:p> <x:o> <x:g> ."),
        (b"A <x:b> <x:p> <x:o> <x:g> .\n", b""),
        (b"A <x:b> <x:p> <x:o> <x:g> .", b"A <x:b> no quad"),
        (b"A <x:b> <x:p> <x:o> <x:g> .", b"A <x:b> <x:p> <x:o> <x:g> .\nx"),
        (b"A <x:b> <x:p> <x:o> <x:g> .\nTC .\n", b"A <x:b> <x:p> <x:o> <x:g> .\nTC  .\n"),
    ],
)
def test_a_line_that_was_changed_is_found(path: Path, old: bytes, new: bytes) -> None:
    whole = path.read_bytes()
    assert old in whole
    path.write_bytes(whole.replace(old, new))
    with pytest.raises(JournalError, match=r"journal\.rdfp, line 9: "):
        list(journal.read(path, BASE))


def test_a_write_that_was_taken_out_is_found(path: Path) -> None:
    one, _, three, _ = path.read_bytes().split(b"TC .\n")
    path.write_bytes(one + b"TC .\n" + three + b"TC .\n")
    with pytest.raises(JournalError, match=r"line 9: does not follow from the state"):
        list(journal.read(path, BASE))


def test_another_beginning_is_found(path: Path) -> None:
    with pytest.raises(JournalError, match=r"line 1: does not follow from the state"):
        list(journal.read(path, "1" * 64))


@pytest.fixture(scope="module")
def two_writes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("two") / "journal.rdfp", "ab")


@examples()
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_can_be_changed_unnoticed(two_writes: Path, place: int, by: int) -> None:
    known = anchor.read(two_writes.with_name(ANCHOR))
    data = bytearray(two_writes.read_bytes())
    place %= len(data)
    data[place] ^= by
    changed = two_writes.with_name("changed")
    changed.unlink(missing_ok=True)
    changed.write_bytes(data)
    with pytest.raises(JournalError) as caught:
        list(journal.read_to(changed, FIRST, known))
    assert caught.value.first <= place <= caught.value.last

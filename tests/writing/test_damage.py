"""Damage to a directory: all acknowledged writes are there, or it is refused and left as it is."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.quads import quad
from support.running import MEMORY, missiongraph

from missiongraph.errors import DataError, JournalError, MissionGraphError, NotKept
from missiongraph.networks.observations import archive
from missiongraph.rdf.changes import Change
from missiongraph.writing import anchor, directory, opening
from missiongraph.writing.anchor import Anchor, End
from missiongraph.writing.directory import BASE, JOURNAL, LOCK
from missiongraph.writing.journal import ANCHOR
from missiongraph.writing.opening import UNFINISHED

NAMES = "abc"
Files = dict[str, bytes]


def add(folder: Path, names: str) -> None:
    """A write for each name, as a server makes it."""
    state, kept = opening.enter(folder)
    last = state.fingerprint
    for name in names:
        last = kept.append(last, Change(added=(quad(name),)), who="me", what="update")
    kept.close()


def written(folder: Path) -> str:
    """The names that a server finds there."""
    state, kept = opening.enter(folder)
    kept.close()
    return "".join(sorted(str(said.subject)[3:-1] for said in directory.named(state)))


def files(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def put(folder: Path, content: Files) -> None:
    """Let a folder hold these files and no others."""
    there = files(folder)
    for name in there:
        if there[name] != content.get(name):
            (folder / name).unlink()  # cutting it to nothing instead would wait for the disk
    for name, data in content.items():
        if there.get(name) != data:
            (folder / name).write_bytes(data)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory: no disk is waited for."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        yield Path(place)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Files]:
    """The files after none, one, two and three writes."""
    folder = tmp_path_factory.mktemp("history") / "graph"
    directory.create(folder, [], merged=True)
    add(folder, "")
    states = [files(folder)]
    for name in NAMES:
        add(folder, name)
        states.append(files(folder))
    return states


@pytest.fixture
def folder(history: list[Files], tmp_path: Path) -> Path:
    put(tmp_path, history[-1])
    return tmp_path


def is_refused(folder: Path, content: Files) -> bool:
    """Whether ``content`` is refused and left alone; else all acknowledged writes must be there."""
    put(folder, content)
    try:
        assert written(folder) == NAMES
        return False
    except MissionGraphError:
        assert files(folder) == content
        return True


def is_found(folder: Path, content: Files, place: int = 0) -> bool:
    """Whether ``verify`` finds what was done to a byte, and names the bytes around it."""
    put(folder, content)
    with pytest.raises(JournalError) as caught:
        directory.verify(folder)
    error = caught.value
    assert f"bytes {error.first:,} to {error.last:,}" in str(error) or "byte" in str(error)
    return error.first <= place <= error.last


# --- the journal


KINDS: dict[str, Callable[[bytes, int], bytes]] = {
    "cut": lambda data, place: data[:place],
    "a bit flipped": lambda data, place: _changed(data, place, data[place] ^ 1 << place % 8),
    "a byte NUL": lambda data, place: _changed(data, place, 0),
    "NUL from there on": lambda data, place: data[:place] + bytes(len(data) - place),
    "a byte lost": lambda data, place: data[:place] + data[place + 1 :],
    "a byte more": lambda data, place: data[:place] + b"\r" + data[place:],
}


def _changed(data: bytes, place: int, byte: int) -> bytes:
    return data[:place] + bytes([byte]) + data[place + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_no_byte_of_the_journal_can_be_damaged(
    history: list[Files], tmp_path: Path, kind: str
) -> None:
    """Cut and flipped at every one, and otherwise at every third, for speed."""
    whole = history[-1]
    for place in range(0, len(whole[JOURNAL]), 1 if kind in ("cut", "a bit flipped") else 3):
        content = whole | {JOURNAL: KINDS[kind](whole[JOURNAL], place)}
        assert is_refused(tmp_path, content), place
        assert is_found(tmp_path, content, place), place


@examples()
@given(st.binary(max_size=30), st.integers(0, 2000), st.integers(0, 60))
def test_nothing_can_be_put_into_the_journal(
    history: list[Files], data: bytes, at: int, over: int
) -> None:
    whole = history[-1]
    kept = whole[JOURNAL]
    at %= len(kept) + 1
    damaged = kept[:at] + data + kept[at + over :]
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        if not is_refused(Path(place), whole | {JOURNAL: damaged}):
            assert damaged.startswith(kept)
            assert Path(place, JOURNAL).read_bytes() == kept


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("line ends", lambda data: data.replace(b"\n", b"\r\n")),
        ("the last write lost", lambda data: data[: data.rindex(b"H id")]),
        ("all writes lost", lambda data: b""),
        ("the first write lost", lambda data: data[data.index(b"H id", 1) :]),
        ("the last write twice", lambda data: data + data[data.rindex(b"H id") :]),
        ("something else after it", lambda data: data + b"\0" * 100),
        ("a line more", lambda data: data + b"\n"),
    ],
)
def test_damage_of_several_bytes(
    folder: Path, name: str, damaged: Callable[[bytes], bytes]
) -> None:
    content = files(folder)
    content[JOURNAL] = damaged(content[JOURNAL])
    assert is_refused(folder, content)
    is_found(folder, content)


# --- the other files


def test_no_byte_of_the_anchor_can_be_damaged(history: list[Files], tmp_path: Path) -> None:
    """One slot may be spoilt: the other leads to the last write, which is kept."""
    whole = history[-1]
    places = [*range(0, 400, 7), *range(400, len(whole[ANCHOR]), 401), len(whole[ANCHOR]) - 1]
    for place in places:
        for kind in ("cut", "a bit flipped"):
            content = whole | {ANCHOR: KINDS[kind](whole[ANCHOR], place)}
            assert is_refused(tmp_path, content) == (place < anchor.SLOT and kind == "cut")
            assert is_found(tmp_path, content, place), place
    put(tmp_path, whole | {ANCHOR: _changed(whole[ANCHOR], 5, 0)})
    assert written(tmp_path) == NAMES and anchor.spoilt(tmp_path / ANCHOR) is None


def test_no_byte_of_the_base_can_be_damaged(history: list[Files], tmp_path: Path) -> None:
    whole = history[-1]
    for place in range(len(whole[BASE])):
        for kind in ("cut", "a bit flipped", "a byte lost"):
            put(tmp_path, content := whole | {BASE: KINDS[kind](whole[BASE], place)})
            with pytest.raises(DataError, match=r"base\.nq"):
                written(tmp_path)
            assert files(tmp_path) == content


@pytest.mark.parametrize("name", [BASE, JOURNAL, ANCHOR])
def test_no_file_can_be_missing(folder: Path, name: str) -> None:
    content = files(folder)
    del content[name]
    assert is_refused(folder, content)
    with pytest.raises((DataError, JournalError), match=name):
        directory.verify(folder)


def test_a_base_that_is_missing_is_not_made_anew(folder: Path) -> None:
    (folder / BASE).unlink()
    for gone in (None, JOURNAL):
        if gone:
            (folder / gone).unlink()
        with pytest.raises(DataError, match=r"but no base\.nq"):
            directory.create(folder, [], merged=True)
        assert not (folder / BASE).exists()


@pytest.mark.parametrize("name", [BASE, JOURNAL, ANCHOR])
def test_no_file_of_another_graph_fits(folder: Path, tmp_path: Path, name: str) -> None:
    other = tmp_path / "other"
    directory.create(other, [quad("z")], merged=True)
    add(other, NAMES)
    assert is_refused(folder, files(folder) | {name: (other / name).read_bytes()})


@pytest.mark.parametrize("name", [JOURNAL, ANCHOR])
@pytest.mark.parametrize("ago", [1, 2, 3])
def test_no_older_copy_of_a_file_fits(
    history: list[Files], tmp_path: Path, name: str, ago: int
) -> None:
    """But for an anchor that is one write behind, as a crash may leave it."""
    content = history[-1] | {name: history[-1 - ago][name]}
    assert is_refused(tmp_path, content) == (name == JOURNAL or ago > 1)


def test_an_older_copy_of_all_files_is_the_older_graph(
    history: list[Files], tmp_path: Path
) -> None:
    """Nothing in it can tell, so the documentation does."""
    put(tmp_path, history[2])
    assert written(tmp_path) == "ab"


def test_scores_that_are_damaged_are_none(tmp_path: Path) -> None:
    """They can be measured anew."""
    file = tmp_path / archive.FILE
    archive.write(file, "state", b"some quads")
    whole = file.read_bytes()
    assert archive.read_digest(file, "state") == archive.digest(b"some quads")
    for place in range(len(whole)):
        for kind in ("cut", "a bit flipped"):
            file.write_bytes(KINDS[kind](whole, place))
            assert not archive.read_digest(file, "state")


# --- what a crash leaves


def test_the_beginning_of_a_write_is_set_aside(history: list[Files], tmp_path: Path) -> None:
    """Wherever a crash has cut it off; the anchor stands before it."""
    kept, longer = history[2][JOURNAL], history[3][JOURNAL]
    for cut in range(len(kept) + 1, len(longer), 5):
        put(tmp_path, history[2] | {JOURNAL: longer[:cut]})
        with pytest.raises(JournalError, match="a write that was never finished") as caught:
            directory.verify(tmp_path)
        assert caught.value.first == len(kept)
        assert written(tmp_path) == "ab"
        assert (tmp_path / JOURNAL).read_bytes() == kept
        assert longer[len(kept) : cut] in (tmp_path / UNFINISHED).read_bytes()
        assert directory.verify(tmp_path).writes == 2


def test_what_is_set_aside_stays(folder: Path) -> None:
    for piece in (b"H id <urn:sha256:1", b"H id <urn:sha256:2"):
        with (folder / JOURNAL).open("ab") as file:
            file.write(piece)
        assert written(folder) == NAMES
    aside = (folder / UNFINISHED).read_text("utf-8").splitlines()
    assert aside[1::2] == ["H id <urn:sha256:1", "H id <urn:sha256:2"]
    assert f"18 bytes from byte {(folder / JOURNAL).stat().st_size} of {JOURNAL}" in aside[0]


def test_a_whole_write_that_nobody_was_told_of_is_kept(
    history: list[Files], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, history[2] | {JOURNAL: history[3][JOURNAL]})
    assert directory.load(tmp_path).writes == 2 and directory.verify(tmp_path).writes == 3
    assert written(tmp_path) == NAMES
    assert "kept the last write, which is complete" in capsys.readouterr().err
    assert directory.load(tmp_path).writes == 3


def test_a_slot_that_a_crash_has_torn_is_mended(history: list[Files], tmp_path: Path) -> None:
    """The journal is ahead by the write whose end was being named."""
    before, after = history[2][ANCHOR], history[3][ANCHOR]
    place = next(n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new)
    start = place - place % anchor.SLOT
    for torn in range(start, start + 300, 20):
        content = {JOURNAL: history[3][JOURNAL], ANCHOR: after[:torn] + before[torn:]}
        put(tmp_path, history[3] | content)
        assert written(tmp_path) == NAMES and directory.verify(tmp_path).writes == 3


# --- disks that fail


def test_an_anchor_that_cannot_be_written_leaves_nothing_of_the_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it may be on the disk by then. If not even that can be undone, the write is whole."""
    state, kept = opening.enter(folder)
    before, more = (folder / JOURNAL).read_bytes(), Change(added=(quad("d"),))
    move = Anchor.move

    def fail(self: Anchor, end: End) -> None:
        move(self, end)
        raise OSError(errno.EIO, "the disk fails")

    monkeypatch.setattr(Anchor, "move", fail)
    with pytest.raises(OSError, match="the disk fails"):
        kept.append(state.fingerprint, more, who="me", what="update")
    assert (folder / JOURNAL).read_bytes() == before and directory.verify(folder).writes == 3
    assert not kept.fault()
    monkeypatch.setattr(Anchor, "take_back", fail)
    for _ in range(2):
        with pytest.raises(OSError, match="the disk fails"):
            kept.append(state.fingerprint, more, who="me", what="update")
        assert "ends with a failed write" in kept.fault()
    kept.close()
    assert written(folder) == NAMES + "d"


# --- a directory without an anchor


def old(folder: Path) -> None:
    """Make a directory as version 0.1.0 left it."""
    head = directory.read_head(folder / BASE)
    (folder / ANCHOR).unlink()
    (folder / JOURNAL).unlink(missing_ok=True)
    (folder / BASE).unlink()
    directory.dump(folder / BASE, [], merged=True, fingerprint=head.fingerprint)


def test_a_directory_of_0_1_0_gets_its_anchor(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = (folder / JOURNAL).read_bytes()
    old(folder)
    (folder / JOURNAL).write_bytes(kept + b"H id <urn")
    assert directory.load(folder).writes == 3
    assert written(folder) == NAMES
    assert "had no anchor; made one for 3 writes" in capsys.readouterr().err
    assert directory.verify(folder).writes == 3
    (folder / JOURNAL).write_bytes(kept[: kept.rindex(b"H id")])
    with pytest.raises(JournalError, match="write 3 is not complete; 3 were ack"):
        written(folder)


def test_a_directory_of_0_1_0_whose_chain_is_broken_gets_none(folder: Path) -> None:
    kept = (folder / JOURNAL).read_bytes()
    old(folder)
    for damaged in (kept.replace(b"x:b", b"x:d"), kept.replace(b"\n", b"\r\n")):
        assert is_refused(folder, {BASE: (folder / BASE).read_bytes(), JOURNAL: damaged, LOCK: b""})


# --- verify


def test_verify_says_no_and_takes_a_journal_as_it_stands(folder: Path) -> None:
    whole = (folder / JOURNAL).read_bytes()
    third = whole.rindex(b"H id")
    (folder / JOURNAL).write_bytes(whole[:third] + b"garbage")
    done = missiongraph("verify", folder)
    assert done.returncode == 1 and f"{JOURNAL}, bytes {third:,} to {third:,}: " in done.stderr
    done = missiongraph("verify", "--accept", "--no-shapes", folder)
    assert done.returncode == 0 and "2 writes" in done.stdout
    assert "moved 7 bytes that are no write to unfinished.rdfp" in done.stderr
    assert written(folder) == "ab" and b"garbage" in (folder / UNFINISHED).read_bytes()
    (folder / JOURNAL).write_bytes(whole.replace(b"x:a", b"x:e"))
    with pytest.raises(JournalError, match="line 1: the patch has been altered"):
        opening.accept(folder)


def test_verify_while_it_is_served_looks_at_what_was_acknowledged(folder: Path) -> None:
    with directory.lock(folder):
        with (folder / JOURNAL).open("ab") as file:
            file.write(b"H id <urn:sha256:")
        assert directory.verify(folder).writes == 3
    with pytest.raises(JournalError):
        directory.verify(folder)


# --- files that others change while they are written to


def replaced(path: Path) -> None:
    shutil.copy2(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").replace(path)


def longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def changed(path: Path) -> None:
    data = path.read_bytes()
    place = 40 % len(data) + anchor.SLOT * (path.name == ANCHOR)  # of the slot that counts
    path.write_bytes(_changed(data, place, data[place] ^ 1))


@pytest.mark.parametrize("name", [JOURNAL, ANCHOR, BASE])
@pytest.mark.parametrize("how", [Path.unlink, replaced, longer, changed])
def test_no_write_is_acknowledged_into_changed_files(
    folder: Path, name: str, how: Callable[[Path], None]
) -> None:
    state, kept = opening.enter(folder)
    before = files(folder)
    how(folder / name)
    after = files(folder)
    if (how, name) == (changed, BASE):  # is seen at the next start; no write depends on it
        assert not kept.fault()
    else:
        assert name in kept.fault()
        with pytest.raises(NotKept, match=name):
            kept.append(state.fingerprint, Change(added=(quad("d"),)), who="me", what="update")
        assert files(folder) == after
    kept.close()
    put(folder, before)
    assert written(folder) == NAMES


def test_a_file_that_was_only_touched_is_read_again(folder: Path) -> None:
    state, kept = opening.enter(folder)
    for name in (JOURNAL, ANCHOR, BASE):
        os.utime(folder / name)
        (folder / name).chmod(0o640)
        os.link(folder / name, folder / f"{name}.link")
        assert not kept.fault()
    kept.append(state.fingerprint, Change(added=(quad("d"),)), who="me", what="update")
    kept.close()
    assert written(folder) == NAMES + "d"


def test_a_file_that_is_put_back_takes_writes_again(folder: Path) -> None:
    state, kept = opening.enter(folder)
    (folder / JOURNAL).rename(folder / "elsewhere")
    assert kept.fault() == "journal.rdfp has been removed"
    (folder / "elsewhere").rename(folder / JOURNAL)
    kept.append(state.fingerprint, Change(added=(quad("d"),)), who="me", what="update")
    kept.close()
    assert written(folder) == NAMES + "d"

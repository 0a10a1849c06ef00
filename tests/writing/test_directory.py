"""The directory of a graph: what is in it, its backups, and what is found to be wrong with it."""

from __future__ import annotations

import gzip
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.quads import quad, triples
from support.running import MEMORY, missiongraph

from missiongraph.errors import DataError, JournalError, NoSuchGraph
from missiongraph.rdf.changes import Change
from missiongraph.rdf.store import named
from missiongraph.writing import directory, opening
from missiongraph.writing.attempt import attempt
from missiongraph.writing.directory import BASE, JOURNAL, State
from missiongraph.writing.request import DELETE, POST, PUT, Write

DEFAULT, NT = ox.DefaultGraph(), ox.RdfFormat.N_TRIPLES


def write(folder: Path, *made: Change) -> str:
    """Write changes down as a server does; the last fingerprint."""
    before, kept = opening.enter(folder)
    state = before.fingerprint
    for change in made:
        state = kept.append(state, change, who="me", what="update")
    kept.close()
    return state


def content(state: State) -> tuple[set[ox.Quad], set[str]]:
    return set(state.store), set(map(str, state.store.named_graphs()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A merged graph of one quad that was written to three times."""
    folder = tmp_path / "graph"
    directory.create(folder, [quad("a")], merged=True)
    write(
        folder,
        Change(added=(quad("b"), quad("c"))),
        Change(removed=(quad("b"),)),
        Change(created=(ox.NamedNode("x:empty"),)),
    )
    return folder


# --- begin and load


def test_a_merged_graph_says_all_in_its_default_graph(folder: Path) -> None:
    store = directory.load(folder).store
    said = store.quads_for_pattern(None, None, None, DEFAULT)
    assert {str(quad.subject) for quad in said} == {"<x:a>", "<x:c>"}


def test_a_plain_graph_has_a_default_graph_of_its_own(tmp_path: Path) -> None:
    own = ox.Quad(*quad("own").triple)
    directory.create(tmp_path / "graph", [quad("a"), own], merged=False)
    assert set(directory.load(tmp_path / "graph").store) == {quad("a"), own}


def test_triples_of_a_file_are_in_a_graph_of_a_merged_dataset(tmp_path: Path) -> None:
    (tmp_path / "some data.ttl").write_text("<x:a> <x:p> _:b . _:b <x:p> 1 .", "utf-8")
    directory.create(tmp_path / "graph", named(tmp_path / "some data.ttl"), merged=True)
    state = directory.load(tmp_path / "graph")
    assert len(list(directory.named(state))) == 2 and len(state.store) == 4
    (name,) = state.store.named_graphs()
    assert str(name).endswith("/graph/file/some%20data.ttl>")


def test_one_directory_holds_one_graph(folder: Path) -> None:
    with pytest.raises(DataError, match="holds a graph already"):
        directory.create(folder, [], merged=True)


def test_a_failure_to_begin_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "bad.nt").write_text("<x:a> <x:p> <x:o> .\nnonsense", "utf-8")
    with pytest.raises(DataError, match=r"bad\.nt, line 2"):
        directory.create(tmp_path / "graph", named(tmp_path / "bad.nt"), merged=True)
    assert not (tmp_path / "graph").exists()


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    some = [quad("a"), quad("b")]
    one = directory.create(tmp_path / "1", some, merged=True)
    two = directory.create(tmp_path / "2", reversed(some), merged=True)
    assert one.fingerprint == two.fingerprint == directory.load(tmp_path / "1").fingerprint


def test_a_graph_comes_back_with_its_last_fingerprint(folder: Path) -> None:
    first = directory.load(folder)
    last = write(folder, Change(added=(quad("d"),)))
    again = directory.load(folder)
    assert again.fingerprint == last != first.fingerprint
    assert (first.writes, again.writes) == (3, 4)
    assert "<x:empty>" in content(again)[1]


names = st.sampled_from(["x:g", "x:h"])
bodies = st.lists(triples, max_size=3).map(lambda some: ox.serialize(some, format=NT) or b"")
writes = st.builds(
    lambda kind, body, graph: Write(kind, "me", body, "application/n-triples", graph),
    st.sampled_from([PUT, POST, DELETE]),
    bodies,
    names,
)


@examples()
@given(st.lists(writes, max_size=5), st.booleans())
def test_a_graph_comes_back_as_it_was_written(made: list[Write], merged: bool) -> None:
    """Also from a backup of it."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        folder, store = Path(place, "graph"), ox.Store()
        directory.create(folder, [], merged=merged)
        for one in made:
            with suppress(NoSuchGraph):
                write(folder, attempt(store, one, merged=merged, gate=None).change)
        state = directory.load(folder)
        assert content(state) == (set(store), set(map(str, store.named_graphs())))
        directory.backup(folder, Path(place, "backup.nq.gz"))
        directory.restore(Path(place, "backup.nq.gz"), Path(place, "restored"))
        restored = directory.verify(Path(place, "restored"))
        assert content(restored) == content(state)
        assert restored.fingerprint == state.fingerprint


# --- one writer


def test_only_one_server_writes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "_PATIENCE", 0.1)
    with directory.lock(folder), pytest.raises(DataError, match="another server writes there"):
        directory.lock(folder)
    directory.lock(folder).close()


def test_a_server_that_ends_is_waited_for(folder: Path) -> None:
    held = directory.lock(folder)
    threading.Timer(0.3, held.close).start()
    start = time.monotonic()
    directory.lock(folder).close()
    assert 0.2 < time.monotonic() - start < 2


# --- backup, restore, verify


@pytest.mark.parametrize("name", ["backup.nq", "backup.nq.gz"])
def test_a_backup_is_the_state(folder: Path, tmp_path: Path, name: str) -> None:
    state = directory.load(folder)
    head = directory.backup(folder, tmp_path / name)
    assert head.fingerprint == state.fingerprint and head.quads == 2
    directory.restore(tmp_path / name, tmp_path / "new")
    assert content(directory.verify(tmp_path / "new")) == content(state)


def test_a_restored_graph_takes_writes(folder: Path, tmp_path: Path) -> None:
    """Blank nodes are still the same."""
    node = ox.BlankNode("n")
    said = ox.Quad(node, ox.NamedNode("x:p"), node, ox.NamedNode("x:g"))
    write(folder, Change(added=(said,)))
    directory.backup(folder, tmp_path / "backup.nq")
    directory.restore(tmp_path / "backup.nq", tmp_path / "new")
    write(tmp_path / "new", Change(removed=(said,)))
    state = directory.verify(tmp_path / "new")
    assert state.writes == 1 and said not in state.store


def test_the_same_state_makes_the_same_backup(folder: Path, tmp_path: Path) -> None:
    for name in ("1.nq.gz", "2.nq.gz"):
        directory.backup(folder, tmp_path / name)
    assert (tmp_path / "1.nq.gz").read_bytes() == (tmp_path / "2.nq.gz").read_bytes()


def _damaged(kind: str, data: bytes) -> bytes:
    plain = gzip.decompress(data)
    match kind:
        case "cut off":
            return data[:-20]
        case "a bit flipped":
            return data[:-40] + bytes([data[-40] ^ 4]) + data[-39:]
        case "a quad changed":
            return gzip.compress(plain.replace(b"<x:c>", b"<x:e>"))
        case "a quad lost":
            return gzip.compress(plain[: plain.index(b"<x:c>")])
        case "no head":
            return gzip.compress(plain[plain.index(b"\n") + 1 :])
        case "another head":
            return gzip.compress(plain.replace(b'"quads"', b'"quarks"'))
        case "not packed":
            return plain
    return b""


@pytest.mark.parametrize(
    "kind",
    [
        "cut off",
        "a bit flipped",
        "a quad changed",
        "a quad lost",
        "no head",
        "another head",
        "not packed",
        "empty",
    ],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    folder: Path, tmp_path: Path, kind: str
) -> None:
    backup = tmp_path / "backup.nq.gz"
    directory.backup(folder, backup)
    backup.write_bytes(_damaged(kind, backup.read_bytes()))
    with pytest.raises(DataError, match=r"backup\.nq\.gz: "):
        directory.restore(backup, tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.nq.gz", "graph"]


def test_a_backup_restores_to_a_new_place_only(folder: Path, tmp_path: Path) -> None:
    directory.backup(folder, tmp_path / "backup.nq")
    before = content(directory.load(folder))
    with pytest.raises(DataError, match="holds a graph already"):
        directory.restore(tmp_path / "backup.nq", folder)
    assert content(directory.load(folder)) == before


def test_a_base_that_was_changed_is_found(folder: Path) -> None:
    base = folder / BASE
    base.write_bytes(base.read_bytes().replace(b"<x:a>", b"<x:z>"))
    with pytest.raises(DataError, match=r"base\.nq: has changed since it was written"):
        directory.verify(folder)


def test_a_write_that_was_changed_is_found(folder: Path) -> None:
    kept = folder / JOURNAL
    kept.write_bytes(kept.read_bytes().replace(b"<x:c>", b"<x:z>"))
    with pytest.raises(JournalError, match=r"journal\.rdfp, line 1: "):
        directory.verify(folder)


def test_no_graph_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"base\.nq: is not a graph .*: No such file"):
        directory.verify(tmp_path)


# --- the commands


def test_the_commands_do_the_same(folder: Path, tmp_path: Path) -> None:
    state = directory.load(folder).fingerprint
    backup, new = tmp_path / "backup.nq.gz", tmp_path / "new"
    for command in (("backup", folder, backup), ("restore", backup, new)):
        done = missiongraph(*command)
        assert done.returncode == 0 and f"2 quads, fingerprint {state}" in done.stdout
    done = missiongraph("verify", new)
    assert done.returncode == 0 and f"0 writes, fingerprint {state}" in done.stdout
    backup.write_bytes(backup.read_bytes()[:-9])
    done = missiongraph("restore", backup, tmp_path / "newer")
    assert done.returncode == 2 and "cannot be read" in done.stderr
    assert done.stderr.count("\n") == 1


def test_verify_validates(tmp_path: Path) -> None:
    mission = "<https://w3id.org/missiongraph/id/mission/a> a moi:Mission ."
    data = tmp_path / "bad.ttl"
    prefix = "@prefix moi: <https://w3id.org/missiongraph/ontology#> ."
    data.write_text(f"{prefix} {mission}", "utf-8")
    directory.create(tmp_path / "graph", named(data), merged=True)
    assert missiongraph("verify", "--no-shapes", tmp_path / "graph").returncode == 0
    done = missiongraph("verify", tmp_path / "graph")
    assert done.returncode == 1 and "mission/a" in done.stdout


def test_the_version_of_a_graph_outlasts_a_restart(tmp_path: Path) -> None:
    """It is the state that the last write to that graph made, whoever wrote elsewhere since."""
    one, other, gone = (ox.NamedNode(f"x:{name}") for name in ("one", "other", "gone"))
    first = directory.create(tmp_path / "graph", [], merged=False).fingerprint
    _, log = opening.enter(tmp_path / "graph")
    a, b = ox.NamedNode("x:a"), ox.NamedNode("x:b")
    state, states = first, []
    for change in (
        Change(added=(ox.Quad(a, b, a, one), ox.Quad(a, b, a, gone))),
        Change(added=(ox.Quad(a, b, a, other),)),
        Change(removed=(ox.Quad(a, b, a, gone),), dropped=(gone,)),
        Change(created=(gone,)),
    ):
        state = log.append(state, change, who="me", what="update")
        states.append(state)
    log.close()
    versions = directory.load(tmp_path / "graph").versions
    assert [versions.of(graph) for graph in (one, other, gone)] == [states[0], states[1], states[3]]
    assert versions.of(ox.DefaultGraph()) == first

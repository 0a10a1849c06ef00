"""Stores on disk: made once, read by many, made again when damaged."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.rdf.disk_store import keep, kept

QUAD = ox.Quad(
    ox.NamedNode("https://example.org/a"), ox.NamedNode("https://example.org/b"), ox.Literal("c")
)


def fill(store: ox.Store) -> None:
    store.add(QUAD)


def refuse(store: ox.Store) -> None:
    raise AssertionError("the store is filled again")


def test_a_store_is_filled_once(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "a.store"
    assert kept(folder) is None
    assert list(keep(folder, "one", fill)) == [QUAD]
    assert list(keep(folder, "one", refuse)) == [QUAD]
    there = kept(folder)
    assert there and (list(there[0]), there[1]) == ([QUAD], "one")


def test_another_state_replaces_a_store_that_is_being_read(tmp_path: Path) -> None:
    folder = tmp_path / "a.store"
    old = keep(folder, "one", fill)
    assert len(keep(folder, "two", lambda store: None)) == 0
    assert list(old) == [QUAD]
    there = kept(folder)
    assert there and there[1] == "two"


def test_nothing_but_the_store_is_left_behind(tmp_path: Path) -> None:
    keep(tmp_path / "a.store", "one", fill)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.store.lock", "a.store"]


def test_a_failure_leaves_the_old_store(tmp_path: Path) -> None:
    folder = tmp_path / "a.store"
    keep(folder, "one", fill)
    with pytest.raises(AssertionError):
        keep(folder, "two", refuse)
    there = kept(folder)
    assert there and there[1] == "one"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.store.lock", "a.store"]


@pytest.mark.parametrize("damage", ["missing", "cut", "longer", "no list", "odd list"])
def test_a_damaged_store_is_made_again(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "a.store"
    keep(folder, "one", fill)
    contents = folder / "contents.json"
    table = next((folder / "store").glob("*.sst"))
    match damage:
        case "missing":
            table.unlink()
        case "cut":
            table.write_bytes(table.read_bytes()[:-1])
        case "longer":
            table.write_bytes(table.read_bytes() + b"x")
        case "no list":
            contents.unlink()
        case "odd list":
            contents.write_text(json.dumps(["store"]))
    assert kept(folder) is None
    assert list(keep(folder, "one", fill)) == [QUAD]


@examples(45)
@given(st.data())
def test_after_a_flipped_bit_a_store_is_made_again(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "a.store")
        keep(folder, "one", fill)
        files = sorted(path for path in (folder / "store").iterdir() if path.stat().st_size)
        chosen = data.draw(st.sampled_from([p.name for p in files if not p.name.startswith("LO")]))
        content = bytearray((folder / "store" / chosen).read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
        (folder / "store" / chosen).write_bytes(content)
        assert kept(folder) is None
        assert list(keep(folder, "one", fill)) == [QUAD]


@pytest.mark.parametrize("kind", ["file", "dangling link", "link"])
def test_what_is_in_the_way_is_replaced(tmp_path: Path, kind: str) -> None:
    folder, other = tmp_path / "a.store", tmp_path / "other"
    if kind == "file":
        folder.write_text("")
    else:
        folder.symlink_to(other)
    if kind == "link":
        other.mkdir()
    assert list(keep(folder, "one", fill)) == [QUAD]
    assert kept(folder) and not folder.is_symlink()


def test_what_killed_processes_left_is_removed_after_an_hour(tmp_path: Path) -> None:
    old, new = (tmp_path / f".a.store.{name}" for name in ("old", "new"))
    for left in (old, new):
        left.mkdir()
    os.utime(old, (0, 0))
    keep(tmp_path / "a.store", "one", fill)
    assert not old.exists() and new.exists()


def test_processes_that_start_together_read_one_store(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import pyoxigraph as ox\n"
        "from missiongraph.rdf.disk_store import keep\n"
        "quad = ox.Quad(ox.NamedNode('urn:a'), ox.NamedNode('urn:b'), ox.Literal('c'))\n"
        "fill = lambda store: (print('filled'), store.add(quad))\n"
        "assert len(keep(Path(sys.argv[1]), 'one', fill)) == 1"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.store")]
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda _: subprocess.check_output(command, text=True), range(4)))
    assert sorted(outputs) == ["", "", "", "filled\n"]


def test_a_folder_that_cannot_be_written_gives_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        keep(tmp_path / "file" / "a.store", "one", fill)


def test_a_full_disk_gives_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files fails writes as a full disk does."""
    code = (
        "import resource, sys; from pathlib import Path; import pyoxigraph as ox\n"
        "from missiongraph.rdf.disk_store import keep\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))\n"
        "many = (ox.Quad(ox.NamedNode(f'urn:{n}'), ox.NamedNode('urn:b'), ox.Literal('c'))\n"
        "        for n in range(100_000))\n"
        "try: keep(Path(sys.argv[1]), 'one', lambda store: store.bulk_extend(many))\n"
        "except OSError as error: print('refused')"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.store")]
    assert subprocess.check_output(command, text=True) == "refused\n"
    assert [path.name for path in tmp_path.iterdir()] == [".a.store.lock"]


def test_a_store_opens_where_nothing_can_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "a.store"
    keep(folder, "one", fill)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from missiongraph.rdf.disk_store import kept\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "print(len(kept(Path(sys.argv[1]))[0]))"
    )
    assert subprocess.check_output([sys.executable, "-c", code, str(folder)], text=True) == "1\n"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0
    shutil.rmtree(folder)

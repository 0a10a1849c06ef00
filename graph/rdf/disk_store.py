"""Stores on disk, which open for reading in milliseconds, however much they hold.

A store is a folder with a list of its files and their checksums, which are compared when it is
opened: on damaged files Oxigraph may not end. It is made in a hidden folder beside it, which is
renamed at the end, and is never changed afterwards. So any number of processes may read it at once,
also while another makes one.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from missiongraph.system.files import one_at_a_time, replacing, settle

_CONTENTS = "contents.json"
_STORE = "store"
_LEFT = 3600  # seconds after which an unfinished store counts as left behind


def kept(folder: Path) -> tuple[ox.Store, str] | None:
    """The store in ``folder``, for reading only, and the name of its state.

    None if there is none, or if files are missing or damaged.
    """
    try:
        contents = json.loads((folder / _CONTENTS).read_text("utf-8"))
        if contents["files"] != _checksums(folder / _STORE):
            return None
        return ox.Store.read_only(str(folder / _STORE)), str(contents["state"])
    except (OSError, ValueError, LookupError, TypeError, RuntimeError):  # the last if corrupt
        return None


def keep(folder: Path, state: str, fill: Callable[[ox.Store], None]) -> ox.Store:
    """The store in ``folder`` of the data ``state``, for reading only.

    If it is missing, damaged or of another state, it is made: ``fill`` adds the data. Raises
    :class:`OSError` where the disk is full or cannot be written; then nothing has changed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder):
        there = kept(folder)
        if not there or there[1] != state:
            _make(folder, state, fill)
    return ox.Store.read_only(str(folder / _STORE))


def _make(folder: Path, state: str, fill: Callable[[ox.Store], None]) -> None:
    """Make the store beside ``folder``, and put it there when it is complete."""
    for left in folder.parent.glob(f".{folder.name}.*"):  # by processes that were killed
        if left.is_dir() and time.time() - left.stat().st_mtime > _LEFT:
            shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        _fill(new / _STORE, fill)
        contents = {"state": state, "files": _checksums(new / _STORE)}
        with replacing(new / _CONTENTS) as file:
            file.write(json.dumps(contents, indent=1).encode())
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
        settle(folder.parent)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _fill(path: Path, fill: Callable[[ox.Store], None]) -> None:
    """Fill a new store; it is closed, and its lock given back, when this function ends."""
    path.mkdir(parents=True)
    store = ox.Store(str(path))
    fill(store)
    store.optimize()
    store.flush()


def _checksums(path: Path) -> dict[str, int]:
    """The CRC-32 of each file in a store, but for its log and its lock.

    It finds accidents, not attacks; a cryptographic hash takes several times as long.
    """
    return {
        file.name: zlib.crc32(file.read_bytes())
        for file in sorted(path.iterdir())
        if not file.name.startswith(("LOG", "LOCK"))
    }

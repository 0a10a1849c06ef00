"""Stores on disk, which open for reading in milliseconds, however much they hold.

A store is a folder with a list of its files. It is made in a hidden folder beside it, which is
renamed at the end, and is never changed afterwards. So any number of processes may read it at once,
also while another makes one. Oxigraph checks the checksum of each block that it reads.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from missiongraph.system.files import one_at_a_time, replacing, settle

_CONTENTS = "contents.json"
_STORE = "store"


def kept(folder: Path) -> tuple[ox.Store, str] | None:
    """The store in ``folder``, for reading only, and the name of its state.

    None if there is none, or if files are missing or cut off.
    """
    try:
        contents = json.loads((folder / _CONTENTS).read_text("utf-8"))
        if contents["files"] != _sizes(folder / _STORE):
            return None
        return ox.Store.read_only(str(folder / _STORE)), str(contents["state"])
    except (OSError, ValueError, LookupError, TypeError, RuntimeError):  # the last if corrupt
        return None


def keep(folder: Path, state: str, fill: Callable[[ox.Store], None]) -> ox.Store:
    """The store in ``folder`` of the data ``state``, for reading only.

    If it is missing, damaged or of another state, it is made: ``fill`` adds the data. Raises
    :class:`OSError` where the disk is full or cannot be written; then nothing has changed.
    """
    with one_at_a_time(folder):
        there = kept(folder)
        if not there or there[1] != state:
            _make(folder, state, fill)
    return ox.Store.read_only(str(folder / _STORE))


def _make(folder: Path, state: str, fill: Callable[[ox.Store], None]) -> None:
    """Make the store beside ``folder``, and put it there when it is complete."""
    new = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        _fill(new / _STORE, fill)
        contents = {"state": state, "files": _sizes(new / _STORE)}
        with replacing(new / _CONTENTS) as file:
            file.write(json.dumps(contents, indent=1).encode())
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


def _sizes(path: Path) -> dict[str, int]:
    """The size of each file in a store, but for its log and its lock."""
    return {
        file.name: file.stat().st_size
        for file in sorted(path.iterdir())
        if not file.name.startswith(("LOG", "LOCK"))
    }

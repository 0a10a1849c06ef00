"""Snapshots: the ties of a network as they were read, kept by the state of the data.

A file to each state and query, in the user's cache: the numbers as they lie in memory, behind
a head with the names. What is damaged is read anew from the store. All files together take at
most :data:`LIMIT` bytes; those not used for the longest time go first.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.sparql.engine import Engine
from missiongraph.sparql.local import LocalEngine
from missiongraph.system import user_cache
from missiongraph.system.files import replacing

from .ties import COLUMNS, Ties, ask, from_csv

LIMIT = 1024**3
"""Bytes that all snapshots take together."""

_FORM = 2  # of the files; another number for another one
_LISTS = ("nodes", "layers", "graphs")
_Bytes = npt.NDArray[np.uint8]


def ties(engine: Engine, query: NetworkQuery) -> Ties:
    """The ties that ``query`` finds: those kept of this state of the data, or else read and kept.

    Nothing is kept of an engine that cannot name its state, such as a remote one, of a query
    that asks other services, or where the cache cannot be written to.
    """
    state = _state(engine)
    if state and (kept := _load(_path(state, query))):
        return kept
    answer = ask(engine, query)
    found = from_csv(answer.chunks, query)
    if state and answer.fingerprint:
        with suppress(OSError):  # a full disk costs the next caller time, nobody an answer
            _save(_path(answer.fingerprint, query), found)
    return found


def _state(engine: Engine) -> str:
    """The fingerprint that names the state of the data, or nothing."""
    lent = isinstance(engine, LocalEngine) and engine.handed_out
    return "" if lent else engine.fingerprint


def _path(state: str, query: NetworkQuery) -> Path:
    parts = json.dumps([_FORM, state, query.text, query.kind, query.weighed])
    return user_cache.folder() / "networks" / hashlib.sha256(parts.encode()).hexdigest()


def _save(path: Path, ties: Ties) -> None:
    with replacing(path) as file:
        parts = list(_pack(ties))
        check = 0
        for part in parts:
            check = zlib.crc32(part, check)
        file.write(np.uint64(check).tobytes())
        file.writelines(parts)
    _tidy(path.parent)


def _load(path: Path) -> Ties | None:
    """The ties in a file; nothing if there is none, or it is not what was written."""
    try:
        data = np.fromfile(path, np.uint8)
        if len(data) < 16 or zlib.crc32(data[8:].data) != _number(data[:8]):
            return None
    except OSError:
        return None
    with suppress(OSError):  # a cache that may only be read serves all the same
        path.touch()
    return _unpack(data[8:])


def _pack(ties: Ties) -> Iterator[bytes]:
    """The size of the head, the head, and the columns, each at a multiple of eight bytes."""
    columns = {name: getattr(ties, name) for name in COLUMNS}
    head = {
        "columns": {name: [column.dtype.str, len(column)] for name, column in columns.items()},
        "rejected": dict(ties.rejected),
        "numbered": ties.numbered,
        **{name: list(getattr(ties, name)) for name in _LISTS},
    }
    text = json.dumps(head, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    yield np.uint64(len(text)).tobytes()
    yield text
    for column in columns.values():
        yield column.tobytes() + bytes(-column.nbytes % 8)


def _unpack(data: _Bytes) -> Ties:
    start = 8 + _number(data[:8])
    head = json.loads(data[8:start].tobytes())
    columns = {}
    for name, (kind, length) in head.pop("columns").items():
        size = length * np.dtype(kind).itemsize
        columns[name] = data[start : start + size].view(kind)
        start += size + -size % 8
    return Ties(**head, **columns)


def _number(data: _Bytes) -> int:
    return int(data.view(np.uint64)[0])


def _tidy(folder: Path) -> None:
    """Delete what was not used for the longest time until the rest keeps to the limit."""
    files = sorted(((file.stat(), file) for file in folder.iterdir()), key=_age)
    total = sum(about.st_size for about, _ in files)
    for about, file in files:
        if total <= LIMIT:
            break
        file.unlink(missing_ok=True)
        total -= about.st_size


def _age(entry: tuple[Any, Path]) -> int:
    return int(entry[0].st_mtime_ns)

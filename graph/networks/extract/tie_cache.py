"""Caches the ties of networks on disk, by the state of the data.

There is one file per state and query in the user's cache folder: a header with the names, then
the arrays as they are in memory. A damaged file is ignored, and the ties are read from the store
again. All files together take at most :data:`LIMIT` bytes; the least recently used are deleted.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.sparql.engine import Engine
from missiongraph.sparql.local import LocalEngine
from missiongraph.system import user_cache
from missiongraph.system.files import replacing

from . import matched
from .ties import COLUMNS, Ties, ask, from_csv, known_until

LIMIT = 1024**3
"""Most bytes that all files of the cache take together."""

_FORM = 4  # version of the file format, and of the words for rejected rows
_LISTS = ("nodes", "layers", "graphs")
_Bytes = npt.NDArray[np.uint8]


def ties(engine: Engine, query: NetworkQuery, *, merged: bool = True) -> Ties:
    """The ties of ``query``, from the cache, or else read from the engine and cached.

    Nodes that are matched as the same are one if ``merged``.
    Nothing is cached for an engine without a fingerprint, such as a remote one, for a query that
    uses other services, or if the cache is not writable.
    """
    state = _state(engine)
    if state and (cached := _load(_path(state, query, merged))):
        return cached
    answer = ask(engine, query)
    result = replace(from_csv(answer.chunks, query), known_until=known_until(engine))
    if merged:
        directed = query.kind != "undirected"
        result = matched.merged(result, matched.matches(engine), directed=directed)
    if state and answer.fingerprint:
        with suppress(OSError):  # with a full disk, only the next caller has to wait again
            _save(_path(answer.fingerprint, query, merged), result)
    return result


def _state(engine: Engine) -> str:
    """The fingerprint of the data; empty if there is none, or if callers can change the store."""
    lent = isinstance(engine, LocalEngine) and engine.handed_out
    return "" if lent else engine.fingerprint


def _path(state: str, query: NetworkQuery, merged: bool = True) -> Path:
    parts = json.dumps([_FORM, state, query.text, query.kind, query.weighed, merged])
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
    """The ties in a file; None if it is missing or damaged."""
    try:
        data = np.fromfile(path, np.uint8)
        if len(data) < 16 or zlib.crc32(data[8:].data) != _number(data[:8]):
            return None
    except OSError:
        return None
    with suppress(OSError):  # a read-only cache will do
        path.touch()
    return _unpack(data[8:])


def _pack(ties: Ties) -> Iterator[bytes]:
    """The size of the header, the header, and the columns, each aligned to eight bytes."""
    columns = {name: getattr(ties, name) for name in COLUMNS}
    head = {
        "columns": {name: [column.dtype.str, len(column)] for name, column in columns.items()},
        "rejected": dict(ties.rejected),
        "numbered": ties.numbered,
        "known_until": ties.known_until,
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
    """Delete the least recently used files until the rest is within the limit."""
    files = sorted(((file.stat(), file) for file in folder.iterdir()), key=_age)
    total = sum(about.st_size for about, _ in files)
    for about, file in files:
        if total <= LIMIT:
            break
        file.unlink(missing_ok=True)
        total -= about.st_size


def _age(entry: tuple[Any, Path]) -> int:
    return int(entry[0].st_mtime_ns)

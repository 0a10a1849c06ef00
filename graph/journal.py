"""The journal: every write, in order, with who made it and when, chained by fingerprints.

A file of RDF Patches (https://afs.github.io/rdf-patch/) that is only ever appended to. Each
names the state it rests on (``prev``) and the one it makes (``id``): the SHA-256 of ``prev``
and of all its other lines. A write counts once its last line, ``TC``, is on the disk; a patch
that a crash cut off was never acknowledged and is taken off when the journal is opened. So the
write-ahead log, the audit log and the proof that neither was touched are one file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from .change import Change
from .errors import JournalError
from .files import settle

_BEGIN, _COMMIT = b"TX .\n", b"TC .\n"
_SCHEME = "urn:sha256:"


@dataclass(frozen=True)
class Entry:
    """One write: who, when (UTC, ISO 8601), what, the fingerprints around it, the change."""

    who: str
    when: str
    what: str
    before: str
    after: str
    change: Change = field(repr=False)


class Journal:
    """The journal file of a directory, open for appending."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)
        settle(path.parent)
        self._length = os.fstat(self._file.fileno()).st_size

    def append(self, before: str, change: Change, *, who: str, what: str) -> str:
        """Write a change down; the fingerprint of the state it makes, once it is on the disk.

        Raises :class:`OSError` when it cannot be written whole; then nothing of it counts.
        """
        lines = [*_headers(before, who, what), *_patch(change)]
        after = _chain(before, lines)
        whole = b"".join([_named(after), *lines])
        self._cut_back()
        try:
            _write(self._file, whole)
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):  # else before the next one
                self._cut_back()
            raise
        self._length += len(whole)
        return after

    def _cut_back(self) -> None:
        """Take off what a write that failed has left, which nobody was told of."""
        if os.fstat(self._file.fileno()).st_size > self._length:
            os.ftruncate(self._file.fileno(), self._length)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: Path, before: str) -> Iterator[Entry]:
    """The entries of a journal that begins at the state ``before``.

    A patch that was cut off at the end is passed over. Raises :class:`JournalError` where the
    chain is broken, naming the line.
    """
    for number, lines in _patches(path):
        entry = _entry(path, number, lines)
        if entry.before != before:
            raise JournalError(f"{path}, line {number}: rests on another state than {before}")
        before = entry.after
        yield entry


def tail(path: Path) -> int:
    """Bytes of a write that was cut off, at the end of a journal."""
    if not path.exists():
        return 0
    return path.stat().st_size - sum(len(line) for _, lines in _patches(path) for line in lines)


def mend(path: Path) -> int:
    """Take off what a crash has cut off, of which nobody was told; how many bytes that was."""
    if cut := tail(path):
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - cut)
            os.fsync(file.fileno())
    return cut


def _named(after: str) -> bytes:
    """The first line of a patch."""
    return f"H id <{_SCHEME}{after}> .\n".encode()


def _headers(before: str, who: str, what: str) -> Iterator[bytes]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    headers = {"time": now, "who": who, "what": what}
    yield f"H prev <{_SCHEME}{before}> .\n".encode()
    for name, value in headers.items():
        yield f"H {name} {ox.Literal(value)} .\n".encode()


def _patch(change: Change) -> Iterator[bytes]:
    """The lines of a change; graphs that come or go by themselves are headers."""
    for graph in change.created:
        yield f"H created {graph} .\n".encode()
    for graph in change.dropped:
        yield f"H dropped {graph} .\n".encode()
    yield _BEGIN
    yield from (b"D " + line for line in _lines(change.removed))
    yield from (b"A " + line for line in _lines(change.added))
    yield _COMMIT


def _lines(quads: Iterable[ox.Quad]) -> list[bytes]:
    data = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    return sorted(data.splitlines(keepends=True))


def _chain(before: str, lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256(before.encode() + b"\n")
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def _write(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _patches(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """The whole patches of a file with the number of their first line."""
    if not path.exists():
        return
    with path.open("rb") as file:
        first, lines = 1, []
        for number, line in enumerate(file, 1):
            lines.append(line)
            if line == _COMMIT:
                yield first, lines
                first, lines = number + 1, []


def _entry(path: Path, number: int, lines: list[bytes]) -> Entry:
    try:
        headers, created, dropped = _read_headers(lines)
        body = lines[lines.index(_BEGIN) + 1 : -1]
        change = Change(_quads(body, b"D "), _quads(body, b"A "), created, dropped)
        before = headers["prev"].removeprefix(_SCHEME)
        after = _chain(before, lines[1:])
        entry = Entry(headers["who"], headers["time"], headers["what"], before, after, change)
    except (KeyError, ValueError, SyntaxError) as error:
        raise JournalError(f"{path}, line {number}: is no patch: {error}") from error
    if lines[0] != _named(after):
        raise JournalError(f"{path}, line {number}: the patch is not what was written")
    return entry


def _read_headers(
    lines: list[bytes],
) -> tuple[dict[str, str], tuple[ox.NamedNode, ...], tuple[ox.NamedNode, ...]]:
    headers: dict[str, str] = {}
    graphs: dict[str, list[ox.NamedNode]] = {"created": [], "dropped": []}
    for line in lines[: lines.index(_BEGIN)]:
        name, value = line.decode().removeprefix("H ").removesuffix(" .\n").split(" ", 1)
        if name in graphs:
            graphs[name].append(ox.NamedNode(value[1:-1]))
        else:
            headers[name] = value[1:-1] if value[0] == "<" else json.loads(value)
    return headers, tuple(graphs["created"]), tuple(graphs["dropped"])


def _quads(body: list[bytes], mark: bytes) -> tuple[ox.Quad, ...]:
    data = b"".join(line[2:] for line in body if line.startswith(mark))
    return tuple(ox.parse(data, ox.RdfFormat.N_QUADS))

"""Appends to and reads the journal: all writes in order, with author and time, chained by hashes.

The journal is an append-only file of RDF Patches (:mod:`missiongraph.writing.patch`), each of which
names the state before and after it. A write counts once it is on disk and the anchor beside the
journal (:mod:`missiongraph.writing.anchor`) names its end. So one file is the write-ahead log, the
audit log and the proof that neither was altered; the small anchor records how far it reaches.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from missiongraph.errors import JournalError, NotKept
from missiongraph.rdf.changes import Change
from missiongraph.system.files import settle
from missiongraph.system.watched_file import Watch

from . import anchor
from .anchor import Anchor, End
from .patch import COMMIT, Entry, entry, linked, understood, written

ANCHOR = "anchor"
"""The name of the anchor, beside the journal."""


class Journal:
    """The journal of a directory, which ends at ``end``, open for appending.

    ``others`` are files that must not be replaced meanwhile; journal and anchor are watched, too.
    """

    def __init__(self, path: Path, end: End, others: Iterable[Path] = ()) -> None:
        self.path = path
        self._end = self._named = end
        self._torn = False
        self._spoilt: list[int] = []  # times of change at which the files were found altered
        self._file = path.open("ab", buffering=0)
        self._anchor = Anchor(path.with_name(ANCHOR))
        settle(path.parent)
        files = {path: self._file, path.with_name(ANCHOR): self._anchor.file}
        files |= {other: other.open("rb", buffering=0) for other in others}
        self._watches = [Watch(place, file) for place, file in files.items()]

    def append(self, before: str, change: Change, *, who: str, what: str, rules: str = "") -> str:
        """Append a change; returns the fingerprint after it once it is on disk.

        Raises :class:`OSError` when it cannot be written completely and :class:`NotKept` when
        another program has changed the files; the change then does not count.
        """
        after, whole = written(before, change, who=who, what=what, rules=rules)
        self._cut_back()
        if fault := self.fault():
            raise NotKept(fault)
        try:
            _write(self._file, whole)
            os.fsync(self._file.fileno())
            self._named = self._end.then(after, len(whole))
            self._anchor.move(self._named)
            self._remember()
            if fault := self._replaced():
                raise NotKept(fault)
        except BaseException:
            self._torn = True
            with suppress(OSError):  # tried again before the next write
                self._cut_back()
            raise
        self._end = self._named
        return after

    def fault(self) -> str:
        """Why no write can be recorded, in words; empty if one can.

        Files whose time of change is new are read once more, to compare their content.
        """
        if self._torn:
            return f"{self.path.name} ends with a failed write that cannot be removed"
        if fault := self._replaced():
            return fault
        touched = [watch.touched() for watch in self._watches]
        if any(touched):
            if touched == self._spoilt or not self._holds():
                self._spoilt = touched
                return f"{self.path.name} or its anchor was changed by another program"
            self._remember()
        return ""

    def close(self) -> None:
        """Close the files."""
        for watch in self._watches:
            watch.file.close()

    def _replaced(self) -> str:
        return next((fault for watch in self._watches if (fault := watch.fault())), "")

    def _holds(self) -> bool:
        """Whether the content of journal and anchor is what this process wrote."""
        try:
            ends = [patch.end for patch in linked(self.path)]
            known = anchor.read(self.path.with_name(ANCHOR))
        except (JournalError, OSError):
            return False
        return known == self._end and [0, *ends][-1] == self._end.length

    def _remember(self) -> None:
        for watch in self._watches:
            watch.remember()

    def _cut_back(self) -> None:
        """Remove what a failed, never acknowledged write has left."""
        if not self._torn:
            return
        if self._named != self._end:
            self._anchor.take_back(self._end)
            self._named = self._end
        os.ftruncate(self._file.fileno(), self._end.length)
        self._torn = False
        self._remember()


def read(path: Path, before: str) -> Iterator[Entry]:
    """The entries of a journal that begins at the state ``before``; empty if there is no file.

    Bytes after the last complete patch are ignored, see :func:`tail`. Raises
    :class:`JournalError`, with line and byte, where the chain is broken.
    """
    yield from map(entry, linked(path, before))


def read_to(path: Path, first: End, known: End, further: int = 0) -> Iterator[Entry]:
    """The entries of a journal from ``first`` to its ``known`` end, and up to ``further`` more.

    Raises :class:`JournalError` where the chain is broken, and unless it leads to that end.
    """
    entries = read(path, first.state)
    end = first
    while end.writes < known.writes:
        if not (write := next(entries, None)):
            raise _lacking(path, end, known)
        end = end.then(write.after, write.length)
        yield write
    if end != known:
        raise JournalError(
            f"{path}, bytes {first.length:,} to {end.length:,}: are {end.writes:,} other writes "
            "than the acknowledged ones",
            first.length,
            end.length,
        )
    yield from islice(entries, further)


def tail(path: Path, end: End) -> bytes:
    """The bytes after ``end`` in a journal: none, or the beginning of one write.

    A crash leaves no more than that; raises :class:`JournalError` for anything else.
    """
    data = rest(path, end)
    last = end.length + understood(data, end.state)
    if last < end.length + len(data) or data.endswith(b"\n" + COMMIT):
        message = "the bytes after the last write are not the beginning of another"
        raise JournalError(f"{path}, bytes {end.length:,} to {last:,}: {message}", end.length, last)
    return data


def rest(path: Path, end: End) -> bytes:
    """All bytes after ``end`` in a journal, unchecked."""
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(end.length)
        return file.read()


def _lacking(path: Path, end: End, known: End) -> JournalError:
    """The error for a journal that ends too early."""
    if not path.exists():
        return JournalError(f"{path}, byte 0: is missing; it held {known.writes:,} writes")
    last = end.length + understood(rest(path, end), end.state)
    message = (
        f"{path}, bytes {end.length:,} to {last:,}: write {end.writes + 1:,} is not complete; "
        f"{known.writes:,} were acknowledged, up to byte {known.length:,}"
    )
    return JournalError(message, end.length, last)


def _write(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]

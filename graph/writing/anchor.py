"""The anchor: the acknowledged end of a journal, kept beside it, so that its loss is seen.

Fingerprints chain each write to the one before, and none to the one after: a journal that is cut
where a write ends looks whole. So a file beside it names the end that was acknowledged last. It
has two slots, each in a page of its own; a write fills the older one, so that what a crash tears
is never the end that somebody was told of. After a crash the journal may be ahead of its anchor
by one write, whole or begun, and is never behind.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from missiongraph.errors import JournalError
from missiongraph.system.files import replacing

SLOT = 4096
"""Bytes of a slot: no disk writes less at a time, so the other slot is safe."""

_sync = getattr(os, "fdatasync", os.fsync)  # the size never changes


@dataclass(frozen=True)
class End:
    """The end of a chain: the state there, and how many writes and bytes lead to it.

    ``base`` is the SHA-256 of the first line of the base on which the chain rests.
    """

    state: str
    base: str
    writes: int = 0
    length: int = 0

    def then(self, state: str, length: int) -> End:
        """The end after one more write, of so many bytes."""
        return replace(self, state=state, writes=self.writes + 1, length=self.length + length)


class Anchor:
    """The anchor of a journal that is written to."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("r+b", buffering=0)

    def move(self, end: End) -> None:
        """Name another end; it is on the disk when this returns. Raises :class:`OSError`."""
        self._fill(end.writes % 2, end)

    def take_back(self, end: End) -> None:
        """Name ``end`` again, where the one after it was to be named."""
        self._fill((end.writes + 1) % 2, end)

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _fill(self, slot: int, end: End) -> None:
        written = os.pwrite(self.file.fileno(), _slot(end), slot * SLOT)
        if written != SLOT:
            raise OSError(f"{written} of {SLOT} bytes of the anchor were written")
        _sync(self.file.fileno())


def write(path: Path, end: End) -> None:
    """Make an anchor, whole or not at all."""
    with replacing(path) as file:
        file.write(2 * _slot(end))


def read(path: Path) -> End:
    """The end that an anchor names; raises :class:`JournalError` if there is none to be read."""
    slots = _slots(path)
    ends = [end for end in map(_end, slots) if end]
    if not ends:
        last = sum(map(len, slots))
        raise JournalError(f"{path}, bytes 0 to {last:,}: name no end of a journal", 0, last)
    return max(ends, key=lambda end: end.writes)


def spoilt(path: Path) -> int | None:
    """The byte from which on an anchor is not what was written; nothing if it is all whole.

    One slot of two may be torn by a crash; the other one counts.
    """
    slots = _slots(path)
    whole = [bool(_end(slot)) for slot in slots]
    if whole == [True, True]:
        return None
    return SLOT * [*whole[:2], False].index(False)


def _slots(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[start : start + SLOT] for start in range(0, len(data), SLOT)]


def _slot(end: End) -> bytes:
    """A slot: a line that says what it names, and its SHA-256."""
    said = json.dumps(vars(end))
    line = f"{said} {hashlib.sha256(said.encode()).hexdigest()}"
    return f"{line:{SLOT - 1}}\n".encode()


def _end(slot: bytes) -> End | None:
    """What a slot names; nothing if any byte of it is not what was written."""
    try:
        end = End(**json.loads(slot[: slot.rindex(b"}") + 1]))
    except (ValueError, TypeError):
        return None
    return end if slot == _slot(end) else None

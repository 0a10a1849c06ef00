"""Stores the anchor, which names the acknowledged end of a journal, so that a cut is noticed.

Fingerprints chain each write to the one before, not to the one after: a journal that is cut at the
end of a write looks complete. So a file beside it names the end that was last acknowledged. The
file has two slots, each in a page of its own. A write overwrites the older slot, so a crash never
tears the acknowledged one. After a crash the journal may be ahead of its anchor by one write,
complete or begun, and is never behind.
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
"""Bytes of a slot: disks write no less at a time, so the other slot is safe."""

_sync = getattr(os, "fdatasync", os.fsync)  # the size never changes


@dataclass(frozen=True)
class End:
    """The end of a chain: its state, and the number of writes and bytes up to it.

    ``base`` is the SHA-256 of the header line of the base that the chain begins with.
    """

    state: str
    base: str
    writes: int = 0
    length: int = 0

    def then(self, state: str, length: int) -> End:
        """The end after one more write of ``length`` bytes."""
        return replace(self, state=state, writes=self.writes + 1, length=self.length + length)


class Anchor:
    """The anchor of a journal that is open for writing."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("r+b", buffering=0)

    def move(self, end: End) -> None:
        """Store a new end; it is on disk when this returns. Raises :class:`OSError`."""
        self._fill(end.writes % 2, end)

    def take_back(self, end: End) -> None:
        """Store ``end`` again in place of the one after it, whose write failed."""
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
    """Write an anchor file, completely or not at all."""
    with replacing(path) as file:
        file.write(2 * _slot(end))


def read(path: Path) -> End:
    """The end that an anchor names; raises :class:`JournalError` if neither slot is readable."""
    slots = _slots(path)
    ends = [end for end in map(_end, slots) if end]
    if not ends:
        last = sum(map(len, slots))
        raise JournalError(f"{path}, bytes 0 to {last:,}: name no end of a journal", 0, last)
    return max(ends, key=lambda end: end.writes)


def spoilt(path: Path) -> int | None:
    """The offset of the first damaged slot of an anchor; ``None`` if both are intact.

    A crash may tear one of the two; the other one counts.
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
    """A slot: one line with the end as JSON and the SHA-256 of that."""
    text = json.dumps(vars(end))
    line = f"{text} {hashlib.sha256(text.encode()).hexdigest()}"
    return f"{line:{SLOT - 1}}\n".encode()


def _end(slot: bytes) -> End | None:
    """The end that a slot names; ``None`` if any of its bytes is damaged."""
    try:
        end = End(**json.loads(slot[: slot.rindex(b"}") + 1]))
    except (ValueError, TypeError):
        return None
    return end if slot == _slot(end) else None

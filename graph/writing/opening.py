"""Opening a directory to write to it: all that was acknowledged is there, or nothing is touched.

What a crash has left is put in order, and told on standard error: a whole write that nobody was
told of is kept, the beginning of one is moved to ``unfinished.rdfp``.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from missiongraph.errors import JournalError
from missiongraph.system.files import settle

from . import anchor, directory, journal
from .anchor import End
from .directory import BASE, JOURNAL, State
from .journal import ANCHOR, Journal

UNFINISHED = "unfinished.rdfp"
"""What was taken off the end of the journal, each piece under a comment that says where it was."""

_REMEDY = (
    "No file was changed. Put the right ones back, or restore a backup; `missiongraph verify "
    "--help` says how to take a journal as it stands"
)


def enter(folder: Path) -> tuple[State, Journal]:
    """The state of a directory that is locked, and its journal to go on with.

    Raises :class:`DataError` and :class:`JournalError` for what is not as it was written; then
    every file is left as it was. A directory of version 0.1.0 gets its anchor.
    """
    path = folder / JOURNAL
    try:
        known = directory.acknowledged(folder, directory.read_head(folder / BASE))
        state = directory.replay(folder, known, further=1)
        left = journal.tail(path, state.end)
    except JournalError as error:
        raise JournalError(f"{error}. {_REMEDY}", error.first, error.last) from error
    if left:
        _set_aside(path, state.end, left)
        _tell(folder, f"moved {len(left):,} bytes of an unfinished write to {UNFINISHED}")
    if known != state.end:
        if known:
            _tell(folder, "kept the last write, which is whole, and of which nobody was told")
        else:
            _tell(folder, f"had no anchor; made one for {state.writes:,} writes, whose chain holds")
    if known != state.end or anchor.spoilt(folder / ANCHOR) is not None:
        anchor.write(folder / ANCHOR, state.end)
    return state, Journal(path, state.end, [folder / BASE])


def accept(folder: Path) -> State:
    """Take a journal as it stands: its anchor is made anew, if the chain holds to its last write.

    What stands after that write is moved to ``unfinished.rdfp``, whatever it is. Raises
    :class:`DataError` and :class:`JournalError` as :func:`enter` does.
    """
    path = folder / JOURNAL
    with directory.lock(folder):
        state = directory.replay(folder, None)
        if left := journal.rest(path, state.end):
            _set_aside(path, state.end, left)
            _tell(folder, f"moved {len(left):,} bytes that are no write to {UNFINISHED}")
        anchor.write(folder / ANCHOR, state.end)
    return state


def _set_aside(path: Path, end: End, left: bytes) -> None:
    """Move what stands after ``end`` in a journal to a file beside it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    head = f"# {now}: {len(left)} bytes from byte {end.length} of {path.name}\n"
    with (path.parent / UNFINISHED).open("ab") as file:
        file.write(head.encode() + left + b"\n")
        file.flush()
        os.fsync(file.fileno())
    settle(path.parent)
    with path.open("r+b") as file:
        file.truncate(end.length)
        os.fsync(file.fileno())


def _tell(folder: Path, what: str) -> None:
    print(f"{folder}: {what}", file=sys.stderr)

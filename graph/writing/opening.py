"""Opens a directory for writing and recovers from a crash.

If an acknowledged write is missing, no file is touched. Otherwise a complete write that was never
acknowledged is kept, and the beginning of one is moved to ``unfinished.rdfp``; both are reported
on standard error.
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
"""What was cut from the end of the journal, each piece under a comment with its offset."""

_REMEDY = (
    "No file was changed. Put the right files back or restore a backup; `missiongraph verify "
    "--help` describes how to accept a journal as it is"
)


def enter(folder: Path) -> tuple[State, Journal]:
    """The state of a directory that the caller has locked, and its journal, open for appending.

    Raises :class:`DataError` and :class:`JournalError` for damaged files, and then changes none.
    A directory of version 0.1.0 gets its anchor.
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
        _report(folder, f"moved {len(left):,} bytes of an unfinished write to {UNFINISHED}")
    if known != state.end:
        if known:
            _report(folder, "kept the last write, which is complete but was never acknowledged")
        else:
            message = f"had no anchor; made one for {state.writes:,} writes, whose chain holds"
            _report(folder, message)
    if known != state.end or anchor.spoilt(folder / ANCHOR) is not None:
        anchor.write(folder / ANCHOR, state.end)
    return state, Journal(path, state.end, [folder / BASE])


def accept(folder: Path) -> State:
    """Accept a journal as it is: write a new anchor, if the chain holds up to its last write.

    Any bytes after that write are moved to ``unfinished.rdfp``. Raises :class:`DataError` and
    :class:`JournalError` as :func:`enter` does.
    """
    path = folder / JOURNAL
    with directory.lock(folder):
        state = directory.replay(folder, None)
        if left := journal.rest(path, state.end):
            _set_aside(path, state.end, left)
            _report(folder, f"moved {len(left):,} bytes that are no write to {UNFINISHED}")
        anchor.write(folder / ANCHOR, state.end)
    return state


def _set_aside(path: Path, end: End, left: bytes) -> None:
    """Move the bytes after ``end`` in a journal to a file beside it."""
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


def _report(folder: Path, message: str) -> None:
    print(f"{folder}: {message}", file=sys.stderr)

"""The directory of a graph that takes writes: a base, and the journal of what came after.

``base.nq`` holds the quads that the graph began with, sorted, under one comment line that
names its fingerprint; ``journal.rdfp`` holds the writes, and ``anchor`` says how many of them
were acknowledged. ``lock`` lets one process write.

Nothing that is cut, changed, swapped or missing here goes unseen, but for one: an older copy of
the whole directory, anchor and all, is what it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from missiongraph.errors import DataError, JournalError
from missiongraph.rdf.changes import apply
from missiongraph.rdf.store import merge

from . import anchor, journal
from .anchor import End
from .base_file import Head, check_base, content, dump, read_head
from .graph_versions import Versions
from .journal import ANCHOR

BASE, JOURNAL, LOCK = "base.nq", "journal.rdfp", "lock"

__all__ = [
    "BASE",
    "JOURNAL",
    "Head",
    "State",
    "backup",
    "check_base",
    "create",
    "dump",
    "empty",
    "load",
    "lock",
    "named",
    "read_head",
    "restore",
    "verify",
]
_PATIENCE = 2.0  # seconds in which a server that was stopped, or killed, lets go


@dataclass(frozen=True)
class State:
    """A graph as a directory holds it, and where the chain of its writes ends."""

    store: ox.Store
    merged: bool
    end: End
    versions: Versions
    written: str = ""
    """When the last write was made (UTC, ISO 8601); empty before the first."""

    @property
    def fingerprint(self) -> str:
        """Names the state."""
        return self.end.state

    @property
    def writes(self) -> int:
        """How many there were since the base."""
        return self.end.writes


def create(
    folder: Path,
    quads: Iterable[ox.Quad],
    *,
    merged: bool,
    fingerprint: str = "",
    empty: Sequence[str] = (),
) -> Head:
    """Begin a directory with these quads; raises :class:`DataError` if there is one already.

    Those of a ``merged`` graph are all in named graphs. A failure leaves nothing behind.
    """
    if (folder / BASE).exists():
        raise DataError(f"{folder}: holds a graph already")
    for name in (JOURNAL, ANCHOR):
        if (folder / name).exists():
            message = f"{folder}: {BASE} is missing, on which its {name} rests"
            raise DataError(f"{message}; put it back, or begin in another directory")
    made = not folder.exists()
    base = folder / BASE
    try:
        head = dump(base, quads, merged=merged, fingerprint=fingerprint, empty=empty, anchored=True)
        anchor.write(folder / ANCHOR, head.end())
    except BaseException:
        with suppress(OSError):
            base.unlink(missing_ok=True)
            if made:
                folder.rmdir()
        raise
    return head


def load(folder: Path, further: int = 0) -> State:
    """The state of a directory: the base with the writes that were acknowledged.

    So many ``further`` ones are taken in, too, if they are whole. Of a directory without an
    anchor (:class:`Head`) all whole writes are. Raises :class:`DataError` and
    :class:`JournalError` for what is not as it was written.
    """
    return replay(folder, acknowledged(folder, read_head(folder / BASE)), further)


def replay(folder: Path, known: End | None, further: int = 0) -> State:
    """The base with the writes up to a ``known`` end and so many further ones; or with all."""
    head = check_base(folder / BASE)
    store = ox.Store()
    store.bulk_extend(content(folder / BASE))
    for graph in head.empty:
        store.add_graph(ox.NamedNode(graph))
    if head.merged:
        merge(store)
    path, end, written = folder / JOURNAL, head.end(), ""
    versions = Versions(head.fingerprint)
    entries = journal.read_to(path, end, known, further) if known else journal.read(path, end.state)
    for entry in entries:
        apply(store, entry.change, merged=head.merged)
        end, written = end.then(entry.after, entry.length), entry.when
        versions.note(entry.change, entry.after)
    return State(store, head.merged, end, versions, written)


def acknowledged(folder: Path, head: Head) -> End | None:
    """Where the writes of a directory end; nothing if it never had an anchor.

    Raises :class:`JournalError` if the anchor is lost and :class:`DataError` if it is another's.
    """
    path = folder / ANCHOR
    if not path.exists():
        if head.anchored:
            message = "is missing, so there is no telling whether the journal is whole"
            raise JournalError(f"{path}, byte 0: {message}")
        return None
    known = anchor.read(path)
    if known.base != head.end().base:
        raise DataError(f"{folder / BASE}, byte 0: is not the base that {path.name} names")
    return known


def named(state: State) -> Iterator[ox.Quad]:
    """The quads that make a state, without a default graph that follows from them."""
    for quad in state.store:
        if not (state.merged and isinstance(quad.graph_name, ox.DefaultGraph)):
            yield quad


def empty(state: State) -> list[str]:
    """The named graphs of a state that have no quads."""
    named = (graph for graph in state.store.named_graphs() if isinstance(graph, ox.NamedNode))
    return sorted(
        graph.value
        for graph in named
        if not any(state.store.quads_for_pattern(None, None, None, graph))
    )


def lock(folder: Path) -> BinaryIO:
    """Keep other writers out as long as the file that comes back is open.

    One that is about to end is waited for. Raises :class:`DataError` if it goes on.
    """
    import fcntl  # POSIX only, as are the processes that write

    file = (folder / LOCK).open("wb")
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError as error:
            if time.monotonic() > until:
                file.close()
                message = f"{folder}: another server writes there; stop it first"
                raise DataError(message) from error
            time.sleep(_PATIENCE / 40)


def backup(folder: Path, target: Path) -> Head:
    """Write the state of a directory, also of one in use, as one file; ``.gz`` packs it."""
    state = load(folder)
    return dump(
        target,
        named(state),
        merged=state.merged,
        fingerprint=state.fingerprint,
        empty=empty(state),
    )


def restore(source: Path, folder: Path) -> Head:
    """Make a new directory from a backup; nothing stays behind of one that is damaged."""
    head = check_base(source)
    return create(
        folder,
        content(source),
        merged=head.merged,
        fingerprint=head.fingerprint,
        empty=head.empty,
    )


def verify(folder: Path) -> State:
    """Recount the base, follow the chain of the journal to its end and look at every byte after it.

    While a server writes there, at what it has acknowledged. Raises :class:`DataError` and
    :class:`JournalError` for the first that is wrong.
    """
    if _is_served(folder):
        return load(folder)
    state = load(folder, further=1)
    if left := journal.tail(folder / JOURNAL, state.end):
        first, last = state.end.length, state.end.length + len(left)
        message = (
            f"{folder / JOURNAL}, bytes {first:,} to {last:,}: a write that was never finished"
        )
        raise JournalError(f"{message}; the next `serve` sets it aside", first, last)
    path = folder / ANCHOR
    if is_anchored(folder) and (byte := anchor.spoilt(path)) is not None:
        last = byte + anchor.SLOT - 1
        message = f"{path}, bytes {byte:,} to {last:,}: are not what was written"
        raise JournalError(f"{message}; the next `serve` mends it", byte, last)
    return state


def is_anchored(folder: Path) -> bool:
    """Whether the end of the journal is known; not before a directory of 0.1.0 is served anew."""
    return (folder / ANCHOR).exists()


def _is_served(folder: Path) -> bool:
    """Whether a server writes there."""
    import fcntl

    try:
        with (folder / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False

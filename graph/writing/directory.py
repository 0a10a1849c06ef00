"""Manages the directory of a writable graph: a base, and the journal of later writes.

``base.nq`` holds the quads that the graph began with, sorted, under a header line with its
fingerprint; ``journal.rdfp`` holds the writes, and ``anchor`` records how many of them were
acknowledged. ``lock`` admits one writing process at a time.

Anything that is cut, changed, swapped or missing here is detected, with one exception: an older
copy of the whole directory, including the anchor, is valid.
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
_PATIENCE = 2.0  # seconds in which a server that was stopped or killed releases the lock


@dataclass(frozen=True)
class State:
    """The graph stored in a directory, and the end of the chain of its writes."""

    store: ox.Store
    merged: bool
    end: End
    versions: Versions
    written: str = ""
    """Time of the last write (UTC, ISO 8601); empty before the first."""
    rules: str = ""
    """The fingerprint of the rules whose derived statements are up to date; empty for none."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the state."""
        return self.end.state

    @property
    def writes(self) -> int:
        """The number of writes since the base."""
        return self.end.writes


def create(
    folder: Path,
    quads: Iterable[ox.Quad],
    *,
    merged: bool,
    fingerprint: str = "",
    empty: Sequence[str] = (),
    rules: str = "",
) -> Head:
    """Create the files of a directory; raises :class:`DataError` if it holds a graph already.

    The quads of a ``merged`` graph are all in named graphs. ``rules`` is as in :class:`Head`. A
    failure leaves no files behind.
    """
    if (folder / BASE).exists():
        raise DataError(f"{folder}: holds a graph already")
    for name in (JOURNAL, ANCHOR):
        if (folder / name).exists():
            message = f"{folder}: has a file {name} but no {BASE}"
            raise DataError(f"{message}; put {BASE} back, or use another directory")
    created = not folder.exists()
    base = folder / BASE
    try:
        head = dump(
            base,
            quads,
            merged=merged,
            fingerprint=fingerprint,
            empty=empty,
            anchored=True,
            rules=rules,
        )
        anchor.write(folder / ANCHOR, head.end())
    except BaseException:
        with suppress(OSError):
            base.unlink(missing_ok=True)
            if created:
                folder.rmdir()
        raise
    return head


def load(folder: Path, further: int = 0) -> State:
    """The state of a directory: the base with the acknowledged writes.

    Up to ``further`` complete writes after those are included; in a directory without an anchor
    (:class:`Head`), all complete writes are. Raises :class:`DataError` and :class:`JournalError`
    for damaged files.
    """
    return replay(folder, acknowledged(folder, read_head(folder / BASE)), further)


def replay(folder: Path, known: End | None, further: int = 0) -> State:
    """The base with the writes up to ``known`` (all if ``None``) and up to ``further`` more."""
    head = check_base(folder / BASE)
    store = ox.Store()
    store.bulk_extend(content(folder / BASE))
    for graph in head.empty:
        store.add_graph(ox.NamedNode(graph))
    if head.merged:
        merge(store)
    path, end, written, rules = folder / JOURNAL, head.end(), "", head.rules
    versions = Versions(head.fingerprint)
    entries = journal.read_to(path, end, known, further) if known else journal.read(path, end.state)
    for entry in entries:
        apply(store, entry.change, merged=head.merged)
        end, written = end.then(entry.after, entry.length), entry.when
        rules = entry.rules
        versions.note(entry.change, entry.after)
    return State(store, head.merged, end, versions, written, rules)


def acknowledged(folder: Path, head: Head) -> End | None:
    """The acknowledged end of the writes in a directory; ``None`` if it never had an anchor.

    Raises :class:`JournalError` if the anchor is lost, :class:`DataError` if it belongs to another
    base.
    """
    path = folder / ANCHOR
    if not path.exists():
        if head.anchored:
            message = "is missing, so the journal cannot be checked for completeness"
            raise JournalError(f"{path}, byte 0: {message}")
        return None
    known = anchor.read(path)
    if known.base != head.end().base:
        raise DataError(f"{folder / BASE}, byte 0: is not the base that its {path.name} names")
    return known


def named(state: State) -> Iterator[ox.Quad]:
    """The quads of a state, without those of a default graph that merges named graphs."""
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
    """Lock out other writers as long as the returned file is open.

    Waits two seconds for a writer that is about to exit, then raises :class:`DataError`.
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
    """Write the state of a directory, also one in use, to one file; ``.gz`` compresses it."""
    state = load(folder)
    return dump(
        target,
        named(state),
        merged=state.merged,
        fingerprint=state.fingerprint,
        empty=empty(state),
        rules=state.rules,
    )


def restore(source: Path, folder: Path) -> Head:
    """Create a directory from a backup; raises :class:`DataError` for a damaged one."""
    head = check_base(source)
    return create(
        folder,
        content(source),
        merged=head.merged,
        fingerprint=head.fingerprint,
        empty=head.empty,
        rules=head.rules,
    )


def verify(folder: Path) -> State:
    """Check the base, the chain of the journal and every byte after its end.

    While a server writes there, only acknowledged writes are checked. Raises :class:`DataError`
    and :class:`JournalError` at the first fault.
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
        message = f"{path}, bytes {byte:,} to {last:,}: are damaged"
        raise JournalError(f"{message}; the next `serve` repairs them", byte, last)
    return state


def is_anchored(folder: Path) -> bool:
    """Whether there is an anchor; a directory of version 0.1.0 gets one when it is served again."""
    return (folder / ANCHOR).exists()


def _is_served(folder: Path) -> bool:
    """Whether a server holds the lock."""
    import fcntl

    try:
        with (folder / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False

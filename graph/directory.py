"""The directory of a graph that takes writes: a base, and the journal of what came after.

``base.nq`` holds the quads that the graph began with, sorted, under one comment line that
names its fingerprint; ``journal.rdfp`` holds the writes. ``lock`` lets one process write.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from . import journal
from .change import apply
from .errors import DataError
from .files import replacing
from .store import merge
from .versions import Versions

BASE, JOURNAL, LOCK = "base.nq", "journal.rdfp", "lock"
_MARK = b"# missiongraph "
_PATIENCE = 2.0  # seconds in which a server that was stopped, or killed, lets go
_UNREADABLE = (OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class Head:
    """What a base says of itself: its state, the SHA-256 and number of its lines, its kind.

    ``merged`` is whether the default graph is the set of all named graphs; ``empty`` are the
    named graphs without quads.
    """

    fingerprint: str
    sha256: str
    quads: int
    merged: bool
    empty: Sequence[str] = ()

    def line(self) -> bytes:
        """The comment that stands first in the file."""
        return _MARK + json.dumps(vars(self)).encode() + b"\n"


@dataclass(frozen=True)
class State:
    """A graph as a directory holds it."""

    store: ox.Store
    fingerprint: str
    merged: bool
    writes: int
    versions: Versions
    written: str = ""
    """When the last write was made (UTC, ISO 8601); empty before the first."""


def create(
    folder: Path,
    quads: Iterable[ox.Quad],
    *,
    merged: bool,
    fingerprint: str = "",
    empty: Sequence[str] = (),
) -> Head:
    """Begin a directory with ``quads``; raises :class:`DataError` if there is one already.

    Those of a ``merged`` graph are all in named graphs. A failure leaves nothing behind.
    """
    if (folder / BASE).exists():
        raise DataError(f"{folder}: holds a graph already")
    made = not folder.exists()
    try:
        return dump(folder / BASE, quads, merged=merged, fingerprint=fingerprint, empty=empty)
    except BaseException:
        if made and folder.exists():
            folder.rmdir()
        raise


def dump(
    path: Path,
    quads: Iterable[ox.Quad],
    *,
    merged: bool,
    fingerprint: str = "",
    empty: Sequence[str] = (),
) -> Head:
    """Write quads as a base, whole or not at all, and tell what it says of itself."""
    data = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    lines = sorted(set(data.splitlines(keepends=True)))
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    head = Head(fingerprint or digest, digest, len(lines), merged, empty)
    with replacing(path) as file:
        file.write(head.line())
        file.writelines(lines)
    return head


def load(folder: Path) -> State:
    """The state of a directory: the base with every write of the journal."""
    head = read_head(folder / BASE)
    store = ox.Store()
    store.bulk_extend(_parsed(folder / BASE))
    for graph in head.empty:
        store.add_graph(ox.NamedNode(graph))
    if head.merged:
        merge(store)
    fingerprint, writes, written = head.fingerprint, 0, ""
    versions = Versions(head.fingerprint)
    for entry in journal.read(folder / JOURNAL, head.fingerprint):
        apply(store, entry.change, merged=head.merged)
        fingerprint, writes, written = entry.after, writes + 1, entry.when
        versions.note(entry.change, entry.after)
    return State(store, fingerprint, head.merged, writes, versions, written)


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


def read_head(path: Path) -> Head:
    """What a base or backup says of itself; raises :class:`DataError` if it is none."""
    try:
        with _opened(path) as file:
            line = file.readline()
        if not line.startswith(_MARK):
            raise ValueError("its first line names no fingerprint")
        return Head(**json.loads(line.removeprefix(_MARK)))
    except (*_UNREADABLE, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: is no graph of a server: {reason}") from error


def check_base(path: Path) -> Head:
    """Recount a base or backup; raises :class:`DataError` unless it is as it was written."""
    head = read_head(path)
    digest, count = hashlib.sha256(), 0
    try:
        with _opened(path) as file:
            file.readline()
            for line in file:
                digest.update(line)
                count += 1
    except _UNREADABLE as error:
        raise DataError(f"{path}: cannot be read to its end: {error}") from error
    if (digest.hexdigest(), count) != (head.sha256, head.quads):
        raise DataError(f"{path}: has changed since it was written ({count:,} quads)")
    return head


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
        _parsed(source),
        merged=head.merged,
        fingerprint=head.fingerprint,
        empty=head.empty,
    )


def verify(folder: Path) -> State:
    """Recount the base and follow the chain of the journal; raises what is wrong."""
    check_base(folder / BASE)
    return load(folder)


def _parsed(path: Path) -> Iterator[ox.Quad]:
    """The quads of a base; blank nodes keep their names, which the journal refers to."""
    with _opened(path) as file:
        try:
            yield from ox.parse(file, ox.RdfFormat.N_QUADS)
        except SyntaxError as error:
            raise DataError(f"{path}: {error.msg}") from error


def _opened(path: Path) -> BinaryIO:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]

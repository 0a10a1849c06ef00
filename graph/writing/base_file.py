"""Reads and writes the base of a graph on disk: sorted N-Quads under a header line.

Backups have the same format, compressed if their name ends in ``.gz``.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyoxigraph as ox

from missiongraph.errors import DataError
from missiongraph.system.files import replacing

from .anchor import End

_MARK = b"# missiongraph "
_UNREADABLE = (OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class Head:
    """The header of a base: its state, and the SHA-256 and number of its lines.

    ``merged`` is whether the default graph is the union of all named graphs; ``empty`` are the
    named graphs without quads. An ``anchored`` base has an anchor beside it. Bases of version
    0.1.0 get one when a later version opens them; backups need none. ``rules`` is the fingerprint
    of the rules whose derived statements are up to date in it; empty if they may not be.
    """

    fingerprint: str
    sha256: str
    quads: int
    merged: bool
    empty: Sequence[str] = ()
    anchored: bool = False
    rules: str = ""

    def line(self) -> bytes:
        """The header as the comment on the first line of the file."""
        later = {"anchored", "rules"}  # than version 0.1.0, and only written if there is need
        fields = {name: value for name, value in vars(self).items() if name not in later or value}
        return _MARK + json.dumps(fields).encode() + b"\n"

    def end(self) -> End:
        """The end of the chain before any write."""
        return End(self.fingerprint, hashlib.sha256(self.line()).hexdigest())


def dump(
    path: Path,
    quads: Iterable[ox.Quad],
    *,
    merged: bool,
    fingerprint: str = "",
    empty: Sequence[str] = (),
    anchored: bool = False,
    rules: str = "",
) -> Head:
    """Write quads as a base, completely or not at all, and return its header."""
    data = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    lines = sorted(set(data.splitlines(keepends=True)))
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    head = Head(fingerprint or digest, digest, len(lines), merged, empty, anchored, rules)
    with replacing(path) as file:
        file.write(head.line())
        file.writelines(lines)
    return head


def read_head(path: Path) -> Head:
    """The header of a base or backup; raises :class:`DataError` if the file is neither."""
    try:
        with _opened(path) as file:
            line = file.readline()
        if not line.startswith(_MARK):
            raise ValueError("its first line names no fingerprint")
        head = Head(**json.loads(line.removeprefix(_MARK)))
        if head.line() != line:
            raise ValueError("its first line has been altered")
    except (*_UNREADABLE, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: is not a graph written by a server: {reason}") from error
    return head


def check_base(path: Path) -> Head:
    """Check a base or backup against its header; raises :class:`DataError` if they differ."""
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


def content(path: Path) -> Iterator[ox.Quad]:
    """The quads of a base or backup; blank nodes keep their labels, which the journal refers to."""
    with _opened(path) as file:
        try:
            yield from ox.parse(file, ox.RdfFormat.N_QUADS)
        except SyntaxError as error:
            raise DataError(f"{path}: {error.msg}") from error


def _opened(path: Path) -> BinaryIO:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]

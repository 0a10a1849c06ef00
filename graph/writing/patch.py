"""Formats, parses and checks one write as an RDF Patch (https://afs.github.io/rdf-patch/).

A patch is lines of UTF-8: headers, ``TX .``, the removed and added quads in N-Quads, ``TC .``. Its
first header, ``id``, names the state after the write: the SHA-256 of the state before it and of all
other lines of the patch.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import pyoxigraph as ox

from missiongraph.errors import JournalError
from missiongraph.rdf.changes import Change

_SCHEME = "urn:sha256:"
_BEGIN, COMMIT = b"TX .\n", b"TC .\n"
_ID, _PREV = f"H id <{_SCHEME}".encode(), f"H prev <{_SCHEME}".encode()
_HEADERS = (b'H time "', b'H who "', b'H what "')
_OPTIONS = (b'H rules "', b"H created <", b"H dropped <", _BEGIN)
_BODY = (b"D ", b"A ", COMMIT)
_END = b" .\n"
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")  # our N-Quads escape these


@dataclass(frozen=True)
class Entry:
    """One write: author, time (UTC, ISO 8601), kind, fingerprints before and after, and change.

    ``length`` is the size of its patch in bytes. ``rules`` is the fingerprint of the rules whose
    derived statements are up to date after it; empty if they may not be.
    """

    who: str
    when: str
    what: str
    before: str
    after: str
    length: int
    change: Change = field(repr=False)
    rules: str = ""


@dataclass(frozen=True)
class Patch:
    """A patch in a file, with the number of its first line and the offset of its first byte."""

    path: Path
    line: int
    start: int
    lines: Sequence[bytes]

    @property
    def end(self) -> int:
        """The offset of the byte after the patch."""
        return self.start + sum(map(len, self.lines))

    def fault(self, reason: str, before: str = "") -> JournalError:
        """The error for a damaged patch that should follow the state ``before``."""
        whole = b"".join(self.lines)
        last = self.start + min(understood(whole, before), len(whole) - 1)
        message = f"{self.path}, line {self.line}: {reason} (bytes {self.start:,} to {last:,})"
        return JournalError(message, self.start, last)


def written(
    before: str, change: Change, *, who: str, what: str, rules: str = ""
) -> tuple[str, bytes]:
    """The fingerprint after a change to the state ``before``, and its patch, dated now."""
    lines = [*_headers(before, who, what, rules), *_lines(change)]
    after = _chain(before, lines)
    return after, b"".join([_named(after), *lines])


def linked(path: Path, before: str = "") -> Iterator[Patch]:
    """The complete patches of a file, each checked to follow from the one before it.

    The first must follow from ``before``, unless that is empty. Bytes after the last ``TC`` are
    ignored. Raises :class:`JournalError` at the first patch that is damaged or out of order.
    """
    for patch in _patches(path):
        named, rests, *_ = [*patch.lines, b"", b""]
        state = rests.removeprefix(_PREV).partition(b">")[0].decode("ascii", "replace")
        after = _chain(state, patch.lines[1:])
        if named != _named(after):
            raise patch.fault("the patch has been altered", before or state)
        if state != (before or state):
            raise patch.fault(f"does not follow from the state {before}", before)
        before = after
        yield patch


def entry(patch: Patch) -> Entry:
    """Parse a patch; raises :class:`JournalError` if it is malformed."""
    before = ""
    try:
        headers, created, dropped = _read_headers(patch.lines)
        body = patch.lines[patch.lines.index(_BEGIN) + 1 : -1]
        change = Change(_quads(body, b"D "), _quads(body, b"A "), created, dropped)
        before, after = (headers[name].removeprefix(_SCHEME) for name in ("prev", "id"))
        who, when, what = (headers[name] for name in ("who", "time", "what"))
        rules = headers.get("rules", "")
    except (KeyError, ValueError, SyntaxError) as error:
        raise patch.fault(f"is not a patch: {error}", before) from error
    return Entry(who, when, what, before, after, patch.end - patch.start, change, rules)


def understood(data: bytes, before: str) -> int:
    """How many bytes of ``data`` could be the beginning of a patch that follows ``before``."""
    place, body = 0, False
    prev = _PREV + before.encode() + b"> .\n"
    first = [(_ID,), (prev,), *((header,) for header in _HEADERS)]
    for number, line in enumerate(_LINE.findall(data)):
        heads = first[number] if number < len(first) else _BODY if body else _OPTIONS
        fits = _fitting(line, heads)
        place += fits
        if fits < len(line) or line == COMMIT:
            break
        body |= line == _BEGIN
    return place


def _fitting(line: bytes, heads: Sequence[bytes]) -> int:
    """How many bytes of ``line`` could begin a valid line that starts with one of ``heads``."""
    if not any(line.startswith(head) or head.startswith(line) for head in heads):
        return max(_alike(line, head) for head in heads)
    if odd := _CONTROL.search(line.removesuffix(b"\n")):
        return odd.start()
    if line.endswith(b"\n") and not line.endswith(_END):
        return len(line) - 1
    return len(line)


def _alike(line: bytes, head: bytes) -> int:
    """The length of the common prefix."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(line, head, strict=False)))


def _named(after: str) -> bytes:
    """The first line of a patch."""
    return _ID + f"{after}> .\n".encode()


def _headers(before: str, who: str, what: str, rules: str) -> Iterator[bytes]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    yield _PREV + f"{before}> .\n".encode()
    for header, value in zip(_HEADERS, (now, who, what), strict=True):
        yield header.removesuffix(b'"') + f"{ox.Literal(value)} .\n".encode()
    if rules:
        yield f'H rules "{rules}" .\n'.encode()


def _lines(change: Change) -> Iterator[bytes]:
    """The lines of a change; graphs that are created or dropped are headers."""
    for graph in change.created:
        yield f"H created {graph} .\n".encode()
    for graph in change.dropped:
        yield f"H dropped {graph} .\n".encode()
    yield _BEGIN
    yield from (b"D " + line for line in _n_quads(change.removed))
    yield from (b"A " + line for line in _n_quads(change.added))
    yield COMMIT


def _n_quads(quads: Iterable[ox.Quad]) -> list[bytes]:
    data = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    return sorted(data.splitlines(keepends=True))


def _chain(before: str, lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256(before.encode() + b"\n")
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def _patches(path: Path) -> Iterator[Patch]:
    """The patches of a file, split at each ``TC``."""
    if not path.exists():
        return
    with path.open("rb") as file:
        first, start, lines = 1, 0, list[bytes]()
        for number, line in enumerate(file, 1):
            lines.append(line)
            if line == COMMIT:
                yield (patch := Patch(path, first, start, lines))
                first, start, lines = number + 1, patch.end, []


def _read_headers(
    lines: Sequence[bytes],
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


def _quads(body: Sequence[bytes], mark: bytes) -> tuple[ox.Quad, ...]:
    data = b"".join(line[2:] for line in body if line.startswith(mark))
    return tuple(ox.parse(data, ox.RdfFormat.N_QUADS))

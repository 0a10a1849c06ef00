"""Writes results as valid CSV (SPARQL 1.1 Results CSV and TSV, section 3.2).

The engine's CSV is fast but does not quote IRIs, which may hold commas. So its rows are checked as
they pass; where one has too many cells, the rows are written by this module instead, some four
times as slowly.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.errors import NotAcceptable

_HELD = 16 * 1024 * 1024  # the most bytes buffered while waiting for the end of a row
_BATCH = 500
_QUOTED = re.compile(rb'"[^"]*"')
_SPECIAL = re.compile('[",\r\n]')


def write_csv(
    rows: ox.QuerySolutions, again: Callable[[], ox.QuerySolutions], output: BinaryIO
) -> None:
    """Write ``rows`` as CSV; ``again`` runs the query once more if the engine's CSV is invalid.

    Raises :class:`NotAcceptable` if the second run gives another order and rows are sent already.
    """
    checked = _Checked(output, len(rows.variables))
    try:
        rows.serialize(cast(Any, checked), format=ox.QueryResultsFormat.CSV)
        checked.finish()
    except _Ragged:
        rest = _Rest(output, checked.passed, checked.digest.digest())
        _write(again(), rest)
        rest.finish()


class _Ragged(Exception):
    """A row with more cells than there are columns."""


class _Checked:
    """A file that passes on complete rows with as many cells as there are columns.

    Raises :class:`_Ragged` for any other row.
    """

    def __init__(self, output: BinaryIO, columns: int) -> None:
        self.passed, self.digest = 0, hashlib.sha256()
        self._output = output
        self._commas = columns - 1  # of each row
        self._held: list[bytes] = []
        self._size = self._quotes = 0

    def write(self, data: bytes) -> int:
        """Pass on complete rows; a line break within quotes does not end a row."""
        end = data.rfind(b"\n") + 1
        if end and (self._quotes + data.count(b'"', 0, end)) % 2 == 0:
            self._pass(b"".join([*self._held, data[:end]]))
            self._held, self._size, self._quotes = [], 0, 0
            rest = data[end:]
        else:
            rest = data
        self._held.append(rest)
        self._size += len(rest)
        self._quotes += rest.count(b'"')
        if self._size > _HELD:
            raise _Ragged
        return len(data)

    def flush(self) -> None:
        """Do nothing; rows are passed on when they are complete."""

    def finish(self) -> None:
        """Raise unless the last row was complete."""
        if self._size:
            raise _Ragged

    def _pass(self, rows: bytes) -> None:
        """Pass on rows if valid: no row has too few commas, so their total shows any excess."""
        bare = _QUOTED.sub(b"", rows)
        if self._commas >= 0 and bare.count(b",") != bare.count(b"\n") * self._commas:
            raise _Ragged
        self._output.write(rows)
        self.passed += len(rows)
        self.digest.update(rows)


class _Rest:
    """A file that skips the bytes that were sent before, if they are equal, and sends the rest."""

    def __init__(self, output: BinaryIO, left: int, digest: bytes) -> None:
        self._output, self._left, self._wanted = output, left, digest
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Skip what was sent, and pass on the rest."""
        before, rest = data[: self._left], data[self._left :]
        self._digest.update(before)
        self._left -= len(before)
        if rest:
            self.finish()
            self._output.write(rest)

    def finish(self) -> None:
        """Raise :class:`NotAcceptable` if the bytes sent before were different."""
        if self._left or self._digest.digest() != self._wanted:
            raise NotAcceptable(
                "the rows hold IRIs with commas and their order changes from run to run, so they"
                " cannot be written as CSV: add ORDER BY, or ask for TSV or JSON"
            )


def _write(rows: ox.QuerySolutions, output: _Rest) -> None:
    lines = [",".join(variable.value for variable in rows.variables)]
    for row in rows:
        lines.append(",".join([_quoted(_text(term)) for term in row]))
        if len(lines) > _BATCH:
            output.write("".join(f"{line}\r\n" for line in lines).encode())
            lines = []
    output.write("".join(f"{line}\r\n" for line in lines).encode())


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _SPECIAL.search(text) else text


def _text(term: Any) -> str:
    """A term's text without quotes or brackets, as the engine writes it."""
    if term is None:
        return ""
    if isinstance(term, ox.Triple):
        return " ".join(map(_text, term))
    return str(term) if isinstance(term, ox.BlankNode) else str(term.value)

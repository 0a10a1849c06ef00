"""CSV of results in which every row has its cells (SPARQL 1.1 Results CSV and TSV, section 3.2).

The engine is quick and puts no quotes around IRIs, which may hold commas. So its rows are looked
at as they pass, and where one does not fit, all are written here, some four times as slowly.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.errors import NotAcceptable

_HELD = 16 * 1024 * 1024  # bytes of a row that are waited for
_BATCH = 500
_QUOTED = re.compile(rb'"[^"]*"')
_SPECIAL = re.compile('[",\r\n]')


def write_csv(
    found: ox.QuerySolutions, again: Callable[[], ox.QuerySolutions], output: BinaryIO
) -> None:
    """Write the rows of ``found``, which ``again`` finds once more if need be.

    Raises :class:`NotAcceptable` if rows do not come in the same order twice, and some have left.
    """
    checked = _Checked(output, len(found.variables))
    try:
        found.serialize(cast(Any, checked), format=ox.QueryResultsFormat.CSV)
        checked.finish()
    except _Ragged:
        rest = _Rest(output, checked.passed, checked.digest.digest())
        _write(again(), rest)
        rest.finish()


class _Ragged(Exception):
    """A row with more cells than there are columns."""


class _Checked:
    """A file that passes on whole rows with as many cells as there are columns."""

    def __init__(self, output: BinaryIO, columns: int) -> None:
        self.passed, self.digest = 0, hashlib.sha256()
        self._output = output
        self._commas = columns - 1  # of each row
        self._held: list[bytes] = []
        self._size = self._quotes = 0

    def write(self, data: bytes) -> int:
        """Pass on the rows that are whole; a line that ends within quotes ends no row."""
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
        """Rows leave when they are whole."""

    def finish(self) -> None:
        """Raise unless the last row was whole."""
        if self._size:
            raise _Ragged

    def _pass(self, rows: bytes) -> None:
        """Each row has as many commas as it must, so if all have no more together, all fit."""
        bare = _QUOTED.sub(b"", rows)
        if self._commas >= 0 and bare.count(b",") != bare.count(b"\n") * self._commas:
            raise _Ragged
        self._output.write(rows)
        self.passed += len(rows)
        self.digest.update(rows)


class _Rest:
    """A file that passes on what follows the bytes that have left before, if these are the same."""

    def __init__(self, output: BinaryIO, left: int, digest: bytes) -> None:
        self._output, self._left, self._wanted = output, left, digest
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Leave out what has left, and pass on the rest."""
        before, rest = data[: self._left], data[self._left :]
        self._digest.update(before)
        self._left -= len(before)
        if rest:
            self.finish()
            self._output.write(rest)

    def finish(self) -> None:
        """Raise :class:`NotAcceptable` if something else has left before."""
        if self._left or self._digest.digest() != self._wanted:
            raise NotAcceptable(
                "the rows hold IRIs with commas and come in another order each time, so that they"
                " cannot be written as CSV: add ORDER BY, or ask for TSV or JSON"
            )


def _write(found: ox.QuerySolutions, output: _Rest) -> None:
    rows = [",".join(variable.value for variable in found.variables)]
    for solution in found:
        rows.append(",".join([_quoted(_text(term)) for term in solution]))
        if len(rows) > _BATCH:
            output.write("".join(f"{row}\r\n" for row in rows).encode())
            rows = []
    output.write("".join(f"{row}\r\n" for row in rows).encode())


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if _SPECIAL.search(text) else text


def _text(term: Any) -> str:
    """A term's bare text, as the engine has it."""
    if term is None:
        return ""
    if isinstance(term, ox.Triple):
        return " ".join(map(_text, term))
    return str(term) if isinstance(term, ox.BlankNode) else str(term.value)

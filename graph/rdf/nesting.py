"""Stops the parser before nested triple terms are so deep that Oxigraph would crash.

The depth is counted while a document is read: ``<<(`` opens a term, ``)>>`` closes it. Such
characters in literals count as well; no real document has many of them.
"""

from __future__ import annotations

from io import RawIOBase
from typing import BinaryIO

__all__ = ["DEEPEST", "Watched", "depth"]

DEEPEST = 5_000
"""The deepest nesting of triple terms that is allowed; Oxigraph takes more than 10,000."""

_BEGIN, _END = b"<<(", b")>>"


class Watched(RawIOBase):
    """A file for the parser; reading raises :class:`SyntaxError` where nesting is too deep."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._open = 0

    def readable(self) -> bool:
        """Always true."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most ``size``; empty at the end."""
        data = self._file.read(size)
        self._open = depth(data, self._open)
        return data


def depth(data: bytes, before: int = 0) -> int:
    """How many triple terms are open after ``data``, of which ``before`` were open already.

    Raises :class:`SyntaxError` above :data:`DEEPEST`.
    """
    if _BEGIN not in data:
        return max(before - data.count(_END), 0)
    first, *others = data.split(_END)
    before += first.count(_BEGIN)
    for part in others:
        _check(before)
        before = max(before - 1, 0) + part.count(_BEGIN)
    _check(before)
    return before


def _check(opened: int) -> None:
    if opened > DEEPEST:
        raise SyntaxError(f"triple terms are nested more than {DEEPEST:,} deep")

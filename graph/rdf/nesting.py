"""Nesting: triple terms in triple terms, deeper than Oxigraph's parser can go without a crash.

A document is watched while it is read. Each term that is open has begun with ``<<(`` and not ended
with ``)>>``; text that looks so in literals counts as well, which no document has much of.
"""

from __future__ import annotations

from io import RawIOBase
from typing import BinaryIO

__all__ = ["DEEPEST", "Watched", "depth"]

DEEPEST = 5_000
"""Triple terms that may be open at the same time; Oxigraph takes more than 10,000."""

_BEGIN, _END = b"<<(", b")>>"


class Watched(RawIOBase):
    """A file for the parser, which is stopped by :class:`SyntaxError` before it goes too deep."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._open = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """What comes next."""
        data = self._file.read(size)
        self._open = depth(data, self._open)
        return data


def depth(data: bytes, before: int = 0) -> int:
    """How many triple terms are open after ``data``; raises :class:`SyntaxError` past the limit."""
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

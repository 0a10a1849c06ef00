"""Finds the encoding of a text by its bytes."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNDEFINED = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])  # in Windows-1252


def find(data: bytes) -> str:
    """The encoding of a text: by its mark, else UTF-8 if it is, else Windows-1252 or ISO 8859-1.

    A text with more characters of UTF-8 than stray bytes is UTF-8, and damaged: its bad cells show
    up as such, where another encoding would garble all others.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="surrogateescape")
    stray = sum("\udc80" <= character <= "\udcff" for character in text)
    other = sum(character > "\x7f" for character in text) - stray
    if other > stray:
        return "utf-8"
    return "iso-8859-1" if any(byte in data for byte in _UNDEFINED) else "cp1252"


def decode(data: bytes, encoding: str = "") -> tuple[str, str]:
    """The text of some bytes, and its encoding, which is found unless it is told.

    Bytes that the encoding does not know become lone surrogates, which no cell may hold.
    """
    encoding = encoding or find(data)
    return data.decode(encoding, errors="surrogateescape"), encoding

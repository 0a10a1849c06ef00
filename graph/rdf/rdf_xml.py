"""Checks RDF/XML before it is parsed: complete, and not a "billion laughs" document.

Oxigraph reads a truncated document without an error. And a document type may define entities by
each other, ten times over at each level, so that a small document grows to gigabytes; entities
that only shorten IRIs, as in many ontologies, are fine. Expat, which has a limit of its own, reads
the document first; its output is discarded.
"""

from __future__ import annotations

from typing import BinaryIO
from xml.parsers import expat

FACTOR = 10
"""A document may expand to :data:`FREE` characters plus this many for each of its bytes."""

FREE = 1_000_000
"""Characters that any document may expand to."""


def check(file: BinaryIO) -> None:
    """Check an RDF/XML document, and rewind the file.

    Raises :class:`SyntaxError`, with the line, for a document that is not well-formed to its
    end (https://www.w3.org/TR/xml/#sec-well-formed), is empty, or expands too much.
    """
    try:
        _Growth().read(file)
    except expat.ExpatError as error:
        message = f"Parser error at line {error.lineno}: the XML is not well-formed to its end"
        reason = expat.ErrorString(error.code)
        raise SyntaxError(f"{message}, {reason}", _place(error.lineno)) from error
    finally:
        file.seek(0)


class _Growth:
    """Counts the characters of text and attributes against the bytes of the document."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = self._parser.ordered_attributes = True
        self._parser.EntityDeclHandler = self._define
        self._characters = 0

    def read(self, file: BinaryIO) -> None:
        """Read to the end, or until an error."""
        self._parser.ParseFile(file)

    def _define(self, *_: object) -> None:
        """Start counting: a document without entities cannot expand."""
        self._parser.StartElementHandler = self._begin
        self._parser.CharacterDataHandler = self._count

    def _begin(self, _: str, attributes: list[str]) -> None:
        for attribute in attributes:
            self._count(attribute)

    def _count(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > FREE + FACTOR * max(self._parser.CurrentByteIndex, 0):
            reason = f"its entities expand to more than {FACTOR} times the document; write them out"
            raise SyntaxError(reason, _place(self._parser.CurrentLineNumber))


def _place(line: int) -> tuple[None, int, None, None]:
    return None, line, None, None

"""RDF/XML before it is read: whole to its end, and no larger than it looks.

Oxigraph reads a document that stops before its end up to there and says nothing. And a document
type may define entities by each other, ten times over at each level ("billion laughs"), so that
a small document grows to gigabytes; entities that only shorten IRIs, as ontologies have them,
are fine. Expat, which keeps to a bound of its own, reads it here first; nothing of it is kept.
"""

from __future__ import annotations

from typing import BinaryIO
from xml.parsers import expat

FACTOR = 10
"""So many times its bytes may a document expand to, in characters; beyond :data:`FREE`."""

FREE = 1_000_000
"""Characters that any document may have."""


def check(file: BinaryIO) -> None:
    """Read an RDF/XML document once, and go back to its beginning.

    Raises :class:`SyntaxError`, with its line, for one that is not well-formed to its end, an
    empty one included (https://www.w3.org/TR/xml/#sec-well-formed), or that grows too much.
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
    """How much longer the text and attributes of a document are than the document."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = self._parser.ordered_attributes = True
        self._parser.EntityDeclHandler = self._define
        self._characters = 0

    def read(self, file: BinaryIO) -> None:
        """Read to the end, or as far as need be."""
        self._parser.ParseFile(file)

    def _define(self, *_: object) -> None:
        """Count from now on: a document without entities cannot grow."""
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

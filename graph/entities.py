"""Entities: a small RDF/XML document that grows to gigabytes is refused before it does.

A document type may define entities by each other, ten times over at each level ("billion laughs").
Those that only shorten IRIs, as ontologies have them, are fine. Expat, which keeps to a bound of
its own, expands them here to be counted; nothing of it is kept.
"""

from __future__ import annotations

from typing import BinaryIO
from xml.parsers import expat

__all__ = ["refuse_growth"]

FACTOR = 10
"""So many times its bytes may a document expand to, in characters; beyond :data:`FREE`."""

FREE = 1_000_000
"""Characters that any document may have."""


class _NoEntities(Exception):
    """The root element begins, and nothing has been defined by then."""


def refuse_growth(file: BinaryIO) -> None:
    """Look through an RDF/XML document, and go back to its beginning.

    Raises :class:`SyntaxError`, with its line, for one that is no XML or grows too much.
    """
    try:
        _Growth().read(file)
    except _NoEntities:
        pass
    except expat.ExpatError as error:
        reason = f"is no well-formed XML ({expat.ErrorString(error.code)})"
        raise SyntaxError(reason, _place(error.lineno)) from error
    finally:
        file.seek(0)


class _Growth:
    """How much longer the text and attributes of a document are than the document."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = self._parser.ordered_attributes = True
        self._parser.EntityDeclHandler = self._define
        self._parser.StartElementHandler = self._begin
        self._characters, self._defined = 0, False

    def read(self, file: BinaryIO) -> None:
        """Read to the end, or as far as need be."""
        self._parser.ParseFile(file)

    def _define(self, *_: object) -> None:
        self._defined = True
        self._parser.CharacterDataHandler = self._count

    def _begin(self, _: str, attributes: list[str]) -> None:
        if not self._defined:
            raise _NoEntities
        for attribute in attributes:
            self._count(attribute)

    def _count(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > FREE + FACTOR * max(self._parser.CurrentByteIndex, 0):
            reason = f"its entities expand to more than {FACTOR} times the document; write them out"
            raise SyntaxError(reason, _place(self._parser.CurrentLineNumber))


def _place(line: int) -> tuple[None, int, None, None]:
    return None, line, None, None

"""RDF/XML that stops before its end: the engine reads it up to there, and says nothing."""

from __future__ import annotations

from typing import BinaryIO
from xml.parsers import expat


def require_whole(file: BinaryIO) -> None:
    """Raise :class:`SyntaxError` unless ``file`` is one XML document, well-formed to its end.

    An empty file is none. Entities that grow past what libexpat allows are an error, too.
    https://www.w3.org/TR/xml/#sec-well-formed
    """
    try:
        expat.ParserCreate().ParseFile(file)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        message = f"Parser error at line {error.lineno}: the XML is not well-formed to its end"
        raise SyntaxError(f"{message}, {reason}", (None, error.lineno, None, None)) from error

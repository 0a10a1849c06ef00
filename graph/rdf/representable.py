"""What a format can carry: an answer that it cannot hold is refused by name, never broken.

XML 1.0 has no control characters (section 2.2) and reads a bare carriage return as a line feed
(2.11); RDF/XML writes predicates as names of elements (RDF 1.1 XML Syntax, 2.1.1) and blank
nodes as names, too; JSON-LD 1.1 has no triple terms. A name is one that expat reads: the fourth
edition of XML, which every parser knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import unescape
from typing import Any, BinaryIO, TypeVar
from xml.parsers import expat

import pyoxigraph as ox

from missiongraph.errors import NotAcceptable
from missiongraph.namespaces import PREFIXES, RDF

XML_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 cannot hold, in whatever way they are written."""

Statement = TypeVar("Statement", ox.Triple, ox.Quad)

_OTHERS = "ask for Turtle or N-Triples"
_SHOWN = 60  # characters of a value in a message
_NOWHERE, _NOBODY = ox.NamedNode("x:"), ox.BlankNode("x")
_TYPE = ox.NamedNode(RDF + "type")
_NAME = re.compile(r"(?!x-)[A-Za-z_][A-Za-z0-9_.-]*")
_STAND_IN = ox.NamedNode("urn:x-missiongraph:type")
"""Written for rdf:type where the class, which would be the element's name, cannot be one."""

_ESCAPES = {b"\r": b"&#xD;", b'<type xmlns="urn:x-missiongraph:" ': b"<rdf:type "}
_OVERLAP = max(map(len, _ESCAPES)) - 1
_BROKEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


def carried(statements: Iterable[Statement], format: ox.RdfFormat) -> Iterable[Statement]:
    """The statements as ``format`` can carry them.

    Raises :class:`NotAcceptable`, when it is read, naming the value that it cannot.
    """
    if format == ox.RdfFormat.RDF_XML:
        return map(_in_rdf_xml, statements)
    if format == ox.RdfFormat.JSON_LD:
        return map(_in_json_ld, statements)
    return statements


class XmlOutput:
    """A file that passes on the XML that the engine writes, well-formed.

    Carriage returns become references. Raises :class:`NotAcceptable` for what XML cannot hold.
    """

    def __init__(self, output: BinaryIO) -> None:
        self._output, self._rest = output, b""

    def write(self, data: bytes) -> int:
        """Pass on ``data`` but for its end, which may be the beginning of something."""
        text = self._escaped(data)
        self._output.write(text[:-_OVERLAP])
        self._rest = text[-_OVERLAP:]
        return len(data)

    def flush(self) -> None:
        """Nothing leaves before its time."""

    def finish(self) -> None:
        """Pass on the end."""
        self._output.write(self._rest)
        self._rest = b""

    def _escaped(self, data: bytes) -> bytes:
        text = self._rest + data
        for plain, escape in _ESCAPES.items():
            text = text.replace(plain, escape)
        if broken := _BROKEN.search(text):
            begin = text.rfind(b">", 0, broken.start()) + 1
            value = text[begin : broken.end() + _SHOWN].partition(b"<")[0]
            raise _character(unescape(value.decode("utf-8", "replace")), broken[0].decode())
        return text


def well_formed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of XML from elsewhere as they come; raises :class:`ValueError` where it breaks."""
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            yield piece
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError(f"XML that is not well-formed: {error}") from error


def _in_json_ld(statement: Statement) -> Statement:
    if isinstance(statement.object, ox.Triple):
        raise NotAcceptable(f"JSON-LD has no triple terms (RDF 1.2): {_OTHERS}, not JSON-LD")
    return statement


def _in_rdf_xml(statement: Statement) -> Statement:
    subject, predicate, object = statement.subject, statement.predicate, statement.object
    if isinstance(object, ox.Literal):
        _check_literal(object)
    elif isinstance(object, ox.Triple):
        raise NotAcceptable(f"RDF/XML has no triple terms: {_OTHERS}, not RDF/XML")
    if predicate == _TYPE and isinstance(object, ox.NamedNode) and not _is_name(object.value):
        predicate = _STAND_IN
    elif not _is_name(predicate.value):
        raise NotAcceptable(
            f"RDF/XML cannot name the property <{predicate.value}>, whose end is no name in XML:"
            f" {_OTHERS}, not RDF/XML"
        )
    named = _labelled(subject), predicate, _labelled(object)
    if named[0] is subject and named[2] is object and predicate is not _STAND_IN:
        return statement
    return ox.Triple(*named)  # type: ignore[return-value]  # RDF/XML has no graphs


def _check_literal(literal: ox.Literal) -> None:
    if literal.direction:
        raise NotAcceptable(
            f"RDF/XML has no base directions, as of {_short(literal.value)}: {_OTHERS}, not RDF/XML"
        )
    if broken := XML_FORBIDDEN.search(literal.value):
        raise _character(literal.value, broken[0])


def _character(value: str, character: str) -> NotAcceptable:
    return NotAcceptable(
        f"XML cannot hold the character U+{ord(character):04X} of {_short(value)}:"
        " ask for JSON or CSV if this is a table, and else for Turtle or N-Triples"
    )


def _short(value: str) -> str:
    return ascii(value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…")


@lru_cache(maxsize=4096)
def _is_name(iri: str) -> bool:
    """Whether the writer makes an element of an IRI whose name any parser reads."""
    triple = ox.Triple(_NOWHERE, ox.NamedNode(iri), _NOBODY)
    try:
        written = ox.serialize([triple], format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES) or b""
        expat.ParserCreate(namespace_separator=" ").Parse(written, True)
    except (OSError, expat.ExpatError):
        return False
    return True


def _labelled(term: Any) -> Any:
    """A blank node under a label that is a name in XML, each under one of its own."""
    if isinstance(term, ox.BlankNode) and not _NAME.fullmatch(term.value):
        return ox.BlankNode(f"x-{term.value.encode().hex()}")
    return term

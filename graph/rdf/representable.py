"""Refuses results that a format cannot represent, so that no broken file is ever sent.

XML 1.0 has no control characters (section 2.2) and reads a bare carriage return as a line feed
(2.11); RDF/XML writes predicates as element names (RDF 1.1 XML Syntax, 2.1.1) and blank nodes as
names, too; JSON-LD 1.1 has no triple terms. Valid names are those of the fourth edition of XML,
which expat and every other parser accept.
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
"""The characters that XML 1.0 cannot hold, not even as character references."""

Statement = TypeVar("Statement", ox.Triple, ox.Quad)

_OTHERS = "ask for Turtle or N-Triples"
_SHOWN = 60  # characters of a value in a message
_SUBJECT, _OBJECT = ox.NamedNode("x:"), ox.BlankNode("x")
_TYPE = ox.NamedNode(RDF + "type")
_NAME = re.compile(r"(?!x-)[A-Za-z_][A-Za-z0-9_.-]*")
_STAND_IN = ox.NamedNode("urn:x-missiongraph:type")
"""Written instead of rdf:type where the class cannot be an element name, and replaced later."""

_ESCAPES = {b"\r": b"&#xD;", b'<type xmlns="urn:x-missiongraph:" ': b"<rdf:type "}
_OVERLAP = max(map(len, _ESCAPES)) - 1
_BROKEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


def carried(statements: Iterable[Statement], format: ox.RdfFormat) -> Iterable[Statement]:
    """The statements, adapted where ``format`` needs it.

    Iterating raises :class:`NotAcceptable`, which names the value, for what ``format`` cannot
    represent.
    """
    if format == ox.RdfFormat.RDF_XML:
        return map(_in_rdf_xml, statements)
    if format == ox.RdfFormat.JSON_LD:
        return map(_in_json_ld, statements)
    return statements


class XmlOutput:
    """A file that passes on the engine's XML and makes it well-formed.

    Carriage returns become references. Raises :class:`NotAcceptable` for what XML cannot hold.
    """

    def __init__(self, output: BinaryIO) -> None:
        self._output, self._rest = output, b""

    def write(self, data: bytes) -> int:
        """Pass on ``data``, except for its end, where an escape may begin."""
        text = self._escaped(data)
        self._output.write(text[:-_OVERLAP])
        self._rest = text[-_OVERLAP:]
        return len(data)

    def flush(self) -> None:
        """Do nothing; the end is written by :meth:`finish`."""

    def finish(self) -> None:
        """Pass on the rest."""
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
    """Pass on chunks of XML; raises :class:`ValueError` where it is not well-formed."""
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
            f"RDF/XML cannot name the property <{predicate.value}>: its end is not an XML name;"
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
        " ask for JSON or CSV for a table, otherwise for Turtle or N-Triples"
    )


def _short(value: str) -> str:
    return ascii(value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…")


@lru_cache(maxsize=4096)
def _is_name(iri: str) -> bool:
    """Whether the element that the writer makes of an IRI has a valid XML name."""
    triple = ox.Triple(_SUBJECT, ox.NamedNode(iri), _OBJECT)
    try:
        xml = ox.serialize([triple], format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES) or b""
        expat.ParserCreate(namespace_separator=" ").Parse(xml, True)
    except (OSError, expat.ExpatError):
        return False
    return True


def _labelled(term: Any) -> Any:
    """A term; a blank node gets a unique label that is a valid XML name."""
    if isinstance(term, ox.BlankNode) and not _NAME.fullmatch(term.value):
        return ox.BlankNode(f"x-{term.value.encode().hex()}")
    return term

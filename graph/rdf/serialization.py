"""Serialises statements as RDF with MissionGraph's prefixes; equal graphs give equal bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.namespaces import PREFIXES

from .representable import XmlOutput, carried

HEAD = 64 * 1024
"""Bytes of output that are held back to sort its prefixes."""

_PREFIXED = (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.RDF_XML)
_DECLARATIONS = re.compile(rb"\A(?:@prefix [^\n]*\n)*")
_XML_ROOT = re.compile(rb"<rdf:RDF( [^>]*)>")


def serialise(
    statements: Iterable[ox.Triple] | Iterable[ox.Quad],
    format: ox.RdfFormat,
    prefixes: dict[str, str] = PREFIXES,
) -> bytes:
    """The statements in ``format``, in the order given, with those of ``prefixes`` they use.

    The order of Oxigraph's prefixes changes from process to process; here they are sorted.
    Raises :class:`NotAcceptable` for what the format cannot represent
    (:mod:`missiongraph.rdf.representable`).
    """
    prefixed = format in _PREFIXED
    checked: Any = carried(statements, format)
    data = ox.serialize(checked, format=format, prefixes=prefixes if prefixed else None) or b""
    if format == ox.RdfFormat.RDF_XML:
        output = io.BytesIO()
        _write_xml(_XML_ROOT.sub(_sorted_namespaces, data, count=1), output)
        return output.getvalue()
    return _sorted_prefixes(data) if prefixed else data


def write_triples(triples: Iterable[ox.Triple], format: ox.RdfFormat, output: BinaryIO) -> None:
    """Stream the triples to ``output``; equal triples in equal order give equal bytes.

    Output of more than :data:`HEAD` bytes declares all of MissionGraph's prefixes, used or not,
    as its beginning is sent before its end is known. Raises :class:`NotAcceptable` at the first
    triple that the format cannot represent.
    """
    checked: Any = carried(triples, format)
    if format not in _PREFIXED:
        ox.serialize(checked, cast(Any, output), format)
        return
    safe = XmlOutput(output) if format == ox.RdfFormat.RDF_XML else None
    head = _Head(cast(BinaryIO, safe or output), format)
    ox.serialize(checked, cast(Any, head), format, prefixes=PREFIXES)
    head.finish()
    if safe:
        safe.finish()


def _write_xml(data: bytes, output: BinaryIO) -> None:
    safe = XmlOutput(output)
    safe.write(data)
    safe.finish()


class _Head:
    """Holds back the beginning of a file until its declarations can be sorted."""

    def __init__(self, output: BinaryIO, format: ox.RdfFormat) -> None:
        self._output, self._xml = output, format == ox.RdfFormat.RDF_XML
        self._held: bytearray | None = bytearray()

    def write(self, data: bytes) -> int:
        """Hold ``data`` back, or pass it on once more than :data:`HEAD` bytes have come."""
        if self._held is None:
            self._output.write(data)
            return len(data)
        self._held += data
        if len(self._held) > HEAD:
            self._release(whole=False)
        return len(data)

    def flush(self) -> None:
        """Do nothing; the rest is written by :meth:`finish`."""

    def finish(self) -> None:
        """Pass on what is held back."""
        if self._held is not None:
            self._release(whole=True)

    def _release(self, whole: bool) -> None:
        data, self._held = bytes(self._held or b""), None
        if self._xml:
            data = _XML_ROOT.sub(_sorted_namespaces, data, count=1)
        else:
            data = _sorted_prefixes(data, every=not whole)
        self._output.write(data)


def _sorted_prefixes(data: bytes, every: bool = False) -> bytes:
    head = _DECLARATIONS.match(data)
    declarations = head[0].splitlines(keepends=True) if head else []
    body = data[sum(map(len, declarations)) :]
    return b"".join([*sorted(d for d in declarations if every or d.split()[1] in body), body])


def _sorted_namespaces(root: re.Match[bytes]) -> bytes:
    return b"<rdf:RDF " + b" ".join(sorted(root[1].split())) + b">"

"""Serialising: statements as RDF, with MissionGraph's prefixes, the same bytes every time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.namespaces import PREFIXES

from .representable import XmlOutput, carried

HEAD = 64 * 1024
"""Bytes of the longest answer that is looked through before it leaves."""

_PREFIXED = (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.RDF_XML)
_DECLARATIONS = re.compile(rb"\A(?:@prefix [^\n]*\n)*")
_XML_ROOT = re.compile(rb"<rdf:RDF( [^>]*)>")


def serialise(
    statements: Iterable[ox.Triple] | Iterable[ox.Quad],
    format: ox.RdfFormat,
    prefixes: dict[str, str] = PREFIXES,
) -> bytes:
    """The statements in ``format``, in the order given, with those of ``prefixes`` they use.

    Oxigraph writes prefixes in an order that changes from process to process; here they are
    sorted, so that equal graphs have equal bytes. Raises :class:`NotAcceptable` for what the
    format cannot carry (:mod:`missiongraph.rdf.representable`).
    """
    prefixed = format in _PREFIXED
    told: Any = carried(statements, format)
    data = ox.serialize(told, format=format, prefixes=prefixes if prefixed else None) or b""
    if format == ox.RdfFormat.RDF_XML:
        output = io.BytesIO()
        _write_xml(_XML_ROOT.sub(_sorted_namespaces, data, count=1), output)
        return output.getvalue()
    return _sorted_prefixes(data) if prefixed else data


def write_triples(triples: Iterable[ox.Triple], format: ox.RdfFormat, output: BinaryIO) -> None:
    """Write the triples to ``output`` as they come, the same bytes every time.

    What is longer than :data:`HEAD` bytes declares all of MissionGraph's prefixes, used or not:
    the end is not known yet when the beginning leaves. Raises :class:`NotAcceptable` for what
    the format cannot carry, as soon as it comes up.
    """
    told: Any = carried(triples, format)
    if format not in _PREFIXED:
        ox.serialize(told, cast(Any, output), format)
        return
    safe = XmlOutput(output) if format == ox.RdfFormat.RDF_XML else None
    head = _Head(cast(BinaryIO, safe or output), format)
    ox.serialize(told, cast(Any, head), format, prefixes=PREFIXES)
    head.finish()
    if safe:
        safe.finish()


def _write_xml(data: bytes, output: BinaryIO) -> None:
    safe = XmlOutput(output)
    safe.write(data)
    safe.finish()


class _Head:
    """Keeps the beginning of a file back until its declarations can be put in order."""

    def __init__(self, output: BinaryIO, format: ox.RdfFormat) -> None:
        self._output, self._xml = output, format == ox.RdfFormat.RDF_XML
        self._kept: bytearray | None = bytearray()

    def write(self, data: bytes) -> int:
        """Keep ``data``, or pass it on once there is more than fits."""
        if self._kept is None:
            self._output.write(data)
            return len(data)
        self._kept += data
        if len(self._kept) > HEAD:
            self._release(whole=False)
        return len(data)

    def flush(self) -> None:
        """Nothing leaves before its time."""

    def finish(self) -> None:
        """Pass on what is kept."""
        if self._kept is not None:
            self._release(whole=True)

    def _release(self, whole: bool) -> None:
        data, self._kept = bytes(self._kept or b""), None
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

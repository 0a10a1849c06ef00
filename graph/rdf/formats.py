"""The table of RDF formats: file suffixes and media types, used wherever RDF is read or written.

Pyoxigraph knows a format's name, its media type, and whether it holds named graphs. The table
adds file suffixes, the usual one first, and older media types of the same format.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox


@dataclass(frozen=True)
class Format:
    """An RDF format, its file suffixes (the usual one first), and its older media types."""

    rdf: ox.RdfFormat
    suffixes: tuple[str, ...]
    older_types: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        """The registered media type."""
        return self.rdf.media_type


TURTLE = Format(ox.RdfFormat.TURTLE, ("ttl",))
N_TRIPLES = Format(ox.RdfFormat.N_TRIPLES, ("nt",), ("text/plain",))
RDF_XML = Format(ox.RdfFormat.RDF_XML, ("rdf", "owl", "xml"), ("application/xml",))
JSON_LD = Format(ox.RdfFormat.JSON_LD, ("jsonld",), ("application/json",))
TRIG = Format(ox.RdfFormat.TRIG, ("trig",))
N_QUADS = Format(ox.RdfFormat.N_QUADS, ("nq",))
N3 = Format(ox.RdfFormat.N3, ("n3",))

_BY_SUFFIX = {
    suffix: format.rdf
    for format in (TURTLE, N_TRIPLES, RDF_XML, JSON_LD, TRIG, N_QUADS, N3)
    for suffix in format.suffixes
}


def by_suffix(*suffixes: str) -> dict[str, ox.RdfFormat]:
    """Formats keyed by these suffixes, in this order; raises :class:`KeyError` if unknown."""
    return {suffix: _BY_SUFFIX[suffix] for suffix in suffixes}


def by_media_type(*formats: Format) -> dict[str, ox.RdfFormat]:
    """Formats keyed by their media type, in this order."""
    return {format.media_type: format.rdf for format in formats}


def media_types(*formats: Format) -> dict[str, str]:
    """The registered media type for each media type, registered or older, of the formats."""
    return {
        name: format.media_type
        for format in formats
        for name in (format.media_type, *format.older_types)
    }

"""Sends statements as RDF documents, in the format of an extension or the Accept header."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

import pyoxigraph as ox
from flask import Response, request

from missiongraph.rdf.formats import by_suffix
from missiongraph.rdf.serialization import serialise

from .negotiation import HTML, TRIPLES, accept_of, preferred
from .problems import Problem

FORMATS = by_suffix("ttl", "jsonld", "nt", "rdf", "trig", "nq")
"""Formats by extension, the default first."""

TYPES = {format.media_type: extension for extension, format in FORMATS.items()}
"""Extensions by media type."""

_TAKEN = {type: type for type in TYPES} | TRIPLES
"""Media types a client may request, such as ``text/plain`` for N-Triples, and what is sent."""


def chosen(extension: str = "", *, page: bool = False) -> str:
    """The extension of the response's format; with ``page``, ``html`` for clients that prefer it.

    Raises :class:`Problem` for an unknown extension (404), or if the client accepts none of our
    formats (406).
    """
    if extension:
        if extension not in FORMATS and not (page and extension == "html"):
            known = ", ".join([*FORMATS, *["html"] * page])
            raise Problem(HTTPStatus.NOT_FOUND, f"Nothing ends in .{extension}; use {known}.")
        return extension
    pages = [HTML] * page
    offered = _TAKEN | {kind: kind for kind in pages}
    best = preferred(accept_of(request.headers.get("Accept"), None), offered)
    if best is None:
        raise Problem(
            HTTPStatus.NOT_ACCEPTABLE, f"This is available as {', '.join([*TYPES, *pages])}."
        )
    return TYPES.get(best, "html")


def parted(name: str, *, page: bool = False) -> tuple[str, str]:
    """Split a name into stem and extension; the extension is empty unless it is one of ours."""
    stem, _, end = name.rpartition(".")
    ours = end in FORMATS or (page and end == "html")
    return (stem, end) if ours and stem and not stem.endswith("/") else (name, "")


def document(quads: Iterable[ox.Quad], extension: str) -> Response:
    """A response with each statement once; dataset formats also name the graphs that state it.

    In dataset formats, as at the endpoint, the default graph holds all statements, because most
    clients read only that graph.
    """
    format, quads = FORMATS[extension], list(quads)
    once = sorted({ox.Quad(*quad.triple) for quad in quads}, key=str)
    statements = [*once, *quads] if format.supports_datasets else once
    return Response(serialise(statements, format), content_type=content_type(format))


def content_type(format: ox.RdfFormat) -> str:
    """The media type; Turtle and TriG name their charset, as ``text/*`` does not imply UTF-8."""
    text = format in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG)
    return format.media_type + "; charset=utf-8" * text

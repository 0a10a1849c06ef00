"""RDF documents: statements in the format that an extension or ``Accept`` asks for."""

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
"""Formats by extension, the one for who does not care first."""

TYPES = {format.media_type: extension for extension, format in FORMATS.items()}
"""Extensions by media type."""

_TAKEN = {type: type for type in TYPES} | TRIPLES
"""Media types by what a client may ask for, such as ``text/plain`` for N-Triples."""


def chosen(extension: str = "", *, page: bool = False) -> str:
    """The extension of the format to answer in; ``html`` where the client would rather a page.

    Raises :class:`Problem` for an extension that is none (404), or a client that takes none of
    our formats (406).
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
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, f"This comes as {', '.join([*TYPES, *pages])}.")
    return TYPES.get(best, "html")


def parted(name: str, *, page: bool = False) -> tuple[str, str]:
    """A name and its extension, where it ends in one of ours and is not all of the last part."""
    stem, _, end = name.rpartition(".")
    ours = end in FORMATS or (page and end == "html")
    return (stem, end) if ours and stem and not stem.endswith("/") else (name, "")


def document(quads: Iterable[ox.Quad], extension: str) -> Response:
    """The statements, each once; formats of datasets say besides which graph states it.

    The default graph of these holds all that their graphs say, as it does at the endpoint: a
    client that reads one graph, and most do, finds everything there.
    """
    format, quads = FORMATS[extension], list(quads)
    once = sorted({ox.Quad(*quad.triple) for quad in quads}, key=str)
    told = [*once, *quads] if format.supports_datasets else once
    return Response(serialise(told, format), content_type=content_type(format))


def content_type(format: ox.RdfFormat) -> str:
    """The media type; Turtle and TriG say that they are UTF-8, as text/* does not by itself."""
    text = format in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG)
    return format.media_type + "; charset=utf-8" * text

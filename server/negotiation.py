"""Content negotiation: the formats of query answers and the choice a client's Accept makes.

Media types: SPARQL 1.1 results (JSON, XML, CSV and TSV), Turtle, N-Triples, RDF/XML, JSON-LD.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

HTML = "text/html"

_USUAL = 500  # characters of the longest Accept header whose choice is remembered

SOLUTIONS = {
    "application/sparql-results+json": "application/sparql-results+json",
    "application/json": "application/sparql-results+json",
    "application/sparql-results+xml": "application/sparql-results+xml",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
    "text/csv": "text/csv",
    "text/tab-separated-values": "text/tab-separated-values",
}
"""What a client may ask for when the answer is a table or a yes or no, and what it gets."""

TRIPLES = {
    "text/turtle": "text/turtle",
    "application/n-triples": "application/n-triples",
    "text/plain": "application/n-triples",
    "application/rdf+xml": "application/rdf+xml",
    "application/xml": "application/rdf+xml",
    "application/ld+json": "application/ld+json",
    "application/json": "application/ld+json",
}
"""What a client may ask for when the answer is a graph, and what it gets."""

SHORT_NAMES = {
    "json": "application/json",
    "xml": "application/xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "html": HTML,
}
"""Values of ``?format=``, for links, which cannot send an Accept header."""

OTHER_NAMES = {
    "json-ld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "rdf+xml": "application/rdf+xml",
    "n3": "text/turtle",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
}
"""What clients such as SPARQLWrapper send as ``?format=`` unasked."""


@dataclass(frozen=True)
class Choice:
    """The format for each form of answer; None where the client takes none that we have."""

    solutions: str | None
    triples: str | None
    html: bool

    def __bool__(self) -> bool:
        return self.html or self.solutions is not None or self.triples is not None


def choose(header: str | None, short_name: str | None = None) -> Choice:
    """Choose the formats of an answer whose form is not yet known; see :func:`accept_of`.

    A page is chosen only when the client prefers HTML to every data format.
    """
    if header and len(header) > _USUAL:
        return _choose(header, short_name)
    return _chosen_before(header, short_name)


def _choose(header: str | None, short_name: str | None) -> Choice:
    accept = accept_of(header, short_name)
    best = preferred(accept, [*SOLUTIONS, *TRIPLES, HTML])
    solutions, triples = preferred(accept, SOLUTIONS), preferred(accept, TRIPLES)
    return Choice(SOLUTIONS.get(solutions or ""), TRIPLES.get(triples or ""), best == HTML)


_chosen_before = lru_cache(maxsize=1024)(_choose)
"""Most clients say what others have said; what is long is not kept."""


def preferred(accept: MIMEAccept, offered: Iterable[str]) -> str | None:
    """The media type the client likes best, our order deciding ties; None if it takes none."""
    kinds = list(offered)
    if not accept:
        return kinds[0]
    best = max(kinds, key=lambda kind: _liking(accept, kind))
    return best if _liking(accept, best) > (0, 0) else None


def _liking(accept: MIMEAccept, kind: str) -> tuple[float, int]:
    """How much a client likes a media type, and how exactly it says so.

    The most specific range that covers it decides (RFC 9110, section 12.5.1).
    """
    covering = (kind, f"{kind.partition('/')[0]}/*", "*/*", "*")
    given = dict(reversed(list(accept)))
    for exact, range in zip((2, 1, 0, 0), covering, strict=True):
        if range in given:
            return given[range], exact if given[range] else 0
    return 0, 0


def accept_of(header: str | None, short_name: str | None) -> MIMEAccept:
    """What the client accepts: ``?format=`` goes before the Accept header.

    Parameters of a media type, such as a charset, do not count: our formats have none.
    Raises :class:`KeyError` for a short name that we do not have.
    """
    text = header if short_name is None else (OTHER_NAMES | SHORT_NAMES)[short_name]
    accepted = parse_accept_header(text, MIMEAccept)
    return MIMEAccept((kind.partition(";")[0].strip(), quality) for kind, quality in accepted)


def wants_page(header: str | None) -> bool:
    """Whether the client is a reader of pages: prefers HTML to every data format."""
    return choose(header).html

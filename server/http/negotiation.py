"""Content negotiation: chooses the format of a query answer from the client's Accept header.

Media types: SPARQL 1.1 results (JSON, XML, CSV and TSV), Turtle, N-Triples, RDF/XML, JSON-LD.
Accept follows RFC 9110, section 12.5.1: names in any case, the most specific range that covers a
format decides, and quality 0 refuses it. An older name of a format, such as application/json for
results, counts only where the client writes it in full; ranges are matched against the media
types that are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from missiongraph.rdf import formats
from missiongraph.sparql.media_types import CSV, JSON, TSV, XML

HTML = "text/html"

_USUAL = 500  # characters of the longest Accept header whose choice is remembered

SOLUTIONS = {
    JSON: JSON,
    "application/json": JSON,
    XML: XML,
    "application/xml": XML,
    "text/xml": XML,
    CSV: CSV,
    TSV: TSV,
}
"""Media types a client may request for a table or a boolean, and the type that is sent."""

TRIPLES = formats.media_types(formats.TURTLE, formats.N_TRIPLES, formats.RDF_XML, formats.JSON_LD)
"""Media types a client may request for a graph, and the type that is sent."""

SHORT_NAMES = {
    "json": "application/json",
    "xml": "application/xml",
    "csv": CSV,
    "tsv": TSV,
    "turtle": formats.TURTLE.media_type,
    "ntriples": formats.N_TRIPLES.media_type,
    "jsonld": formats.JSON_LD.media_type,
    "html": HTML,
}
"""Values of ``?format=``, for links, which cannot send an Accept header."""

OTHER_NAMES = {
    "json-ld": formats.JSON_LD.media_type,
    "n-triples": formats.N_TRIPLES.media_type,
    "rdf": formats.RDF_XML.media_type,
    "rdfxml": formats.RDF_XML.media_type,
    "rdf+xml": formats.RDF_XML.media_type,
    "n3": formats.TURTLE.media_type,
    "ttl": formats.TURTLE.media_type,
    "nt": formats.N_TRIPLES.media_type,
    "srj": JSON,
    "srx": XML,
}
"""Other values of ``?format=``: suffixes of files, and what clients such as SPARQLWrapper send."""

MEDIA_TYPES = tuple(dict.fromkeys([*SOLUTIONS, *TRIPLES, HTML]))
"""Media types that ``?format=`` takes too, for clients written for other servers."""

_UTF8 = "charset=utf-8"  # the one parameter that our answers have


@dataclass(frozen=True)
class Choice:
    """The chosen format for each form of answer; None where the client accepts none of ours."""

    solutions: str | None
    triples: str | None
    html: bool

    def __bool__(self) -> bool:
        return self.html or self.solutions is not None or self.triples is not None


def choose(header: str | None, short_name: str | None = None) -> Choice:
    """Choose formats for an answer whose form is not yet known.

    ``html`` is true only if the client prefers HTML to every data format. Raises
    :class:`KeyError` for an unknown ``short_name``.
    """
    if header and len(header) > _USUAL:
        return _choose(header, short_name)
    return _chosen_before(header, short_name)


def _choose(header: str | None, short_name: str | None) -> Choice:
    accept = accept_of(header, short_name)
    every = [*SOLUTIONS.items(), *TRIPLES.items(), (HTML, HTML)]
    page = _best(accept, every) == HTML
    return Choice(preferred(accept, SOLUTIONS), preferred(accept, TRIPLES), page)


_chosen_before = lru_cache(maxsize=1024)(_choose)
"""Most clients send the same few Accept headers, so choices are cached, except for long ones."""


def preferred(accept: MIMEAccept, offered: Iterable[str] | Mapping[str, str]) -> str | None:
    """The offered media type that the client prefers; the first of equals, None if it takes none.

    A mapping offers its values, each under the names that are its keys.
    """
    if isinstance(offered, Mapping):
        return _best(accept, offered.items())
    return _best(accept, [(kind, kind) for kind in offered])


def _best(accept: MIMEAccept, offered: Iterable[tuple[str, str]]) -> str | None:
    """The preferred format of (name, media type) pairs.

    We write no format with parameters, so a range with parameters matches nothing. Only if no
    other range matches are the parameters ignored, as section 12.5.1 allows.
    """
    names: dict[str, list[str]] = {}
    for name, kind in offered:
        names.setdefault(kind, []).append(name)
    if not accept:
        return next(iter(names))
    plain = {range: quality for range, quality in reversed(list(accept)) if ";" not in range}
    bare = {range.partition(";")[0]: quality for range, quality in reversed(list(accept))}
    for ranges in (plain, bare | plain):
        likings = {kind: _liking(ranges, kind, also) for kind, also in names.items()}
        best = max(likings, key=lambda kind: likings[kind])
        if likings[best] > (0, 0):
            return best
    return None


def _liking(ranges: Mapping[str, float], kind: str, names: Iterable[str]) -> tuple[float, int]:
    """The quality that a client gives a format, and how specific the matching range is."""
    if kind in ranges:
        return ranges[kind], 2 if ranges[kind] else 0
    if named := max((ranges.get(name, 0) for name in names), default=0):
        return named, 2
    for exact, range in ((1, f"{kind.partition('/')[0]}/*"), (0, "*/*"), (0, "*")):
        if range in ranges:
            return ranges[range], exact if ranges[range] else 0
    return 0, 0


def accept_of(header: str | None, short_name: str | None) -> MIMEAccept:
    """The media ranges that the client accepts, in lower case; ``?format=`` overrides the header.

    Raises :class:`KeyError` for an unknown format.
    """
    text = header if short_name is None else format_named(short_name, SHORT_NAMES | OTHER_NAMES)
    accepted = parse_accept_header(text, MIMEAccept)
    return MIMEAccept((_range(value), quality) for value, quality in accepted)


def format_named(
    text: str, names: Mapping[str, str], media_types: Iterable[str] = MEDIA_TYPES
) -> str:
    """The media type for a value of ``?format=``: a name, a suffix or a media type.

    A ``+`` that was sent unencoded arrives as a space. Raises :class:`KeyError` for other values.
    """
    name = text.strip().lower()
    if name in names:
        return names[name]
    media_type = name.partition(";")[0].strip().replace(" ", "+")
    if media_type in media_types:
        return media_type
    return names[media_type.removeprefix(".")]


def _range(value: str) -> str:
    """A media range without ``charset=utf-8``, which all our responses have."""
    kind, *parameters = (part.strip() for part in value.lower().split(";"))
    others = [part for part in parameters if part.replace('"', "") != _UTF8]
    return ";".join([kind, *others])


def wants_page(header: str | None) -> bool:
    """Whether the client prefers HTML to every data format."""
    return choose(header).html

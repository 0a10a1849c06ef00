"""Content negotiation: the formats of query answers and the choice a client's Accept makes.

Media types: SPARQL 1.1 results (JSON, XML, CSV and TSV), Turtle, N-Triples, RDF/XML, JSON-LD.
Accept is read as RFC 9110, section 12.5.1, has it: names in any case, the most specific range
that covers a format decides, and quality 0 refuses. An older name of a format, such as
application/json for results, stands for it where the client writes it out; a range covers what
is sent, never a name.
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
"""What a client may ask for when the answer is a table or a yes or no, and what it gets."""

TRIPLES = formats.media_types(formats.TURTLE, formats.N_TRIPLES, formats.RDF_XML, formats.JSON_LD)
"""What a client may ask for when the answer is a graph, and what it gets."""

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
"""What clients such as SPARQLWrapper send as ``?format=`` unasked, and suffixes of files."""

MEDIA_TYPES = tuple(dict.fromkeys([*SOLUTIONS, *TRIPLES, HTML]))
"""What ``?format=`` takes besides names, as of clients that were written for other servers."""

_UTF8 = "charset=utf-8"  # the one parameter that our answers have


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
    every = [*SOLUTIONS.items(), *TRIPLES.items(), (HTML, HTML)]
    page = _best(accept, every) == HTML
    return Choice(preferred(accept, SOLUTIONS), preferred(accept, TRIPLES), page)


_chosen_before = lru_cache(maxsize=1024)(_choose)
"""Most clients say what others have said; what is long is not kept."""


def preferred(accept: MIMEAccept, offered: Iterable[str] | Mapping[str, str]) -> str | None:
    """The media type the client likes best, our order deciding ties; None if it takes none.

    A mapping offers its values, under the names that are its keys.
    """
    if isinstance(offered, Mapping):
        return _best(accept, offered.items())
    return _best(accept, [(kind, kind) for kind in offered])


def _best(accept: MIMEAccept, offered: Iterable[tuple[str, str]]) -> str | None:
    """The best of formats that are given under some names.

    A range with parameters asks for what we do not write, and so covers nothing of ours, unless
    else the client would get nothing: then they do not count (as the section allows).
    """
    names: dict[str, list[str]] = {}
    for name, kind in offered:
        names.setdefault(kind, []).append(name)
    if not accept:
        return next(iter(names))
    plain = {range: quality for range, quality in reversed(list(accept)) if ";" not in range}
    bare = {range.partition(";")[0]: quality for range, quality in reversed(list(accept))}
    for given in (plain, bare | plain):
        likings = {kind: _liking(given, kind, also) for kind, also in names.items()}
        best = max(likings, key=lambda kind: likings[kind])
        if likings[best] > (0, 0):
            return best
    return None


def _liking(given: Mapping[str, float], kind: str, names: Iterable[str]) -> tuple[float, int]:
    """How much a client likes a format, and how exactly it says so."""
    if kind in given:
        return given[kind], 2 if given[kind] else 0
    if named := max((given.get(name, 0) for name in names), default=0):
        return named, 2
    for exact, range in ((1, f"{kind.partition('/')[0]}/*"), (0, "*/*"), (0, "*")):
        if range in given:
            return given[range], exact if given[range] else 0
    return 0, 0


def accept_of(header: str | None, short_name: str | None) -> MIMEAccept:
    """What the client accepts, in small letters: ``?format=`` goes before the Accept header.

    Raises :class:`KeyError` for a format that we do not have.
    """
    text = header if short_name is None else format_named(short_name, SHORT_NAMES | OTHER_NAMES)
    accepted = parse_accept_header(text, MIMEAccept)
    return MIMEAccept((_range(value), quality) for value, quality in accepted)


def format_named(
    text: str, names: Mapping[str, str], media_types: Iterable[str] = MEDIA_TYPES
) -> str:
    """The media type that a value of ``?format=`` means: a name, a suffix or a media type.

    A ``+`` that was sent as it is has become a space. Raises :class:`KeyError` for any other.
    """
    said = text.strip().lower()
    if said in names:
        return names[said]
    media_type = said.partition(";")[0].strip().replace(" ", "+")
    if media_type in media_types:
        return media_type
    return names[media_type.removeprefix(".")]


def _range(value: str) -> str:
    """A media range without the charset that our answers have."""
    kind, *parameters = (part.strip() for part in value.lower().split(";"))
    told = [part for part in parameters if part.replace('"', "") != _UTF8]
    return ";".join([kind, *told])


def wants_page(header: str | None) -> bool:
    """Whether the client is a reader of pages: prefers HTML to every data format."""
    return choose(header).html

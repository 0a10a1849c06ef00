"""A graph of what data may hold and nobody expects: for every page, format and parameter."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from itertools import cycle
from pathlib import Path

import pyoxigraph as ox

from missiongraph.namespaces import BASE, GRAPH, ID, MOI, RDF, RDFS, SOURCE_GRAPH, VOCAB, XSD
from missiongraph.rdf.store import merge, named, parse

ORG, PROV = "http://www.w3.org/ns/org#", "http://www.w3.org/ns/prov#"
SKOS, FOAF = "http://www.w3.org/2004/02/skos/core#", "http://xmlns.com/foaf/0.1/"
N = ox.NamedNode
FOLDER = Path(str(resources.files("missiongraph.ontology")))

SLUGS = (
    "plain", "語", "%E8%AA%9E", "a?b=c&d", "a#b", "a%20b", "100%25", "a/b", "a.ttl", "it's", "a:b",
    "é", "e\u0301", "عربي", "𐐀", "_", "a+b;c=d,e", "(x)", "@", "~", "a%2Fb", "%00", "%C3", "a$b!*",
)  # fmt: skip
"""Ends of IRIs."""

TEXTS = (
    "", " ", "plain", "a\x01b", "\x00", "a\rb\nc\td", "\r\n", "\ufffe", "\uffff", "\u202e",
    "<script>alert(1)</script>", "]]>", "&amp;", '"', "'", "\\", "\\u0041", "{{ 7*7 }}", "%s%d%",
    "=1+1", "语" * 3000, "𐐀", "e\u0301", "null", "NaN", "\x7f\x85\u2028", "-", "--", "1,5", "\x1b[",
    "\ufeff",
)  # fmt: skip
"""Texts of literals."""

NUMBERS = (
    "0", "-0", "1", "NaN", "INF", "-INF", "1e400", "-1e-400", "9" * 400, "0." + "0" * 300 + "1",
    "abc", "", " 1 ", "1_000", "٣", "+5", "0x10", "1.5.2", "--1",
)  # fmt: skip
TIMES = (
    "2020", "2020-01", "2020-01-01", "-0001-01-01", "0000", "99999-12-31", "2020-02-30", "tomorrow",
    "2020-13-01", "2020-01-01Z", "2020-01-01T00:00:00", "2020-01-01T24:00:00", "", "20200101",
)  # fmt: skip
TYPES = (
    "integer", "decimal", "double", "float", "boolean", "date", "dateTime", "gYear", "gYearMonth",
    "duration", "string", "anyURI", "base64Binary",
)  # fmt: skip

CLASSES = (
    "Mission", "Award", "Participation", "MonetaryAmount", "Observation", "Network", "Relation",
    "Target", "Goal", "Instrument", "Result", "Source",
)  # fmt: skip
PROPERTIES = (
    "value", "start", "end", "date", "dueBy", "hasAmount", "hasCurrency", "hasKind", "hasStatus",
    "concerns", "hasParticipant", "hasRole", "hasFunder", "hasRecipient", "hasCountry", "hasScope",
    "baselineValue", "targetValue", "earliest", "latest", "paysFor", "hasGoal", "hasTarget",
    "measures", "hasUnit", "hasProvider",
)  # fmt: skip
OTHERS = (SKOS + "prefLabel", SKOS + "notation", FOAF + "page", PROV + "wasDerivedFrom",
          ORG + "member", SKOS + "broader", SKOS + "inScheme", RDF + "value")  # fmt: skip
KINDS = ("mission", "organisation", "person", "award", "participation", "amount", "observation",
         "target", "goal", "source", "instrument", "membership", "unheard-of")  # fmt: skip


_TAGS = ("en", "zh-hant") * len(TEXTS)


def things() -> list[str]:
    """The IRIs that something is said of."""
    slugs = cycle(SLUGS)
    ours = [f"{ID}{kind}/{slug}" for kind, slug in zip(cycle(KINDS), SLUGS * 3, strict=False)]
    codes = [f"{VOCAB}{next(slugs).partition('#')[0]}/{slug}" for slug in SLUGS]
    others = ["http://e.test/語", "urn:x:a", "mailto:a@b.test", "http://e.test/123", "x:"]
    made = {q.subject.value for q in _examples() if isinstance(q.subject, ox.NamedNode)}
    return [iri for iri in dict.fromkeys([*ours, *codes, *others, *sorted(made)]) if _is_iri(iri)]


def literals() -> list[ox.Literal]:
    """Texts, numbers and dates of every type that they are not."""
    made = [ox.Literal(text) for text in TEXTS]
    made += [ox.Literal(text, language=tag) for text, tag in zip(TEXTS, _TAGS, strict=False)]
    rtl = ox.BaseDirection.RTL
    made += [ox.Literal(text, language="ar", direction=rtl) for text in TEXTS[:3]]
    spelt = [*NUMBERS, *TIMES, *TEXTS[:4]]
    made += [ox.Literal(text, datatype=N(XSD + type)) for type in TYPES for text in spelt]
    return [*made, ox.Literal("<a>", datatype=N(RDF + "XMLLiteral"))]


def store() -> ox.Store:
    """All of it, in named graphs and merged."""
    made = ox.Store()
    made.extend(_quads())
    made.extend(_spoilt())
    for path in sorted(FOLDER.glob("vocabularies/*.ttl")):
        made.extend(named(path))
    merge(made)
    return made


def few() -> Iterator[ox.Quad]:
    """A little of each sort, in one named graph."""
    graph = N(GRAPH + "a?b#c")
    for iri, value in zip(things()[: len(SLUGS) * 2], literals()[::7], strict=False):
        yield ox.Quad(N(iri), N(RDFS + "label"), value, graph)
        yield ox.Quad(N(iri), N(RDF + "type"), N("http://e.test/類"), graph)
    triple = ox.Triple(N("x:a"), N("x:b"), ox.Literal("a\x01"))
    yield ox.Quad(N("x:a"), N("http://e.test/123"), triple, graph)
    for literal in (value for value in literals() if value.direction):
        yield ox.Quad(N("x:a"), N("x:b"), literal, graph)


def _quads() -> Iterator[ox.Quad]:
    iris, values = things(), literals()
    graphs = cycle(
        [N(SOURCE_GRAPH + "語"), N(GRAPH + "a?b#c"), N(SOURCE_GRAPH + "plain"), N("x:g")]
    )
    each, link = cycle(values), cycle(iris)
    predicates = cycle([*(MOI + name for name in PROPERTIES), "http://e.test/類", *OTHERS])
    classes = cycle([*(MOI + name for name in CLASSES), ORG + "Membership", ORG + "Organization",
                     SKOS + "Concept", "http://e.test/類", "http://e.test/123"])  # fmt: skip
    for iri in iris:
        node, graph = N(iri), next(graphs)
        yield ox.Quad(node, N(RDF + "type"), N(next(classes)), graph)
        yield ox.Quad(node, N(RDFS + "label"), next(each), graph)
        for _ in range(5):
            yield ox.Quad(node, N(next(predicates)), next(each), graph)
            yield ox.Quad(node, N(next(predicates)), N(next(link)), next(graphs))
    some = N(iris[0])
    for value in values:
        yield ox.Quad(some, N("http://e.test/says"), value, N("x:g"))
    term = ox.Triple(some, N("x:p"), ox.Triple(some, N("x:p"), ox.Literal("a\x01")))
    yield ox.Quad(some, N("http://e.test/claims"), term, N("x:g"))
    yield ox.Quad(N(iris[1]), N(MOI + "hasAmount"), term, N(SOURCE_GRAPH + "語"))
    yield ox.Quad(some, N("http://e.test/123"), some, N("x:g"))
    for label in ("1a", "a.b", "é·", "x-1"):
        yield ox.Quad(ox.BlankNode(label), N("x:p"), ox.BlankNode("1a"), N("x:g"))
        yield ox.Quad(some, N(MOI + "hasAmount"), ox.BlankNode(label), N("x:g"))


def _examples() -> list[ox.Quad]:
    """The examples of the ontology, which have all that pages look for."""
    return [quad for path in sorted(FOLDER.glob("examples/valid/*.t*")) for quad in parse(path)]


def _spoilt() -> Iterator[ox.Quad]:
    """The examples with other literals, of all sorts, beside some of their own."""
    values, graphs = cycle(literals()), cycle([N(SOURCE_GRAPH + "語"), N(SOURCE_GRAPH + "plain")])
    for place, quad in enumerate(_examples()):
        object = quad.object
        if isinstance(object, ox.Literal) and place % 3:
            object = next(values)
        yield ox.Quad(quad.subject, quad.predicate, object, next(graphs))


def _is_iri(text: str) -> bool:
    try:
        return bool(N(text))
    except ValueError:
        return False


__all__ = ["BASE", "few", "literals", "store", "things"]

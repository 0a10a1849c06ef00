"""Queries all statements about one thing: its own, those of its relations, and links to it.

A description contains all statements about the thing, all about its relations (participations,
memberships, awards, amounts …), every statement that links to it from elsewhere, the labels of
all things mentioned, and kind, date and strength of the sources; each with its named graph. A
thing with many neighbours has several pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import pyoxigraph as ox

from missiongraph.errors import QueryError
from missiongraph.namespaces import (
    BASE,
    DCTERMS,
    FOAF,
    MOI,
    ORG,
    RDFS,
    SKOS,
    SOURCE_GRAPH,
    SOURCE_ID,
)
from missiongraph.sparql.engine import Engine
from missiongraph.sparql.select import solutions

PAGE = 200
"""Neighbours per page of a description."""

_LABELS = (
    RDFS + "label",
    SKOS + "prefLabel",
    DCTERMS + "title",
    FOAF + "page",
)
_JUDGED_BY = ", ".join(
    f"<{property}>" for property in (MOI + "hasKind", MOI + "hasStrength", DCTERMS + "issued")
)
RELATIONS = (MOI + "Relation", MOI + "MonetaryAmount", MOI + "Observation", ORG + "Membership")
"""Classes of relations: statements about these belong to the things that they connect."""

_SOME = 500  # IRIs per query
_FRAGMENTS = 10_000  # things looked up by the part of their IRI before the #
_KINDS = " ".join(f"<{kind}>" for kind in RELATIONS)
_NAMED_BY = ", ".join(f"<{property}>" for property in _LABELS)


@dataclass(frozen=True)
class Description:
    """One page of the statements about ``iri``; false if there are none.

    ``cited`` are the IRIs of further sources, which a view of it cites.
    """

    iri: str
    quads: tuple[ox.Quad, ...]
    page: int
    pages: int
    cited: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.quads)

    @property
    def triples(self) -> Iterator[ox.Triple]:
        """The statements without their graphs, each once, in order."""
        yield from sorted({quad.triple for quad in self.quads}, key=str)


def describe(engine: Engine, iri: str, page: int = 1, cited: Iterable[str] = ()) -> Description:
    """The ``page`` of the description of ``iri``, counted from 1; empty after the last one.

    ``cited`` are IRIs of sources that are described, too. Raises :class:`QueryError` if ``iri`` is
    not an IRI, and the errors of :meth:`Engine.run`.
    """
    node = _node(iri)
    neighbours = [(row["node"], row["whole"]) for row in solutions(engine, _neighbours(node))]
    pages = max(1, -(-len(neighbours) // PAGE))
    shown = neighbours[(page - 1) * PAGE : page * PAGE]
    whole = [str(each) for each, is_relation in shown if _is_true(is_relation)]
    others = [str(each) for each, is_relation in shown if not _is_true(is_relation)]
    quads = set(_quads(engine, _own, [str(node)] if page <= pages else []))
    quads |= set(_quads(engine, _own, whole))
    quads |= set(_quads(engine, _own, _amounts(quads)))
    quads |= set(_quads(engine, partial(_links, node), others))
    further = sorted(str(_node(source)) for source in cited) if quads else []
    quads |= set(_quads(engine, _judged, {*_sources(quads), *further}))
    quads |= set(_quads(engine, _names, {*_linked(quads), *further}))
    ordered = tuple(sorted(quads, key=str))
    return Description(iri, ordered, page, pages, tuple(source[1:-1] for source in further))


def members(engine: Engine, scheme: str) -> list[ox.Quad]:
    """All statements about a concept scheme and its concepts; empty if there is no such scheme."""
    node = _node(scheme)
    concepts = f"SELECT ?node {{ ?node <{SKOS}inScheme> {node} }} ORDER BY ?node"
    iris = [str(node), *(str(row["node"]) for row in solutions(engine, concepts))]
    return sorted(_quads(engine, _own, iris), key=str)


def exists(engine: Engine, iri: str, *, graph: bool = False) -> bool:
    """Whether there is a statement about ``iri``; with ``graph``, in the graph of that name."""
    node = _node(iri)
    pattern = f"GRAPH {node} {{ ?s ?p ?o }}" if graph else f"{node} ?p ?o"
    rows = solutions(engine, f"SELECT ?p {{ {pattern} }} LIMIT 1")
    return next(iter(rows), None) is not None


def classes(engine: Engine, iri: str) -> list[str]:
    """The IRIs of the classes of a thing, sorted."""
    rows = solutions(engine, f"SELECT DISTINCT ?class {{ {_node(iri)} a ?class }} ORDER BY ?class")
    return [row["class"].value for row in rows if isinstance(row["class"], ox.NamedNode)]


def told_of(engine: Engine, iris: Iterable[str], *, graph: bool = False) -> set[str]:
    """Those of ``iris`` with a statement about them; with ``graph``, those that name a graph."""
    nodes = " ".join(str(_node(iri)) for iri in iris)
    pattern = "GRAPH ?iri { ?s ?p ?o }" if graph else "?iri ?p ?o"
    text = f"SELECT ?iri {{ VALUES ?iri {{ {nodes} }} FILTER EXISTS {{ {pattern} }} }}"
    return {row["iri"].value for row in solutions(engine, text)}


def fragments(engine: Engine) -> dict[str, list[str]]:
    """Our IRIs with a fragment, by the part before the ``#``, which is all a client requests."""
    text = f"""SELECT DISTINCT ?iri {{
      ?iri ?p ?o FILTER(REGEX(STR(?iri), "^{BASE}(id|vocab|network)/.*#"))
    }} ORDER BY ?iri LIMIT {_FRAGMENTS}"""
    iris: dict[str, list[str]] = {}
    for row in solutions(engine, text):
        iris.setdefault(row["iri"].value.partition("#")[0], []).append(row["iri"].value)
    return iris


def _own(subjects: str) -> str:
    return f"SELECT ?graph ?s ?p ?o {{ VALUES ?s {{ {subjects} }} GRAPH ?graph {{ ?s ?p ?o }} }}"


def _neighbours(node: ox.NamedNode) -> str:
    return f"""SELECT DISTINCT ?node ?whole {{
      {{ ?node ?property {node} }}
      UNION {{ {node} ?property ?node . ?node a ?kind . VALUES ?kind {{ {_KINDS} }} }}
      OPTIONAL {{ ?node a ?relation . VALUES ?relation {{ {_KINDS} }} }}
      BIND(BOUND(?relation) AS ?whole) FILTER(isIRI(?node))
    }} ORDER BY DESC(?whole) ?node"""


def _links(node: ox.NamedNode, subjects: str) -> str:
    return (
        f"SELECT ?graph ?s ?p ?o {{ VALUES ?o {{ {node} }} VALUES ?s {{ {subjects} }} "
        "GRAPH ?graph { ?s ?p ?o } }"
    )


def _names(subjects: str) -> str:
    return _said_by(_NAMED_BY, subjects)


def _judged(sources: str) -> str:
    return _said_by(_JUDGED_BY, sources)


def _said_by(properties: str, subjects: str) -> str:
    """Uses FILTER, as a second VALUES would make the engine read every label in the graph."""
    return (
        f"SELECT ?graph ?s ?p ?o {{ VALUES ?s {{ {subjects} }} GRAPH ?graph {{ ?s ?p ?o }} "
        f"FILTER(?p IN ({properties})) }}"
    )


def _amounts(quads: Iterable[ox.Quad]) -> list[str]:
    """The amounts of relations, whose own statements hold number and currency."""
    amounts = {q.object for q in quads if q.predicate.value == MOI + "hasAmount"}
    return sorted(str(amount) for amount in amounts if isinstance(amount, ox.NamedNode))


def _node(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise QueryError(f"'{iri}' is not an IRI") from error


def _linked(quads: Iterable[ox.Quad]) -> list[str]:
    """The IRIs in statements, and the sources of these, sorted."""
    terms = {term for quad in quads for term in (quad.subject, quad.predicate, quad.object)}
    iris = {str(term) for term in terms if isinstance(term, ox.NamedNode)}
    return sorted(iris.union(_sources(quads)))


def _sources(quads: Iterable[ox.Quad]) -> list[str]:
    """The IRIs of the sources of statements, sorted."""
    graphs = {str(quad.graph_name) for quad in quads}
    return sorted(graph.replace(SOURCE_GRAPH, SOURCE_ID) for graph in graphs)


def _quads(engine: Engine, query: Callable[[str], str], iris: Iterable[str]) -> Iterator[ox.Quad]:
    iris = list(iris)
    for start in range(0, len(iris), _SOME):
        for row in solutions(engine, query(" ".join(iris[start : start + _SOME]))):
            yield ox.Quad(*(row[name] for name in ("s", "p", "o", "graph")))


def _is_true(term: object) -> bool:
    return isinstance(term, ox.Literal) and term.value == "true"

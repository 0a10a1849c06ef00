"""Validates a graph against SHACL shapes and reports what to do where it does not conform.

Shapes are SHACL (W3C Recommendation 2017: Core and SHACL-SPARQL), run by pyshacl over plain
rdflib graphs. A *Violation* means that data are wrong, a *Warning* that they are incomplete, an
*Info* that they could be richer; only violations stop data from conforming.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox
import rdflib
from pyshacl.shapes_graph import ShapesGraph
from rdflib import OWL, PROV, RDF, RDFS, SH, SKOS, URIRef, collection
from rdflib.term import Node

from missiongraph import namespaces
from missiongraph.errors import DataError
from missiongraph.namespaces import BASE, PREFIXES
from missiongraph.rdf.blank_nodes import Scope
from missiongraph.rdf.exact import ExactGraph, exact, held
from missiongraph.rdf.literals import native, term, valued
from missiongraph.rdf.rdf12 import MESSAGE, SHAPE, is_beyond, tell
from missiongraph.rdf.rdflib_view import PreparedGraph
from missiongraph.rdf.serialization import serialise
from missiongraph.rdf.store import parse
from missiongraph.resources import Inputs

from .candidates import Candidates
from .shacl import run, run_at, runnable

__all__ = ["SEVERITIES", "Report", "Result", "merged", "read", "shapes", "validate"]

SEVERITIES = ("Violation", "Warning", "Info")
"""The severities, the gravest first."""

_Data: TypeAlias = rdflib.Graph | Path | str | Iterable[Path | str] | Iterable[ox.Quad]

_SHOWN = 10
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_TERMS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_RELIED_ON = ((RDFS.subClassOf, None), *((RDF.type, kind) for kind in (SKOS.Concept, *_TERMS)))


@dataclass(frozen=True)
class Result:
    """One validation result: severity, focus node, path and value.

    ``shape`` is the constraint's IRI, ``message`` says what to do, and ``source`` is the node's
    ``prov:wasDerivedFrom``. Fields that do not apply are empty.
    """

    severity: str
    focus: str
    path: str
    value: str
    shape: str
    message: str
    source: str

    def __str__(self) -> str:
        details = (self.path, self.value, self.source and f"from {self.source}")
        return _visible("  ".join(short(part) for part in (self.focus, *details) if part))


@dataclass(frozen=True)
class Report:
    """The results of a validation, as values and as a ``sh:ValidationReport`` graph."""

    results: tuple[Result, ...]
    graph: rdflib.Graph = field(repr=False, compare=False)

    @property
    def conforms(self) -> bool:
        """Whether there is no violation; warnings and infos do not count."""
        return not self.violations

    @property
    def violations(self) -> tuple[Result, ...]:
        """The results about wrong data."""
        return self._of("Violation")

    @property
    def warnings(self) -> tuple[Result, ...]:
        """The results about incomplete data."""
        return self._of("Warning")

    @property
    def infos(self) -> tuple[Result, ...]:
        """The results about data that could be richer."""
        return self._of("Info")

    def counts(self) -> dict[str, int]:
        """The number of results of each severity."""
        numbers = Counter(result.severity for result in self.results)
        return {severity: numbers[severity] for severity in SEVERITIES}

    def by_shape(self) -> dict[str, tuple[Result, ...]]:
        """The results by shape, the gravest severity first, then the most frequent."""
        groups: dict[str, list[Result]] = defaultdict(list)
        for result in self.results:
            groups[result.shape].append(result)
        ranked = sorted(groups.items(), key=lambda item: (_rank(item[1][0]), -len(item[1]), item))
        return {shape: tuple(results) for shape, results in ranked}

    def text(self, shown: int = _SHOWN) -> str:
        """The report as text: each shape, what to do, and its first ``shown`` nodes."""
        numbers = ", ".join(f"{number} {name}" for name, number in self.counts().items())
        lines = [f"{'Conforms' if self.conforms else 'Does not conform'}: {numbers}"]
        for shape, results in self.by_shape().items():
            first = results[0]
            lines += [
                "",
                f"{first.severity}: {len(results)} of {short(shape)}",
                f"  {_visible(first.message)}",
            ]
            lines += [f"    {result}" for result in results[:shown]]
            if more := len(results) - shown:
                lines += [f"    … and {more} more"] if more > 0 else []
        return "\n".join(lines) + "\n"

    def to_json(self) -> str:
        """The report as JSON: ``conforms``, ``counts`` and the list ``results``."""
        results = [vars(result) for result in self.results]
        report = {"conforms": self.conforms, "counts": self.counts(), "results": results}
        return json.dumps(report, indent=1, ensure_ascii=False)

    def serialised(self, format: ox.RdfFormat = ox.RdfFormat.TURTLE) -> bytes:
        """The ``sh:ValidationReport`` as RDF, whatever characters its values hold."""
        triples = (ox.Triple(*map(native, triple)) for triple in self.graph)
        return serialise(sorted(triples, key=str), format, PREFIXES | {"sh": str(SH)})

    def _of(self, severity: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.severity == severity)


def validate(data: _Data, *, shapes: rdflib.Graph | None = None) -> Report:
    """Validate a graph, quads, or RDF files taken together, against ``shapes`` (ours by default).

    Data may use the classes and codes of our ontology and vocabularies without repeating them.
    Named graphs are merged (:func:`merged`); blank nodes of different files stay distinct. Triple
    terms and base directions are violations: shapes check RDF 1.1. Raises :class:`DataError` for
    a file that cannot be read, naming file and line, and for shapes that cannot be run.
    """
    beyond: dict[ox.Triple, None] = {}
    rules = shipped_shapes() if shapes is None else shapes
    store = ox.Store()
    try:
        store.bulk_extend(_exact(data, beyond))
    except (TypeError, ValueError):
        if not isinstance(data, rdflib.Graph):
            raise
        return at_every_node(data, shapes=rules)  # rdflib holds terms that are none of RDF
    with runnable():
        candidates = _shipped_candidates() if shapes is None else Candidates(rules)
        nodes = candidates.found(store)
    return report_at(ExactGraph(store), candidates.shapes, nodes, beyond)


def _exact(data: _Data, beyond: dict[ox.Triple, None]) -> Iterator[ox.Quad]:
    """The quads of all data, and of what they rely on, for a store that keeps literals."""
    yield from _relied_on_exactly()
    if isinstance(data, rdflib.Dataset):
        data = merged(data)
    if isinstance(data, rdflib.Graph):
        yield from (ox.Quad(*map(held, triple)) for triple in data)
    else:
        yield from map(exact, _of_rdf_1_1(_quads(data), beyond))


def at_every_node(data: _Data, *, shapes: rdflib.Graph | None = None) -> Report:
    """The report of :func:`validate` by pySHACL alone, slowly: it visits all focus nodes."""
    graph = PreparedGraph()
    graph += relied_on()
    beyond: dict[ox.Triple, None] = {}
    if not isinstance(data, rdflib.Graph):
        data = merged(_of_rdf_1_1(_quads(data), beyond))
    elif isinstance(data, rdflib.Dataset):
        data = merged(data)
    graph.addN((s, p, valued(o), graph) for s, p, o in data)
    return report_of(graph, shipped_shapes() if shapes is None else shapes, beyond)


def merged(data: rdflib.Dataset | Iterable[ox.Quad]) -> rdflib.Graph:
    """All graphs merged into one plain graph.

    Raises :class:`DataError` for a term of RDF 1.2, which rdflib cannot hold.
    """
    graph = rdflib.Graph()
    if isinstance(data, rdflib.Dataset):
        for subject, predicate, object, _ in data.quads((None, None, None, None)):
            graph.add((subject, predicate, object))
    else:
        for quad in data:
            if is_beyond(quad):
                raise DataError(f"rdflib cannot hold {quad.triple}: it is RDF 1.2")
            graph.add((term(quad.subject), term(quad.predicate), term(quad.object)))
    return graph


def read(paths: Path | str | Iterable[Path | str]) -> rdflib.Graph:
    """Read RDF files, in the format of their suffix, as one graph; raises :class:`DataError`."""
    return merged(_quads(paths))


def _quads(data: Path | str | Iterable[Path | str] | Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Quads as they are, and those of files; blank nodes of different files stay distinct."""
    scope = Scope()
    for part in [data] if isinstance(data, Path | str) else data:
        if isinstance(part, ox.Quad):
            yield part
        else:
            yield from scope.of_document(parse(Path(part), keep_labels=True))


def _of_rdf_1_1(quads: Iterable[ox.Quad], beyond: dict[ox.Triple, None]) -> Iterator[ox.Quad]:
    """The quads that shapes can check; the triples of the others are collected in ``beyond``."""
    for quad in quads:
        if is_beyond(quad):
            beyond[quad.triple] = None
        else:
            yield quad


def shapes() -> rdflib.Graph:
    """A copy of our shapes, which can be changed and passed to :func:`validate`."""
    return rdflib.Graph() + shipped_shapes()


def short(iri: str) -> str:
    """An IRI shortened by a prefix or by our base; unchanged if neither fits."""
    return namespaces.short(iri).removeprefix(BASE)


@lru_cache(maxsize=1)
def shipped_shapes() -> rdflib.Graph:
    return read(sorted((Inputs.shipped().ontology / "shapes").glob("*.ttl")))


@lru_cache(maxsize=1)
def relied_on() -> rdflib.Graph:
    """What data may use without repeating it: codes, terms and the class hierarchy."""
    shipped = Inputs.shipped()
    stated = read([*shipped.ontologies(), *shipped.vocabularies()])
    known = rdflib.Graph()
    for statement in _RELIED_ON:
        for triple in stated.triples((None, *statement)):
            known.add(triple)
    return known


@lru_cache(maxsize=1)
def _relied_on_exactly() -> tuple[ox.Quad, ...]:
    return tuple(ox.Quad(*map(held, triple)) for triple in relied_on())


@lru_cache(maxsize=1)
def _shipped_candidates() -> Candidates:
    return Candidates(shipped_shapes())


def report_of(
    graph: rdflib.Graph, rules: rdflib.Graph, beyond: Collection[ox.Triple] = ()
) -> Report:
    """Run the shapes ``rules`` over ``graph``; statements ``beyond`` RDF 1.1 are violations."""
    return _report(run(graph, rules), graph, rules, beyond)


def report_at(
    graph: rdflib.Graph,
    rules: ShapesGraph,
    nodes: Iterable[tuple[Node, Collection[Node] | None]],
    beyond: Collection[ox.Triple] = (),
) -> Report:
    """As :func:`report_of`, at some nodes alone (:func:`.shacl.run_at`)."""
    return _report(run_at(graph, rules, nodes), graph, rules.graph, beyond)


def _report(
    found: rdflib.Graph, data: rdflib.Graph, rules: rdflib.Graph, beyond: Collection[ox.Triple]
) -> Report:
    results = [*_results(found, data, rules), *map(_beyond, beyond)]
    tell(found, beyond)
    return Report(tuple(sorted(results, key=_order)), found)


def _beyond(triple: ox.Triple) -> Result:
    focus, path = str(term(triple.subject)), short(triple.predicate.value)
    return Result("Violation", focus, path, str(triple.object), SHAPE, MESSAGE, source="")


def _results(report: rdflib.Graph, data: rdflib.Graph, rules: rdflib.Graph) -> Iterator[Result]:
    for node in report.subjects(RDF.type, SH.ValidationResult):
        focus = report.value(node, SH.focusNode)
        shape = report.value(node, SH.sourceShape)
        own = rules.value(shape, SH.message)
        yield Result(
            severity=_severity(report.value(node, SH.resultSeverity)),
            focus=str(focus),
            path=_path(report, report.value(node, SH.resultPath)),
            value=_text(report.value(node, SH.value), focus),
            shape=str(shape),
            message=str(own or report.value(node, SH.resultMessage) or ""),
            source=min(map(str, data.objects(focus, PROV.wasDerivedFrom)), default=""),
        )


def _path(graph: rdflib.Graph, path: Node | None) -> str:
    """A property path in SPARQL syntax, for the kinds of paths in our shapes."""
    if path is None:
        return ""
    if isinstance(path, URIRef):
        return short(str(path))
    if inverse := graph.value(path, SH.inversePath):
        return "^" + _path(graph, inverse)
    if options := graph.value(path, SH.alternativePath):
        return "|".join(_path(graph, option) for option in collection.Collection(graph, options))
    return "/".join(_path(graph, step) for step in collection.Collection(graph, path))


def _visible(text: str) -> str:
    """Text with control characters escaped, as a terminal would execute them."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _text(node: Node | None, unless: Node | None = None) -> str:
    return "" if node is None or node == unless else str(node)


def _severity(stated: Node | None) -> str:
    """One of :data:`SEVERITIES`; a custom severity counts as a violation."""
    name = str(stated).removeprefix(str(SH))
    return name if name in SEVERITIES else "Violation"


def _rank(result: Result) -> int:
    return SEVERITIES.index(result.severity)


def _order(result: Result) -> tuple[int, str, str, str, str]:
    return _rank(result), result.shape, result.focus, result.path, result.value

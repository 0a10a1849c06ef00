"""Validation: does a graph keep to the shapes, and what should be done where it does not.

Shapes are SHACL (W3C Recommendation 2017: Core and SHACL-SPARQL), run by pyshacl over plain
rdflib graphs. A *Violation* says that data are wrong, a *Warning* that they are incomplete, an
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

import pyoxigraph as ox
import rdflib
from rdflib import OWL, PROV, RDF, RDFS, SH, SKOS, URIRef, collection
from rdflib.term import Node

from missiongraph import namespaces
from missiongraph.errors import DataError
from missiongraph.namespaces import BASE, PREFIXES
from missiongraph.rdf.blank_nodes import Scope
from missiongraph.rdf.literals import native, term, valued
from missiongraph.rdf.rdf12 import MESSAGE, SHAPE, is_beyond, tell
from missiongraph.rdf.rdflib_view import PreparedGraph
from missiongraph.rdf.serialization import serialise
from missiongraph.rdf.store import parse
from missiongraph.resources import Inputs

from .shacl import run

__all__ = ["SEVERITIES", "Report", "Result", "merged", "read", "shapes", "validate"]

SEVERITIES = ("Violation", "Warning", "Info")
"""From what is wrong to what could be richer."""

_SHOWN = 10
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_TERMS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_RELIED_ON = ((RDFS.subClassOf, None), *((RDF.type, kind) for kind in (SKOS.Concept, *_TERMS)))


@dataclass(frozen=True)
class Result:
    """One finding: at which node, along which path, by which value, against which shape.

    ``shape`` is the constraint's IRI, ``message`` says what to do, and ``source`` is what the
    node says it was derived from, where it does.
    """

    severity: str
    focus: str
    path: str
    value: str
    shape: str
    message: str
    source: str

    def __str__(self) -> str:
        told = (self.path, self.value, self.source and f"from {self.source}")
        return _visible("  ".join(short(part) for part in (self.focus, *told) if part))


@dataclass(frozen=True)
class Report:
    """What validation found, as values and as a ``sh:ValidationReport`` graph."""

    results: tuple[Result, ...]
    graph: rdflib.Graph = field(repr=False, compare=False)

    @property
    def conforms(self) -> bool:
        """Whether there is no violation; warnings and infos are advice."""
        return not self.violations

    @property
    def violations(self) -> tuple[Result, ...]:
        """What is wrong."""
        return self._of("Violation")

    @property
    def warnings(self) -> tuple[Result, ...]:
        """What is incomplete."""
        return self._of("Warning")

    @property
    def infos(self) -> tuple[Result, ...]:
        """What could be richer."""
        return self._of("Info")

    def counts(self) -> dict[str, int]:
        """How many results there are of each severity."""
        found = Counter(result.severity for result in self.results)
        return {severity: found[severity] for severity in SEVERITIES}

    def by_shape(self) -> dict[str, tuple[Result, ...]]:
        """The results of each shape, the gravest severity first, then the most frequent."""
        groups: dict[str, list[Result]] = defaultdict(list)
        for result in self.results:
            groups[result.shape].append(result)
        ranked = sorted(groups.items(), key=lambda item: (_rank(item[1][0]), -len(item[1]), item))
        return {shape: tuple(results) for shape, results in ranked}

    def text(self, shown: int = _SHOWN) -> str:
        """The report for people: each shape, what to do, and the first ``shown`` nodes."""
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
        """The ``sh:ValidationReport`` as RDF, whatever its values hold."""
        triples = (ox.Triple(*map(native, triple)) for triple in self.graph)
        return serialise(sorted(triples, key=str), format, PREFIXES | {"sh": str(SH)})

    def _of(self, severity: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.severity == severity)


def validate(
    data: rdflib.Graph | Path | str | Iterable[Path | str] | Iterable[ox.Quad],
    *,
    shapes: rdflib.Graph | None = None,
) -> Report:
    """Check a graph, quads, or RDF files taken together, against ``shapes`` (ours if not given).

    Data may use the classes and codes of our ontology and vocabularies without repeating them;
    named graphs count as one (:func:`merged`). Blank nodes of two files are never the same.
    Triple terms and base directions are violations: shapes are made for RDF 1.1. Raises
    :class:`DataError` for a file that cannot be read, naming file and line, and for shapes that
    cannot be run.
    """
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
    """All named graphs as one plain graph in which each triple stands once.

    Raises :class:`DataError` for a term of RDF 1.2, which rdflib cannot hold.
    """
    graph = rdflib.Graph()
    if isinstance(data, rdflib.Dataset):
        for subject, predicate, object, _ in data.quads((None, None, None, None)):
            graph.add((subject, predicate, object))
    else:
        for quad in data:
            if is_beyond(quad):
                raise DataError(f"{quad.triple} cannot be held by rdflib: it is RDF 1.2")
            graph.add((term(quad.subject), term(quad.predicate), term(quad.object)))
    return graph


def read(paths: Path | str | Iterable[Path | str]) -> rdflib.Graph:
    """RDF files as one graph, the format told by the suffix; raises :class:`DataError`."""
    return merged(_quads(paths))


def _quads(data: Path | str | Iterable[Path | str] | Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Quads as they are, and those of files; a label names one blank node in one file."""
    scope = Scope()
    for part in [data] if isinstance(data, Path | str) else data:
        if isinstance(part, ox.Quad):
            yield part
        else:
            yield from scope.of_document(parse(Path(part), keep_labels=True))


def _of_rdf_1_1(quads: Iterable[ox.Quad], beyond: dict[ox.Triple, None]) -> Iterator[ox.Quad]:
    """The quads that shapes can be held against; of the others, the triples go ``beyond``, once."""
    for quad in quads:
        if is_beyond(quad):
            beyond[quad.triple] = None
        else:
            yield quad


def shapes() -> rdflib.Graph:
    """A copy of our shapes, to be changed or extended and given to :func:`validate`."""
    return rdflib.Graph() + shipped_shapes()


def short(iri: str) -> str:
    """An IRI with its prefix, or without the base of this graph; any other as it is."""
    return namespaces.short(iri).removeprefix(BASE)


@lru_cache(maxsize=1)
def shipped_shapes() -> rdflib.Graph:
    return read(sorted((Inputs.shipped().ontology / "shapes").glob("*.ttl")))


@lru_cache(maxsize=1)
def relied_on() -> rdflib.Graph:
    """What all data may rely on: codes, terms, and which classes lie under which."""
    shipped = Inputs.shipped()
    stated = read([*shipped.ontologies(), *shipped.vocabularies()])
    known = rdflib.Graph()
    for statement in _RELIED_ON:
        for triple in stated.triples((None, *statement)):
            known.add(triple)
    return known


def report_of(
    graph: rdflib.Graph, rules: rdflib.Graph, beyond: Collection[ox.Triple] = ()
) -> Report:
    """Run the shapes ``rules`` over ``graph``; statements ``beyond`` RDF 1.1 are violations."""
    found = run(graph, rules)
    results = [*_results(found, graph, rules), *map(_beyond, beyond)]
    tell(found, beyond)
    return Report(tuple(sorted(results, key=_order)), found)


def _beyond(triple: ox.Triple) -> Result:
    focus, path = str(term(triple.subject)), short(triple.predicate.value)
    return Result("Violation", focus, path, str(triple.object), SHAPE, MESSAGE, source="")


def _results(found: rdflib.Graph, data: rdflib.Graph, rules: rdflib.Graph) -> Iterator[Result]:
    for node in found.subjects(RDF.type, SH.ValidationResult):
        focus = found.value(node, SH.focusNode)
        shape = found.value(node, SH.sourceShape)
        own = rules.value(shape, SH.message)
        yield Result(
            severity=_severity(found.value(node, SH.resultSeverity)),
            focus=str(focus),
            path=_path(found, found.value(node, SH.resultPath)),
            value=_text(found.value(node, SH.value), focus),
            shape=str(shape),
            message=str(own or found.value(node, SH.resultMessage) or ""),
            source=_text(data.value(focus, PROV.wasDerivedFrom)),
        )


def _path(graph: rdflib.Graph, path: Node | None) -> str:
    """A property path as SPARQL writes it, of the forms that our shapes use."""
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
    """Text for a terminal, which takes control characters for commands."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _text(node: Node | None, unless: Node | None = None) -> str:
    return "" if node is None or node == unless else str(node)


def _severity(stated: Node | None) -> str:
    """One of :data:`SEVERITIES`; a severity of the shapes' own counts as the gravest."""
    name = str(stated).removeprefix(str(SH))
    return name if name in SEVERITIES else "Violation"


def _rank(result: Result) -> int:
    return SEVERITIES.index(result.severity)


def _order(result: Result) -> tuple[int, str, str, str, str]:
    return _rank(result), result.shape, result.focus, result.path, result.value

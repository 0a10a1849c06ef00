"""The terms of the ontology with their definitions, and the rules of the shapes, for readers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS

from missiongraph.namespaces import MOI, PREFIXES, short
from missiongraph.sparql.library import queries

_SEVERITY = {SH.Violation: "must", SH.Warning: "should", SH.Info: "may"}
_KINDS = {
    OWL.Class: "class",
    OWL.ObjectProperty: "property",
    OWL.DatatypeProperty: "property",
}


@dataclass(frozen=True)
class Rule:
    """A rule that a shape sets for the instances of a class.

    ``path`` is the property, ``strict`` is ``must``, ``should`` or ``may``, ``says`` describes
    the rule and ``remedy`` says what to do where it is broken.
    """

    name: str
    path: str
    strict: str
    says: str
    remedy: str


@dataclass(frozen=True)
class Term:
    """A class or property of the ontology.

    ``parents``, ``domain`` and ``range`` are prefixed names; ``rules`` are those of a class;
    ``asked`` are queries of the library that use the term.
    """

    name: str
    kind: str
    label: str
    definition: str
    example: str
    parents: tuple[str, ...]
    domain: tuple[str, ...]
    range: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    asked: tuple[str, ...] = field(default=())


@cache
def terms() -> tuple[Term, ...]:
    """All terms of the shipped ontology, classes first, by name."""
    folder = Path(str(resources.files("missiongraph.ontology")))
    ontology = rdflib.Graph().parse(folder / "missiongraph.ttl")
    shapes = rdflib.Graph()
    for path in sorted(folder.glob("shapes/*.ttl")):
        shapes.parse(path)
    rules = _rules(shapes)
    unsorted = [
        _term(ontology, subject, kind, rules)
        for type_, kind in _KINDS.items()
        for subject in ontology.subjects(RDF.type, type_)
        if isinstance(subject, rdflib.URIRef) and str(subject).startswith(MOI)
    ]
    return tuple(sorted(unsorted, key=lambda term: (term.kind, term.name)))


@cache
def borrowed() -> dict[str, str]:
    """Terms of other vocabularies that library queries use: prefixed name and kind."""
    prefixes = "|".join(name for name, space in PREFIXES.items() if space != MOI)
    word = re.compile(rf"(?<![\w:])(?:{prefixes}):[A-Za-z]\w*")
    names = {name for entry in queries() for name in word.findall(entry.text)}
    return {name: _kind(name) for name in sorted(names)}


def _kind(name: str) -> str:
    """The kind of a term by its name: in the borrowed vocabularies, classes are capitalised."""
    prefix, _, local = name.partition(":")
    if prefix == "xsd":
        return "datatype"
    return "class" if local[0].isupper() else "property"


def _term(
    ontology: rdflib.Graph, subject: rdflib.URIRef, kind: str, rules: dict[str, list[Rule]]
) -> Term:
    name = short(str(subject))
    above = RDFS.subClassOf if kind == "class" else RDFS.subPropertyOf
    return Term(
        name,
        kind,
        _text(ontology, subject, RDFS.label),
        _text(ontology, subject, SKOS.definition),
        _text(ontology, subject, SKOS.example),
        _names(ontology.objects(subject, above)),
        _names(ontology.objects(subject, RDFS.domain)),
        _names(ontology.objects(subject, RDFS.range)),
        tuple(rules.get(str(subject), ())),
        _using(name),
    )


def _rules(shapes: rdflib.Graph) -> dict[str, list[Rule]]:
    """The rules of the shapes, by the IRI of their target class."""
    rules: dict[str, list[Rule]] = {}
    for shape, target in shapes.subject_objects(SH.targetClass):
        ordered = [
            (_order(shapes, part), rule)
            for part in shapes.objects(shape, SH.property)
            if (rule := _rule(shapes, part))
        ]
        rules.setdefault(str(target), []).extend(r for _, r in sorted(ordered, key=_by_order))
    return rules


def _rule(shapes: rdflib.Graph, part: rdflib.term.Node) -> Rule | None:
    message = _text(shapes, part, SH.message)
    path = shapes.value(part, SH.path)
    if not message or path is None:
        return None
    severity = _SEVERITY.get(shapes.value(part, SH.severity) or SH.Violation, "must")  # type: ignore[call-overload]
    name = short(str(path)) if isinstance(path, rdflib.URIRef) else "path"
    if name == "path" and (inverse := shapes.value(path, SH.inversePath)):
        name = f"^{short(str(inverse))}"
    says = _text(shapes, part, SH.description)
    return Rule(_text(shapes, part, SH.name), name, severity, says, message)


def _order(shapes: rdflib.Graph, part: rdflib.term.Node) -> float:
    order = shapes.value(part, SH.order)
    return float(str(order)) if order is not None else 0.0


def _by_order(rule: tuple[float, Rule]) -> tuple[float, str]:
    return rule[0], rule[1].name


def _using(name: str) -> tuple[str, ...]:
    """Queries of the library that use a term, at most three."""
    word = re.compile(rf"(?<![\w:]){re.escape(name)}(?!\w)")
    return tuple(entry.name for entry in queries() if word.search(entry.text))[:3]


def _text(graph: rdflib.Graph, subject: rdflib.term.Node, predicate: rdflib.URIRef) -> str:
    return str(min(graph.objects(subject, predicate), key=str, default=""))


def _names(nodes: Iterable[rdflib.term.Node]) -> tuple[str, ...]:
    return tuple(sorted(short(str(node)) for node in nodes if isinstance(node, rdflib.URIRef)))

"""Finds the focus nodes that a change affects: their validation reads a changed triple.

An automaton, built once, holds the steps along which each shape reads triples from its focus
nodes; from a changed triple it is walked backwards to them.
Covers SHACL Core and SHACL-SPARQL (W3C Recommendation 2017).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from rdflib import OWL, RDF, RDFS, SH, Graph, URIRef
from rdflib.collection import Collection as RdfList
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.term import Node

from .automaton import PathAutomaton
from .query_patterns import Pattern, patterns

__all__ = ["ShapeDependencies", "ShapeQuery", "Targets", "Touched"]

_TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_SHAPE = (SH.property, SH.node, SH["not"], SH.qualifiedValueShape)
_SHAPES = (SH["and"], SH["or"], SH.xone)
_PAIR = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
_MULTIPLE: dict[URIRef, Literal["*", "+", "?"]] = {
    SH.zeroOrMorePath: "*",
    SH.oneOrMorePath: "+",
    SH.zeroOrOnePath: "?",
}
_PREFIXES = {"rdf": RDF, "rdfs": RDFS, "owl": OWL}


@dataclass(frozen=True)
class Targets:
    """The target declarations of a shape (SHACL, section 2.1.3)."""

    nodes: frozenset[Node]
    classes: frozenset[Node]
    subjects_of: frozenset[Node]
    objects_of: frozenset[Node]

    def __bool__(self) -> bool:
        return bool(self.nodes or self.classes or self.subjects_of or self.objects_of)

    def hold(self, graph: Graph, node: Node, classes: Collection[Node | None]) -> bool:
        """Whether ``node``, an instance of ``classes``, is a target in ``graph``."""
        return (
            node in self.nodes
            or any((node, predicate, None) in graph for predicate in self.subjects_of)
            or any((None, predicate, node) in graph for predicate in self.objects_of)
            or (bool(self.classes) and not self.classes.isdisjoint(classes))
        )

    def all(self, graph: Graph) -> Iterator[Node]:
        """All target nodes in ``graph``, possibly with repetitions."""
        yield from self.nodes
        for kind in self.classes:
            for below in graph.transitive_subjects(RDFS.subClassOf, kind):
                yield from graph.subjects(RDF.type, below)
        for predicate in self.subjects_of:
            yield from graph.subjects(predicate)
        for predicate in self.objects_of:
            yield from graph.objects(None, predicate)


@dataclass(frozen=True)
class ShapeQuery:
    """A shape's query that reads triples which no path from the focus node reaches.

    A change of such a triple affects all targets of the shape; :meth:`Pattern.bindings` gives
    the bindings of the rows that it can add.
    """

    shape: Node
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True)
class Touched:
    """The targets of a shape that a change affects.

    ``reached`` along a path, and ``others`` that a query of :class:`ShapeQuery` may affect.
    """

    shape: Node
    reached: frozenset[Node]
    others: frozenset[Node]


class ShapeDependencies:
    """The triples that each shape of a graph reads; ``queries`` by text, without prefixes."""

    def __init__(self, shapes: Graph) -> None:
        self.queries: dict[str, ShapeQuery] = {}
        self._shapes, self._steps = shapes, PathAutomaton()
        self._entries: dict[Node, int] = {}
        self._loose: list[tuple[int, Node | None]] = []
        self._whole: set[str] = set()
        self._kinds = self._steps.state()
        self._steps.step(self._kinds, RDFS.subClassOf, False, self._kinds)
        parameters = set(shapes.objects(None, SH.parameter))
        self._own_parameters = {shapes.value(parameter, SH.path) for parameter in parameters}
        self._targets = {shape: targets for shape, targets in _targets(shapes) if targets}
        for shape, targets in self._targets.items():
            self._read_targets(self._shape(shape), targets)
        ways = [(predicate, self._steps.leading_to(state)) for state, predicate in self._loose]
        self._loose_predicates = {
            shape: {predicate for predicate, states in ways if self._entries[shape] in states}
            for shape in self._targets
        }
        for select in self._whole:
            self.queries.pop(select, None)

    def touched(self, now: Graph, gone: Graph, new: Graph) -> Iterator[Touched]:
        """Each shape with its targets that a change affects, if any.

        ``now`` is the graph after the change, which removed the triples of ``gone`` and added
        those of ``new``.
        """
        changed = [*gone, *new]
        reached = self._steps.back(now, changed)
        classes = cache(lambda node: frozenset(_classes(now, node)))
        predicates = {None, *(predicate for _, predicate, _ in changed)} if changed else set()
        for shape, targets in self._targets.items():
            at_shape = reached.get(self._entries[shape], ())
            nodes = frozenset(node for node in at_shape if targets.hold(now, node, classes(node)))
            loose = self._loose_predicates[shape] & predicates
            others = frozenset(targets.all(now)) - nodes if loose else frozenset()
            if nodes or others:
                yield Touched(shape, nodes, others)

    def _read_targets(self, entry: int, targets: Targets) -> None:
        if targets.classes:
            self._steps.step(entry, RDF.type, False, self._kinds)
        for inverse, predicates in ((False, targets.subjects_of), (True, targets.objects_of)):
            for predicate in predicates:
                self._steps.walk(entry, _path(self._shapes, predicate), inverse)

    def _shape(self, shape: Node) -> int:
        """The automaton's state at the focus nodes of a shape, built on the first call."""
        if shape in self._entries:
            return self._entries[shape]
        entry = value = self._entries[shape] = self._steps.state()
        if path := self._shapes.value(shape, SH.path):
            value = self._steps.walk(entry, _path(self._shapes, path))
        for parameter, argument in self._shapes.predicate_objects(shape):
            if parameter in _SHAPE:
                self._steps.link(value, self._shape(argument))
            elif parameter in _SHAPES:
                for member in RdfList(self._shapes, argument):
                    self._steps.link(value, self._shape(member))
            elif parameter == SH.qualifiedValueShapesDisjoint:
                for sibling in self._siblings(shape):
                    self._steps.link(value, self._shape(sibling))
            elif parameter == SH["class"]:
                self._steps.step(value, RDF.type, False, self._kinds)
            elif parameter in _PAIR:
                self._steps.walk(entry, _path(self._shapes, argument))
            elif parameter == SH.closed:
                self._steps.walk(value, None)
            elif parameter == SH.sparql:
                self._query(shape, argument)
            elif parameter in self._own_parameters:
                # the query of a custom constraint component may read any triple
                self._loose.append((entry, None))
        return entry

    def _siblings(self, shape: Node) -> Iterator[Node]:
        for parent in self._shapes.subjects(SH.property, shape):
            for property in self._shapes.objects(parent, SH.property):
                yield from self._shapes.objects(property, SH.qualifiedValueShape)

    def _query(self, shape: Node, constraint: Node) -> None:
        """Add the steps of a SPARQL constraint (SHACL, section 5)."""
        entry = self._entries[shape]
        select = text = str(self._shapes.value(constraint, SH.select))
        if path := self._shapes.value(shape, SH.path):
            text = text.replace("$PATH", _text(_path(self._shapes, path)))
        read = patterns(self._prefixes(constraint) + text)
        ways = [pattern.steps() for pattern in read or ()]
        if read is None:
            self._loose.append((entry, None))
        elif all(ways):
            for way in ways:
                state = entry
                for predicate, inverse in way or ():
                    state = self._steps.walk(state, predicate, inverse)
        else:
            for predicate in (pattern.triple[1] for pattern in read):
                self._loose.append((entry, predicate if isinstance(predicate, URIRef) else None))
            if select in self.queries or (None, None, shape) in self._shapes:
                # within another shape, such as sh:not, an empty result may be the violation
                self._whole.add(select)
            self.queries[select] = ShapeQuery(shape, read)

    def _prefixes(self, constraint: Node) -> str:
        """The query's prefixes; as in pyshacl, those of other ontologies are included."""
        prefixes = {name: str(namespace) for name, namespace in _PREFIXES.items()}
        for ontology in (None, *self._shapes.objects(constraint, SH.prefixes)):
            for declared in self._shapes.objects(ontology, SH.declare):
                prefix = str(self._shapes.value(declared, SH.prefix))
                prefixes[prefix] = str(self._shapes.value(declared, SH.namespace))
        return "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items())


def _targets(shapes: Graph) -> Iterator[tuple[Node, Targets]]:
    """Each shape with its targets."""
    nodes_of_shapes = {s for p in (*_TARGETS, SH.property, SH.node) for s in shapes.subjects(p)}
    for kind in (SH.NodeShape, SH.PropertyShape):
        nodes_of_shapes.update(shapes.subjects(RDF.type, kind))
    for shape in nodes_of_shapes:
        nodes, classes, subjects, objects = (
            frozenset(shapes.objects(shape, predicate)) for predicate in _TARGETS
        )
        if _implicit(shapes, shape):
            classes |= {shape}
        yield shape, Targets(nodes, classes, subjects, objects)


def _implicit(shapes: Graph, shape: Node) -> list[Node]:
    """The types that make a shape a class as well, so that its instances are its targets."""
    metaclasses = {RDFS.Class, OWL.Class, *shapes.subjects(RDFS.subClassOf, RDFS.Class)}
    return [kind for kind in shapes.objects(shape, RDF.type) if kind in metaclasses]


def _classes(graph: Graph, node: Node) -> Iterator[Node | None]:
    """The classes of a node and their superclasses."""
    for kind in graph.objects(node, RDF.type):
        yield from graph.transitive_objects(kind, RDFS.subClassOf)


def _path(shapes: Graph, node: Node) -> URIRef | Path:
    """A property path (SHACL, section 2.3.1) as an rdflib path."""
    if isinstance(node, URIRef):
        return node
    if inner := shapes.value(node, SH.inversePath):
        return InvPath(_path(shapes, inner))
    if options := shapes.value(node, SH.alternativePath):
        return AlternativePath(*(_path(shapes, option) for option in RdfList(shapes, options)))
    for predicate, sign in _MULTIPLE.items():
        if inner := shapes.value(node, predicate):
            return MulPath(_path(shapes, inner), sign)
    return SequencePath(*(_path(shapes, part) for part in RdfList(shapes, node)))


def _text(path: URIRef | Path) -> str:
    return f"({path.n3()})"

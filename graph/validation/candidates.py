"""Finds the focus nodes that may fail a shape, all at once, so that pySHACL visits only those.

Shapes are compiled to SPARQL (:mod:`.compiler`, :mod:`.set_queries`), which Oxigraph runs over
the data. A node that fails is always found; one that is found need not fail. Of a shape that
cannot be compiled all targets are candidates.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, TypeAlias

import pyoxigraph as ox
import rdflib
from pyshacl.shape import Shape
from pyshacl.shapes_graph import ShapesGraph
from rdflib import RDF, RDFS, BNode, URIRef
from rdflib.term import Node

from missiongraph.rdf.exact import held, told

from .affected import Targets
from .checks import Uncompiled, any_of
from .compiler import ShapeCompiler
from .constraints import Functions, boolean
from .set_queries import SetQuery, set_query

__all__ = ["Candidates", "Chosen"]

Chosen: TypeAlias = tuple[Node, set[Node] | None]
"""A shape and the nodes at which it may fail; None stands for all of its targets."""

_FUNCTION = re.compile(r"<(urn:x-missiongraph:function:[0-9]+)>")
_THIS = "?this"
_NO = boolean(False)
_TYPE = ox.NamedNode(str(RDF.type))
_BELOW = ox.NamedNode(str(RDFS.subClassOf))


@dataclass(frozen=True)
class _Compiled:
    """A shape: expressions that are true where it, or a property of it, may fail; its queries."""

    shape: Node
    fails: tuple[tuple[Node, str], ...]
    queries: tuple[SetQuery, ...]


class Candidates:
    """Finds candidates for shapes, each of which is compiled when data first have its targets.

    ``shapes`` are the shapes as pySHACL reads them. Raises what pySHACL raises for shapes that it
    cannot read.
    """

    def __init__(self, shapes: rdflib.Graph) -> None:
        self.shapes = ShapesGraph(shapes)
        self._compiler = ShapeCompiler(self.shapes)
        self._compiled: dict[Node, _Compiled | None] = {}
        own = ((shape.node, _targets(shape)) for shape in self.shapes.shapes)
        self._targets = {node: targets for node, targets in own if targets}
        self._lock = Lock()  # functions and parsed queries are for one thread

    def uncompiled(self) -> dict[Node, tuple[str, ...]]:
        """What could not be compiled, by shape: more nodes than need be are its candidates."""
        with self._lock:
            for node in self._targets:
                self._compile(node)
            return {node: tuple(why) for node, why in self._compiler.unknown.items()}

    def found(self, store: ox.Store) -> list[Chosen]:
        """The candidates in a store of exact quads, for shapes and for properties of them."""
        with self._lock:
            search = _Search(store, self._compiler.functions)
            found: list[Chosen] = []
            for node, targets in self._targets.items():
                compiled = partial(self._compile, node)
                chosen = search.candidates(targets, compiled) if _are_iris(targets) else None
                found += [(node, None)] if chosen is None else chosen.items()
            self._compiler.functions.forget()
            return found

    def _compile(self, node: Node) -> _Compiled | None:
        """A compiled shape, None if it cannot be compiled."""
        if node not in self._compiled:
            compiler = self._compiler
            self._compiled[node] = None
            try:
                queries = [set_query(each, compiler.functions) for each in compiler.queries(node)]
            except Uncompiled as reason:
                compiler.unknown.setdefault(node, []).append(str(reason))
            else:
                checks = compiler.checks(node, _THIS)
                fails = tuple((part, check.fails) for part, check in checks)
                self._compiled[node] = _Compiled(node, fails, tuple(queries))
        return self._compiled[node]


def _targets(shape: Shape) -> Targets:
    nodes, classes, implicit, objects, subjects = map(
        frozenset,
        shape.target(),  # type: ignore[no-untyped-call]
    )
    return Targets(nodes, classes | implicit, subjects, objects)


def _are_iris(targets: Targets) -> bool:
    kinds = targets.classes | targets.subjects_of | targets.objects_of
    return all(isinstance(kind, URIRef) for kind in kinds)


class _Search:
    """The search for candidates in one store."""

    def __init__(self, store: ox.Store, functions: Functions) -> None:
        self._store, self._functions = store, functions
        self._below: dict[Node, set[Any]] = {}

    def candidates(
        self, targets: Targets, compiled: Callable[[], _Compiled | None]
    ) -> dict[Node, set[Node]] | None:
        """The targets at which a shape, or a property of it, may fail; None for all."""
        groups, unnamed = self._targets(targets)
        if not (groups or unnamed):
            return {}
        shape = compiled()
        if shape is None:
            return None
        found: dict[Node, set[Node]] = defaultdict(set, {shape.shape: unnamed})
        self._functions.failed = False
        try:
            for part, node in self._among(groups, shape) if groups else ():
                found[part].add(node)
        except SyntaxError:  # Oxigraph's parser has limits that rdflib's has not
            return None
        if self._functions.failed:
            return None
        whole = found.pop(shape.shape)
        return {shape.shape: whole} | {part: nodes - whole for part, nodes in found.items()}

    def _among(self, groups: list[str], shape: _Compiled) -> Iterator[tuple[Node, Node]]:
        """Each candidate among the targets that groups find, with what may fail there."""
        every = f"SELECT DISTINCT {_THIS} WHERE {{ {' UNION '.join(groups)} }}"
        if parts := [(part, fails) for part, fails in shape.fails if fails != "false"]:
            each = " ".join(f"BIND({fails} AS ?part{i})" for i, (_, fails) in enumerate(parts))
            some = any_of(fails for _, fails in parts)
            for row in self._rows(f"SELECT * WHERE {{ {{ {every} }} FILTER({some}) {each} }}"):
                node = told(row["this"])
                yield from (
                    (part, node) for i, (part, _) in enumerate(parts) if row[f"part{i}"] != _NO
                )
        for query in shape.queries:
            both = f"SELECT DISTINCT {_THIS} WHERE {{ {{ {query.body} }} {{ {every} }} }}"
            if query.of_this:
                yield from ((shape.shape, told(row["this"])) for row in self._rows(both))
            elif next(self._rows(f"SELECT * WHERE {{ {query.body} }} LIMIT 1"), None) is not None:
                yield from ((shape.shape, told(row["this"])) for row in self._rows(every))

    def _rows(self, query: str) -> Iterator[ox.QuerySolution]:
        functions: dict[ox.NamedNode, Any] = {
            ox.NamedNode(name): self._function(name) for name in _FUNCTION.findall(query)
        }
        rows = self._store.query(query, custom_functions=functions)
        assert isinstance(rows, ox.QuerySolutions)
        return rows

    def _function(self, name: str) -> Callable[..., ox.Literal]:
        kind = self._functions.classes.get(name)
        if kind is None:
            return self._functions.called[name]
        below = self._classes(kind)
        return lambda each: boolean(each in below)

    def _targets(self, targets: Targets) -> tuple[list[str], set[Node]]:
        """The groups of a query that find targets, and targets that no query can name."""
        groups: list[str] = []
        unnamed: set[Node] = {node for node in targets.nodes if isinstance(node, BNode)}
        if values := [held(node) for node in targets.nodes - unnamed]:
            groups.append(f"{{ VALUES {_THIS} {{ {' '.join(map(str, values))} }} }}")
        for kind in {kind for each in targets.classes for kind in self._classes(each)}:
            if isinstance(kind, ox.NamedNode):
                groups += self._if_any(f"{_THIS} {_TYPE} {kind}", _TYPE, kind)
            else:
                instances = self._store.quads_for_pattern(None, _TYPE, kind)
                unnamed.update(told(quad.subject) for quad in instances)
        for predicate in map(held, targets.subjects_of):
            groups += self._if_any(f"{_THIS} {predicate} ?o", predicate)
        for predicate in map(held, targets.objects_of):
            groups += self._if_any(f"?s {predicate} {_THIS}", predicate)
        return groups, unnamed

    def _if_any(self, pattern: str, predicate: Any, object: Any = None) -> list[str]:
        """The pattern as a group, if the store has such triples."""
        some = next(self._store.quads_for_pattern(None, predicate, object), None)
        return [] if some is None else [f"{{ {pattern} }}"]

    def _classes(self, kind: Node) -> set[Any]:
        """A class and those below it, as terms of the store (SHACL, section 2.1.3.2)."""
        if kind not in self._below:
            found, waiting = {held(kind)}, [held(kind)]
            while waiting:
                quads = self._store.quads_for_pattern(None, _BELOW, waiting.pop())
                new = {quad.subject for quad in quads} - found
                found |= new
                waiting += new
            self._below[kind] = found
        return self._below[kind]

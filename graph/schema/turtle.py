"""Formats Turtle canonically: equal triples always give equal bytes.

Used for the files that people edit (ontology, alignments, vocabularies, shapes), so that a diff
shows only real changes. Blank nodes are written in place and sorted by their content, so each
must be the object of exactly one triple, as in Turtle's ``[ … ]`` and ``( … )`` (RDF 1.1 Turtle,
W3C Recommendation 2014). Comments are lost.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal
from rdflib.collection import Collection
from rdflib.term import Node

__all__ = ["rewrite", "spelled", "to_turtle"]

_FIRST_PREDICATES = (RDF.type, RDFS.label, SKOS.prefLabel, SKOS.altLabel, SKOS.notation)
_FIRST_CLASSES = (
    OWL.Ontology,
    SKOS.ConceptScheme,
    RDFS.Class,
    OWL.Class,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
)
_LOCAL = re.compile(r"[A-Za-z0-9_]+(?:-+[A-Za-z0-9_]+)*")
_SHORT = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.boolean: re.compile(r"true|false"),
}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def to_turtle(graph: Graph) -> str:
    """The graph as canonical Turtle, with the prefixes that it uses.

    Raises ``ValueError`` for a blank node that is shared or part of a cycle.
    """
    return _Writer(graph).text()


def spelled(path: Path) -> str:
    """The triples of a Turtle file in canonical format."""
    graph = Graph(bind_namespaces="none")
    graph.parse(path, format="turtle")
    return to_turtle(graph)


def rewrite(paths: Iterable[Path]) -> list[Path]:
    """Format the files in place; returns those that changed."""
    changed = []
    for path in paths:
        text = spelled(path).encode()
        if text != path.read_bytes():
            path.write_bytes(text)
            changed.append(path)
    return changed


class _Writer:
    """Writes one graph, and records the prefixes that it uses."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.prefixes = sorted(
            ((str(space), prefix) for prefix, space in graph.namespaces()),
            key=lambda pair: (-len(pair[0]), pair),
        )
        self.used: dict[str, str] = {}
        self.open: set[Node] = set()

    def text(self) -> str:
        self._check_blank_nodes()
        roots = [node for node in set(self.graph.subjects()) if not self._is_nested(node)]
        blocks = [self._block(node) for node in sorted(roots, key=self._root_key)]
        declarations = [f"@prefix {p}: <{space}> .\n" for p, space in sorted(self.used.items())]
        return "\n".join(["".join(declarations), *blocks])

    def _check_blank_nodes(self) -> None:
        for node in {o for o in self.graph.objects() if isinstance(o, BNode)}:
            if len(list(self.graph.triples((None, None, node)))) > 1:
                raise ValueError("a blank node is the object of several triples: give it an IRI")

    def _is_nested(self, node: Node) -> bool:
        return isinstance(node, BNode) and (None, None, node) in self.graph

    def _root_key(self, node: Node) -> tuple[int, int, str]:
        kinds = set(self.graph.objects(node, RDF.type))
        ranks = [rank for rank, kind in enumerate(_FIRST_CLASSES) if kind in kinds]
        name = self._body(node, 1) if isinstance(node, BNode) else str(node)
        return (int(isinstance(node, BNode)), min(ranks, default=len(_FIRST_CLASSES)), name)

    def _block(self, node: Node) -> str:
        if isinstance(node, BNode):
            return f"[] {self._body(node, 1)} .\n"
        return f"{self._iri(node)} {self._body(node, 1)} .\n"

    def _body(self, node: Node, depth: int) -> str:
        by_predicate: defaultdict[Node, list[Node]] = defaultdict(list)
        for _, predicate, value in self.graph.triples((node, None, None)):
            by_predicate[predicate].append(value)
        indent = "    " * depth
        lines = []
        for predicate in sorted(by_predicate, key=_predicate_key):
            name = "a" if predicate == RDF.type else self._iri(predicate)
            values = sorted(self._object(value, depth) for value in by_predicate[predicate])
            joint = ", " if predicate == RDF.type else f",\n{indent}    "
            lines.append(f"{name} {joint.join(values)}")
        return f" ;\n{indent}".join(lines)

    def _object(self, value: Node, depth: int) -> str:
        if isinstance(value, Literal):
            return self._literal(value)
        if isinstance(value, BNode):
            return self._nested(value, depth)
        return "()" if value == RDF.nil else self._iri(value)

    def _nested(self, node: BNode, depth: int) -> str:
        if node in self.open:
            raise ValueError("blank nodes form a cycle: give one of them an IRI")
        self.open.add(node)
        if self._is_list(node):
            items = [self._object(item, depth) for item in Collection(self.graph, node)]
            text = f"( {' '.join(items)} )"
        else:
            text = f"[ {self._body(node, depth + 1)} ]".replace("[  ]", "[]")
        self.open.discard(node)
        return text

    def _is_list(self, node: Node) -> bool:
        while node != RDF.nil:
            if len(list(self.graph.triples((node, None, None)))) != 2:
                return False
            rest = self.graph.value(node, RDF.rest)
            if rest is None or self.graph.value(node, RDF.first) is None:
                return False
            node = rest
        return True

    def _literal(self, value: Literal) -> str:
        text, datatype = str(value), value.datatype
        if datatype in _SHORT and _SHORT[datatype].fullmatch(text):
            return text
        if value.language:
            return f"{_quoted(text)}@{value.language}"
        if datatype is None or datatype == XSD.string:
            return _quoted(text)
        return f"{_quoted(text)}^^{self._iri(datatype)}"

    def _iri(self, iri: Node) -> str:
        text = str(iri)
        for space, prefix in self.prefixes:
            if text.startswith(space) and _LOCAL.fullmatch(text[len(space) :]):
                self.used[prefix] = space
                return f"{prefix}:{text[len(space) :]}"
        return f"<{text}>"


def _predicate_key(predicate: Node) -> tuple[int, str]:
    rank = _FIRST_PREDICATES.index(predicate) if predicate in _FIRST_PREDICATES else 99
    return (rank, str(predicate))


def _quoted(text: str) -> str:
    """A string in quotes; in triple quotes if it has several lines, as queries in shapes do."""
    if "\n" not in text:
        return '"' + "".join(_ESCAPES.get(sign, sign) for sign in text) + '"'
    escaped = "".join(sign if sign == "\n" else _ESCAPES.get(sign, sign) for sign in text)
    return f'"""{escaped}"""'

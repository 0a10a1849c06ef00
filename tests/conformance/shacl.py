"""SHACL: the report of our validator is the expected one."""

from __future__ import annotations

from pathlib import Path

from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from missiongraph.errors import DataError
from missiongraph.validation.shapes import merged, validate

from .client import Failed, check
from .manifest import Case, iri, parse

_COMPARED = (
    RDF.type,
    SH.focusNode,
    SH.resultSeverity,
    SH.sourceConstraintComponent,
    SH.sourceShape,
    SH.value,
)
_FAILURE = iri("sht:Failure")


def shacl(case: Case) -> None:
    """Validation finds what the test expects, or fails where it must."""
    action, expected = case.node.the("mf:action"), case.node.the("mf:result")
    data, shapes = (_graph(action.the(f"sht:{name}").path) for name in ("dataGraph", "shapesGraph"))
    must_fail = expected.term == _FAILURE
    try:
        found = validate(data, shapes=shapes).graph
    except DataError as error:
        if must_fail:
            return
        raise Failed(str(error)) from error
    check(not must_fail, "shapes that cannot be run are run")
    stated = _graph(case.file)
    result = stated.value(URIRef(case.node.value), URIRef(iri("mf:result").value))
    outline = _outline(found, found.value(None, RDF.type, SH.ValidationReport))
    check(isomorphic(outline, _outline(stated, result)), f"the report is {outline.serialize()}")


def _graph(path: Path) -> Graph:
    return merged(parse(path))


def _outline(graph: Graph, report: Node | None) -> Graph:
    """What two reports are compared by: all but messages and what implementations add."""
    outline = Graph()
    for conforms in graph.objects(report, SH.conforms):
        outline.add((BNode("report"), SH.conforms, conforms))
    for result in graph.objects(report, SH.result):
        for predicate in _COMPARED:
            for value in graph.objects(result, predicate):
                outline.add((result, predicate, value))
        for path in graph.objects(result, SH.resultPath):
            outline.add((result, SH.resultPath, Literal(_path(graph, path))))
    return outline


def _path(graph: Graph, node: Node) -> str:
    """A property path as text, since blank nodes of paths may or may not be shared."""
    if not isinstance(node, BNode):
        return node.n3()
    parts = sorted(f"{p.n3()} {_path(graph, o)}" for p, o in graph.predicate_objects(node))
    return f"[{'; '.join(parts)}]"

"""Beyond RDF 1.1: triple terms and base directions, which SHACL 1.0 and rdflib know nothing of.

Shapes cannot be held against them. So that nothing goes unchecked in silence, each statement with
such a term is a violation (RDF 1.2 Concepts, sections 3.1 and 3.4).
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef

from .literals import term

__all__ = ["MESSAGE", "SHAPE", "is_beyond", "tell"]

MESSAGE = (
    "Leave out the triple term or base direction, or say it in another way: it is of RDF 1.2, and "
    "the shapes check RDF 1.1."
)
SHAPE = "https://www.w3.org/TR/rdf11-concepts/#dfn-rdf-term"
"""What such terms break: there are no others than IRIs, literals and blank nodes."""


def is_beyond(triple: ox.Triple | ox.Quad) -> bool:
    """Whether a statement has a triple term, or a literal with a base direction, as its object."""
    object = triple.object
    return isinstance(object, ox.Triple) or bool(getattr(object, "direction", None))


def tell(report: Graph, triples: Iterable[ox.Triple]) -> None:
    """Add a violation for each statement to a ``sh:ValidationReport``, which has no such values."""
    for whole in report.subjects(RDF.type, SH.ValidationReport):
        for triple in triples:
            result = BNode()
            report.set((whole, SH.conforms, Literal(False)))
            report.add((whole, SH.result, result))
            report.add((result, RDF.type, SH.ValidationResult))
            report.add((result, SH.resultSeverity, SH.Violation))
            report.add((result, SH.sourceConstraintComponent, SH.NodeKindConstraintComponent))
            report.add((result, SH.sourceShape, URIRef(SHAPE)))
            report.add((result, SH.focusNode, term(triple.subject)))
            report.add((result, SH.resultPath, term(triple.predicate)))
            report.add((result, SH.resultMessage, Literal(f"{MESSAGE} {triple.object}")))

"""Detects terms of RDF 1.2 (triple terms, base directions), which SHACL 1.0 and rdflib lack.

Shapes cannot check them, so each statement with such a term is reported as a violation
(RDF 1.2 Concepts, sections 3.1 and 3.4).
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef

from .literals import term

__all__ = ["MESSAGE", "SHAPE", "is_beyond", "tell"]

MESSAGE = (
    "Leave out the triple term or base direction, or model it in another way: it is RDF 1.2, and "
    "the shapes check RDF 1.1."
)
SHAPE = "https://www.w3.org/TR/rdf11-concepts/#dfn-rdf-term"
"""Source shape of the violation: in RDF 1.1 a term is an IRI, a literal or a blank node."""


def is_beyond(triple: ox.Triple | ox.Quad) -> bool:
    """Whether the object is a triple term, or a literal with a base direction."""
    object = triple.object
    return isinstance(object, ox.Triple) or bool(getattr(object, "direction", None))


def tell(report: Graph, triples: Iterable[ox.Triple]) -> None:
    """Add a violation for each statement to a ``sh:ValidationReport``, the object in its message.

    A ``sh:value`` is left out: the report cannot hold such terms.
    """
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

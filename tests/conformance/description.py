"""SPARQL 1.1 Service Description: what the endpoint says of itself when asked nothing."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

from missiongraph.validation.shapes import merged, read, validate

from .client import Server, check
from .manifest import Case

_SD = "http://www.w3.org/ns/sparql-service-description#"
_SHAPES = Path(__file__).with_name("description.ttl")


def description(server: Server, case: Case) -> None:
    """The endpoint answers with RDF, names itself, and uses the vocabulary as it is meant."""
    answer = server.send("GET", server.query, headers={"Accept": "text/turtle"}).succeeded()
    check(answer.media_type == "text/turtle", f"it is {answer.media_type}")
    quads = list(ox.parse(answer.body, ox.RdfFormat.TURTLE, base_iri=server.query))
    match case.name.rpartition("/")[2]:
        case "returns-rdf":
            check(bool(quads), "it says nothing")
        case "has-endpoint-triple":
            ends = {quad.object for quad in quads if quad.predicate.value == _SD + "endpoint"}
            check(ox.NamedNode(server.query) in ends, f"the endpoint is {ends or 'missing'}")
        case "conforms-to-schema":
            report = validate(merged(quads), shapes=read(_SHAPES))
            check(report.conforms, report.text())
        case other:
            check(False, f"unknown test {other}")

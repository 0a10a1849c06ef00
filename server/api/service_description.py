"""The SPARQL 1.1 Service Description: the endpoint's abilities in RDF.

https://www.w3.org/TR/sparql11-service-description/
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pyoxigraph as ox
from flask import Response, request

from missiongraph.errors import MissionGraphError
from missiongraph.namespaces import RDF, XSD
from missiongraph.rdf import formats
from missiongraph.rdf.serialization import serialise
from missiongraph.server.http.negotiation import Choice
from missiongraph.server.http.problems import Problem
from missiongraph.server.state.context import Context, context
from missiongraph.sparql.engine import TRIPLES
from missiongraph.sparql.media_types import CSV, JSON, TSV, XML

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
FORMAT = "http://www.w3.org/ns/formats/"
SIMPLE = "http://www.w3.org/ns/entailment/Simple"

NAMES = {
    JSON: "SPARQL_Results_JSON",
    XML: "SPARQL_Results_XML",
    CSV: "SPARQL_Results_CSV",
    TSV: "SPARQL_Results_TSV",
    formats.TURTLE.media_type: "Turtle",
    formats.N_TRIPLES.media_type: "N-Triples",
    formats.RDF_XML.media_type: "RDF_XML",
    formats.JSON_LD.media_type: "JSON-LD",
}
"""Media types of answers, and the W3C's names for their formats."""

INPUTS = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD", "N3")
"""Formats in which clients may send graphs, by the W3C's names."""

_PREFIXES = {"sd": SD, "void": VOID, "format": FORMAT, "xsd": XSD}
_SERVICE, _DATASET, _GRAPH = (ox.BlankNode(name) for name in ("service", "dataset", "graph"))


def respond(choice: Choice) -> Response:
    """The description in the chosen format; raises :class:`Problem` (406) if that is not RDF."""
    served = context()
    served.access.require("read")
    if not choice.triples:
        detail = "The description is available as Turtle, N-Triples, RDF/XML or JSON-LD."
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, detail)
    body = serialise(describe(served, request.base_url), TRIPLES[choice.triples], _PREFIXES)
    return Response(body, mimetype=choice.triples)


def describe(served: Context, endpoint: str) -> Iterator[ox.Triple]:
    """Describe the service at the URL ``endpoint``; raises :class:`Problem` (503)."""
    try:
        state, statements = served.store.state(), served.store.statements()
    except MissionGraphError as error:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.") from error
    languages = ["SPARQL11Query"] + ["SPARQL11Update"] * served.writable
    inputs = INPUTS if served.writable else ()
    yield _says(_SERVICE, RDF + "type", SD + "Service")
    yield _says(_SERVICE, SD + "endpoint", endpoint)
    for language in languages:
        yield _says(_SERVICE, SD + "supportedLanguage", SD + language)
    for name in NAMES.values():
        yield _says(_SERVICE, SD + "resultFormat", FORMAT + name)
    for name in inputs:
        yield _says(_SERVICE, SD + "inputFormat", FORMAT + name)
    if state.merged:
        yield _says(_SERVICE, SD + "feature", SD + "UnionDefaultGraph")
    if state.federates:
        yield _says(_SERVICE, SD + "feature", SD + "BasicFederatedQuery")
    yield _says(_SERVICE, SD + "defaultEntailmentRegime", SIMPLE)
    yield _says(_SERVICE, SD + "defaultDataset", _DATASET)
    yield _says(_DATASET, RDF + "type", SD + "Dataset")
    yield _says(_DATASET, SD + "defaultGraph", _GRAPH)
    yield _says(_GRAPH, RDF + "type", SD + "Graph")
    if statements is not None:
        yield _says(_GRAPH, VOID + "triples", ox.Literal(statements))


def _says(
    subject: ox.BlankNode, predicate: str, object: str | ox.BlankNode | ox.Literal
) -> ox.Triple:
    term = ox.NamedNode(object) if isinstance(object, str) else object
    return ox.Triple(subject, ox.NamedNode(predicate), term)

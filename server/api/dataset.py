"""Descriptions for catalogues, query editors and crawlers: the dataset, examples, a site map."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from xml.sax.saxutils import escape

import pyoxigraph as ox
from flask import Blueprint, Flask, Response, request, url_for

from missiongraph.errors import UnknownQuery
from missiongraph.namespaces import ID, QUERY, RDF, RDFS
from missiongraph.publishing.dataset import DATASET, PREFIXES, Counts, count, describe
from missiongraph.rdf.serialization import serialise
from missiongraph.server.answers.library_queries import rows
from missiongraph.server.answers.run import faults
from missiongraph.server.http.addresses import at, local
from missiongraph.server.http.problems import Problem
from missiongraph.server.http.rdf_documents import FORMATS, chosen, content_type, parted
from missiongraph.server.http.signposts import Link, signposted
from missiongraph.server.state.context import context
from missiongraph.sparql.bindings import bind
from missiongraph.sparql.engine import Query
from missiongraph.sparql.library import LibraryQuery, find, queries
from missiongraph.sparql.results import Table

from . import dumps

blueprint = Blueprint("catalogue", __name__)

SH = "http://www.w3.org/ns/shacl#"
SDO = "https://schema.org/"
PLACES = (
    *("/", "/missions", "/browse", "/progress", "/network", "/toolkit"),
    *("/query", "/terms", "/about", "/sure"),
)
"""The main places of the site."""

MAP = 50_000
"""Most addresses in a site map (sitemaps.org)."""

_THINGS = f"""
SELECT DISTINCT ?thing {{ ?thing a ?class FILTER(STRSTARTS(STR(?thing), "{ID}")) }}
ORDER BY ?thing LIMIT {MAP - len(PLACES)}
"""


def register(app: Flask) -> None:
    """Add the routes of the descriptions."""
    app.register_blueprint(blueprint)


@blueprint.get("/dataset")
@blueprint.get("/dataset.<extension>")
@blueprint.get("/.well-known/void")
def dataset(extension: str = "") -> Response:
    """The dataset in VoID, DCAT and DQV; browsers are redirected to the page about it."""
    context().access.require("read")
    extension = chosen(extension, page=request.path != "/.well-known/void")
    if extension == "html":
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": at("/about")})
    with faults():
        info, counts = context().info, _counts()
    base, files = request.root_url, dumps.distributions() if info.fingerprint else []
    response = _document(describe(counts, info, base, files), extension)
    links = [Link("item", file.address, "application/gzip") for file in files]
    return signposted(response, [Link("cite-as", DATASET), *links])


@blueprint.get("/.well-known/sparql-examples")
def examples() -> Response:
    """The query library as ``sh:SPARQLExecutable``, which SPARQL editors read as examples."""
    extension = chosen()
    return _document((t for entry in queries() for t in _example(entry)), extension)


@blueprint.get("/query/<name>")
def example(name: str) -> Response:
    """One example query, at its IRI; browsers are redirected to its page."""
    name, extension = parted(name, page=True)
    try:
        entry = find(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, str(error)) from error
    extension = chosen(extension, page=True)
    if extension == "html":
        there = url_for("library.query", name=name)
        return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})
    return _document(_example(entry), extension)


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """The site map: the main pages and the page of every thing, for crawlers."""
    context().access.require("read")
    things = Table.from_json(rows(Query(_THINGS)))
    paths = [*map(at, PLACES), *(local(row["thing"]) for row in things)]
    host = request.host_url.rstrip("/")
    body = "".join(f"<url><loc>{escape(host + path)}</loc></url>\n" for path in paths)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{body}</urlset>\n'
    )
    return Response(text, mimetype="application/xml")


def _counts() -> Counts:
    """The counts for the present state of the data."""
    return context().memo.get("counts", lambda: count(context().graph.engine))


def _example(entry: LibraryQuery) -> Iterator[ox.Triple]:
    """The triples that describe a library query, with its parameters at their defaults."""
    node = ox.NamedNode(QUERY + entry.name)
    text = ox.Literal(bind(entry.text, entry.bindings({})))
    properties: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (RDF + "type", ox.NamedNode(SH + "SPARQLExecutable")),
        (RDF + "type", ox.NamedNode(SH + "SPARQLSelectExecutable")),
        (RDFS + "comment", ox.Literal(entry.question, language="en")),
        (SH + "select", text),
        (SDO + "target", ox.NamedNode(url_for("sparql.sparql", _external=True))),
        *((SDO + "keywords", ox.Literal(word)) for word in entry.keywords),
    ]
    for predicate, term in properties:
        yield ox.Triple(node, ox.NamedNode(predicate), term)


def _document(triples: Iterator[ox.Triple], extension: str) -> Response:
    format = FORMATS[extension]
    prefixes = PREFIXES | {"sh": SH, "schema": SDO}
    return Response(serialise(triples, format, prefixes), content_type=content_type(format))

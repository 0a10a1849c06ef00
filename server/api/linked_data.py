"""Linked data: every IRI of ours leads to what is said of it, on whatever host this runs.

A thing is not a document: ``/id/mission/apollo`` and ``/vocab/country/FR`` answer 303, to
``/page/…`` for readers and ``/data/…`` for programs (W3C, Cool URIs for the Semantic Web,
section 4.2). ``/ontology``, ``/shapes``, ``/vocab/<scheme>`` and ``/graph/…`` are documents.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from itertools import chain

from flask import Blueprint, Flask, Response, request, url_for

from missiongraph.namespaces import BASE, SOURCE_GRAPH, SOURCE_ID
from missiongraph.publishing.dataset import LICENCE
from missiongraph.publishing.description import (
    Description,
    classes,
    describe,
    exists,
    fragments,
    members,
    told_of,
)
from missiongraph.rdf import json_ld
from missiongraph.schema import documents
from missiongraph.server.answers.gone import require
from missiongraph.server.answers.run import faults
from missiongraph.server.answers.run import respond as answer
from missiongraph.server.http.addresses import at, iri_of, local, place
from missiongraph.server.http.iris import asked_address, meant
from missiongraph.server.http.negotiation import Choice, choose
from missiongraph.server.http.pagination import page_number
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.http.rdf_documents import FORMATS, chosen, document, parted
from missiongraph.server.http.signposts import Link, described, linkset, signposted
from missiongraph.server.state.context import context
from missiongraph.sparql.engine import Query

blueprint = Blueprint("resources", __name__)

_CONTENT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_SHOWN = 20  # things that have one address


def register(app: Flask) -> None:
    """Serve what is said of things."""
    app.register_blueprint(blueprint)


@blueprint.get("/id/<kind>/<path:slug>")
@blueprint.get("/vocab/<scheme>/<path:code>")
@blueprint.get("/network/<path:place>")
def thing(**_: str) -> Response:
    """Send who asks for a thing to the page or the data about it."""
    context().access.require("read")
    iri, extension = _asked_for(page=True)
    extension = chosen(extension, page=True)
    here = local(iri) if extension == "html" else _data(iri, extension)
    return signposted(_see(here), _described(iri))


@blueprint.get("/data/<kind>/<path:slug>")
@blueprint.get("/data/vocab/<scheme>/<path:code>")
@blueprint.get("/data/network/<path:place>")
def data(**_: str) -> Response:
    """What the graph says of a thing, and of its relations."""
    context().access.require("read")
    place, extension = parted(request.path.removeprefix("/data/"))
    found = _description(place)
    if not found and extension and (other := _description(f"{place}.{extension}")):
        found, extension = other, ""
    if not found:
        _require(found.iri)
        raise Problem(HTTPStatus.NOT_FOUND, f"Page {found.page} of {found.pages} is no page.")
    extension = chosen(extension)
    response = document(found.quads, extension)
    response.headers["Content-Location"] = _data(found.iri, extension) + _query(found.page)
    links = [Link("describes", found.iri), *_described(found.iri), *_pages(extension, found)]
    return signposted(response, links)


@blueprint.get("/linkset/<path:place>")
def links(place: str) -> Response:
    """All links of a thing as one document."""
    context().access.require("read")
    iri = iri_of(place)
    _require(iri)
    return linkset(iri, _described(iri))


@blueprint.get("/ontology", defaults={"version": ""})
@blueprint.get("/ontology.<extension>", defaults={"version": ""})
@blueprint.get("/ontology/<version>")
def ontology(version: str, extension: str = "") -> Response:
    """The ontology, as it is or as it was in a version."""
    known = documents.versions()
    if version not in known:
        version, extension = parted(version, page=True) if version else ("", extension)
    if version and version not in known:
        there = ", ".join(known)
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no version {version}; there are {there}.")
    extension = chosen(extension, page=version in ("", next(iter(known))))
    if extension == "html":
        return _see(url_for("ontology.ontology"))
    return _file(documents.ontology(version), extension)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<extension>")
def shapes(extension: str = "") -> Response:
    """The SHACL shapes."""
    extension = chosen(extension, page=True)
    if extension == "html":
        return _see(at("/terms#shapes"))
    return _file(documents.shapes(), extension)


@blueprint.get("/context.jsonld")
def jsonld_context() -> Response:
    """The JSON-LD context of the ontology, at the address that documents give it."""
    kind = acceptable("application/ld+json", "application/json")
    text = json.dumps({"@context": json_ld.context(f"{BASE}context.jsonld")}, ensure_ascii=False)
    return Response(text, mimetype=kind)


@blueprint.get("/vocab/<scheme>")
def vocabulary(scheme: str) -> Response:
    """A concept scheme with its concepts."""
    context().access.require("read")
    iri, extension = _asked_for(page=True)
    extension = chosen(extension, page=True)
    if extension == "html":
        return _see(local(iri))
    with faults():
        return document(members(context().graph.engine, iri), extension)


@blueprint.get("/graph/<path:name>")
def graph(name: str) -> Response:
    """What a named graph says; readers of the graph of a source get the source's page."""
    context().access.require("read")
    iri, extension = _asked_for(graph=True)
    accept = FORMATS[extension].media_type if extension else request.headers.get("Accept")
    choice = choose(accept)
    if choice.html and iri.startswith(SOURCE_GRAPH):
        return _see(local(SOURCE_ID + iri.removeprefix(SOURCE_GRAPH)))
    triples = choice.triples or ("text/turtle" if choice.html else None)
    if not triples:
        detail = "A graph comes as Turtle, N-Triples, RDF/XML or JSON-LD."
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, detail)
    return answer(Query(_CONTENT, default_graphs=(iri,)), Choice(None, triples, False))


def _asked_for(*, page: bool = False, graph: bool = False) -> tuple[str, str]:
    """The IRI that the address of the request means, of those there are, and the extension.

    Raises :class:`Problem` where there is none (404, or 410 for what was removed), and where the
    address is that of several (300, which names them).
    """
    address, query = asked_address()
    stem, extension = parted(address, page=page)
    for given, end in dict.fromkeys([(address, ""), (stem, extension)]):
        if found := _told_at(given, query, graph=graph):
            return _the_only(found), end
    decoded = BASE + parted(request.path, page=page)[0].lstrip("/")
    if graph:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no graph {decoded}.")
    _require(decoded)
    return decoded, extension


def _told_at(address: str, query: str, *, graph: bool) -> list[str]:
    """The IRIs that an address means, of those there are: of the likeliest reading that has some.

    Things whose IRI has a fragment, which no client sends, come last.
    """
    readings, engine = [*meant(address, query)], context().graph.engine
    with faults():
        there = told_of(engine, chain(*readings), graph=graph)
        found = ([iri for iri in reading if iri in there] for reading in readings)
        if exact := next(filter(None, found), None):
            return exact
        known = {} if graph else context().memo.get("fragments", lambda: fragments(engine))
    return [iri for here in chain(*readings) for iri in known.get(here, ())]


def _the_only(found: list[str]) -> str:
    """The IRI, unless several have the same address: then nobody knows which one is meant."""
    if len(found) == 1:
        return found[0]
    told = ", ".join(f"{iri} ({local(iri)})" for iri in found[:_SHOWN])
    raise Problem(HTTPStatus.MULTIPLE_CHOICES, f"This is the address of several things: {told}.")


def _see(there: str) -> Response:
    """Send the client elsewhere."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})


def _file(quads: documents.Quads, extension: str) -> Response:
    return signposted(document(quads, extension), [Link("license", LICENCE)])


def _description(place: str) -> Description:
    with faults():
        return describe(context().graph.engine, iri_of(place), page_number())


def _require(iri: str) -> None:
    """Raise :class:`Problem` for what is gone (410), and for what there never was (404)."""
    with faults():
        require(iri, exists(context().graph.engine, iri))


def _described(iri: str) -> list[Link]:
    """The links of a thing to what describes it."""
    with faults():
        return described(iri, classes(context().graph.engine, iri))


def _data(iri: str, extension: str) -> str:
    """Where the data about a thing are."""
    return at(f"/data/{place(iri)}.{extension}")


def _pages(extension: str, found: Description) -> list[Link]:
    """The page before and the one after."""
    near = {"prev": found.page - 1, "next": found.page + 1}
    address = _data(found.iri, extension)
    return [
        Link(rel, address + _query(page)) for rel, page in near.items() if 0 < page <= found.pages
    ]


def _query(page: int) -> str:
    return f"?page={page}" if page > 1 else ""

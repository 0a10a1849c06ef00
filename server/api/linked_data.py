"""Linked data: every IRI of ours leads to a description, on whatever host this runs.

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
_SHOWN = 20  # things with the same address that an error lists


def register(app: Flask) -> None:
    """Add the routes of linked data."""
    app.register_blueprint(blueprint)


@blueprint.get("/id/<kind>/<path:slug>")
@blueprint.get("/vocab/<scheme>/<path:code>")
@blueprint.get("/network/<path:place>")
def thing(**_: str) -> Response:
    """Redirect from a thing to its page or its data."""
    context().access.require("read")
    iri, extension = _asked_for(page=True)
    extension = chosen(extension, page=True)
    here = local(iri) if extension == "html" else _data(iri, extension)
    return signposted(_see(here), _described(iri))


@blueprint.get("/data/<kind>/<path:slug>")
@blueprint.get("/data/vocab/<scheme>/<path:code>")
@blueprint.get("/data/network/<path:place>")
def data(**_: str) -> Response:
    """The statements about a thing and its relations, page by page."""
    context().access.require("read")
    place, extension = parted(request.path.removeprefix("/data/"))
    about = _description(place)
    if not about and extension and (other := _description(f"{place}.{extension}")):
        about, extension = other, ""
    if not about:
        _require(about.iri)
        detail = f"There is no page {about.page}; the last is {about.pages}."
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    extension = chosen(extension)
    response = document(about.quads, extension)
    response.headers["Content-Location"] = _data(about.iri, extension) + _query(about.page)
    links = [Link("describes", about.iri), *_described(about.iri), *_pages(extension, about)]
    return signposted(response, links)


@blueprint.get("/linkset/<path:place>")
def links(place: str) -> Response:
    """All links of a thing as one document (RFC 9264)."""
    context().access.require("read")
    iri = iri_of(place)
    _require(iri)
    return linkset(iri, _described(iri))


@blueprint.get("/ontology", defaults={"version": ""})
@blueprint.get("/ontology.<extension>", defaults={"version": ""})
@blueprint.get("/ontology/<version>")
def ontology(version: str, extension: str = "") -> Response:
    """The ontology, the present version or an earlier one."""
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
    """The JSON-LD context of the ontology, at the address that JSON-LD documents refer to."""
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
    """The triples of a named graph; for a source's graph, browsers get the source's page."""
    context().access.require("read")
    iri, extension = _asked_for(graph=True)
    accept = FORMATS[extension].media_type if extension else request.headers.get("Accept")
    choice = choose(accept)
    if choice.html and iri.startswith(SOURCE_GRAPH):
        return _see(local(SOURCE_ID + iri.removeprefix(SOURCE_GRAPH)))
    triples = choice.triples or ("text/turtle" if choice.html else None)
    if not triples:
        detail = "A graph is available as Turtle, N-Triples, RDF/XML or JSON-LD."
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, detail)
    return answer(Query(_CONTENT, default_graphs=(iri,)), Choice(None, triples, False))


def _asked_for(*, page: bool = False, graph: bool = False) -> tuple[str, str]:
    """The existing IRI for the address of the request, and the extension of the address.

    Raises :class:`Problem` if there is none (404, or 410 if it was removed), and if several IRIs
    have this address (300, which lists them).
    """
    address, query = asked_address()
    stem, extension = parted(address, page=page)
    for path, end in dict.fromkeys([(address, ""), (stem, extension)]):
        if iris := _existing(path, query, graph=graph):
            return _the_only(iris), end
    decoded = BASE + parted(request.path, page=page)[0].lstrip("/")
    if graph:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no graph {decoded}.")
    _require(decoded)
    return decoded, extension


def _existing(address: str, query: str, *, graph: bool) -> list[str]:
    """The existing IRIs for an address, under the likeliest reading that has any.

    IRIs with a fragment, which clients do not send, come last.
    """
    readings, engine = [*meant(address, query)], context().graph.engine
    with faults():
        there = told_of(engine, chain(*readings), graph=graph)
        existing = ([iri for iri in reading if iri in there] for reading in readings)
        if exact := next(filter(None, existing), None):
            return exact
        known = {} if graph else context().memo.get("fragments", lambda: fragments(engine))
    return [iri for here in chain(*readings) for iri in known.get(here, ())]


def _the_only(iris: list[str]) -> str:
    """The one IRI; raises :class:`Problem` (300) for several, as any of them may be meant."""
    if len(iris) == 1:
        return iris[0]
    listed = ", ".join(f"{iri} ({local(iri)})" for iri in iris[:_SHOWN])
    raise Problem(HTTPStatus.MULTIPLE_CHOICES, f"This is the address of several things: {listed}.")


def _see(there: str) -> Response:
    """Redirect with 303 See Other."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})


def _file(quads: documents.Quads, extension: str) -> Response:
    return signposted(document(quads, extension), [Link("license", LICENCE)])


def _description(place: str) -> Description:
    with faults():
        return describe(context().graph.engine, iri_of(place), page_number())


def _require(iri: str) -> None:
    """Raise :class:`Problem` for an IRI that was removed (410) or never existed (404)."""
    with faults():
        require(iri, exists(context().graph.engine, iri))


def _described(iri: str) -> list[Link]:
    """The links from a thing to its descriptions."""
    with faults():
        return described(iri, classes(context().graph.engine, iri))


def _data(iri: str, extension: str) -> str:
    """The address of the data about a thing."""
    return at(f"/data/{place(iri)}.{extension}")


def _pages(extension: str, about: Description) -> list[Link]:
    """Links to the previous and the next page of a description."""
    near = {"prev": about.page - 1, "next": about.page + 1}
    address = _data(about.iri, extension)
    return [
        Link(rel, address + _query(page)) for rel, page in near.items() if 0 < page <= about.pages
    ]


def _query(page: int) -> str:
    return f"?page={page}" if page > 1 else ""

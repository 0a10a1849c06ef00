"""Linked data: every IRI of ours leads to what is said of it, on whatever host this runs.

A thing is not a document: ``/id/mission/apollo`` and ``/vocab/country/FR`` answer 303, to
``/page/…`` for readers and ``/data/…`` for programs (W3C, Cool URIs for the Semantic Web,
section 4.2). ``/ontology``, ``/shapes``, ``/vocab/<scheme>`` and ``/graph/…`` are documents.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Flask, Response, request, url_for

from missiongraph import ontologies
from missiongraph.engine import Query
from missiongraph.namespaces import BASE, GRAPH, KINDS, SOURCE_GRAPH
from missiongraph.things import Description, classes, describe, exists, members

from .answers import faults
from .answers import respond as answer
from .context import context
from .documents import FORMATS, chosen, document, parted
from .gone import require
from .negotiation import Choice, choose
from .pages.things import page_number
from .places import at, iri_of
from .problems import Problem
from .signposts import LICENCE, Link, described, linkset, signposted

blueprint = Blueprint("resources", __name__)

_CONTENT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def register(app: Flask) -> None:
    """Serve what is said of things."""
    app.register_blueprint(blueprint)


@blueprint.get("/id/<kind>/<slug>")
@blueprint.get("/vocab/<scheme>/<code>")
@blueprint.get("/network/<path:place>")
def thing(**_: str) -> Response:
    """Send who asks for a thing to the page or the data about it."""
    context().access.require("read")
    place, extension = parted(request.path.removeprefix("/id/").lstrip("/"), page=True)
    _require(place)
    extension = chosen(extension, page=True)
    here = f"/page/{place}" if extension == "html" else f"/data/{place}.{extension}"
    return signposted(_see(at(here)), _described(place))


@blueprint.get("/data/<kind>/<slug>")
@blueprint.get("/data/vocab/<scheme>/<code>")
@blueprint.get("/data/network/<path:place>")
def data(**_: str) -> Response:
    """What the graph says of a thing, and of its relations."""
    context().access.require("read")
    place, extension = parted(request.path.removeprefix("/data/"))
    _known(place)
    iri, extension = iri_of(place), chosen(extension)
    with faults():
        found = describe(context().graph.engine, iri, page_number())
    if not found:
        _require(place)
        raise Problem(HTTPStatus.NOT_FOUND, f"Page {found.page} of {found.pages} is no page.")
    response = document(found.quads, extension)
    response.headers["Content-Location"] = at(f"/data/{place}.{extension}") + _query(found.page)
    links = [Link("describes", iri), *_described(place), *_pages(place, extension, found)]
    return signposted(response, links)


@blueprint.get("/linkset/<path:place>")
def links(place: str) -> Response:
    """All links of a thing as one document."""
    context().access.require("read")
    _require(place)
    return linkset(iri_of(place), _described(place))


@blueprint.get("/ontology", defaults={"version": ""})
@blueprint.get("/ontology.<extension>", defaults={"version": ""})
@blueprint.get("/ontology/<version>")
def ontology(version: str, extension: str = "") -> Response:
    """The ontology, as it is or as it was in a version."""
    known = ontologies.versions()
    if version not in known:
        version, extension = parted(version, page=True) if version else ("", extension)
    if version and version not in known:
        there = ", ".join(known)
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no version {version}; there are {there}.")
    extension = chosen(extension, page=version in ("", next(iter(known))))
    if extension == "html":
        return _see(url_for("ontology.ontology"))
    return _file(ontologies.ontology(version), extension)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<extension>")
def shapes(extension: str = "") -> Response:
    """The SHACL shapes."""
    extension = chosen(extension, page=True)
    if extension == "html":
        return _see(at("/terms#shapes"))
    return _file(ontologies.shapes(), extension)


@blueprint.get("/vocab/<scheme>")
def vocabulary(scheme: str) -> Response:
    """A concept scheme with its concepts."""
    context().access.require("read")
    scheme, extension = parted(scheme, page=True)
    iri = f"{BASE}vocab/{scheme}"
    with faults():
        quads = members(context().graph.engine, iri)
    if not quads:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no vocabulary '{scheme}'.")
    extension = chosen(extension, page=True)
    if extension == "html":
        return _see(at(f"/page/vocab/{scheme}"))
    return document(quads, extension)


@blueprint.get("/graph/<path:name>")
def graph(name: str) -> Response:
    """What a named graph says; readers of the graph of a source get the source's page."""
    context().access.require("read")
    name, extension = parted(name)
    iri = GRAPH + name
    with faults():
        if not exists(context().graph.engine, iri, graph=True):
            raise Problem(HTTPStatus.NOT_FOUND, f"There is no graph {iri}.")
    accept = FORMATS[extension].media_type if extension else request.headers.get("Accept")
    choice = choose(accept)
    if choice.html and iri.startswith(SOURCE_GRAPH):
        slug = iri.removeprefix(SOURCE_GRAPH)
        return _see(at(f"/page/source/{slug}"))
    triples = choice.triples or ("text/turtle" if choice.html else None)
    if not triples:
        detail = "A graph comes as Turtle, N-Triples, RDF/XML or JSON-LD."
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, detail)
    return answer(Query(_CONTENT, default_graphs=(iri,)), Choice(None, triples, False))


def _see(there: str) -> Response:
    """Send the client elsewhere."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})


def _file(quads: ontologies.Quads, extension: str) -> Response:
    return signposted(document(quads, extension), [Link("license", LICENCE)])


def _known(place: str) -> None:
    """Raise :class:`Problem` for a place where nothing can be."""
    kind, _, slug = place.partition("/")
    if kind not in (*KINDS, "vocab", "network") or not slug:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no kind '{kind}' of things.")


def _require(place: str) -> None:
    """Raise :class:`Problem` for what is gone (410), and for what there never was (404)."""
    _known(place)
    iri = iri_of(place)
    with faults():
        require(iri, exists(context().graph.engine, iri))


def _described(place: str) -> list[Link]:
    """The links of a thing to what describes it."""
    with faults():
        return described(place, classes(context().graph.engine, iri_of(place)))


def _pages(place: str, extension: str, found: Description) -> list[Link]:
    """The page before and the one after."""
    near = {"prev": found.page - 1, "next": found.page + 1}
    address = at(f"/data/{place}.{extension}")
    return [
        Link(rel, address + _query(page)) for rel, page in near.items() if 0 < page <= found.pages
    ]


def _query(page: int) -> str:
    return f"?page={page}" if page > 1 else ""

"""The SPARQL 1.1 Graph Store HTTP Protocol: read and write whole graphs by their names.

``/graphs?graph=IRI`` and ``/graphs?default`` name a graph indirectly; any path below
``/graphs/`` is a graph by its own address. https://www.w3.org/TR/sparql11-http-rdf-update/
"""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Flask, Response, request

from missiongraph.server.answers.run import faults, run
from missiongraph.server.answers.run import respond as answer
from missiongraph.server.http.conditional_writes import preconditions
from missiongraph.server.http.negotiation import Choice, choose
from missiongraph.server.http.problems import Problem
from missiongraph.server.state.context import context
from missiongraph.sparql.engine import Query
from missiongraph.sparql.media_types import JSON
from missiongraph.writing.permission import DEFAULT, Permission
from missiongraph.writing.request import DELETE, POST, PUT, WritableEngine, Write

from .sparql import is_absolute_iri
from .writing import permitted, respond

blueprint = Blueprint("graphs", __name__)

_WHOLE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_PLAIN = "/:@!$&'()*+,;=~"  # in a path (RFC 3986, section 3.3)
_JSON = Choice(JSON, None, False)


def register(app: Flask) -> None:
    """Add the routes of the graph store."""
    app.register_blueprint(blueprint)


@blueprint.get("/graphs", defaults={"path": ""})
@blueprint.get("/graphs/<path:path>")
def get(path: str) -> Response:
    """The triples of a graph."""
    context().access.require("read")
    graph = _graph(path)
    version = _version(graph)
    if version is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no graph {graph}.")
    triples = choose(request.headers.get("Accept")).triples
    if not triples:
        detail = "Graphs are available as Turtle, N-Triples, RDF/XML or JSON-LD."
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, detail)
    query = Query(_WHOLE, default_graphs=(graph,) if graph else ())
    return answer(query, Choice(None, triples, False), version)


@blueprint.put("/graphs", defaults={"path": ""})
@blueprint.put("/graphs/<path:path>")
def put(path: str) -> Response:
    """Replace a graph, or create it."""
    return _store(_write(PUT, _graph(path)))


@blueprint.post("/graphs", defaults={"path": ""})
@blueprint.post("/graphs/<path:path>")
def post(path: str) -> Response:
    """Add to a graph; a request without a graph creates one and returns its address."""
    if path or request.args:
        return _store(_write(POST, _graph(path)))
    address = f"{_address()}/{uuid.uuid4()}"
    response = respond(_write(POST, address), HTTPStatus.CREATED)
    if response.status_code == HTTPStatus.CREATED:
        response.headers["Location"] = address
    return response


@blueprint.delete("/graphs", defaults={"path": ""})
@blueprint.delete("/graphs/<path:path>")
def delete(path: str) -> Response:
    """Remove a graph."""
    return respond(_write(DELETE, _graph(path)))


def _store(write: Write) -> Response:
    """Carry out a write; 201 if it created the graph, else 200."""
    response = respond(write)
    if response.status_code == HTTPStatus.OK and not response.json["existed"]:  # type: ignore[index]
        response.status_code = HTTPStatus.CREATED
    return response


def _write(kind: str, graph: str | None) -> Write:
    """The write of the current request; raises :class:`Problem` without permission."""
    token = permitted()
    if graph:
        with faults():
            Permission(token.writes_to, token.name).require(ox.NamedNode(graph))
    if_match, if_none_match = preconditions()
    return Write(
        kind,
        token.name,
        request.get_data(cache=False) if kind != DELETE else b"",
        request.content_type or "",
        graph,
        base="" if graph else f"{_address()}?{DEFAULT}",
        graphs=token.writes_to,
        if_match=if_match,
        if_none_match=if_none_match,
    )


def _graph(path: str) -> str | None:
    """The graph that the request names; None for the default graph."""
    named, default = request.args.getlist("graph"), "default" in request.args
    if path and not named and not default:
        return _address()
    if path or len(named) + default != 1:
        raise Problem(HTTPStatus.BAD_REQUEST, "Name one graph: ?graph=IRI or ?default.")
    if default:
        return None
    return _iri(named[0])


def _address() -> str:
    """The address of the request, with only the necessary percent-encoding.

    Flask decodes addresses, which makes them invalid IRIs if they hold, say, a space.
    """
    path = request.environ.get("SCRIPT_NAME", "") + request.environ["PATH_INFO"]
    return _iri(request.host_url.rstrip("/") + quote(path.encode("latin-1"), safe=_PLAIN))


def _iri(text: str) -> str:
    if not is_absolute_iri(text):
        raise Problem(HTTPStatus.BAD_REQUEST, f"graph '{text}' is not an absolute IRI.")
    return text


def _version(graph: str | None) -> str | None:
    """The version of a graph, empty if the store has no versions; None if there is no such graph.

    It is read before the graph, so that the response is never older than its entity tag.
    """
    engine = context().graph.engine
    if isinstance(engine, WritableEngine) and engine.writable:
        with faults():
            return engine.version(graph)
    return "" if graph is None or _there(graph) else None


def _there(graph: str) -> bool:
    answer = run(Query(f"ASK {{ GRAPH <{graph}> {{}} }}"), _JSON)
    return bool(json.loads(answer.read())["boolean"])

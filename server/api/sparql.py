"""The SPARQL 1.1 Protocol at ``/sparql``: queries by GET, form and body, and updates by POST.

https://www.w3.org/TR/sparql11-protocol/#query-operation
"""

from __future__ import annotations

import re
from http import HTTPStatus

import pyoxigraph as ox
from flask import Blueprint, Flask, Request, Response, request
from werkzeug.datastructures import MultiDict

from missiongraph.errors import LimitExceeded
from missiongraph.server.answers.result_page import result_page
from missiongraph.server.answers.run import exceeded, respond
from missiongraph.server.http.addresses import at
from missiongraph.server.http.conditional_writes import preconditions
from missiongraph.server.http.filenames import named
from missiongraph.server.http.negotiation import (
    MEDIA_TYPES,
    OTHER_NAMES,
    SHORT_NAMES,
    Choice,
    choose,
)
from missiongraph.server.http.problems import Problem
from missiongraph.server.http.request_record import record
from missiongraph.server.state.context import context
from missiongraph.sparql.engine import Query
from missiongraph.writing.request import Write

from . import service_description
from .writing import permitted, require_writable
from .writing import respond as respond_write

blueprint = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"

_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")


_SUFFIXES = {name: name for name in ("json", "xml", "csv", "tsv", "jsonld")} | {
    "turtle": "ttl",
    "ntriples": "nt",
}
_DATASET = ("default-graph-uri", "named-graph-uri")


def register(app: Flask) -> None:
    """Add the route of the endpoint."""
    app.register_blueprint(blueprint)


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query or an update; without one, show the query editor or the description in RDF."""
    if request.method != "POST" and set(request.args) <= {"format", *_DATASET}:
        return _introduction()
    if is_update(request):
        return respond_write(read_update(request))
    context().access.require("read")
    query = read_query(request)
    choice = _choice(request)
    if choice.html:
        return result_page(query)
    response = respond(query, choice)
    suffix = request.args.get("format", "")  # set by links whose answers browsers save
    return named(response, "answer", _SUFFIXES[suffix]) if suffix in _SUFFIXES else response


def _introduction() -> Response:
    """The response without a query; other parameters of the request must be valid all the same."""
    for name in _DATASET:
        _graphs(request.args, name)
    choice = _choice(request)
    if not choice.html:
        return service_description.respond(choice)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": at("/query")})


def is_update(incoming: Request) -> bool:
    """Whether a request is an update: POST of the update itself, or of a form that holds one."""
    if incoming.method != "POST":
        return False
    return incoming.mimetype == UPDATE or (incoming.mimetype == FORM and "update" in incoming.form)


def read_update(incoming: Request) -> Write:
    """The update of a request; raises :class:`Problem`, also without permission to write."""
    token = permitted()
    direct = incoming.mimetype == UPDATE
    parameters = incoming.args if direct else incoming.form
    texts = [utf8(incoming)] if direct else parameters.getlist("update")
    if len(texts) != 1 or "query" in parameters or (direct and "update" in parameters):
        raise Problem(HTTPStatus.BAD_REQUEST, "Send one update, and no query.")
    if_match, if_none_match = preconditions()
    return Write(
        "update",
        token.name,
        texts[0].encode(),
        base=request.base_url,
        using=_graphs(parameters, "using-graph-uri"),
        using_named=_graphs(parameters, "using-named-graph-uri"),
        graphs=token.writes_to,
        if_match=if_match,
        if_none_match=if_none_match,
    )


def read_query(incoming: Request) -> Query:
    """The query of a request: GET, POST of a form or POST of the query itself.

    Raises :class:`Problem` with the status that the protocol names for each fault.
    """
    if incoming.method != "POST":
        return _from_parameters(incoming.args)
    if incoming.mimetype == FORM:
        return _from_parameters(incoming.values)
    if incoming.mimetype == DIRECT:
        if "query" in incoming.args:
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "The query is both in the body and in the URL; send it once.",
            )
        return _query(utf8(incoming), incoming.args)
    raise Problem(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"POST a query as {DIRECT} or as a form ({FORM})."
    )


def _from_parameters(parameters: MultiDict[str, str]) -> Query:
    if "update" in parameters:
        require_writable()
        raise Problem(HTTPStatus.BAD_REQUEST, "Send updates by POST.")
    texts = parameters.getlist("query")
    if len(texts) != 1:
        raise Problem(HTTPStatus.BAD_REQUEST, f"Send one 'query' parameter, not {len(texts)}.")
    return _query(texts[0], parameters)


def _query(text: str, parameters: MultiDict[str, str]) -> Query:
    """The query with the dataset of the request, which overrides FROM and FROM NAMED."""
    limit = context().settings.query_characters
    if len(text) > limit:
        message = f"the query has {len(text):,} characters; at most {limit:,} are accepted"
        record().found(text, "query_characters")
        raise exceeded(LimitExceeded("query_characters", message))
    return Query(
        text,
        default_graphs=_graphs(parameters, "default-graph-uri"),
        named_graphs=_graphs(parameters, "named-graph-uri"),
        base=request.base_url,
    )


def is_absolute_iri(text: str) -> bool:
    """Whether ``text`` is an absolute IRI (RFC 3987) and so may name a graph."""
    try:
        return bool(_ABSOLUTE_IRI.fullmatch(text) and ox.NamedNode(text))
    except ValueError:
        return False


def _graphs(parameters: MultiDict[str, str], name: str) -> tuple[str, ...]:
    graphs = tuple(parameters.getlist(name))
    limit = context().settings.dataset_graphs
    if len(graphs) > limit:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            f"{name} is given {len(graphs)} times; at most {limit} are accepted.",
        )
    for graph in graphs:
        if not is_absolute_iri(graph):
            raise Problem(HTTPStatus.BAD_REQUEST, f"{name} '{graph}' is not an absolute IRI.")
    return graphs


def utf8(incoming: Request) -> str:
    """The body as text; raises :class:`Problem` unless it is UTF-8, as SPARQL requires."""
    charset = incoming.mimetype_params.get("charset", "utf-8").lower()
    try:
        if charset not in ("utf-8", "utf8"):
            raise UnicodeError(charset)
        return incoming.get_data(cache=False).decode("utf-8")
    except UnicodeError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "The query is not in UTF-8.") from error


def _choice(incoming: Request) -> Choice:
    """The formats for this client; raises :class:`Problem` if it accepts none of ours."""
    try:
        choice = choose(incoming.headers.get("Accept"), incoming.values.get("format"))
    except KeyError as error:
        names = ", ".join([*SHORT_NAMES, *OTHER_NAMES, *MEDIA_TYPES])
        raise Problem(HTTPStatus.BAD_REQUEST, f"format must be one of {names}.") from error
    if not choice:
        raise Problem(
            HTTPStatus.NOT_ACCEPTABLE,
            "Answers are available as SPARQL results (JSON, XML, CSV, TSV), "
            "as RDF (Turtle, N-Triples, RDF/XML, JSON-LD) or as HTML.",
        )
    return choice

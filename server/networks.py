"""Networks over HTTP: what there is, and each operation of the library at an address of its own.

A network of one's own is posted as a query, with the header of those that ship, to :data:`OWN`.
An answer that takes long comes later: 202, with the address of a job.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request, url_for

from missiongraph.errors import LimitExceeded, UnknownQuery
from missiongraph.networks.definition import NetworkQuery, find_network, network_queries
from missiongraph.networks.measures import MEASURES, find_measure
from missiongraph.networks.operations import OPERATIONS
from missiongraph.networks.parameters import of_measure

from .answers import content_type, exceeded, faults, tagged
from .context import context
from .headers import held_by_client
from .jobs import Asked, Ticket
from .networkrequest import NetworkRequest, read_request
from .problems import Problem, acceptable
from .sparql import DIRECT, FORM, utf8

blueprint = Blueprint("networks", __name__)

OWN = "/own-network"
"""Where a network is posted; below it are the operations, as below the name of a shipped one."""

_JSON = "application/json"
_AGAIN_SECONDS = 1  # after which a client may look again for a job


def register(app: Flask) -> None:
    """Serve the networks."""
    app.register_blueprint(blueprint)


@blueprint.get("/networks")
def networks() -> Response:
    """The networks that ship, and the measures that rank their nodes."""
    context().access.require("read")
    acceptable(_JSON)
    measures = {
        measure.name: {
            "says": measure.says,
            "range": measure.range,
            "counts": measure.counts,
            "direction": measure.direction,
            "defined_in": measure.source,
            "approximate": measure.approximate,
            "parameters": dict(measure.parameters),
        }
        for measure in MEASURES.values()
    }
    return jsonify(networks=[_entry(query) for query in network_queries()], measures=measures)


@blueprint.get("/networks/<name>")
def network(name: str) -> Response:
    """One network: its definition, how large it is, and what was left out of it."""
    return _answer("summary", name)


@blueprint.post(OWN)
def own() -> Response:
    """A network of one's own, as a query in the body."""
    return _answer("summary", "own")


@blueprint.post(f"{OWN}/centrality/<measure>", endpoint="own_centrality", defaults={"name": "own"})
@blueprint.get("/networks/<name>/centrality/<measure>")
def centrality(name: str, measure: str) -> Response:
    """The nodes of a network, ranked by a measure."""
    try:
        found = find_measure(measure)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, f"{error}.") from error
    return _answer("centrality", name, of_measure(found), measure=measure)


for _operation in sorted(set(OPERATIONS) - {"summary", "centrality"}):
    _view = partial(lambda operation, name: _answer(operation, name), _operation)
    blueprint.add_url_rule(f"/networks/<name>/{_operation}", _operation, _view)
    blueprint.add_url_rule(
        f"{OWN}/{_operation}",
        f"own_{_operation}",
        _view,
        defaults={"name": "own"},
        methods=["POST"],
    )


@blueprint.get("/jobs/<id>")
def job(id: str) -> Response:
    """How far a job is; when it is done, on to what it made."""
    ticket = _ticket(id)
    if ticket.state == "done":
        answer = jsonify(_status(ticket))
        answer.status_code, answer.location = HTTPStatus.SEE_OTHER, _address("result", ticket)
        return answer
    _raise_failure(ticket)
    return _again(jsonify(_status(ticket)))


@blueprint.get("/jobs/<id>/result")
def result(id: str) -> Response:
    """What a job made."""
    ticket = _ticket(id)
    if not ticket.ended.is_set():
        detail = f"The job is {ticket.state}; {_address('job', ticket)} tells when it is done."
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return _made(ticket)


def _answer(operation: str, name: str, *more: Any, **fixed: Any) -> Response:
    """Do what is asked of a network, or say where the answer will be."""
    context().access.require("read")
    query = _posted() if request.method == "POST" else _shipped(name)
    asked = read_request(operation, query, *more, **fixed)
    with faults():
        if known := _known(asked):
            return known
        ticket = context().jobs.ask(asked)
    if not context().jobs.wait(ticket):
        answer = jsonify(_status(ticket))
        answer.status_code, answer.location = HTTPStatus.ACCEPTED, _address("job", ticket)
        return _again(answer)
    return _made(ticket)


def _shipped(name: str) -> NetworkQuery:
    try:
        return find_network(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, f"{error}.") from error


def _posted() -> NetworkQuery:
    """The definition in the body of the request."""
    if request.mimetype == FORM:
        texts = request.form.getlist("query")
        text = texts[0].replace("\r\n", "\n") if len(texts) == 1 else ""  # which forms send
    elif request.mimetype == DIRECT:
        text = utf8(request)
    else:
        detail = f"POST a network as {DIRECT}, or as the field 'query' of a form."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    if not text.strip():
        raise Problem(HTTPStatus.BAD_REQUEST, "Give one query, which defines the network.")
    if len(text) > (most := context().settings.query_characters):
        raise exceeded(LimitExceeded("query_characters", f"a network may have {most:,} characters"))
    with faults():
        return NetworkQuery.parse(text, "own")


def _known(asked: NetworkRequest) -> Response | None:
    """The answer that the client holds already, or that is kept here."""
    tag = asked.tag(context().graph.fingerprint)
    if tag and request.method != "POST" and (held := held_by_client(tag)):
        return tagged(Response(status=HTTPStatus.NOT_MODIFIED), held)
    kept = context().cache.get(tag) if tag else None
    return _file(asked, *kept, tag) if kept else None


def _made(ticket: Ticket) -> Response:
    """What a job made; raises :class:`Problem` if it failed."""
    _raise_failure(ticket)
    assert ticket.made
    return _file(ticket.asked, ticket.made.media_type, ticket.made.body, ticket.tag)


def _file(asked: Asked, media_type: str, body: bytes, tag: str) -> Response:
    response = Response(body, content_type=content_type(media_type))
    if media_type != _JSON:
        response.headers["Content-Disposition"] = f'inline; filename="{asked.filename}"'
    return tagged(response, tag)


def _raise_failure(ticket: Ticket) -> None:
    with faults():
        if ticket.ended.is_set() and ticket.error:
            raise ticket.error


def _ticket(id: str) -> Ticket:
    context().access.require("read")
    if ticket := context().jobs.find(id):
        return ticket
    detail = "There is no such job, or what it made is not kept any more; ask for it again."
    raise Problem(HTTPStatus.NOT_FOUND, detail)


def _status(ticket: Ticket) -> dict[str, Any]:
    links = {name: _address(name, ticket) for name in ("job", "result")}
    return {"state": ticket.state, "seconds": ticket.seconds, "links": links}


def _again(answer: Response) -> Response:
    answer.headers["Retry-After"] = str(_AGAIN_SECONDS)
    answer.cache_control.no_store = True
    return answer


def _address(view: str, ticket: Ticket) -> str:
    return url_for(f".{view}", id=ticket.id)


def _entry(query: NetworkQuery) -> dict[str, Any]:
    """What a network is, in a list of them."""
    links = {
        operation: url_for(f".{operation}", name=query.name)
        for operation in OPERATIONS
        if operation not in ("summary", "centrality")
    }
    ranked = url_for(".centrality", name=query.name, measure="MEASURE")
    return {
        "name": query.name,
        "question": query.question,
        "kind": query.kind,
        "nodes": query.nodes,
        query.weighed: query.weight,
        "links": {
            "self": url_for(".network", name=query.name),
            "centrality": ranked.replace("MEASURE", "{measure}"),
            **links,
        },
    }

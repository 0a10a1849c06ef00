"""Networks over HTTP: a list of them, and each operation of the library at an address of its own.

Clients post networks of their own to :data:`OWN`, as queries with the same header as those that
ship. Slow answers: see :mod:`missiongraph.server.answers.job_answers`.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, render_template, request, url_for

from missiongraph.errors import LimitExceeded, UnknownQuery
from missiongraph.networks.measures.registry import MEASURES, find_measure
from missiongraph.networks.model.definition import NetworkQuery, find_network, network_queries
from missiongraph.networks.operations.parameters import of_measure
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.server.answers import job_answers
from missiongraph.server.answers.job_answers import JSON
from missiongraph.server.answers.run import exceeded, faults
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context
from missiongraph.server.state.tickets import Ticket

from .network_request import read_request
from .sparql import DIRECT, FORM, utf8

blueprint = Blueprint("networks", __name__)

OWN = "/own-network"
"""The address for networks of one's own; operations lie below it, as for shipped networks."""


def register(app: Flask) -> None:
    """Add the routes of networks and jobs."""
    app.register_blueprint(blueprint)


@blueprint.get("/networks")
def networks() -> Response:
    """The networks that ship, and the measures of centrality."""
    context().access.require("read")
    acceptable(JSON)
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
    """A summary of a network: its definition, its size, and statements left out by reason."""
    return _answer("summary", name)


@blueprint.post(OWN)
def own() -> Response:
    """A summary of the network defined by the query in the body."""
    return _answer("summary", "own")


@blueprint.post(f"{OWN}/centrality/<measure>", endpoint="own_centrality", defaults={"name": "own"})
@blueprint.get("/networks/<name>/centrality/<measure>")
def centrality(name: str, measure: str) -> Response:
    """The nodes of a network, ranked by a measure."""
    try:
        entry = find_measure(measure)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, f"{error}.") from error
    return _answer("centrality", name, of_measure(entry), measure=measure)


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
    """The status of a job, as JSON or as a page that waits; redirects to the result when done."""
    kind, ticket = acceptable(JSON, HTML), _ticket(id)
    context().jobs.keep(ticket)
    if ticket.state == "done":
        done = jsonify(job_answers.status(ticket))
        there = ticket.address if kind == HTML and ticket.lasting else ""
        done.status_code = HTTPStatus.SEE_OTHER
        done.location = there or job_answers.address("result", ticket)
        return done
    with faults():
        if error := ticket.error:
            raise error
    if kind == JSON:
        return job_answers.again(jsonify(job_answers.status(ticket)))
    page = Response(render_template("job.html", job=job_answers.status(ticket)), mimetype=HTML)
    page.headers["Refresh"] = str(job_answers.AGAIN_SECONDS)
    return job_answers.again(page)


@blueprint.get("/jobs/<id>/result")
def result(id: str) -> Response:
    """The result of a job."""
    ticket = _ticket(id)
    if not ticket.ended:
        there = job_answers.address("job", ticket)
        detail = f"The job is {ticket.state}; its status is at {there}."
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return job_answers.made(ticket)


def _answer(operation: str, name: str, *more: Any, **fixed: Any) -> Response:
    """Perform an operation on a network, or respond with the address of the job."""
    context().access.require("read")
    query = _posted() if request.method == "POST" else _shipped(name)
    return job_answers.answer(read_request(operation, query, *more, **fixed))


def _shipped(name: str) -> NetworkQuery:
    try:
        return find_network(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, f"{error}.") from error


def _posted() -> NetworkQuery:
    """The definition in the body of the request."""
    if request.mimetype == FORM:
        texts = request.form.getlist("query")
        text = texts[0].replace("\r\n", "\n") if len(texts) == 1 else ""  # forms send CRLF
    elif request.mimetype == DIRECT:
        text = utf8(request)
    else:
        detail = f"POST a network as {DIRECT}, or as the field 'query' of a form."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
    if not text.strip():
        raise Problem(HTTPStatus.BAD_REQUEST, "Send one query, which defines the network.")
    if len(text) > (most := context().settings.query_characters):
        raise exceeded(LimitExceeded("query_characters", f"a network may have {most:,} characters"))
    with faults():
        return NetworkQuery.parse(text, "own")


def _ticket(id: str) -> Ticket:
    context().access.require("read")
    if ticket := context().jobs.find(id):
        return ticket
    detail = "There is no such job, or its result has expired; request it again."
    raise Problem(HTTPStatus.NOT_FOUND, detail)


def _entry(query: NetworkQuery) -> dict[str, Any]:
    """The entry of a network in the list of networks."""
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

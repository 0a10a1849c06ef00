"""Carries out writes: checks the token, lets the engine write, and reports the result."""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus

import pyoxigraph as ox
from flask import Response, request

from missiongraph.errors import NotAcceptable, PreconditionFailed, ValidationFailed
from missiongraph.rdf.formats import JSON_LD, N_TRIPLES, RDF_XML, TURTLE, by_media_type
from missiongraph.rdf.serialization import serialise
from missiongraph.server.answers.run import faults
from missiongraph.server.http.negotiation import TRIPLES, accept_of, preferred
from missiongraph.server.http.problems import Problem
from missiongraph.server.state.context import context
from missiongraph.server.state.tokens import Token
from missiongraph.writing.preconditions import tag
from missiongraph.writing.request import WritableEngine, Write, Written

from .metrics import metrics

_PROBLEM = "application/problem+json"
_RDF = by_media_type(TURTLE, N_TRIPLES, RDF_XML, JSON_LD)


def permitted() -> Token:
    """The token of the request; raises :class:`Problem` unless it permits writing."""
    require_writable()
    return context().access.require("write")


def require_writable() -> None:
    """Raise :class:`Problem` (403) if the graph is read-only."""
    if not context().writable:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "This endpoint is read-only; one started with serve --directory takes updates.",
        )


def carry_out(write: Write) -> Written:
    """Let the engine carry out ``write``; raises :class:`Problem` for most errors.

    :class:`PreconditionFailed` and :class:`ValidationFailed` pass through.
    """
    engine = context().graph.engine
    assert isinstance(engine, WritableEngine)
    gone = request.environ.get("waitress.client_disconnected")
    with faults(), metrics().writing():
        written = engine.write(write, gone)
    if written.validation_seconds:
        metrics().validation_seconds.observe(written.validation_seconds)
    return written


def respond(write: Write, done: HTTPStatus | None = None) -> Response:
    """Carry out ``write`` and report what it changed, with the status ``done``, by default 200.

    A write that breaks a shape gets 422 with the report, in RDF if the client prefers that;
    warnings come with a successful response. A failed precondition gets 412.
    """
    try:
        written = carry_out(write)
    except PreconditionFailed as error:
        return _unmet(error)
    except ValidationFailed as error:
        assert isinstance(error.report, Written)
        return _refused(str(error), error.report)
    body = {
        "existed": written.existed,
        "added": written.added,
        "removed": written.removed,
        "derived": {"added": written.derived_added, "removed": written.derived_removed},
        "fingerprint": written.fingerprint,
        "etag": tag(written.state) if written.state else None,
    }
    if written.report_json:
        body["validation"] = json.loads(written.report_json)
    response = Response(json.dumps(body), done or HTTPStatus.OK, mimetype="application/json")
    response.cache_control.no_store = True
    return response


def _unmet(error: PreconditionFailed) -> Response:
    """412 with the present state as ``ETag``, if there is one."""
    problem = Problem(HTTPStatus.PRECONDITION_FAILED, str(error)[:1].upper() + str(error)[1:] + ".")
    if error.state:
        problem.headers["ETag"] = tag(error.state)
    return problem.response()


def _refused(message: str, report: Written) -> Response:
    accept = accept_of(request.headers.get("Accept"), None)
    chosen = preferred(accept, [_PROBLEM, "application/json", *_RDF])
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if chosen in _RDF and chosen in TRIPLES:
        triples = (quad.triple for quad in ox.parse(report.report_triples, ox.RdfFormat.N_TRIPLES))
        with suppress(NotAcceptable):  # if the format cannot hold a value, send the problem
            return Response(serialise(triples, _RDF[chosen]), status, content_type=chosen)
    problem = Problem(status, message, validation=json.loads(report.report_json))
    return problem.response()

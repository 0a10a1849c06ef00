"""Health probes: whether the service is alive, whether it is ready, and which limits it enforces.

Responses come from memory; a probe waits for no slot, no query and no other process.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Flask, Response, jsonify, request

from missiongraph.errors import MissionGraphError
from missiongraph.resources import version
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context

blueprint = Blueprint("health", __name__)

_RETRY_SECONDS = 1


def register(app: Flask) -> None:
    """Add the routes of the health probes."""
    app.register_blueprint(blueprint)


@blueprint.get("/health/live")
def live() -> Response:
    """200 if the web server answers; says nothing about the store."""
    return _response()


@blueprint.get("/health/ready")
def ready() -> Response:
    """200 if the store answers queries, else 503."""
    try:
        context().store.known()
    except MissionGraphError as error:
        raise _down() from error
    return _response()


@blueprint.get("/health")
def health() -> Response:
    """The state of the graph, the number of worker processes, and the limits enforced.

    ``writes_refused`` is the reason why a writable graph takes no writes at present, or null.
    """
    store = context().store
    try:
        state = store.known()
    except MissionGraphError as error:
        raise _down() from error
    return _response(
        version=version("missiongraph"),
        fingerprint=state.fingerprint,
        statements=store.known_statements(),
        workers=state.workers,
        writable=context().writable,
        writes_refused=state.fault or None,
        limits=store.limits(),
        server=_server(),
    )


def _server() -> dict[str, bool]:
    """What the application can guarantee under its web server, which may be any.

    ``totals``: settings such as ``network_jobs`` or ``requests_per_minute`` hold for the whole
    server, not for each of its processes. ``departures``: the server notices when a client
    disconnects, and ends its query or job.
    """
    return {
        "totals": not request.environ["wsgi.multiprocess"],
        "departures": "waitress.client_disconnected" in request.environ,
    }


def _down() -> Problem:
    problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
    problem.headers["Retry-After"] = str(_RETRY_SECONDS)
    return problem


def _response(**members: object) -> Response:
    acceptable("application/json")
    answer = jsonify(status="ok", **members)
    answer.cache_control.no_store = True
    return answer

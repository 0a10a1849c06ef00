"""Health: whether the service lives, whether it is ready, and which limits it keeps.

All of it is told from memory: whoever asks waits for no slot, no query and no other process.
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
    """Serve the health of the service."""
    app.register_blueprint(blueprint)


@blueprint.get("/health/live")
def live() -> Response:
    """The web server answers; the store is not asked."""
    return _said()


@blueprint.get("/health/ready")
def ready() -> Response:
    """The store answers, so queries can be asked."""
    try:
        context().store.known()
    except MissionGraphError as error:
        raise _down() from error
    return _said()


@blueprint.get("/health")
def health() -> Response:
    """Which state of the graph is served, by how many processes, under which limits.

    ``writes_refused`` says why no write can be kept, where one could be otherwise.
    """
    store = context().store
    try:
        state = store.known()
    except MissionGraphError as error:
        raise _down() from error
    return _said(
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
    """What the web server, which may be any, lets the application promise.

    ``totals``: numbers in settings, such as ``network_jobs`` or ``requests_per_minute``, are of all
    of the server, and not of each of its processes. ``departures``: that a client has left is
    noticed, so that its query or job ends.
    """
    return {
        "totals": not request.environ["wsgi.multiprocess"],
        "departures": "waitress.client_disconnected" in request.environ,
    }


def _down() -> Problem:
    problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
    problem.headers["Retry-After"] = str(_RETRY_SECONDS)
    return problem


def _said(**members: object) -> Response:
    acceptable("application/json")
    answer = jsonify(status="ok", **members)
    answer.cache_control.no_store = True
    return answer

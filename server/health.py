"""Health: whether the service lives, whether it is ready, and which limits it keeps."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Flask, Response, jsonify

from missiongraph.errors import MissionGraphError
from missiongraph.inputs import version

from .context import context
from .problems import Problem, acceptable

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
        context().store.state()
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
        state = store.state()
    except MissionGraphError as error:
        raise _down() from error
    return _said(
        version=version("missiongraph"),
        fingerprint=state.fingerprint,
        statements=store.statements(),
        workers=state.workers,
        writable=context().writable,
        writes_refused=state.fault or None,
        limits=store.limits(),
    )


def _down() -> Problem:
    problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer.")
    problem.headers["Retry-After"] = str(_RETRY_SECONDS)
    return problem


def _said(**members: object) -> Response:
    acceptable("application/json")
    answer = jsonify(status="ok", **members)
    answer.cache_control.no_store = True
    return answer

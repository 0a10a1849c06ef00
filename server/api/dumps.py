"""Downloads of all data as files, made once for each state of the data.

``/dumps/<fingerprint>/<file>`` holds that state or is an error, even after later writes;
``/dumps/<file>`` redirects to the file of the present state.
"""

from __future__ import annotations

import re
import shutil
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Flask, Response, send_file, url_for

from missiongraph.errors import StateGone
from missiongraph.publishing import dumps
from missiongraph.publishing.dataset import Distribution
from missiongraph.server.answers.run import faults
from missiongraph.server.http.addresses import at
from missiongraph.server.http.problems import Problem
from missiongraph.server.middleware.headers import held_by_client
from missiongraph.server.state.context import context
from missiongraph.system import user_cache

blueprint = Blueprint("dumps", __name__)

KEPT = 3
"""Number of states whose dumps stay on the disk."""

_FOLDER = "dumps-2"  # dumps of 0.1.0, in "dumps", lack the default graphs of plain datasets
_STATE = re.compile(r"\w+(-\w+)?")  # the state of the data, and that of measured networks


def register(app: Flask) -> None:
    """Add the routes of the downloads."""
    app.register_blueprint(blueprint)


@blueprint.get("/dumps/<name>")
def latest(name: str) -> Response:
    """Redirect to a file of the present state."""
    _require(name)
    address = url_for(".dump", state=_state(), name=name)
    return Response(status=HTTPStatus.FOUND, headers={"Location": address})


@blueprint.get("/dumps/<state>/<name>")
def dump(state: str, name: str) -> Response:
    """A file of a dump; of older states as long as they are on the disk."""
    _require(name)
    context().access.require("read")
    if not _STATE.fullmatch(state):
        raise Problem(HTTPStatus.NOT_FOUND, f"'{state}' is not the name of a state of the data.")
    try:
        return _file(_made(state), name)
    except StateGone as error:
        there = at(f"/dumps/{name}")
        detail = f"The dump of state {state} is gone; {there} redirects to the present one."
        raise Problem(HTTPStatus.GONE, detail, instead=there) from error


def _file(folder: Path, name: str) -> Response:
    """The response with a file of a dump, which clients may cache for good."""
    kind = "application/gzip" if name.endswith(".gz") else "text/plain"
    try:
        etag = dumps.checksums(folder).get(name, folder.name)
        if held_by_client(etag):  # before send_file opens a file that a 304 would not close
            return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{etag}"'})
        response = send_file(folder / name, mimetype=kind, etag=etag)
    except FileNotFoundError as error:  # another process has removed old dumps meanwhile
        raise StateGone(folder.name) from error
    if not context().access.read_takes_token:
        response.cache_control.public = True
        response.cache_control.max_age = 365 * 24 * 60 * 60
        response.cache_control.immutable = True
        response.cache_control.no_cache = None  # set by Flask for files
    return response


def distributions() -> list[Distribution]:
    """The files for a catalogue; sizes and checksums are 0 and empty until files are made."""
    state = _state()
    folder = _folder() / state
    digests = dumps.checksums(folder) if folder.is_dir() else {}
    return [
        Distribution(
            url_for("dumps.dump", state=state, name=name, _external=True),
            format.media_type,
            packed=True,
            size=(folder / name).stat().st_size if name in digests else 0,
            digest=digests.get(name, ""),
        )
        for name, format in dumps.FILES.items()
    ]


def _made(state: str) -> Path:
    """The folder of a dump, made if need be; concurrent requests wait for it.

    Raises :class:`StateGone` if the state is neither on the disk nor the present one.
    """
    folder = _folder() / state
    if folder.is_dir():
        return folder
    with context().dumping:
        if not folder.is_dir():
            if state != _state():
                raise StateGone(state)
            with faults():
                merged = context().store.state().merged
                dumps.make(context().graph.engine, folder, state=state, merged=merged)
            _tidy(folder)
    return folder


def _tidy(newest: Path) -> None:
    """Remove all dumps but the latest few."""
    folders = sorted(newest.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime)
    for old in [path for path in folders if path != newest][: -(KEPT - 1)]:
        shutil.rmtree(old, ignore_errors=True)


def _require(name: str) -> None:
    if name not in (*dumps.FILES, dumps.SUMS):
        known = ", ".join([*dumps.FILES, dumps.SUMS])
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no dump '{name}'; there are {known}.")


def _state() -> str:
    """The name of the present state; raises :class:`Problem` if the store names no states."""
    if state := context().graph.engine.fingerprint:
        return state
    raise Problem(HTTPStatus.NOT_FOUND, "This server does not dump the data of a remote store.")


def _folder() -> Path:
    return user_cache.folder() / _FOLDER

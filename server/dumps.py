"""Downloads: all of the data as files, made once for each state of it.

``/dumps/<fingerprint>/<file>`` never changes; ``/dumps/<file>`` leads to that of today.
"""

from __future__ import annotations

import shutil
import threading
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Flask, Response, request, send_file, url_for

from missiongraph import cache, dumps
from missiongraph.catalogue import Distribution

from .answers import faults
from .context import context
from .headers import held_by_client
from .problems import Problem

blueprint = Blueprint("dumps", __name__)

KEPT = 3
"""States whose dumps stay on the disk."""

_making = threading.Lock()


def register(app: Flask) -> None:
    """Serve the files."""
    app.register_blueprint(blueprint)


@blueprint.get("/dumps/<name>")
def latest(name: str) -> Response:
    """Lead to a file of the data as it is now."""
    _require(name)
    address = url_for(".dump", state=_state(), name=name)
    return Response(status=HTTPStatus.FOUND, headers={"Location": address})


@blueprint.get("/dumps/<state>/<name>")
def dump(state: str, name: str) -> Response:
    """A file of a dump; one of an older state as long as it is kept."""
    _require(name)
    context().access.require("read")
    folder = _folder() / state
    if state == _state():
        _make(folder)
    elif not state.isalnum() or not folder.is_dir():
        detail = f"No dump of the state {state} is kept; /dumps/{name} leads to that of today."
        raise Problem(HTTPStatus.GONE if state.isalnum() else HTTPStatus.NOT_FOUND, detail)
    kind = "application/gzip" if name.endswith(".gz") else "text/plain"
    etag = dumps.checksums(folder).get(name, state)
    if held_by_client(etag):  # before a file is opened that nobody would close
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{etag}"'})
    response = send_file(folder / name, mimetype=kind, etag=etag)
    if not context().access.read_takes_token:
        response.cache_control.public = True
        response.cache_control.max_age = 365 * 24 * 60 * 60
        response.cache_control.immutable = True
        response.cache_control.no_cache = None  # which Flask sets for files
    return response


def distributions() -> list[Distribution]:
    """The files as a catalogue lists them, with sizes and checksums once they are made."""
    state = _state()
    folder = _folder() / state
    digests = dumps.checksums(folder) if folder.is_dir() else {}
    return [
        Distribution(
            request.host_url.rstrip("/") + url_for("dumps.dump", state=state, name=name),
            format.media_type,
            packed=True,
            size=(folder / name).stat().st_size if name in digests else 0,
            digest=digests.get(name, ""),
        )
        for name, format in dumps.FILES.items()
    ]


def _make(folder: Path) -> None:
    """Make a dump, unless it is there; whoever asks meanwhile waits for it."""
    with _making:
        if not folder.is_dir():
            with faults():
                dumps.make(context().graph.engine, folder)
            _tidy(folder)


def _tidy(newest: Path) -> None:
    """Keep the last few states."""
    found = sorted(newest.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime)
    for old in [path for path in found if path != newest][: -(KEPT - 1)]:
        shutil.rmtree(old, ignore_errors=True)


def _require(name: str) -> None:
    if name not in (*dumps.FILES, dumps.SUMS):
        known = ", ".join([*dumps.FILES, dumps.SUMS])
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no dump '{name}'; there are {known}.")


def _state() -> str:
    """The state that is served; raises :class:`Problem` where states have no names."""
    if state := context().graph.engine.fingerprint:
        return state
    raise Problem(HTTPStatus.NOT_FOUND, "The data of another service is not dumped here; ask it.")


def _folder() -> Path:
    return cache.folder() / "dumps"

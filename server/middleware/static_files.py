"""Serves static files under addresses with their version, so that clients may cache them long."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.security import safe_join

_YEAR = 365 * 24 * 60 * 60


@dataclass(frozen=True)
class Asset:
    """The content of a static file."""

    body: bytes

    @cached_property
    def version(self) -> str:
        """The first eight hex digits of its SHA-256."""
        return hashlib.sha256(self.body).hexdigest()[:8]

    @cached_property
    def packed(self) -> bytes:
        """The file compressed by gzip at its best level, once for all clients."""
        return gzip.compress(self.body, 9, mtime=0)


def register(app: Flask) -> None:
    """Add versions to the addresses of static files: ``/static/site.css?v=0123abcd``."""
    app.url_defaults(_with_version)
    app.before_request(_lasting)


def asset(name: str) -> Asset | None:
    """The static file of that name, or None; read again only if it has changed."""
    path = safe_join(str(current_app.static_folder), name)
    if path is None or not Path(path).is_file():
        return None
    return _read(Path(path), Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Asset:
    return Asset(path.read_bytes())


def _with_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and (file := asset(values["filename"])):
        values.setdefault("v", file.version)


def _lasting() -> Response | None:
    """A response that clients may cache for a year, for a request that names the version.

    None for other requests, which Flask serves.
    """
    if request.endpoint != "static" or request.method not in ("GET", "HEAD"):
        return None
    name = (request.view_args or {})["filename"]
    file = asset(name)
    if not file or request.args.get("v") != file.version:
        return None
    response = Response(file.body, mimetype=guess_type(name)[0])
    if request.accept_encodings["gzip"]:
        response.set_data(file.packed)
        response.content_encoding = "gzip"
    response.set_etag(f"{file.version}{':gzip' if response.content_encoding else ''}")
    response.cache_control.public = response.cache_control.immutable = True
    response.cache_control.max_age = _YEAR
    return response

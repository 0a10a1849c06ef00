"""Files of the site: the address of each says which version it is, so that clients may keep it."""

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
    """A file of the site as it was at a moment."""

    body: bytes

    @cached_property
    def version(self) -> str:
        """The first eight hex digits of its SHA-256."""
        return hashlib.sha256(self.body).hexdigest()[:8]

    @cached_property
    def packed(self) -> bytes:
        """The file as small as gzip makes it, which takes too long to do it for each client."""
        return gzip.compress(self.body, 9, mtime=0)


def register(app: Flask) -> None:
    """Give files their versions: ``/static/site.css?v=0123abcd``."""
    app.url_defaults(_with_version)
    app.before_request(_lasting)


def asset(name: str) -> Asset | None:
    """The file of that name, if there is one; it is read again only when it has changed."""
    path = safe_join(str(current_app.static_folder), name)
    if path is None or not Path(path).is_file():
        return None
    return _read(Path(path), Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Asset:
    return Asset(path.read_bytes())


def _with_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and (found := asset(values["filename"])):
        values.setdefault("v", found.version)


def _lasting() -> Response | None:
    """What is asked for by its version never changes; the rest of the files Flask serves."""
    if request.endpoint != "static" or request.method not in ("GET", "HEAD"):
        return None
    name = (request.view_args or {})["filename"]
    found = asset(name)
    if not found or request.args.get("v") != found.version:
        return None
    response = Response(found.body, mimetype=guess_type(name)[0])
    if request.accept_encodings["gzip"]:
        response.set_data(found.packed)
        response.content_encoding = "gzip"
    response.set_etag(f"{found.version}{':gzip' if response.content_encoding else ''}")
    response.cache_control.public = response.cache_control.immutable = True
    response.cache_control.max_age = _YEAR
    return response

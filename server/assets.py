"""Files of the site: the address of each says which version it is, so that clients may keep it."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

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
    app.after_request(_kept)


def asset(name: str) -> Asset:
    """The file called ``name``, read again only when it has changed."""
    path = Path(str(current_app.static_folder), name)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Asset:
    return Asset(path.read_bytes())


def _with_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values.setdefault("v", asset(values["filename"]).version)


def _kept(response: Response) -> Response:
    """What was asked for by its version never changes; the rest, clients ask about again."""
    if request.endpoint != "static" or response.status_code != 200 or not request.view_args:
        return response
    found = asset(request.view_args["filename"])
    if request.args.get("v") != found.version:
        return response
    response.cache_control.no_cache = None
    response.cache_control.public = response.cache_control.immutable = True
    response.cache_control.max_age = _YEAR
    if request.accept_encodings["gzip"]:
        response.direct_passthrough = False
        response.set_data(found.packed)
        response.content_encoding = "gzip"
        response.set_etag(f"{found.version}:gzip")
    return response

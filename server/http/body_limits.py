"""Limits on the size of request bodies, decided from the request's head before the body is read.

Only data to validate and writes may be large; queries and forms are limited by the longest query.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from missiongraph.limits import MEGABYTE
from missiongraph.server.settings import Settings

_FORM = "application/x-www-form-urlencoded"
_QUERY = "application/sparql-query"
_UPDATE = "application/sparql-update"
_MOST_BYTES = {_FORM: 12, _QUERY: 4}
"""Most bytes for one character: 4 in UTF-8, each of which takes 3 (``%xx``) in a form."""

_BESIDES = 64 * 1024
"""Bytes allowed in a form besides its query, for the dataset and the names of the fields."""


@dataclass(frozen=True)
class Head:
    """The parts of a request's head that decide how large its body may be."""

    method: str
    path: str
    media_type: str
    authorized: bool

    @property
    def is_form(self) -> bool:
        """Whether the body is the form of ``/validate``, which carries data."""
        return self.method == "POST" and self.path == "/validate"

    @property
    def writes(self) -> bool:
        """Whether the request is a write that may be large."""
        if self.path == "/sparql":
            return self.method == "POST" and self.media_type == _UPDATE
        graph = self.path == "/graphs" or self.path.startswith("/graphs/")
        return graph and self.method in ("POST", "PUT")


@dataclass(frozen=True)
class Refusal:
    """An error response sent before the body is read; its fields are those of waitress's errors."""

    code: int
    body: str
    members: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The reason phrase of the status code."""
        return HTTPStatus(self.code).phrase


def refusal(head: Head, size: int, settings: Settings, *, writable: bool) -> Refusal | None:
    """The refusal for a body of ``size`` bytes, or None if it may be read."""
    if size <= most(head, settings):
        return None
    if head.writes and size <= settings.body_megabytes * MEGABYTE:
        return _unauthorized(writable)
    return too_large(head, settings)


def most(head: Head, settings: Settings) -> int:
    """Bytes of the largest body accepted with this head; a large write needs a token."""
    if head.is_form or (head.writes and head.authorized):
        return settings.body_megabytes * MEGABYTE
    each = _MOST_BYTES.get(head.media_type, max(_MOST_BYTES.values()))
    return each * settings.query_characters + _BESIDES


def too_large(head: Head, settings: Settings) -> Refusal:
    """The refusal (413) for a body larger than :func:`most` allows."""
    if head.is_form or head.writes:
        limit, allowed = "body_megabytes", settings.body_megabytes
        detail = f"The body of a request may have {allowed} MB; send less at a time."
    else:
        limit, allowed = "query_characters", settings.query_characters
        detail = (
            f"A body of type {head.media_type or 'unknown'} may have {most(head, settings):,} bytes"
            f" at {head.path}; a longer update goes as {_UPDATE}."
        )
    return Refusal(413, detail, {"limit": limit, "allowed": allowed})


def _unauthorized(writable: bool) -> Refusal:
    """The refusal for a large write without a token, worded as in ``api/writing``."""
    if not writable:
        return Refusal(
            403, "This endpoint is read-only; one started with serve --directory takes updates."
        )
    challenge = {"WWW-Authenticate": 'Bearer realm="missiongraph"'}
    detail = "Send 'Authorization: Bearer TOKEN' with a valid token."
    return Refusal(401, detail, headers=challenge)

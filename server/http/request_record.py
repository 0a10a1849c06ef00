"""Records each request for the log and the metrics.

The recorder wraps the application, so that it sees every response to its last byte. A record
holds no header, client address or token, and of the request's text only the query.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from missiongraph.errors import Busy, ClientGone, EngineFailed, LimitExceeded, MissionGraphError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-ID"
"""The request's ID: a client may send one, and every response names it."""

_KEY = "missiongraph.record"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass
class Record:
    """One request and its outcome.

    ``query`` is the text of its SPARQL query, if any, and ``outcome`` one of ``ok``, ``cached``,
    ``not-modified``, ``error``, ``busy``, ``gone``, ``failed`` or the name of a limit. ``error``
    is set if the response broke off after its first bytes were sent. ``bytes`` counts its body.
    """

    id: str
    method: str
    path: str
    status: int = 0
    bytes: int = 0
    seconds: float = 0.0
    query: str = ""
    outcome: str = ""
    error: Exception | None = None
    _started: float = field(default_factory=time.perf_counter)

    @property
    def milliseconds(self) -> float:
        """Time from the request to the last byte of the response."""
        return round(self.seconds * 1000, 3)

    def end(self) -> None:
        """Stop the clock."""
        self.seconds = time.perf_counter() - self._started

    def found(self, query: str, how: str) -> None:
        """Note a query and its outcome, which a later error replaces."""
        self.query, self.outcome = query, how

    @contextmanager
    def noting_errors(self) -> Iterator[None]:
        """Set the outcome of the query, if there is one, from an error raised in the block."""
        try:
            yield
        except MissionGraphError as error:
            if self.query:
                self.outcome = outcome(error)
            raise


def outcome(error: Exception) -> str:
    """The outcome of a query that ended with ``error``."""
    if isinstance(error, Busy):
        return "busy"
    if isinstance(error, LimitExceeded):
        return error.limit
    if isinstance(error, ClientGone):
        return "gone"
    return "failed" if isinstance(error, EngineFailed) else "error"


def record() -> Record:
    """The record of the current request."""
    return _of(request.environ)


def register(app: Flask, *receivers: Callable[[Record], None]) -> None:
    """Record each request and pass the record to ``receivers`` after the response's last byte."""
    app.wsgi_app = _Recorder(app.wsgi_app, receivers)  # type: ignore[method-assign]


def _of(environ: WSGIEnvironment) -> Record:
    entry = environ.get(_KEY)
    if not isinstance(entry, Record):
        header = environ.get("HTTP_X_REQUEST_ID", "")
        name = header if _SANE.fullmatch(header) else uuid.uuid4().hex
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        entry = environ[_KEY] = Record(name, environ["REQUEST_METHOD"], path)
    return entry


class _Recorder:
    """Wraps the application to record each request."""

    def __init__(self, app: WSGIApplication, receivers: Iterable[Callable[[Record], None]]) -> None:
        self._app, self._receivers = app, tuple(receivers)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        entry = _of(environ)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            entry.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, entry.id)], *error)

        return _Body(self._app(environ, start), entry, self._receivers)


class _Body:
    """The body of a response; counts bytes as the server sends them."""

    def __init__(
        self, body: Iterable[bytes], entry: Record, receivers: tuple[Callable[[Record], None], ...]
    ) -> None:
        self._body, self._chunks = body, iter(body)
        self._record, self._receivers = entry, receivers
        self._whole = self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._whole = True
            raise
        except Exception as error:
            self._record.error = error
            self._record.outcome = outcome(error)
            raise
        self._record.bytes += len(chunk)
        return chunk

    def close(self) -> None:
        """Called by the server when the response is sent, or when the client has gone."""
        try:
            if close := getattr(self._body, "close", None):
                close()
        finally:
            self._finish()

    def _finish(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._record.outcome and not self._whole and not self._record.error:
            self._record.outcome = "gone"
        self._record.end()
        for receive in self._receivers:
            receive(self._record)

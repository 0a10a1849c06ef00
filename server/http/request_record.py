"""The record of one request: what the log and the metrics tell of it once it is over.

The recorder stands around the application, so that it sees every answer as it leaves, to its
last byte. Records hold no header, no address and no token; of the text asked for, only the query.
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
"""Where a client may name its request, and where the answer says how it is named."""

_KEY = "missiongraph.record"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass
class Record:
    """One request and what came of it.

    ``query`` is the SPARQL asked, if any, and ``outcome`` what came of it: ``ok``, ``cached``,
    ``not-modified``, ``error``, ``busy``, ``gone``, ``failed`` or the name of a limit. ``error``
    broke the answer off after its beginning had left.
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
        """Time from the request to the last byte of the answer."""
        return round(self.seconds * 1000, 3)

    def end(self) -> None:
        """Note how long it took."""
        self.seconds = time.perf_counter() - self._started

    def found(self, query: str, how: str) -> None:
        """Note a query and what comes of it, unless something goes wrong later."""
        self.query, self.outcome = query, how

    @contextmanager
    def noting_errors(self) -> Iterator[None]:
        """Note what goes wrong with the query, if there is one, while the block runs."""
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


def register(app: Flask, *told: Callable[[Record], None]) -> None:
    """Keep a record of each request and give it to ``told`` when all of the answer has left."""
    app.wsgi_app = _Recorder(app.wsgi_app, told)  # type: ignore[method-assign]


def _of(environ: WSGIEnvironment) -> Record:
    found = environ.get(_KEY)
    if not isinstance(found, Record):
        given = environ.get("HTTP_X_REQUEST_ID", "")
        name = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        found = environ[_KEY] = Record(name, environ["REQUEST_METHOD"], path)
    return found


class _Recorder:
    """The application with a record kept of each request."""

    def __init__(self, app: WSGIApplication, told: Iterable[Callable[[Record], None]]) -> None:
        self._app, self._told = app, tuple(told)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        kept = _of(environ)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            kept.status = int(status[:3])
            return start_response(status, [*headers, (HEADER, kept.id)], *error)

        return _Body(self._app(environ, start), kept, self._told)


class _Body:
    """The bytes of an answer, counted as they leave."""

    def __init__(
        self, body: Iterable[bytes], kept: Record, told: tuple[Callable[[Record], None], ...]
    ) -> None:
        self._body, self._chunks = body, iter(body)
        self._record, self._told = kept, told
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
        """The server is done with the answer: it has left, or nobody takes more of it."""
        try:
            if close := getattr(self._body, "close", None):
                close()
        finally:
            self._tell()

    def _tell(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._record.outcome and not self._whole and not self._record.error:
            self._record.outcome = "gone"
        self._record.end()
        for tell in self._told:
            tell(self._record)

"""Runs queries: serves answers from the cache, whole or as a stream, and maps errors to HTTP."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Response, current_app, request

from missiongraph.errors import (
    Busy,
    ClientGone,
    DataError,
    EngineFailed,
    LimitExceeded,
    MissionGraphError,
    NoSuchGraph,
    NotAcceptable,
    QueryError,
    Refused,
    RemoteError,
    ServiceFailed,
    Unsuited,
    Unsupported,
    UnsupportedFormat,
    UpdateError,
)
from missiongraph.server.http.negotiation import Choice
from missiongraph.server.http.problems import Problem
from missiongraph.server.http.request_record import record
from missiongraph.server.middleware.headers import held_by_client
from missiongraph.server.state.answer_cache import Passing
from missiongraph.server.state.context import context
from missiongraph.sparql.engine import Answer, Query

_CHANGING = ("NOW", "RAND", "UUID", "BNODE")
_CALL = re.compile(rf"(?:{'|'.join(_CHANGING)})\s*[(#]")

_PLACE = re.compile(r"line (?P<line>\d+), column (?P<column>\d+)")

_STATUS = {
    "query_seconds": HTTPStatus.GATEWAY_TIMEOUT,
    "write_seconds": HTTPStatus.GATEWAY_TIMEOUT,
    "write_statements": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "query_megabytes": HTTPStatus.SERVICE_UNAVAILABLE,
    "query_characters": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "result_megabytes": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "queue_length": HTTPStatus.SERVICE_UNAVAILABLE,
    "queue_seconds": HTTPStatus.SERVICE_UNAVAILABLE,
    "service_blocks": HTTPStatus.BAD_REQUEST,
    "service_queries": HTTPStatus.SERVICE_UNAVAILABLE,
    "service_seconds": HTTPStatus.GATEWAY_TIMEOUT,
    "service_megabytes": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "service_rows": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "network_nodes": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "network_ties": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "network_seconds": HTTPStatus.GATEWAY_TIMEOUT,
    "network_megabytes": HTTPStatus.SERVICE_UNAVAILABLE,
    "network_queue": HTTPStatus.SERVICE_UNAVAILABLE,
    "network_waiting": HTTPStatus.SERVICE_UNAVAILABLE,
    "work_megabytes": HTTPStatus.SERVICE_UNAVAILABLE,
}
_NO_STORE = "The store behind this server failed to answer; the server's log says why."
FAULTS: dict[type[MissionGraphError], HTTPStatus] = {
    Refused: HTTPStatus.FORBIDDEN,
    Unsupported: HTTPStatus.NOT_IMPLEMENTED,
    UpdateError: HTTPStatus.CONFLICT,
    Unsuited: HTTPStatus.UNPROCESSABLE_ENTITY,
    QueryError: HTTPStatus.BAD_REQUEST,
    NoSuchGraph: HTTPStatus.NOT_FOUND,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    UnsupportedFormat: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    DataError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ServiceFailed: HTTPStatus.BAD_GATEWAY,
    EngineFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    ClientGone: HTTPStatus.BAD_REQUEST,  # the client has gone and does not read it
}
"""Status codes for the engine's errors, subclasses before their bases."""


def is_volatile(text: str) -> bool:
    """Whether a query calls a function whose value changes with each call.

    Then its answer is not cached. A call within a string counts, too: that answer is not cached
    without need.
    """
    upper = text.upper()
    return any(name in upper for name in _CHANGING) and bool(_CALL.search(upper))


def respond(query: Query, choice: Choice, version: str = "") -> Response:
    """The response to ``query`` in the chosen formats: 304, cached, whole, or as a stream.

    ``version`` is the state of the part of the data that the query reads, if known; by default
    the state of all data is used. Raises :class:`Problem` if the query fails.
    """
    engine, cache = context().graph.engine, context().cache
    state = version or engine.fingerprint
    lasting = not is_volatile(query.text)
    tag = _tag(state, query, choice) if lasting else ""
    if tag and (held := held_by_client(tag)):
        record().found(query.text, "not-modified")
        return tagged(Response(status=HTTPStatus.NOT_MODIFIED), held)
    if tag and (cached := cache.get(tag)):
        record().found(query.text, "cached")
        return tagged(Response(cached[1], content_type=content_type(cached[0])), tag)
    answer = run(query, choice)
    if lasting and not version and answer.fingerprint != state:
        tag = _tag(answer.fingerprint, query, choice)
    kind = content_type(answer.media_type)
    if answer.size is None:
        chunks = Passing(cache, tag, answer) if tag else answer.chunks
        return tagged(Response(chunks, content_type=kind), tag)
    body = answer.read()
    if tag:
        cache.put(tag, answer.media_type, body)
    return tagged(Response(body, content_type=kind), tag)


def run(query: Query, choice: Choice) -> Answer:
    """Run ``query`` in the engine; raises :class:`Problem` for the engine's errors."""
    gone = request.environ.get("waitress.client_disconnected")
    record().found(query.text, "ok")
    with faults():
        return context().graph.engine.run(
            query, solutions=choice.solutions, triples=choice.triples, gone=gone
        )


@contextmanager
def faults() -> Iterator[None]:
    """Turn the engine's errors into :class:`Problem` within the block."""
    try:
        with record().noting_errors():
            yield
    except LimitExceeded as error:
        raise exceeded(error) from error
    except RemoteError as error:
        current_app.logger.error("%s", error)  # it names the service, which clients must not see
        raise Problem(HTTPStatus.BAD_GATEWAY, _NO_STORE) from error
    except tuple(FAULTS) as error:
        kind = next(kind for kind in FAULTS if isinstance(error, kind))
        raise Problem(FAULTS[kind], str(error), **_place(error)) from error


def _place(error: BaseException) -> dict[str, int]:
    """The line and column of a syntax error, if its message begins with them."""
    match = _PLACE.match(str(error))
    return {name: int(number) for name, number in match.groupdict().items()} if match else {}


def exceeded(error: LimitExceeded) -> Problem:
    """The problem for an exceeded limit, with the limit's name, its value and ``Retry-After``.

    Some methods on networks have a limit of their own, which is no setting: 413.
    """
    detail = str(error)[:1].upper() + str(error)[1:] + "."
    if error.limit not in _STATUS:
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    allowed = getattr(context().settings, error.limit)
    problem = Problem(_STATUS[error.limit], detail, limit=error.limit, allowed=allowed)
    if isinstance(error, Busy):
        problem.headers["Retry-After"] = str(round(error.retry_seconds))
    return problem


def _tag(fingerprint: str, query: Query, choice: Choice) -> str:
    """An entity tag: the state, for conditional writes, and a hash of all that the bytes depend on.

    Empty if the state has no name.
    """
    if not fingerprint:
        return ""
    parts = (
        fingerprint,
        query.text,
        repr([*query.default_graphs]),
        repr([*query.named_graphs]),
        repr(sorted(query.parameters.items())),
        choice.solutions or "",
        choice.triples or "",
        query.base,
    )
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    return f"{fingerprint.partition('-')[0]}-{digest}"


def tagged(response: Response, tag: str) -> Response:
    """Set the entity tag of a response; without one, forbid caching it."""
    if tag:
        response.set_etag(tag)
    else:
        response.cache_control.no_store = True
    return response


def content_type(media_type: str) -> str:
    """The Content-Type for a media type, with a charset for ``text/*``."""
    if media_type.startswith("text/"):
        return f"{media_type}; charset=utf-8"
    return media_type

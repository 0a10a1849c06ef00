"""Responses made by jobs: at once, after waiting, or later at the job's address.

By default a request waits for as long as a job may take, because clients that read files expect
nothing else. Clients that send ``Prefer: respond-async`` get 202 and the address of the job;
browsers are redirected to a page that waits.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from http import HTTPStatus
from math import inf
from typing import Any, BinaryIO

from flask import Response, jsonify, request, url_for

from missiongraph.errors import Busy
from missiongraph.server.http.clients import client
from missiongraph.server.http.negotiation import wants_page
from missiongraph.server.http.prefer import Preference
from missiongraph.server.middleware.headers import held_by_client
from missiongraph.server.state.context import context
from missiongraph.server.state.jobs import JobRequest
from missiongraph.server.state.tickets import RETRY_SECONDS, Ticket

from .run import content_type, faults, tagged

AGAIN_SECONDS = 1
"""Time after which a client may check a job again."""

JSON = "application/json"
_WHOLE = 1024 * 1024  # bytes of the longest result that is sent in one piece
_PIECE = 256 * 1024


class _Pieces:
    """A file read in pieces; closed at its end or when the client has gone."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        weakref.finalize(self, file.close)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._file.closed or not (piece := self._file.read(_PIECE)):
            self.close()
            raise StopIteration
        return piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def answer(job: JobRequest) -> Response:
    """The result of a job, or a response with the address where it will be.

    Raises :class:`Problem` if the job fails, or takes longer than a request may wait.
    """
    wish, page = Preference.read(), wants_page(request.headers.get("Accept"))
    with faults():
        if known := _known(job):
            return wish.applied(known)
        if page or wish.asynchronous:
            ticket = soon(job, wish.seconds(context().settings.network_wait_seconds, _most()))
        else:
            ticket = _whole(job, wish)
    if ticket.ended:
        return wish.applied(made(ticket))
    if page:
        return wish.applied(Response(status=HTTPStatus.SEE_OTHER, headers=_at(ticket)))
    accepted = jsonify(status(ticket))
    accepted.status_code, accepted.location = HTTPStatus.ACCEPTED, address("job", ticket)
    return wish.applied(again(accepted), later=True)


def soon(job: JobRequest, seconds: float) -> Ticket:
    """The ticket of a job after at most ``seconds``; an unfinished job goes on for a while.

    Does not wait if too many requests wait already. Raises :class:`Busy` if the queue is full.
    """
    jobs = context().jobs
    ticket = jobs.ask(job, client(), address=_own_address())
    if not ticket.ended and seconds:
        try:
            with jobs.waiting(client()):
                ticket = jobs.wait(ticket, seconds, _gone())
        except Busy:
            pass  # the client checks the job's address later
    if not ticket.ended:
        jobs.expect(ticket)
    return ticket


def soon_read(job: JobRequest, most: float = inf) -> bytes:
    """The result of a job, for a page; empty while it runs, after ``most`` seconds or fewer.

    Raises :class:`Problem` if it fails.
    """
    if cached := context().cache.get(job.tag(context().graph.fingerprint)):
        return cached[1]
    with faults():
        ticket = soon(job, min(context().settings.network_wait_seconds, most))
        if not ticket.ended:
            return b""
        with context().jobs.made(ticket) as file:
            return file.read()


def made(ticket: Ticket) -> Response:
    """A response with the job's result; raises :class:`Problem` if the job failed."""
    with faults():
        file = context().jobs.made(ticket)
    if ticket.size > _WHOLE:
        response = Response(_Pieces(file))
        response.content_length = ticket.size
    else:
        with file:
            response = Response(file.read())
    return _named(response, ticket.filename, ticket.media_type, ticket.tag)


def status(ticket: Ticket) -> dict[str, Any]:  # Any: JSON
    """The status of a job as a JSON object; ``position`` is its place in the queue."""
    links = {name: address(name, ticket) for name in ("job", "result")}
    members = {"state": ticket.state, "seconds": ticket.seconds, "links": links}
    position = context().jobs.position(ticket)
    return members | ({"position": position} if position else {})


def again(response: Response) -> Response:
    """The response marked as temporary: ``Retry-After``, not to be cached."""
    response.headers["Retry-After"] = str(AGAIN_SECONDS)
    response.cache_control.no_store = True
    return response


def address(view: str, ticket: Ticket) -> str:
    """The address of a job, or of its result."""
    return url_for(f"networks.{view}", id=ticket.id)


def _whole(job: JobRequest, wish: Preference) -> Ticket:
    """Wait for the job to end; raises :class:`Busy` after the longest wait."""
    jobs, seconds = context().jobs, wish.seconds(_most(), _most())
    with jobs.waiting(client()):
        ticket = jobs.ask(job, client(), address=_own_address())
        ticket = jobs.wait(ticket, seconds, _gone())
    if not ticket.ended:
        jobs.expect(ticket)
        message = (
            f"the job is {ticket.state} after {seconds} s; send the request again, or send it "
            "with Prefer: respond-async to get the address of the job"
        )
        raise Busy("network_queue", message, RETRY_SECONDS)
    return ticket


def _most() -> int:
    return context().settings.job_seconds


def _gone() -> Any:
    """A function that is true once the client has disconnected; None if the server has none."""
    return request.environ.get("waitress.client_disconnected")


def _own_address() -> str:
    """The address of the request, if a ``GET`` there gives the result; else empty."""
    own = request.script_root + request.full_path.rstrip("?")
    return own if request.method in ("GET", "HEAD") else ""


def _at(ticket: Ticket) -> dict[str, str]:
    return {"Location": address("job", ticket), "Cache-Control": "no-store"}


def _known(job: JobRequest) -> Response | None:
    """A 304 if the client has the result, the cached result, or None."""
    tag = job.tag(context().graph.fingerprint)
    if tag and request.method != "POST" and (held := held_by_client(tag)):
        return tagged(Response(status=HTTPStatus.NOT_MODIFIED), held)
    cached = context().cache.get(tag) if tag else None
    return _named(Response(cached[1]), job.filename, cached[0], tag) if cached else None


def _named(response: Response, filename: str, media_type: str, tag: str) -> Response:
    response.content_type = content_type(media_type)
    if media_type != JSON:
        response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return tagged(response, tag)

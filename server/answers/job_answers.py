"""Answers that jobs make: at once, after a while, or later at an address of their own.

By default a request waits for its answer as long as a job may take, as a client that reads files
knows of nothing else. Later, with 202 and the address of the job, hear those who say
``Prefer: respond-async``; readers of pages are led to a page that waits for them.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from http import HTTPStatus
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
"""After which a client may look again for a job."""

JSON = "application/json"
_WHOLE = 1024 * 1024  # bytes of an answer that is not sent in pieces
_PIECE = 256 * 1024


class _Pieces:
    """A file in pieces, closed at its end or when nobody takes more."""

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
        """Need it no more."""
        self._file.close()


def answer(asked: JobRequest) -> Response:
    """The answer of the job that does what is asked, or where it will be.

    Raises :class:`Problem` if the job fails, or takes longer than a request may wait.
    """
    wish, page = Preference.read(), wants_page(request.headers.get("Accept"))
    with faults():
        if known := _known(asked):
            return wish.applied(known)
        if page or wish.asynchronous:
            ticket = soon(asked, wish.seconds(context().settings.network_wait_seconds, _most()))
        else:
            ticket = _whole(asked, wish)
    if ticket.ended:
        return wish.applied(made(ticket))
    if page:
        return wish.applied(Response(status=HTTPStatus.SEE_OTHER, headers=_at(ticket)))
    told = jsonify(status(ticket))
    told.status_code, told.location = HTTPStatus.ACCEPTED, address("job", ticket)
    return wish.applied(again(told), later=True)


def soon(asked: JobRequest, seconds: float) -> Ticket:
    """The job, waited for as long as a page waits, if there is a place to wait; then expected.

    Raises :class:`Busy` when too many jobs wait.
    """
    jobs = context().jobs
    ticket = jobs.ask(asked, client(), address=_own_address())
    if not ticket.ended and seconds:
        try:
            with jobs.waiting(client()):
                ticket = jobs.wait(ticket, seconds, _gone())
        except Busy:
            pass  # whoever asked comes back for it
    if not ticket.ended:
        jobs.expect(ticket)
    return ticket


def made(ticket: Ticket) -> Response:
    """What a job made; raises :class:`Problem` if it failed."""
    with faults():
        file = context().jobs.made(ticket)
    if ticket.size > _WHOLE:
        response = Response(_Pieces(file))
        response.content_length = ticket.size
    else:
        with file:
            response = Response(file.read())
    return _named(response, ticket.filename, ticket.media_type, ticket.tag)


def status(ticket: Ticket) -> dict[str, Any]:
    """How far a job is, as JSON."""
    links = {name: address(name, ticket) for name in ("job", "result")}
    told = {"state": ticket.state, "seconds": ticket.seconds, "links": links}
    position = context().jobs.position(ticket)
    return told | ({"position": position} if position else {})


def again(response: Response) -> Response:
    """The response, which is another one soon."""
    response.headers["Retry-After"] = str(AGAIN_SECONDS)
    response.cache_control.no_store = True
    return response


def address(view: str, ticket: Ticket) -> str:
    """The address of a job, or of its result."""
    return url_for(f"networks.{view}", id=ticket.id)


def _whole(asked: JobRequest, wish: Preference) -> Ticket:
    """The job, ended; raises :class:`Busy` if a request may not wait so long."""
    jobs, seconds = context().jobs, wish.seconds(_most(), _most())
    with jobs.waiting(client()):
        ticket = jobs.ask(asked, client(), address=_own_address())
        ticket = jobs.wait(ticket, seconds, _gone())
    if not ticket.ended:
        jobs.expect(ticket)
        message = (
            f"the job is {ticket.state} after {seconds} s; ask again soon, or with "
            "Prefer: respond-async for an address to come back to"
        )
        raise Busy("network_queue", message, RETRY_SECONDS)
    return ticket


def _most() -> int:
    return context().settings.job_seconds


def _gone() -> Any:
    """What tells whether the client has left, where the web server knows."""
    return request.environ.get("waitress.client_disconnected")


def _own_address() -> str:
    """The address of the request, if whoever asks it again gets the answer."""
    asked = request.script_root + request.full_path.rstrip("?")
    return asked if request.method in ("GET", "HEAD") else ""


def _at(ticket: Ticket) -> dict[str, str]:
    return {"Location": address("job", ticket), "Cache-Control": "no-store"}


def _known(asked: JobRequest) -> Response | None:
    """The answer that the client holds already, or that is kept here."""
    tag = asked.tag(context().graph.fingerprint)
    if tag and request.method != "POST" and (held := held_by_client(tag)):
        return tagged(Response(status=HTTPStatus.NOT_MODIFIED), held)
    kept = context().cache.get(tag) if tag else None
    return _named(Response(kept[1]), asked.filename, kept[0], tag) if kept else None


def _named(response: Response, filename: str, media_type: str, tag: str) -> Response:
    response.content_type = content_type(media_type)
    if media_type != JSON:
        response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return tagged(response, tag)

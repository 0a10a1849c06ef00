"""Waitress's connections (channels), with checks on requests while they come in.

Waitress reads whole requests before a thread handles them. Here a request that its head makes
inadmissible is refused at once. The rest of its body is read and discarded for a while, because
closing the connection while the client sends may lose the response (RFC 9112, section 9.6).
"""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from missiongraph.server.http.body_limits import Head, Refusal, refusal
from missiongraph.server.settings import Settings

from .crowd import COUNTED, ROOM, Crowd, size_of
from .message_framing import Parser

PROMPT = frozenset({"/health", "/health/live", "/health/ready", "/metrics"})
"""Paths whose responses come from memory; they are served before all other requests."""

_LINGER = 2.0  # seconds in which a refused client may read its response
_DISCARDED = 64 * 1024  # bytes discarded at a time
_SHORT = 8 * 1024  # bytes of a head that is parsed quickly
_LARGE = 1024 * 1024  # bytes of a form that takes long to parse
_STEP = 256 * 1024  # bytes of a chunked body between two checks of its size


_SERVED = threading.local()
"""The channel whose request the thread handles."""


class Request(Parser):
    """A request as it comes in; ``admit`` gives the refusal of its body, or None."""

    error: Any

    def __init__(self, adj: Any, admit: Callable[[Request], Any]) -> None:
        super().__init__(adj)
        self._admit = admit
        self._next_check = 0.0
        self.begun = time.monotonic()
        self.admitted = False

    @property
    def head(self) -> Head:
        """The parts of the head that decide on the body."""
        kind = self.headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        return Head(self.command, self.path, kind, "AUTHORIZATION" in self.headers)

    @property
    def is_prompt(self) -> bool:
        """Whether the request is short and its response comes from memory."""
        return (
            not self.error
            and self.path in PROMPT
            and self.body_rcv is None
            and self.header_bytes_received <= _SHORT
        )

    @property
    def is_large_form(self) -> bool:
        """Whether the request is a form that takes long to parse."""
        return not self.error and self.body_bytes_received > _LARGE and self.head.is_form

    def received(self, data: bytes) -> int:
        """Read some bytes; returns how many of them belong to this request."""
        taken = int(super().received(data))
        if self.body_rcv is None or self.error or self.body_bytes_received < self._next_check:
            return taken
        self._next_check = self.body_bytes_received + _STEP if self.chunked else math.inf
        self.error = self._admit(self)
        if self.error:
            self.completed, self.expect_continue = True, False
            return len(data)
        self.admitted = True
        return taken


class Problem(ErrorTask):  # type: ignore[misc]
    """Sends the problem details for a request that is refused before it reaches the application."""

    def execute(self) -> None:
        """Send the problem and close."""
        error = self.request.error
        problem = {
            "type": "about:blank",
            "title": error.reason,
            "status": error.code,
            "detail": f"{error.body.rstrip('.')}.",
        } | getattr(error, "members", {})
        body = json.dumps(problem).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        self.response_headers.append(("Access-Control-Allow-Origin", "*"))
        self.response_headers += getattr(error, "headers", {}).items()
        self.request.headers.pop("CONNECTION", None)  # else HTTP/1.0 would get keep-alive
        self.set_close_on_finish()
        self.content_length = len(body)
        self.channel.refused = True
        self.write(body)


class Task(WSGITask):  # type: ignore[misc]
    """Sends a response, its head together with its first bytes."""

    def write(self, data: bytes) -> None:
        """Send some bytes of the body."""
        if self.wrote_header:
            super().write(data)
            return
        with self.channel.at_once():
            super().write(data)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection; one that was refused lingers for a while before it is closed."""

    task_class = Task
    error_task_class = Problem
    request: Any
    refused = False
    _together: list[bytes] | None = None
    _watched = False  # whether the event loop waits for what the client sends
    _until = 0.0  # when a refused connection is closed

    def __init__(self, server: Server, *arguments: Any, **named: Any) -> None:
        super().__init__(server, *arguments, **named)
        self.parser_class = partial(Request, admit=partial(server.admit, self.addr[0]))

    def has_lingered(self, now: float) -> bool:
        """Whether a refused client has had time to read its response."""
        return 0 < self._until < now

    def readable(self) -> bool:
        """Whether to read, also to discard."""
        self._watched = False  # first, as another thread may look while this one finds out
        self._watched = bool(self._until or super().readable())
        return self._watched

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Send what the block writes in one go."""
        parts: list[bytes] = []
        self._together = parts
        try:
            yield
        finally:
            self._together = None
        super().write_soon(b"".join(parts))

    def write_soon(self, data: Any) -> int:
        """Send some bytes, or let the event loop send what the client does not take at once."""
        if self._together is None:
            return int(super().write_soon(data))
        self._together.append(data)
        return len(data)

    def service(self) -> None:
        """Handle the first request; this thread wakes the event loop for this channel alone."""
        _SERVED.channel = self
        try:
            super().service()
        finally:
            _SERVED.channel = None

    @property
    def is_settled(self) -> bool:
        """Whether all is sent, and the event loop waits for the next request already."""
        ends = self.will_close or self.close_when_flushed
        return self._watched and not (ends or self.total_outbufs_len or self.requests)

    def writable(self) -> bool:
        """Whether to write; not while lingering."""
        return bool(not self._until and super().writable())

    def received(self, data: bytes) -> bool:
        """Parse the received bytes, unless a request has been refused."""
        refused = any(request.error for request in self.requests)
        return not refused and bool(super().received(data))

    def handle_read(self) -> None:
        """Read, or discard while lingering."""
        if self._until:
            with suppress(OSError):
                self.recv(_DISCARDED)  # closes the channel once the client has closed
        else:
            super().handle_read()

    def handle_close(self) -> None:
        """Close, and discard an incomplete request."""
        if self.refused and self.connected and not self._until and not self.total_outbufs_len:
            self._linger()
            return
        unfinished, self.request = self.request, None
        super().handle_close()
        if unfinished:
            unfinished.close()

    def _linger(self) -> None:
        """Close our direction of the connection and let the client finish sending."""
        self._until = time.monotonic() + _LINGER
        self.will_close = False
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Gives requests to threads: large forms to a thread of their own, prompt ones to none."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.set_thread_count(threads)
        self._forms = ThreadedTaskDispatcher()
        self._forms.set_thread_count(1)
        self._prompt: deque[Channel] = deque()

    def add_task(self, task: Channel) -> None:
        """Schedule a channel's first request."""
        request = task.requests[0]
        if request.is_prompt and not task.total_outbufs_len:  # else writing might block
            self._prompt.append(task)
            task.server.pull_trigger()
        elif request.is_large_form:
            self._forms.add_task(task)
        else:
            super().add_task(task)

    def answer_prompt(self) -> None:
        """Serve the prompt requests in this thread."""
        while self._prompt:
            self._prompt.popleft().service()

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """End all threads."""
        self._forms.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Accepts connections, and closes others to make room for them."""

    channel_class = Channel

    def __init__(self, app: Any, adj: Any, settings: Settings, *, writable: bool) -> None:
        [listener] = adj.sockets
        place = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            app,
            _sock=listener,
            dispatcher=Dispatcher(settings.threads),
            adj=adj,
            sockinfo=place,
            bind_socket=False,
        )
        self._settings, self._writable = settings, writable
        self.crowd = Crowd(self.active_channels, settings)
        self.lacks_room = False

    def handle_accept(self) -> None:
        """Accept waiting connections while there is room, and note if there is none."""
        self.lacks_room = self.crowd.is_full()
        for _ in range(ROOM):
            before = len(self.active_channels)
            if not self.crowd.is_full():
                super().handle_accept()
            if len(self.active_channels) == before:
                return

    def tidy(self) -> None:
        """Serve prompt requests and close connections, between two rounds of the event loop.

        Connections are closed only here: within a round a new one might get the same descriptor.
        """
        self.task_dispatcher.answer_prompt()
        if self.lacks_room:
            self.crowd.make_room()
        self.crowd.look()

    def pull_trigger(self) -> None:
        """Wake the event loop, unless it has nothing to do for the channel of this thread."""
        channel = getattr(_SERVED, "channel", None)
        if not (channel and channel.is_settled):
            super().pull_trigger()

    def admit(self, address: str, request: Request) -> Refusal | None:
        """The refusal of a request's body, or None if it may be read."""
        size = size_of(request)
        refused = refusal(request.head, size, self._settings, writable=self._writable)
        if refused or size < COUNTED:
            return refused
        return self.crowd.refuse(address, request)

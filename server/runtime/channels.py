"""Channels: connections as waitress has them, with requests that are looked at as they come in.

Waitress takes in whole requests before a thread sees them. What is refused by its head is
answered at once; the rest of it is read and forgotten for a while, as a connection that is
closed while the client sends may lose the answer (RFC 9112, section 9.6).
"""

from __future__ import annotations

import json
import math
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher

from missiongraph.server.http.body_limits import Head, Refusal, refusal
from missiongraph.server.settings import Settings

from .crowd import COUNTED, ROOM, Crowd, size_of
from .message_framing import Parser

PROMPT = frozenset({"/health", "/health/live", "/health/ready", "/metrics"})
"""What is answered from memory, and at once: no other request comes before."""

_LINGER = 2.0  # seconds in which a client may notice that it was refused
_FORGOTTEN = 64 * 1024  # bytes at a time
_SHORT = 8 * 1024  # bytes of a head that is quickly read
_LARGE = 1024 * 1024  # bytes of a form that takes a while to read
_STEP = 256 * 1024  # bytes in chunks between two looks at how many they are


class Request(Parser):
    """A request as it comes in; ``admit`` says why its body is refused, if it is."""

    error: Any

    def __init__(self, adj: Any, admit: Callable[[Request], Any]) -> None:
        super().__init__(adj)
        self._admit = admit
        self._asked = 0.0
        self.begun = time.monotonic()
        self.admitted = False

    @property
    def head(self) -> Head:
        """What is known before the body has come."""
        kind = self.headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        return Head(self.command, self.path, kind, "AUTHORIZATION" in self.headers)

    @property
    def is_prompt(self) -> bool:
        """Whether it is answered from memory."""
        return (
            not self.error
            and self.path in PROMPT
            and self.body_rcv is None
            and self.header_bytes_received <= _SHORT
        )

    @property
    def is_large_form(self) -> bool:
        """Whether reading it takes long."""
        return not self.error and self.body_bytes_received > _LARGE and self.head.is_form

    def received(self, data: bytes) -> int:
        """Take in some bytes; how many of them are this request's."""
        taken = int(super().received(data))
        if self.body_rcv is None or self.error or self.body_bytes_received < self._asked:
            return taken
        self._asked = self.body_bytes_received + _STEP if self.chunked else math.inf
        self.error = self._admit(self)
        if self.error:
            self.completed, self.expect_continue = True, False
            return len(data)
        self.admitted = True
        return taken


class Problem(ErrorTask):  # type: ignore[misc]
    """Tells what is wrong with a request that is not even read, in the form of all our errors."""

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
        self.request.headers.pop("CONNECTION", None)  # or HTTP/1.0 would hear keep-alive as well
        self.set_close_on_finish()
        self.content_length = len(body)
        self.channel.refused = True
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    error_task_class = Problem
    request: Any
    refused = False
    _until = 0.0  # when a client that was refused has to have noticed

    def __init__(self, server: Server, *arguments: Any, **named: Any) -> None:
        super().__init__(server, *arguments, **named)
        self.parser_class = partial(Request, admit=partial(server.admit, self.addr[0]))

    def has_lingered(self, now: float) -> bool:
        """Whether a client that was refused has had time to notice."""
        return 0 < self._until < now

    def readable(self) -> bool:
        """Whether to read: also what is forgotten."""
        return bool(self._until or super().readable())

    def writable(self) -> bool:
        """Whether to write: nothing more to one that was refused."""
        return bool(not self._until and super().writable())

    def received(self, data: bytes) -> bool:
        """Take in what came, but nothing after what was refused."""
        refused = any(request.error for request in self.requests)
        return not refused and bool(super().received(data))

    def handle_read(self) -> None:
        """Read, or forget what comes."""
        if self._until:
            with suppress(OSError):
                self.recv(_FORGOTTEN)  # which closes when the client has
        else:
            super().handle_read()

    def handle_close(self) -> None:
        """Close, and keep nothing of a request that is not whole."""
        if self.refused and self.connected and not self._until and not self.total_outbufs_len:
            self._linger()
            return
        unfinished, self.request = self.request, None
        super().handle_close()
        if unfinished:
            unfinished.close()

    def _linger(self) -> None:
        """Say that all is said, and let the client say the rest."""
        self._until = time.monotonic() + _LINGER
        self.will_close = False
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Gives requests to threads: large forms to one of their own, what is prompt to none."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.set_thread_count(threads)
        self._forms = ThreadedTaskDispatcher()
        self._forms.set_thread_count(1)
        self._prompt: deque[Channel] = deque()

    def add_task(self, task: Channel) -> None:
        """Let a channel's first request be answered."""
        request = task.requests[0]
        if request.is_prompt and not task.total_outbufs_len:  # or else writing might wait
            self._prompt.append(task)
            task.server.pull_trigger()
        elif request.is_large_form:
            self._forms.add_task(task)
        else:
            super().add_task(task)

    def answer_prompt(self) -> None:
        """Answer, in this thread, what takes no time."""
        while self._prompt:
            self._prompt.popleft().service()

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """End all threads."""
        self._forms.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


class Server(TcpWSGIServer):  # type: ignore[misc]
    """The listener: takes connections, and makes room for them."""

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
        """Take those who wait, as far as there is room; make some where there is none."""
        self.lacks_room = self.crowd.is_full()
        for _ in range(ROOM):
            before = len(self.active_channels)
            if not self.crowd.is_full():
                super().handle_accept()
            if len(self.active_channels) == before:
                return

    def tidy(self) -> None:
        """Do what is to be done between two rounds of reading and writing.

        Connections are closed here: within a round another might get the number of one.
        """
        self.task_dispatcher.answer_prompt()
        if self.lacks_room:
            self.crowd.make_room()
        self.crowd.look()

    def admit(self, address: str, request: Request) -> Refusal | None:
        """Why the body of a request from an address is not taken in, if it is not."""
        size = size_of(request)
        told = refusal(request.head, size, self._settings, writable=self._writable)
        if told or size < COUNTED:
            return told
        return self.crowd.refuse(address, request)

"""Run the application in waitress, the embedded web server, until a signal stops it.

Waitress reads whole requests before a thread sees them, so slow clients hold up nobody; it can
tell whether a client has left; and it breaks the encoding of an answer that fails midway.
"""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable
from ipaddress import ip_address
from types import FrameType
from typing import TYPE_CHECKING, Any

import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from missiongraph.errors import MissionGraphError

from . import logs
from .framing import Parser
from .reloading import Reloading
from .settings import Settings

if TYPE_CHECKING:
    from flask import Flask

_MEGABYTE = 1024 * 1024
_TICK = 0.2  # seconds between two looks whether running requests have ended


def listen(host: str, port: int) -> socket.socket:
    """Take the address; raises :class:`MissionGraphError` when it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MissionGraphError(f"cannot serve on {host}:{port}: {reason}") from error


def serve(
    app: Flask,
    listener: socket.socket,
    settings: Settings,
    reload: Callable[[], str] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then let running requests end; ``reload`` on SIGHUP."""
    server = waitress.create_server(
        app,
        sockets=[listener],
        threads=settings.threads,
        connection_limit=settings.connections,
        channel_timeout=settings.idle_seconds,
        cleanup_interval=1,
        channel_request_lookahead=1,
        max_request_body_size=2 * settings.body_megabytes * _MEGABYTE,
        outbuf_overflow=_MEGABYTE,
        outbuf_high_watermark=16 * _MEGABYTE,
        asyncore_use_poll=True,
        log_socket_errors=False,
        ident="",
        clear_untrusted_proxy_headers=not settings.proxies,
    )
    server.channel_class = _Channel
    patience = _Patience(server, settings.request_seconds)
    logs.quieten_server("waitress")
    stop = _Stop()
    Reloading(reload, stop.ask)
    logs.say(f"Serving on {address(listener)} (Ctrl-C stops)")
    while not stop.asked:
        _turn(server)
        patience.look()
    listener.close()
    server.del_channel()
    end = time.monotonic() + settings.stop_seconds
    while _working(server) and time.monotonic() < end:
        _turn(server)
    server.task_dispatcher.shutdown(cancel_pending=True, timeout=_TICK)


class _ProblemTask(ErrorTask):  # type: ignore[misc]  # waitress ships no types
    """Tells what is wrong with a request that is not even HTTP, in the form of all our errors."""

    def execute(self) -> None:
        """Send the problem and close."""
        error = self.request.error
        problem = {
            "type": "about:blank",
            "title": error.reason,
            "status": error.code,
            "detail": f"{error.body.rstrip('.')}.",
        }
        body = json.dumps(problem).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        self.request.headers.pop("CONNECTION", None)  # or HTTP/1.0 would hear keep-alive as well
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _ProblemTask
    parser_class = Parser


class _Patience:
    """Closes connections whose request takes too long to come in or whose answer to leave.

    Waitress closes silent ones; these send, or read, a byte now and then.
    """

    def __init__(self, server: Any, seconds: float) -> None:
        self._server, self._seconds = server, seconds
        self._next = 0.0
        self._since: dict[Any, float] = {}

    def look(self) -> None:
        """Look at all connections, once a second."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 1
        # what a connection is busy with: it is done when it is busy with something else
        busy = {
            (channel, channel.requests[0] if channel.requests else channel.request)
            for channel in list(self._server.active_channels.values())
            if channel.requests or channel.request or channel.total_outbufs_len
        }
        self._since = {work: self._since.get(work, now) for work in busy}
        for (channel, _), since in self._since.items():
            if now - since > self._seconds:
                channel.handle_close()


class _Stop:
    """Whether a signal has asked to stop; a second one stops at once."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask)

    def ask(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Stop soon; asked again, at once."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def address(listener: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _turn(server: Any) -> None:
    """Serve for a moment."""
    wasyncore.loop(timeout=_TICK, map=server._map, use_poll=True, count=1)


def _working(server: Any) -> bool:
    """Whether a request runs or its answer is still on its way."""
    return any(c.requests or c.total_outbufs_len for c in server.active_channels.values())

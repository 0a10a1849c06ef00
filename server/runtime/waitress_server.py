"""Runs the application in waitress, the embedded web server, until a signal stops it.

Waitress reads whole requests before a thread handles them, so slow clients block no thread. It
notices when a client disconnects, and leaves a response that fails midway visibly incomplete.
"""

from __future__ import annotations

import gc
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from errno import EADDRINUSE
from ipaddress import ip_address
from types import FrameType
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments

from missiongraph.errors import MissionGraphError
from missiongraph.limits import MEGABYTE
from missiongraph.server.http import logs
from missiongraph.server.settings import Settings
from missiongraph.server.state.context import context

from .channels import Server
from .crowd import COUNTED
from .reload import Reloading

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

_OWN = 64  # files and sockets of the server itself
_TICK = 0.2  # seconds of one round of the event loop


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address; raises :class:`MissionGraphError` if that is not possible."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        advice = "; choose another with --port" if getattr(error, "errno", 0) == EADDRINUSE else ""
        raise MissionGraphError(f"cannot serve on {host}:{port}: {reason}{advice}") from error


def serve(
    app: Flask,
    listener: socket.socket,
    settings: Settings,
    reload: Callable[[], str] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then let running requests finish; ``reload`` on SIGHUP."""
    _allow_files(settings.connections)
    with app.app_context():
        served = context()
        with suppress(MissionGraphError):
            served.store.known()  # so that the first health probe has an answer
    server = listening(app, listener, settings, writable=served.writable)
    logs.quieten_server("waitress")
    stop = _Stop()
    Reloading(reload, stop.ask)
    gc.collect()
    gc.freeze()  # what lives as long as the server need not be looked through again and again
    logs.say(f"Serving on {address(listener)} (Ctrl-C stops)")
    while not stop.requested:
        turn(server)
    listener.close()
    server.del_channel()
    end = time.monotonic() + settings.stop_seconds
    while _working(server) and time.monotonic() < end:
        turn(server)
    server.task_dispatcher.shutdown(cancel_pending=True, timeout=_TICK)


def listening(
    app: WSGIApplication, listener: socket.socket, settings: Settings, *, writable: bool
) -> Server:
    """The web server of an application; call :func:`turn` repeatedly to run it."""
    adjusted = Adjustments(
        sockets=[listener],
        threads=settings.threads,
        connection_limit=settings.connections + _OWN,
        channel_timeout=settings.idle_seconds,
        cleanup_interval=1,
        channel_request_lookahead=1,
        recv_bytes=COUNTED,
        inbuf_overflow=COUNTED,
        max_request_body_size=sys.maxsize,  # each request has a limit of its own
        outbuf_overflow=MEGABYTE,
        outbuf_high_watermark=16 * MEGABYTE,
        asyncore_use_poll=True,
        log_socket_errors=False,
        ident="",
        clear_untrusted_proxy_headers=not settings.proxies,
    )
    return Server(app, adjusted, settings, writable=writable)


def turn(server: Server) -> None:
    """Run one round of the event loop."""
    wasyncore.loop(timeout=_TICK, map=server._map, use_poll=True, count=1)
    server.tidy()


class _Stop:
    """Notes whether a signal to stop has come; a second one stops at once."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.ask)

    def ask(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Request a stop; the second call raises :class:`KeyboardInterrupt`."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


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


def _allow_files(connections: int) -> None:
    """Raise the limit on open files to three per connection: socket, body and worker."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 3 * connections + _OWN
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _working(server: Any) -> bool:
    """Whether a request runs or its response is still being sent."""
    return any(c.requests or c.total_outbufs_len for c in server.active_channels.values())

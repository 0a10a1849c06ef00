"""Run the application in granian, the embedded web server, until a signal stops it."""

from __future__ import annotations

import os
import signal
import socket
import sys
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from missiongraph.errors import MissionGraphError

from .settings import Settings

if TYPE_CHECKING:
    from flask import Flask


def serve(host: str, port: int, settings: Settings, data: Path | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then let running requests end.

    One process with ``settings.threads`` threads, each of which runs a whole request: an
    engine's results must not cross threads. ``data`` is an RDF file to serve instead of
    the curated graph. Raises :class:`MissionGraphError` when the address cannot be had.
    """
    address = _free_address(host, port)
    server = Granian(
        "missiongraph.server:create_app",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=settings.stop_seconds,
    )
    shown = f"[{host}]" if ":" in host else host
    loader = partial(_load, data, settings, f"http://{shown}:{port}/")
    server.serve(target_loader=loader, wrap_loader=False)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _load(data: Path | None, settings: Settings, address: str) -> Flask:
    """Make the application, inside the serving process, and say that it is there."""
    import missiongraph

    from .app import create_app

    _detach()
    app = create_app(missiongraph.open(data), settings)
    print(f"Serving on {address} (Ctrl-C stops)", file=sys.stderr, flush=True)
    return app


def _detach() -> None:
    """Let this process be stopped by its parent alone, at once while it still loads.

    Ctrl-C reaches every process of the group; told twice, granian would not end at all.
    """
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _free_address(host: str, port: int) -> str:
    """The numeric address of ``host``, once it is sure that nobody listens there.

    Granian would share a port that is in use: two servers would answer by turns.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        socket.create_server(address[:2], family=family).close()
    except OSError as error:
        reason = error.strerror or error
        raise MissionGraphError(f"cannot serve on {host}:{port}: {reason}") from error
    return str(address[0])

"""Writes the log to standard error, one JSON object a line.

It always holds slow queries, responses that broke off and faults of the server; every request is
logged only with the setting ``access_log``. Only slow queries are logged with their text.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from flask import Flask, has_request_context
from flask.logging import has_level_handler, wsgi_errors_stream
from pythonjsonlogger.json import JsonFormatter

from missiongraph.errors import MissionGraphError
from missiongraph.server.settings import Settings
from missiongraph.system.child_stderr import LOGGER as PROCESSES

from .request_record import Record, record

LOGGER = logging.getLogger("missiongraph.server")

SHOWN = 2000
"""Characters of a slow query's text that are logged."""


class Log:
    """Writes the log lines of finished requests."""

    def __init__(self, settings: Settings) -> None:
        self._every, self._slow = bool(settings.access_log), settings.slow_milliseconds

    def write(self, entry: Record) -> None:
        """Write the log lines of one finished request."""
        if entry.error:
            LOGGER.error("answer broken off", extra=_facts(entry) | {"error": str(entry.error)})
        if entry.query and 0 < self._slow <= entry.milliseconds:
            LOGGER.warning("slow query", extra=_facts(entry) | {"query": entry.query[:SHOWN]})
        if self._every:
            LOGGER.info("request", extra=_facts(entry))


def register(app: Flask) -> None:
    """Log in JSON, unless the application's host has set up logging."""
    LOGGER.setLevel(logging.INFO)
    for logger in (LOGGER, PROCESSES):
        if not has_level_handler(logger):
            logger.addHandler(handler())
    app.logger = LOGGER  # a cached property, filled before its first use


@contextmanager
def only_json() -> Iterator[None]:
    """Within the block, send all of this process's messages and warnings to the log."""
    root, json_lines, usual = logging.getLogger(), handler(), threading.excepthook
    root.addHandler(json_lines)
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed
    try:
        yield
    finally:
        threading.excepthook = usual
        logging.captureWarnings(False)
        root.removeHandler(json_lines)


def say(text: str, level: int = logging.INFO) -> None:
    """Print a message to the terminal; without one, write it to the log."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
    else:
        LOGGER.log(level, "%s", text)


def handler() -> logging.StreamHandler[TextIO]:
    """A handler that writes JSON lines to the WSGI server's error stream."""
    json_lines = logging.StreamHandler(cast(TextIO, wsgi_errors_stream))
    json_lines.setFormatter(
        JsonFormatter(
            ["message", "levelname", "name"],
            rename_fields={"levelname": "level", "message": "event", "name": "logger"},
            timestamp="time",
            json_ensure_ascii=False,
        )
    )
    json_lines.addFilter(_named)
    return json_lines


def quieten_server(name: str) -> None:
    """Let the web server's logger ``name`` write JSON, without errors that are already logged."""
    logger = logging.getLogger(name)
    logger.addHandler(handler())
    logger.addFilter(_new)
    logger.propagate = False


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value and failed.exc_type is not SystemExit:
        LOGGER.error("thread failed", exc_info=failed.exc_value)


def _named(line: logging.LogRecord) -> bool:
    """Add the request's ID to a line that is written while a request is handled."""
    if has_request_context() and not hasattr(line, "request_id"):
        line.request_id = record().id
    return True


def _new(line: logging.LogRecord) -> bool:
    """Drop errors of an engine: the log has them already, without a traceback."""
    return not (line.exc_info and isinstance(line.exc_info[1], MissionGraphError))


def _facts(entry: Record) -> dict[str, object]:
    facts = {
        "request_id": entry.id,
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "milliseconds": entry.milliseconds,
        "bytes": entry.bytes,
    }
    return facts | ({"outcome": entry.outcome} if entry.outcome else {})

"""The log: one JSON object a line, for machines to read, on standard error.

Every request if the setting ``access_log`` says so; always what needs a look: slow queries,
answers that broke off, faults of ours. The text of a query stands only with slow ones.
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
"""Characters of a slow query that the log shows."""


class Log:
    """Writes what is worth a line of a request that is over."""

    def __init__(self, settings: Settings) -> None:
        self._every, self._slow = bool(settings.access_log), settings.slow_milliseconds

    def write(self, kept: Record) -> None:
        """Write the lines of one request."""
        if kept.error:
            LOGGER.error("answer broken off", extra=_facts(kept) | {"error": str(kept.error)})
        if kept.query and 0 < self._slow <= kept.milliseconds:
            LOGGER.warning("slow query", extra=_facts(kept) | {"query": kept.query[:SHOWN]})
        if self._every:
            LOGGER.info("request", extra=_facts(kept))


def register(app: Flask) -> None:
    """Log in JSON, unless whoever runs the application has set up logging."""
    LOGGER.setLevel(logging.INFO)
    for logger in (LOGGER, PROCESSES):
        if not has_level_handler(logger):
            logger.addHandler(handler())
    app.logger = LOGGER  # a cached property, filled before its first use


@contextmanager
def only_json() -> Iterator[None]:
    """Let all that this process tells go to the log: what libraries log and warn of, too."""
    root, made, usual = logging.getLogger(), handler(), threading.excepthook
    root.addHandler(made)
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed
    try:
        yield
    finally:
        threading.excepthook = usual
        logging.captureWarnings(False)
        root.removeHandler(made)


def say(text: str, level: int = logging.INFO) -> None:
    """Tell whoever sits at the terminal; where there is none, the log."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
    else:
        LOGGER.log(level, "%s", text)


def handler() -> logging.StreamHandler[TextIO]:
    """Writes JSON lines to where the web server wants errors."""
    made = logging.StreamHandler(cast(TextIO, wsgi_errors_stream))
    made.setFormatter(
        JsonFormatter(
            ["message", "levelname", "name"],
            rename_fields={"levelname": "level", "message": "event", "name": "logger"},
            timestamp="time",
            json_ensure_ascii=False,
        )
    )
    made.addFilter(_named)
    return made


def quieten_server(name: str) -> None:
    """Let the web server whose logger is ``name`` log as we do, and not what we logged already."""
    logger = logging.getLogger(name)
    logger.addHandler(handler())
    logger.addFilter(_new)
    logger.propagate = False


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value and failed.exc_type is not SystemExit:
        LOGGER.error("thread failed", exc_info=failed.exc_value)


def _named(line: logging.LogRecord) -> bool:
    """A line that is written while a request is answered says which."""
    if has_request_context() and not hasattr(line, "request_id"):
        line.request_id = record().id
    return True


def _new(line: logging.LogRecord) -> bool:
    """Answers that an engine broke off are in the log by then, without a traceback."""
    return not (line.exc_info and isinstance(line.exc_info[1], MissionGraphError))


def _facts(kept: Record) -> dict[str, object]:
    facts = {
        "request_id": kept.id,
        "method": kept.method,
        "path": kept.path,
        "status": kept.status,
        "milliseconds": kept.milliseconds,
        "bytes": kept.bytes,
    }
    return facts | ({"outcome": kept.outcome} if kept.outcome else {})

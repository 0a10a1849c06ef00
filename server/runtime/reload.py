"""Reloads the graph on SIGHUP, beside the old one, while requests go on."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import FrameType

from missiongraph.server.http.logs import LOGGER


class Reloading:
    """Calls ``reload``, which returns the new fingerprint, on SIGHUP; one call at a time.

    Without ``reload`` the log says that there is nothing to reload. If reloading fails, the old
    graph stays. A closing terminal sends SIGHUP too; then ``stop`` is called.
    """

    def __init__(self, reload: Callable[[], str] | None, stop: Callable[[], None]) -> None:
        self._reload, self._stop = reload, stop
        self._requests: SimpleQueue[None] = SimpleQueue()  # its put is safe in a signal handler
        self._terminal = _on_terminal()
        if hasattr(signal, "SIGHUP"):
            threading.Thread(target=self._work, name="reload", daemon=True).start()
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self._terminal and not _on_terminal():
            self._stop()
        else:
            self._requests.put(None)

    def _work(self) -> None:
        while True:
            self._requests.get()
            _drain(self._requests)  # one reload serves all signals so far
            if self._reload:
                _report(self._reload)
            else:
                LOGGER.warning("not reloaded: only a graph from files, without --directory, can be")


def _report(reload: Callable[[], str]) -> None:
    """Reload, and log the new fingerprint or the error."""
    begin = time.monotonic()
    try:
        fingerprint = reload()
    except Exception as error:  # of any kind: the old graph stays in service
        LOGGER.error("not reloaded", extra={"error": str(error) or repr(error)})
    else:
        seconds = round(time.monotonic() - begin, 3)
        LOGGER.info("reloaded", extra={"fingerprint": fingerprint, "seconds": seconds})


def _drain(queue: SimpleQueue[None]) -> None:
    try:
        while True:
            queue.get_nowait()
    except Empty:
        pass


def _on_terminal() -> bool:
    """Whether standard input is a terminal that is still open."""
    try:
        return os.isatty(sys.__stdin__.fileno()) if sys.__stdin__ else False
    except (OSError, ValueError):
        return False

"""Reloading: on SIGHUP the graph is loaded anew beside the old one, while requests go on."""

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
    """Calls ``reload``, which gives the new fingerprint, for each SIGHUP; one at a time.

    Without ``reload`` there is nothing to load anew, and the log says so. What fails leaves all
    as it is. A terminal that is closed sends SIGHUP too: then ``stop`` is called, as is usual.
    """

    def __init__(self, reload: Callable[[], str] | None, stop: Callable[[], None]) -> None:
        self._reload, self._stop = reload, stop
        self._asked: SimpleQueue[None] = SimpleQueue()  # a handler may put, whatever it interrupts
        self._terminal = _on_terminal()
        if hasattr(signal, "SIGHUP"):
            threading.Thread(target=self._work, name="reload", daemon=True).start()
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self._terminal and not _on_terminal():
            self._stop()
        else:
            self._asked.put(None)

    def _work(self) -> None:
        while True:
            self._asked.get()
            _drain(self._asked)  # whoever asked by now gets what is read from now on
            if self._reload:
                _report(self._reload)
            else:
                LOGGER.warning("not loaded anew: only a graph of files is, without --directory")


def _report(reload: Callable[[], str]) -> None:
    """Reload, and log what came of it."""
    begin = time.monotonic()
    try:
        fingerprint = reload()
    except Exception as error:  # whatever it is, the old graph is served on
        LOGGER.error("not loaded anew", extra={"error": str(error) or repr(error)})
    else:
        seconds = round(time.monotonic() - begin, 3)
        LOGGER.info("loaded anew", extra={"fingerprint": fingerprint, "seconds": seconds})


def _drain(queue: SimpleQueue[None]) -> None:
    try:
        while True:
            queue.get_nowait()
    except Empty:
        pass


def _on_terminal() -> bool:
    """Whether standard input is a terminal that is there."""
    try:
        return os.isatty(sys.__stdin__.fileno()) if sys.__stdin__ else False
    except (OSError, ValueError):
        return False

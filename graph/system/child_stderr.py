"""Overheard: what our processes write to standard error goes to the log of their parent.

A traceback, a warning of a library, or the last words of an engine that the kernel ends are plain
text, whoever writes them. Here each becomes one record of the logger ``missiongraph.processes``,
in the form that the log has.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from contextlib import suppress
from typing import BinaryIO

__all__ = ["overhear"]

LOGGER = logging.getLogger("missiongraph.processes")

MOST = 64 * 1024
"""Bytes of the longest record."""

_PAUSE = 0.05  # seconds of silence after which what was written is taken to be whole


def overhear(stream: BinaryIO) -> None:
    """Log what comes from the standard error of a process, in a thread, until it ends."""
    threading.Thread(target=_hear, args=(stream,), name="overhear", daemon=True).start()


def _hear(stream: BinaryIO) -> None:
    with stream, suppress(OSError):
        while data := os.read(stream.fileno(), MOST):
            while len(data) < MOST and select.select([stream], [], [], _PAUSE)[0]:
                more = os.read(stream.fileno(), MOST - len(data))
                if not more:
                    break
                data += more
            _log(data.decode("utf-8", "backslashreplace").strip())


def _log(text: str) -> None:
    if text:
        failed = "Traceback (most recent call last)" in text
        LOGGER.log(logging.ERROR if failed else logging.WARNING, "%s", text)

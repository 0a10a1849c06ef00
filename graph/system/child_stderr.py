"""Copies the standard error of child processes to the log of their parent.

Tracebacks, warnings of libraries and the last output of a process that the kernel kills are plain
text. Each becomes one record of the logger ``missiongraph.processes``, in the format of the log.
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

_PAUSE = 0.05  # seconds without output after which a record is taken to be complete


def overhear(stream: BinaryIO) -> None:
    """Log what a process writes to its standard error, in a thread, until the stream ends."""
    threading.Thread(target=_copy, args=(stream,), name="overhear", daemon=True).start()


def _copy(stream: BinaryIO) -> None:
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

"""The supervisor as a daemon of the front: the state it serves, and requests to it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from missiongraph.errors import EngineFailed
from missiongraph.system import framing
from missiongraph.system.daemon import Daemon
from missiongraph.system.messages import Message, decode

from .lines import Lines
from .supervisor import CONTROL, CURRENT

M = TypeVar("M", bound=Message)


class StoreDaemon(Daemon):
    """The process of :mod:`missiongraph.isolation.supervisor`, which holds the store."""

    def __init__(self, program: Sequence[str], config: Mapping[str, Any]) -> None:
        self.lines = Lines(self.connect, lambda: self.fingerprint)
        super().__init__(program, config)
        self._current = str(self.folder / CURRENT)

    def close(self) -> None:
        """End the process and its children, even while they are in use."""
        super().close()
        self.lines.close()

    @property
    def fingerprint(self) -> str:
        """The name of the state of the data served; raises :class:`OSError` once closed."""
        target = os.readlink(self._current)
        return "" if target == "-" else target

    def ask(self, message: Message, answer: type[M], seconds: float | None = None) -> M:
        """Send a request and return the response, of type ``answer``.

        Raises :class:`EngineFailed` if none comes, :class:`TimeoutError` after ``seconds``.
        """
        with self.connect(CONTROL) as connection:
            connection.settimeout(seconds)
            with suppress(ConnectionError):  # the supervisor has just died
                connection.sendall(message.encode())
                if response := decode(framing.Reader(connection).next(), answer):
                    return response
        raise EngineFailed("the store does not answer")

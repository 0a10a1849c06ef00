"""The supervisor as the front has it: which state it serves, and what it answers."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TypeVar

from missiongraph.errors import EngineFailed
from missiongraph.system import framing
from missiongraph.system.daemon import Daemon
from missiongraph.system.messages import Message, decode

from .supervisor import CONTROL, CURRENT

M = TypeVar("M", bound=Message)


class StoreDaemon(Daemon):
    """The process of :mod:`missiongraph.isolation.supervisor`, which holds the store."""

    @property
    def fingerprint(self) -> str:
        """Names the state of the data that new queries see; raises :class:`OSError` once closed."""
        target = os.readlink(self.folder / CURRENT)
        return "" if target == "-" else target

    def ask(self, message: Message, answer: type[M], seconds: float | None = None) -> M:
        """What the supervisor answers; raises :class:`EngineFailed` and :class:`TimeoutError`."""
        with self.connect(CONTROL) as connection:
            connection.settimeout(seconds)
            with suppress(ConnectionError):  # it has just died
                connection.sendall(message.encode())
                if told := decode(framing.Reader(connection).next(), answer):
                    return told
        raise EngineFailed("the store does not answer")

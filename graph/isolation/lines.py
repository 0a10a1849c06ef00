"""Open connections to workers, kept from one query to the next.

A line serves one state of the data. It is used again only while that state is served, so a query
sees every write that was confirmed before it.
"""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Line:
    """A connection to a worker, the state it serves, and the worker's process and thread.

    Both numbers are 0 until the worker has sent them.
    """

    connection: socket.socket
    state: str
    pid: int = 0
    thread: int = 0

    def close(self) -> None:
        """Hang up; a worker that still runs a query ends."""
        self.connection.close()


class Lines:
    """The lines of one supervisor that no query uses at present, by the workers' socket.

    ``connect`` opens a connection to a socket of that name, ``state`` names the state served.
    """

    def __init__(self, connect: Callable[[str], socket.socket], state: Callable[[], str]) -> None:
        self._connect, self._state = connect, state
        self._idle: defaultdict[str, list[Line]] = defaultdict(list)

    def take(self, name: str) -> Line:
        """A line to a worker at this socket: the one used last, which has its memory warm."""
        state = self._present_state()  # read first: a line may be newer than it says, never older
        idle = self._idle[name]
        while idle:
            try:
                line = idle.pop()
            except IndexError:  # another thread was faster
                break
            if line.state == state:
                return line
            line.close()
        return Line(self._connect(name), state)

    def _present_state(self) -> str:
        """The state served; empty once the supervisor has ended."""
        try:
            return self._state()
        except OSError:
            return ""

    def give_back(self, name: str, line: Line) -> None:
        """Keep a line whose last answer is complete."""
        self._idle[name].append(line)

    def close(self) -> None:
        """Hang up all."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

"""Starts, restarts, connects to and ends a daemon: a child process that serves local sockets.

A daemon that dies is started again. One that is retired, because another has taken its place, ends
when its last user has left. The functions at the end of the module run in the daemon itself.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, NoReturn, cast

from missiongraph.errors import EngineFailed, MissionGraphError

from . import sandbox
from .child_stderr import overhear
from .scratch import Scratch, address

_TRIES = 50
_REST = 1.0  # seconds between a failed start and the next
_LOGGER = logging.getLogger("missiongraph")


class Daemon:
    """A daemon process, the ``folder`` of its sockets, and the number of its users.

    ``program`` is the command line after ``python``; ``config`` is what :func:`begin`
    returns there. Raises :class:`MissionGraphError` when the daemon cannot read its data.
    """

    def __init__(self, program: Sequence[str], config: Mapping[str, Any]) -> None:
        self._scratch = Scratch()
        self.folder = self._scratch.path
        self._program = program
        self._config = dict(config) | {"folder": str(self.folder)}
        self._lock, self._starting = threading.Lock(), threading.Lock()
        self._users = 0
        self._resting = 0.0
        self._retired = self.closed = False
        try:
            self.process = self._start()
        except BaseException:
            self._scratch.close()
            raise

    @property
    def runs(self) -> bool:
        """Whether the process exists and is not stopped (``SIGSTOP``)."""
        if self.process.poll() is not None:
            return False
        if not hasattr(os, "waitid"):
            return True
        look = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
        with suppress(ChildProcessError):
            return os.waitid(os.P_PID, self.process.pid, look) is None
        return False

    def enter(self) -> bool:
        """Keep the daemon running until :meth:`leave`; false if it is retired."""
        with self._lock:
            self._users += not self._retired
            return not self._retired

    def leave(self) -> None:
        """Release the daemon after :meth:`enter`."""
        with self._lock:
            self._users -= 1
            last = self._retired and not self._users
        if last:
            self._close_soon()

    def retire(self) -> None:
        """Accept no new users; end the process when the last one has left."""
        with self._lock:
            self._retired = True
            last = not self._users
        if last:
            self._close_soon()

    def close(self) -> None:
        """End the process and its children, even while they are in use."""
        with self._starting:
            if not self.closed:
                self.closed = True
                _end(self.process)
                self._scratch.close()

    def connect(self, name: str) -> socket.socket:
        """Connect to the socket called ``name``, after a restart if the process has died.

        Raises :class:`EngineFailed` if that does not succeed.
        """
        for attempt in range(_TRIES):
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                with address(self.folder / name) as place:
                    connection.connect(place)
                return connection
            except OSError:
                connection.close()
                if self.process.poll() is not None:
                    self._restart()
                time.sleep(0.001 * attempt)
        raise EngineFailed("the store does not answer")

    def _close_soon(self) -> None:
        """Close in a thread, so that the last user need not wait until the memory is freed."""
        threading.Thread(target=self.close).start()

    def _restart(self) -> None:
        """Start the process again if it has died, at the earliest ``_REST`` after a failure."""
        with self._starting:
            if self.closed:
                raise EngineFailed("the store has ended")
            if self.process.poll() is None:
                return
            if time.monotonic() > self._resting:
                _end(self.process)
                try:
                    self.process = self._start()
                    return
                except (MissionGraphError, OSError) as error:
                    _LOGGER.error("the store cannot be started again: %s", error)
                    self._resting = time.monotonic() + _REST
            raise EngineFailed("the store has ended and cannot be started again; the log says why")

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-P", *self._program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin and process.stdout and process.stderr
        overhear(cast(BinaryIO, process.stderr))
        reply: dict[str, Any] = {}
        with process.stdout, suppress(BrokenPipeError, ValueError):  # the process was killed
            process.stdin.write(json.dumps(self._config).encode() + b"\n")
            process.stdin.flush()
            reply = json.loads(process.stdout.readline())
        if "ready" not in reply:
            _end(process)
            if "error" in reply:
                raise MissionGraphError(reply["error"])
            raise EngineFailed(f"the store did not start{sandbox.scarcity()}")
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process by closing its standard input, and wait for it."""
    if process.stdin:
        with suppress(BrokenPipeError):
            process.stdin.close()
    process.wait()


# --- in the daemon itself


def begin() -> dict[str, Any]:  # Any: JSON
    """Read the configuration; from now on only the parent ends this process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    config: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    return config


def say_ready() -> None:
    """Report to the parent that the sockets accept connections."""
    print(json.dumps({"ready": os.getpid()}), flush=True)


def give_up(error: Exception) -> NoReturn:
    """Report to the parent which data cannot be read, and end."""
    print(json.dumps({"error": str(error)}), flush=True)
    sys.exit(2)

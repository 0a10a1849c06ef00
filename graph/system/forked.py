"""A single-threaded event loop that forks a process per function and collects its result."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import traceback
from collections.abc import Callable
from typing import Protocol
from weakref import WeakSet

from . import sandbox

_READ = 1024 * 1024


class _Closable(Protocol):
    def close(self) -> object: ...


class ForkingLoop:
    """Calls back when a file is readable and when a forked process has ended.

    It is created and run by the main thread. A peer sees the end of a connection only when every
    process has closed it, so files that children must not hold go to :meth:`close_in_children`.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._inherited: WeakSet[_Closable] = WeakSet()
        self._children: dict[int, Callable[[int, int], None]] = {}
        self._wakeup, self._waking = socket.socketpair()
        for end in (self._wakeup, self._waking):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno(), warn_on_full_buffer=False)
        self.watch(self._wakeup, self._reap)

    def close(self) -> None:
        """Stop watching files and children; children keep running."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for end in (self._wakeup, self._waking):
            end.close()

    def watch(self, file: socket.socket | int, readable: Callable[[], None]) -> None:
        """Call ``readable`` whenever ``file`` can be read."""
        self._selector.register(file, selectors.EVENT_READ, readable)

    def close_in_children(self, file: _Closable) -> None:
        """Close ``file`` in every child forked from now on, while it is in use here."""
        self._inherited.add(file)

    def turn(self, timeout: float | None) -> None:
        """Wait at most ``timeout`` seconds until a file is readable; call back for each that is."""
        for key, _ in self._selector.select(timeout):
            key.data()

    def start(
        self,
        work: Callable[[], object],
        ended: Callable[[int, int], None],
        keep: _Closable | None = None,
    ) -> int:
        """Fork a child that calls ``work`` and exits, with :data:`~.sandbox.FAULT` if that raises.

        Returns the child's process id. ``ended`` is called with the process id and the exit code.
        Of the files of :meth:`close_in_children`, only ``keep`` stays open in the child.
        """
        pid = self._fork(work, keep)
        self._children[pid] = ended
        return pid

    def gather(self, work: Callable[[], bytes], done: Callable[[int, bytes], None]) -> None:
        """Fork a child that calls ``work``; ``done`` gets its exit code and the bytes returned.

        If the exit code is not 0, the bytes may be incomplete or empty.
        """
        reading, writing = socket.socketpair()
        self.close_in_children(reading)
        with writing:
            pid = self._fork(lambda: writing.sendall(work()))
        gathered = bytearray()

        def receive() -> None:
            if data := reading.recv(_READ):
                gathered.extend(data)
                return
            self._selector.unregister(reading)
            reading.close()
            _, status = os.waitpid(pid, 0)
            done(os.waitstatus_to_exitcode(status), bytes(gathered))

        self.watch(reading, receive)

    def _fork(self, work: Callable[[], object], keep: _Closable | None = None) -> int:
        pid = sandbox.fork()
        if pid == 0:
            try:
                self._close_inherited(keep)
                work()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(sandbox.FAULT)
        return pid

    def _close_inherited(self, keep: _Closable | None) -> None:
        """In the child: close the files inherited from the parent, standard input included."""
        self.close()
        for file in self._inherited:
            if file is not keep:
                file.close()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def _reap(self) -> None:
        self._wakeup.recv(4096)
        for pid in list(self._children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._children.pop(pid)(pid, os.waitstatus_to_exitcode(status))

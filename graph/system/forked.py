"""An event loop of one thread that forks processes, each for one function, and hears them."""

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
    """Calls back when a file can be read, and when a process that it has forked has ended.

    Made and run by the main thread. A connection that stays open in some process never ends for
    its peer, so what a child must not keep is given to :meth:`close_in_children`.
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
        """Hear nothing more; children go on."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for end in (self._wakeup, self._waking):
            end.close()

    def watch(self, file: socket.socket | int, readable: Callable[[], None]) -> None:
        """Call ``readable`` whenever there is something to read."""
        self._selector.register(file, selectors.EVENT_READ, readable)

    def close_in_children(self, file: _Closable) -> None:
        """Close a file, as long as it is in use here, in every child that is forked."""
        self._inherited.add(file)

    def turn(self, timeout: float | None) -> None:
        """Wait for something to read, so many seconds at most, and call back for all of it."""
        for key, _ in self._selector.select(timeout):
            key.data()

    def start(
        self,
        work: Callable[[], object],
        ended: Callable[[int, int], None],
        keep: _Closable | None = None,
    ) -> int:
        """Fork a child that does ``work`` and ends, with :data:`~.sandbox.FAULT` if that raises.

        ``ended`` gets its process number, which is also what comes back, and its exit code. Of
        the files of :meth:`close_in_children`, the child has only the one to ``keep``.
        """
        pid = self._fork(work, keep)
        self._children[pid] = ended
        return pid

    def gather(self, work: Callable[[], bytes], done: Callable[[int, bytes], None]) -> None:
        """Fork a child that does ``work``; ``done`` gets its exit code and what ``work`` returned.

        A child that did not get so far may have sent a part of it, or nothing.
        """
        reading, writing = socket.socketpair()
        self.close_in_children(reading)
        with writing:
            pid = self._fork(lambda: writing.sendall(work()))
        gathered = bytearray()

        def hear() -> None:
            if data := reading.recv(_READ):
                gathered.extend(data)
                return
            self._selector.unregister(reading)
            reading.close()
            _, status = os.waitpid(pid, 0)
            done(os.waitstatus_to_exitcode(status), bytes(gathered))

        self.watch(reading, hear)

    def _fork(self, work: Callable[[], object], keep: _Closable | None = None) -> int:
        pid = os.fork()
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
        """In the child: let go of all that is its parent's, standard input included."""
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

"""Admission: who gets a slot, who waits for one, and who is told to come back.

There are slots for queries of any length and a few that only small queries get, so that small
ones stay small while long ones fill all others. Nobody knows beforehand what is small: a query
that finds no other slot is tried in a small one, and if it takes too long there it waits for a
slot of its own, and goes straight there the next time, as do all that one template makes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from .errors import Busy, ClientGone
from .limits import Limits
from .syntax import shape

_REMEMBERED = 10_000  # queries known to be long
_LOOK = 0.1  # seconds between two looks whether a waiting client is still there


@dataclass(eq=False)
class _Waiting:
    """Somebody in the queue, and the slot that was given: a small one or not."""

    key: Hashable
    taken: bool | None = None
    given: threading.Event = field(default_factory=threading.Event)


class Kind:
    """The queries that one template makes, as something to remember; hashed when it must be."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _hash(self) -> int:
        return hash(shape(self._text))

    def __hash__(self) -> int:
        return self._hash


class Admission:
    """The slots of one front, shared by its threads; first come, first served."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = {False: limits.concurrent_queries, True: limits.small_queries}
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._long: OrderedDict[int, None] = OrderedDict()  # hashes: texts would fill the memory

    @property
    def waiting(self) -> int:
        """Queries that have none yet."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """Queries that have a slot."""
        limits = self._limits
        return limits.concurrent_queries + limits.small_queries - sum(self._free.values())

    @contextmanager
    def slot(self, key: Hashable, gone: Callable[[], bool] | None = None) -> Iterator[bool]:
        """Wait for a slot and hold it; whether it is a small one.

        Raises :class:`Busy` when the queue is full or the wait too long, :class:`ClientGone`
        when the asker leaves meanwhile.
        """
        small = self.enter(key, gone)
        try:
            yield small
        finally:
            self.leave(small)

    def enter(self, key: Hashable, gone: Callable[[], bool] | None = None) -> bool:
        """Take a slot; see :meth:`slot`. Whoever enters leaves."""
        with self._lock:
            taken = self._try(key)
            if taken is not None:
                return taken
            waiting = self._queue_up(key)
        try:
            return self._wait(waiting, gone)
        except BaseException:
            self._give_up(waiting)
            raise

    def leave(self, small: bool) -> None:
        """Give a slot back, to the first in the queue who may have it."""
        with self._lock:
            self._free[small] += 1
            for waiting in self._queue:
                waiting.taken = self._try(waiting.key)
                if waiting.taken is not None:
                    self._queue.remove(waiting)
                    waiting.given.set()
                    return

    def remember_long(self, key: Hashable) -> None:
        """Note that a kind of query is not small: it never takes a small slot again."""
        with self._lock:
            self._long[hash(key)] = None
            self._long.move_to_end(hash(key))
            while len(self._long) > _REMEMBERED:
                self._long.popitem(last=False)

    def _try(self, key: Hashable) -> bool | None:
        for small in (False, True):
            if self._free[small] and not (small and self._long and hash(key) in self._long):
                self._free[small] -= 1
                return small
        return None

    def _queue_up(self, key: Hashable) -> _Waiting:
        limits = self._limits
        if self.waiting >= limits.queue_length:
            message = f"{limits.queue_length} requests are waiting already; come back later"
            raise Busy("queue_length", message, limits.queue_seconds)
        waiting = _Waiting(key)
        self._queue.append(waiting)
        return waiting

    def _wait(self, waiting: _Waiting, gone: Callable[[], bool] | None) -> bool:
        seconds = self._limits.queue_seconds
        until = time.monotonic() + seconds
        while not waiting.given.wait(max(0, min(until - time.monotonic(), _LOOK))):
            if gone and gone():
                raise ClientGone("the client left while waiting for a slot")
            if time.monotonic() >= until:
                message = f"no slot came free within {seconds} s; come back later"
                raise Busy("queue_seconds", message, seconds)
        assert waiting.taken is not None
        return waiting.taken

    def _give_up(self, waiting: _Waiting) -> None:
        """Leave the queue, and the slot if one came at the last moment."""
        with self._lock:
            if waiting in self._queue:
                self._queue.remove(waiting)
        if waiting.taken is not None:
            self.leave(waiting.taken)

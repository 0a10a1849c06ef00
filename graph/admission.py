"""Admission: who gets a slot, who waits for one, and who is told to come back.

There are slots for queries of any length and a few that only small queries get, so that small
ones stay small while long ones fill all others. Nobody knows beforehand what is small: a query
that finds no other slot is tried in a small one, and if it takes too long there it waits for a
slot of its own, and goes straight there the next time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from .errors import Busy, ClientGone
from .limits import Limits

_REMEMBERED = 10_000  # queries known to be long
_LOOK = 0.1  # seconds between two looks whether a waiting client is still there


class Admission:
    """The slots of one front, shared by its threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = {False: limits.concurrent_queries, True: limits.small_queries}
        self._changed = threading.Condition()
        self._long: OrderedDict[int, None] = OrderedDict()  # hashes: texts would fill the memory
        self.waiting = 0

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
        with self._changed:
            taken = self._try(key)
            if taken is None:
                taken = self._wait(key, gone)
            return taken

    def leave(self, small: bool) -> None:
        """Give a slot back."""
        with self._changed:
            self._free[small] += 1
            self._changed.notify()

    def remember_long(self, key: Hashable) -> None:
        """Note that a query is not small: it never takes a small slot again."""
        with self._changed:
            self._long[hash(key)] = None
            self._long.move_to_end(hash(key))
            while len(self._long) > _REMEMBERED:
                self._long.popitem(last=False)

    def _try(self, key: Hashable) -> bool | None:
        for small in (False, True):
            if self._free[small] and not (small and hash(key) in self._long):
                self._free[small] -= 1
                return small
        return None

    def _wait(self, key: Hashable, gone: Callable[[], bool] | None) -> bool:
        limits = self._limits
        if self.waiting >= limits.queue_length:
            message = f"{limits.queue_length} requests are waiting already; come back later"
            raise Busy("queue_length", message, limits.queue_seconds)
        until = time.monotonic() + limits.queue_seconds
        self.waiting += 1
        try:
            while (taken := self._try(key)) is None:
                left = until - time.monotonic()
                if left <= 0:
                    message = f"no slot came free within {limits.queue_seconds} s; come back later"
                    raise Busy("queue_seconds", message, limits.queue_seconds)
                self._changed.wait(min(left, _LOOK))
                if gone and gone():
                    raise ClientGone("the client left while waiting for a slot")
            return taken
        finally:
            self.waiting -= 1

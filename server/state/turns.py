"""A fair queue of jobs, in which no client can take all places or all running slots.

Clients take turns; the jobs of one client run in the order they came. A client may hold half of
the places in the queue, and all running slots but one.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Full(Exception):
    """The queue, or with ``own`` this client's share of it, is full at ``places``."""

    def __init__(self, places: int, *, own: bool) -> None:
        super().__init__(places)
        self.places, self.own = places, own


class Turns(Generic[Item]):
    """A queue shared fairly by clients, from which threads take items."""

    def __init__(self, slots: int, places: int) -> None:
        self._places = places
        self._share_of_places = max(1, places // 2)
        self._share_of_slots = max(1, slots - 1)
        self._waiting: dict[str, deque[Item]] = {}  # clients by turn: the first is next
        self._running: Counter[str] = Counter()
        self._news = threading.Condition()

    def put(self, client: str, item: Item) -> None:
        """Add an item to the queue; raises :class:`Full`."""
        with self._news:
            own = len(self._waiting.get(client, ()))
            if own >= self._share_of_places:
                raise Full(self._share_of_places, own=True)
            if sum(map(len, self._waiting.values())) >= self._places:
                raise Full(self._places, own=False)
            self._waiting.setdefault(client, deque()).append(item)
            self._news.notify()

    def take(self) -> tuple[str, Item]:
        """Wait for the next item; its client and the item. Call :meth:`end` when it is done."""
        with self._news:
            while (client := self._next(self._waiting, self._running)) is None:
                self._news.wait()
            item = _take(self._waiting, client)
            self._running[client] += 1
            return client, item

    def end(self, client: str) -> None:
        """Note that an item of a client is done."""
        with self._news:
            self._running[client] -= 1
            self._running += Counter()  # drops clients at zero
            self._news.notify_all()

    def drop(self, unwanted: Callable[[Item], bool]) -> list[Item]:
        """Remove the waiting items that are ``unwanted`` and return them."""
        with self._news:
            dropped = [item for queue in self._waiting.values() for item in queue if unwanted(item)]
            rest = {c: deque(i for i in q if i not in dropped) for c, q in self._waiting.items()}
            self._waiting = {client: queue for client, queue in rest.items() if queue}
            return dropped

    def order(self) -> list[Item]:
        """All waiting items, the next first."""
        with self._news:
            waiting = {client: deque(queue) for client, queue in self._waiting.items()}
            served = Counter(self._running)
        items = []
        while waiting:
            client = min(waiting, key=lambda client: served[client])
            served[client] += 1
            items.append(_take(waiting, client))
        return items

    def _next(self, waiting: dict[str, deque[Item]], running: Counter[str]) -> str | None:
        """The next client: the one with the fewest running items, of those below their share."""
        able = [client for client in waiting if running[client] < self._share_of_slots]
        return min(able, key=lambda client: running[client], default=None)


def _take(waiting: dict[str, deque[Item]], client: str) -> Item:
    """Take a client's first item and move the client to the end of the line."""
    queue = waiting.pop(client)
    item = queue.popleft()
    if queue:
        waiting[client] = queue
    return item

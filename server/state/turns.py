"""Turns: whose job is next, so that no client has all of the queue or all of the processes.

Clients take turns; of one client, jobs run in the order they came. A client may have half of the
places in the queue, and all running slots but one, which stays for the others.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Full(Exception):
    """No place is left: in the queue, or of this client's share of it, which is ``places``."""

    def __init__(self, places: int, *, own: bool) -> None:
        super().__init__(places)
        self.places, self.own = places, own


class Turns(Generic[Item]):
    """A queue of things to do, shared fairly by clients; threads take from it."""

    def __init__(self, slots: int, places: int) -> None:
        self._places = places
        self._share_of_places = max(1, places // 2)
        self._share_of_slots = max(1, slots - 1)
        self._waiting: dict[str, deque[Item]] = {}  # clients by turn: the first is next
        self._running: Counter[str] = Counter()
        self._news = threading.Condition()

    def put(self, client: str, item: Item) -> None:
        """Let ``item`` wait for its turn; raises :class:`Full`."""
        with self._news:
            own = len(self._waiting.get(client, ()))
            if own >= self._share_of_places:
                raise Full(self._share_of_places, own=True)
            if sum(map(len, self._waiting.values())) >= self._places:
                raise Full(self._places, own=False)
            self._waiting.setdefault(client, deque()).append(item)
            self._news.notify()

    def take(self) -> tuple[str, Item]:
        """Wait for what is next; the client whose it is, who is to be told :meth:`end`."""
        with self._news:
            while (client := self._next(self._waiting, self._running)) is None:
                self._news.wait()
            item = _take(self._waiting, client)
            self._running[client] += 1
            return client, item

    def end(self, client: str) -> None:
        """Note that something of a client has been done."""
        with self._news:
            self._running[client] -= 1
            self._running += Counter()  # clients with nothing are forgotten
            self._news.notify_all()

    def drop(self, unwanted: Callable[[Item], bool]) -> list[Item]:
        """Take out what nobody wants any more."""
        with self._news:
            dropped = [item for queue in self._waiting.values() for item in queue if unwanted(item)]
            kept = {c: deque(i for i in q if i not in dropped) for c, q in self._waiting.items()}
            self._waiting = {client: queue for client, queue in kept.items() if queue}
            return dropped

    def order(self) -> list[Item]:
        """All that wait, the next first, as it is now."""
        with self._news:
            waiting = {client: deque(queue) for client, queue in self._waiting.items()}
            served = Counter(self._running)
        found = []
        while waiting:
            client = min(waiting, key=lambda client: served[client])
            served[client] += 1
            found.append(_take(waiting, client))
        return found

    def _next(self, waiting: dict[str, deque[Item]], running: Counter[str]) -> str | None:
        """The client who is next: of those with a slot to take, who has the fewest."""
        able = [client for client in waiting if running[client] < self._share_of_slots]
        return min(able, key=lambda client: running[client], default=None)


def _take(waiting: dict[str, deque[Item]], client: str) -> Item:
    """The first of a client, who then goes to the end of the line."""
    queue = waiting.pop(client)
    item = queue.popleft()
    if queue:
        waiting[client] = queue
    return item

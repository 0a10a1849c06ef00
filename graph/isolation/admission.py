"""Decides which query gets a slot, which waits for one, and which is refused for now.

Some slots are for queries of any length, a few for small queries only, so that small queries stay
quick while long ones fill all other slots. Whether a query is small is known only after it has run:
a shape (a query without its constants) that was small once counts as small from then on. Shapes
that have not run before are tried in a part of the small slots, first for a moment, then for as
long as a small query may take. A query that takes longer waits for a slot of the other kind, now
and later.

A free slot goes to the client that holds the fewest, and among equals to the one that came first.
The last slot for queries of any length is never given to a client that holds all others.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property

from missiongraph.errors import Busy, ClientGone
from missiongraph.limits import Limits
from missiongraph.sparql.scanner import shape

_REMEMBERED = 10_000  # query shapes known to be long, and as many known to be small
_LOOK = 0.1  # seconds between two checks whether a waiting client is still connected
_GLANCE = 5  # a first trial may take this part of the time of a small query: one in five
_SAMPLE = 16  # one in so many small queries is remembered while no long ones run


@dataclass(frozen=True)
class Asker:
    """The client of a query, and how many ``seconds`` it may wait for a slot, if not the default.

    Clients without a name, as in Python, get slots in the order of their requests.
    """

    client: str = ""
    seconds: float | None = None


ASKER: ContextVar[Asker] = ContextVar("asker", default=Asker())  # noqa: B039  # it is frozen
"""The client of the queries of this thread."""


@contextmanager
def asking(client: str, seconds: float | None = None) -> Iterator[None]:
    """Run the queries of the block on behalf of ``client``; see :class:`Asker`."""
    before = ASKER.set(Asker(client, seconds))
    try:
        yield
    finally:
        ASKER.reset(before)


@dataclass(eq=False, slots=True)
class Slot:
    """The right to run one query.

    In a ``small`` slot it may take ``milliseconds`` of processor time; 0 means no limit. It is
    ``tried`` there if it is not known yet whether the query is small.
    """

    client: str
    small: bool = False
    milliseconds: int = 0
    tried: bool = False
    since: float = field(default_factory=time.monotonic)


@dataclass(eq=False)
class _Waiting:
    """A query in the queue, how often it was tried, and the outcome of the wait."""

    key: Hashable
    asker: Asker
    trials: int
    slot: Slot | None = None
    displaced: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class QueryShape:
    """A key for all queries of one shape, which is computed only when the key is hashed."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _hash(self) -> int:
        return hash(shape(self._text))

    def __hash__(self) -> int:
        return self._hash


class Admission:
    """The slots of one engine, shared by its threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = {False: limits.concurrent_queries, True: limits.small_queries}
        self._trials = (limits.small_queries + 1) // 2  # small slots for queries of unknown shape
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._held: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
        self._any: set[Slot] = set()  # taken slots for queries of any length
        self._long = _Known()
        self._small = _Known()
        self._seen = 0

    @property
    def waiting(self) -> int:
        """The number of queries that wait for a slot."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """The number of queries that have a slot."""
        limits = self._limits
        return limits.concurrent_queries + limits.small_queries - sum(self._free.values())

    @contextmanager
    def slot(self, key: Hashable, gone: Callable[[], bool] | None = None) -> Iterator[Slot]:
        """Wait for a slot and hold it.

        Raises :class:`Busy` when the queue is full or the wait too long, :class:`ClientGone`
        when ``gone()`` becomes true.
        """
        slot = self.enter(key, gone)
        try:
            yield slot
        finally:
            self.leave(slot)

    def enter(self, key: Hashable, gone: Callable[[], bool] | None = None, trials: int = 0) -> Slot:
        """Take a slot for a query with ``trials`` behind it; the caller gives it to :meth:`leave`.

        Raises what :meth:`slot` raises.
        """
        asker = ASKER.get()
        if not self._may_take_any(asker.client) and (self._long or self._pressed()):
            hash(key)  # takes time, so it is done before the lock is held
        with self._lock:
            if slot := self._try(key, asker.client, trials):
                return slot
            waiting = self._queue_up(key, asker, trials)
        try:
            return self._wait(waiting, gone)
        except BaseException:
            self._give_up(waiting)
            raise

    def leave(self, slot: Slot) -> None:
        """Release a slot, and give it to the next waiting query that may have it."""
        with self._lock:
            self._free[slot.small] += 1
            self._trials += slot.tried
            self._any.discard(slot)
            held = self._held[slot.small]
            held[slot.client] -= 1
            if not held[slot.client]:
                del held[slot.client]
            for waiting in self._in_turn(slot.small):
                if free := self._try(waiting.key, waiting.asker.client, waiting.trials):
                    self._queue.remove(waiting)
                    waiting.slot = free
                    waiting.over.set()
                    return

    # --- shapes of queries

    def remember_long(self, key: Hashable) -> None:
        """Remember a shape as long: its queries take no small slot again."""
        with self._lock:
            self._small.drop(key)
            self._long.add(key)

    def remember_small(self, key: Hashable, slot: Slot) -> None:
        """Remember a shape as small, after one of its queries was small in ``slot``.

        To compute a shape takes a tenth of the time of a small query, so only a sample is
        remembered while no long ones run.
        """
        self._seen += 1
        if slot.tried or self._seen % _SAMPLE == 0 or self._pressed():
            hash(key)
            with self._lock:
                if key not in self._long:
                    self._small.add(key)

    def doubt(self, key: Hashable) -> None:
        """Forget that a shape was small, as one of its queries took long; it is tried again."""
        with self._lock:
            self._small.drop(key)

    def _pressed(self) -> bool:
        """Whether a query that has run longer than a small one holds a slot."""
        since = time.monotonic() - self._limits.small_milliseconds / 1000
        return any(slot.since < since for slot in tuple(self._any))

    # --- slots

    def _try(self, key: Hashable, client: str, trials: int) -> Slot | None:
        if self._may_take_any(client):
            return self._take(Slot(client))
        if not self._free[True] or (self._long and key in self._long):
            return None
        whole = self._limits.small_milliseconds
        if not self._pressed() or key in self._small:
            return self._take(Slot(client, small=True, milliseconds=whole))
        if not self._trials:
            return None
        moment = whole if trials else max(1, whole // _GLANCE)
        return self._take(Slot(client, small=True, milliseconds=moment, tried=True))

    def _may_take_any(self, client: str) -> bool:
        """Whether ``client`` may have a slot for any query: the last one is reserved for others."""
        if not self._free[False]:
            return False
        most = self._limits.concurrent_queries - 1
        return not client or not most or self._held[False][client] < most

    def _take(self, slot: Slot) -> Slot:
        self._free[slot.small] -= 1
        self._trials -= slot.tried
        self._held[slot.small][slot.client] += 1
        if not slot.small:
            self._any.add(slot)
        return slot

    def _in_turn(self, small: bool) -> Iterable[_Waiting]:
        """The waiting queries in the order in which they get a slot of this kind."""

        def turn(waiting: _Waiting) -> tuple[int, int]:
            client = waiting.asker.client
            held = sum(held[client] for held in self._held.values()) if client else 0
            return held, waiting.trials if small else 0

        if not self._queue:
            return ()
        alike = len({(w.asker.client, w.trials) for w in self._queue}) < 2
        return tuple(self._queue) if alike else sorted(self._queue, key=turn)

    # --- the queue

    def _queue_up(self, key: Hashable, asker: Asker, trials: int) -> _Waiting:
        if self.waiting >= self._limits.queue_length and not self._displace(asker.client):
            raise self._full()
        waiting = _Waiting(key, asker, trials)
        self._queue.append(waiting)
        return waiting

    def _displace(self, client: str) -> bool:
        """Remove the last query of the client with most of the queue, if ``client`` has fewer."""
        crowd = Counter(waiting.asker.client for waiting in self._queue)
        largest, number = max(crowd.items(), key=lambda item: item[1])
        if not largest or crowd[client] + 1 >= number:
            return False
        last = next(w for w in reversed(self._queue) if w.asker.client == largest)
        self._queue.remove(last)
        last.displaced = True
        last.over.set()
        return True

    def _full(self) -> Busy:
        limits = self._limits
        message = f"{limits.queue_length} requests are waiting already; come back later"
        return Busy("queue_length", message, limits.queue_seconds)

    def _wait(self, waiting: _Waiting, gone: Callable[[], bool] | None) -> Slot:
        seconds = waiting.asker.seconds or self._limits.queue_seconds
        until = time.monotonic() + seconds
        while not waiting.over.wait(max(0, min(until - time.monotonic(), _LOOK))):
            if gone and gone():
                raise ClientGone("the client left while waiting for a slot")
            if time.monotonic() >= until:
                message = f"no slot came free within {seconds} s; come back later"
                raise Busy("queue_seconds", message, self._limits.queue_seconds)
        if waiting.displaced:
            raise self._full()
        assert waiting.slot
        return waiting.slot

    def _give_up(self, waiting: _Waiting) -> None:
        """Leave the queue, and release a slot that was given at the last moment."""
        with self._lock:
            if waiting in self._queue:
                self._queue.remove(waiting)
        if waiting.slot:
            self.leave(waiting.slot)


class _Known:
    """The hashes of the query shapes seen last; the texts would fill memory."""

    def __init__(self) -> None:
        self._hashes: OrderedDict[int, None] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def __contains__(self, key: Hashable) -> bool:
        known = hash(key) in self._hashes
        if known:
            self._hashes.move_to_end(hash(key))
        return known

    def add(self, key: Hashable) -> None:
        """Remember a shape, and forget the one not seen for longest if there are too many."""
        self._hashes[hash(key)] = None
        self._hashes.move_to_end(hash(key))
        while len(self._hashes) > _REMEMBERED:
            self._hashes.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        """Forget a shape."""
        self._hashes.pop(hash(key), None)

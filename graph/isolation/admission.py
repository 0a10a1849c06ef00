"""Admission: which query gets a slot, which waits for one, and which is refused for now.

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

_REMEMBERED = 10_000  # kinds of queries known to be long, and as many known to be small
_LOOK = 0.1  # seconds between two looks whether a waiting client is still there
_GLANCE = 5  # a first trial takes this part of the time that a small query may take
_SAMPLE = 16  # of so many small queries one is remembered while no long ones press


@dataclass(frozen=True)
class Asker:
    """On whose behalf this thread asks; ``seconds`` is how long they wait for a slot, if said.

    Clients without a name, as in Python, share the slots as they come.
    """

    client: str = ""
    seconds: float | None = None


ASKER: ContextVar[Asker] = ContextVar("asker", default=Asker())  # noqa: B039  # it is frozen
"""Who asks in this thread."""


@contextmanager
def asking(client: str, seconds: float | None = None) -> Iterator[None]:
    """Ask on behalf of ``client`` while the block runs; see :class:`Asker`."""
    before = ASKER.set(Asker(client, seconds))
    try:
        yield
    finally:
        ASKER.reset(before)


@dataclass(eq=False, slots=True)
class Slot:
    """The right to run one query.

    In a ``small`` one it may take so many ``milliseconds`` of processor time, 0 being any. It
    is ``tried`` there if nobody knows yet whether it is small.
    """

    client: str
    small: bool = False
    milliseconds: int = 0
    tried: bool = False
    since: float = field(default_factory=time.monotonic)


@dataclass(eq=False)
class _Waiting:
    """Somebody in the queue, how often the query was tried, and what came of waiting."""

    key: Hashable
    asker: Asker
    trials: int
    slot: Slot | None = None
    displaced: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class QueryShape:
    """The queries that one template makes, as something to remember; hashed when it must be."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _hash(self) -> int:
        return hash(shape(self._text))

    def __hash__(self) -> int:
        return self._hash


class Admission:
    """The slots of one front, shared by its threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = {False: limits.concurrent_queries, True: limits.small_queries}
        self._trials = (limits.small_queries + 1) // 2  # small slots where the unknown is tried
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._held: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
        self._any: set[Slot] = set()  # those for queries of any length that are taken
        self._long = _Known()
        self._small = _Known()
        self._seen = 0

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
    def slot(self, key: Hashable, gone: Callable[[], bool] | None = None) -> Iterator[Slot]:
        """Wait for a slot and hold it.

        Raises :class:`Busy` when the queue is full or the wait too long, :class:`ClientGone`
        when the asker leaves meanwhile.
        """
        slot = self.enter(key, gone)
        try:
            yield slot
        finally:
            self.leave(slot)

    def enter(self, key: Hashable, gone: Callable[[], bool] | None = None, trials: int = 0) -> Slot:
        """Take a slot for a query tried so often; see :meth:`slot`. Whoever enters leaves."""
        asker = ASKER.get()
        if not self._may_take_any(asker.client) and (self._long or self._pressed()):
            hash(key)  # takes a while, which the others need not wait
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
        """Give a slot back, to the first in turn who may have it."""
        with self._lock:
            self._free[slot.small] += 1
            self._trials += slot.tried
            self._any.discard(slot)
            held = self._held[slot.small]
            held[slot.client] -= 1
            if not held[slot.client]:
                del held[slot.client]
            for waiting in self._in_turn(slot.small):
                if given := self._try(waiting.key, waiting.asker.client, waiting.trials):
                    self._queue.remove(waiting)
                    waiting.slot = given
                    waiting.over.set()
                    return

    # --- what is known of queries

    def remember_long(self, key: Hashable) -> None:
        """Note that a kind of query is not small: it never takes a small slot again."""
        with self._lock:
            self._small.drop(key)
            self._long.add(key)

    def remember_small(self, key: Hashable, slot: Slot) -> None:
        """Note that a query that held ``slot`` was small: its kind is believed to be.

        To tell kinds apart takes as long as a tenth of a small query: while no long ones press,
        a sample is enough.
        """
        self._seen += 1
        if slot.tried or self._seen % _SAMPLE == 0 or self._pressed():
            hash(key)
            with self._lock:
                if key not in self._long:
                    self._small.add(key)

    def doubt(self, key: Hashable) -> None:
        """Note that a kind of query took long for once: it is to be tried again."""
        with self._lock:
            self._small.drop(key)

    def _pressed(self) -> bool:
        """Whether a query that is not small has a slot."""
        since = time.monotonic() - self._limits.small_milliseconds / 1000
        return any(slot.since < since for slot in tuple(self._any))

    # --- who gets a slot

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
        """Whether there is a slot for any query, and another for others if there are more."""
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
        """Who waits, in the order in which they get a slot of this kind."""

        def turn(waiting: _Waiting) -> tuple[int, int]:
            client = waiting.asker.client
            held = sum(held[client] for held in self._held.values()) if client else 0
            return held, waiting.trials if small else 0

        if not self._queue:
            return ()
        alike = len({(w.asker.client, w.trials) for w in self._queue}) < 2
        return tuple(self._queue) if alike else sorted(self._queue, key=turn)

    # --- who waits

    def _queue_up(self, key: Hashable, asker: Asker, trials: int) -> _Waiting:
        if self.waiting >= self._limits.queue_length and not self._displace(asker.client):
            raise self._full()
        waiting = _Waiting(key, asker, trials)
        self._queue.append(waiting)
        return waiting

    def _displace(self, client: str) -> bool:
        """Send away the last of those who hold most of the queue, if ``client`` holds less."""
        crowd = Counter(waiting.asker.client for waiting in self._queue)
        greedy, number = max(crowd.items(), key=lambda item: item[1])
        if not greedy or crowd[client] + 1 >= number:
            return False
        last = next(w for w in reversed(self._queue) if w.asker.client == greedy)
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
        """Leave the queue, and the slot if one came at the last moment."""
        with self._lock:
            if waiting in self._queue:
                self._queue.remove(waiting)
        if waiting.slot:
            self.leave(waiting.slot)


class _Known:
    """Kinds of queries by their hashes, the last ones that were met: texts would fill memory."""

    def __init__(self) -> None:
        self._hashes: OrderedDict[int, None] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def __contains__(self, key: Hashable) -> bool:
        found = hash(key) in self._hashes
        if found:
            self._hashes.move_to_end(hash(key))
        return found

    def add(self, key: Hashable) -> None:
        """Know a kind of query."""
        self._hashes[hash(key)] = None
        self._hashes.move_to_end(hash(key))
        while len(self._hashes) > _REMEMBERED:
            self._hashes.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        """Know it no more."""
        self._hashes.pop(hash(key), None)

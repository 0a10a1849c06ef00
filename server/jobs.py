"""Jobs: work that may outlast a request, done in processes of its own, answered now or later.

Whoever asks waits a little; then they hear where to ask again. Who asks the same meanwhile waits
for the same job. What it makes goes to the cache, and stays with the job for those who come back.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Protocol

from missiongraph.engine import Engine
from missiongraph.errand import Job, Made, Workshop
from missiongraph.errors import Busy, EngineFailed, MissionGraphError

from .cache import Cache
from .logs import LOGGER
from .settings import WAITING, Settings

KEPT_SECONDS = 600
"""Time that a finished job can be asked about, while there is room."""

_MEGABYTE = 1024 * 1024
_RETRY_SECONDS = 5
_ENDED = 1000  # jobs that are kept at most, however small what they made


class Asked(Protocol):
    """What a job is asked to do, such as a :class:`~.networkrequest.NetworkRequest`."""

    @property
    def media_type(self) -> str:
        """The format of the answer."""

    @property
    def filename(self) -> str:
        """What to call a file that holds the answer."""

    def task(self, nodes: int, ties: int) -> dict[str, Any]:
        """The task, as JSON has it, within these limits."""

    def tag(self, fingerprint: str) -> str:
        """What the bytes of the answer depend on, hashed; nothing if the state has no name."""


@dataclass(eq=False)
class Ticket:
    """One job and what came of it; its ``id`` is hard to guess."""

    asked: Asked
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    made: Made | None = None
    error: Exception | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    _asked: float = field(default_factory=time.monotonic)
    _begun: float = 0.0
    _ended: float = 0.0

    @property
    def state(self) -> str:
        """``waiting``, ``running``, ``done`` or ``failed``."""
        if self.ended.is_set():
            return "failed" if self.error else "done"
        return "running" if self._begun else "waiting"

    @property
    def seconds(self) -> float:
        """Time since it was asked for, or until it ended."""
        return round((self._ended or time.monotonic()) - self._asked, 3)

    @property
    def tag(self) -> str:
        """The entity tag of what it made; nothing if that state of the data has no name."""
        return self.asked.tag(self.made.fingerprint) if self.made else ""

    def begin(self) -> None:
        """Note that it runs."""
        self._begun = time.monotonic()

    def end(self, made: Made | None = None, error: Exception | None = None) -> None:
        """Note what came of it, and wake those who wait."""
        self.made, self.error, self._ended = made, error, time.monotonic()
        self.ended.set()

    def is_old(self) -> bool:
        """Whether it ended long ago."""
        return self.ended.is_set() and time.monotonic() - self._ended > KEPT_SECONDS


class Jobs:
    """The jobs of one application: so many run, so many wait, and the last ones are kept."""

    def __init__(self, engine: Engine, cache: Cache, settings: Settings) -> None:
        self._engine, self._cache, self._settings = engine, cache, settings
        self._workshop = Workshop()
        self._queue: queue.Queue[Ticket] = queue.Queue(settings.network_queue)
        self._waiting = threading.Semaphore(WAITING)
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._running: dict[str, Ticket] = {}  # by what was asked, of which state of the data
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def ask(self, asked: Asked) -> Ticket:
        """The job that does what is asked: the one that is at it, or another.

        Raises :class:`Busy` when too many wait already.
        """
        key = asked.tag(self._engine.fingerprint) or asked.tag("of unknown state")
        with self._lock:
            if ticket := self._running.get(key):
                return ticket
            ticket = Ticket(asked)
            try:
                self._queue.put_nowait(ticket)
            except queue.Full:
                message = f"{self._queue.maxsize} jobs are waiting already; come back later"
                raise Busy("network_queue", message, _RETRY_SECONDS) from None
            self._running[key] = self._tickets[ticket.id] = ticket
            self._hire()
        return ticket

    def find(self, id: str) -> Ticket | None:
        """The job with this name, unless it is forgotten."""
        with self._lock:
            return self._tickets.get(id)

    def wait(self, ticket: Ticket) -> bool:
        """Wait for a job as long as a request may; whether it has ended."""
        if not self._waiting.acquire(blocking=False):
            return ticket.ended.is_set()
        try:
            return ticket.ended.wait(self._settings.network_wait_seconds)
        finally:
            self._waiting.release()

    def close(self) -> None:
        """End all jobs that run."""
        self._workshop.close()

    def _hire(self) -> None:
        """A thread to each job that may run at the same time; they only wait and pass on."""
        while len(self._threads) < self._settings.network_jobs:
            thread = threading.Thread(target=self._work, name="jobs", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            ticket = self._queue.get()
            ticket.begin()
            try:
                ticket.end(self._done(ticket.asked))
            except MissionGraphError as error:
                ticket.end(error=error)
            except Exception as error:  # a fault of ours: whoever waits must hear of it
                LOGGER.error("job failed", exc_info=error)
                ticket.end(error=EngineFailed("the job failed; the log says why"))
            self._keep(ticket)

    def _done(self, asked: Asked) -> Made:
        settings = self._settings
        task = asked.task(settings.network_nodes, settings.network_ties)
        job = Job(task, settings.network_seconds, settings.network_megabytes)
        return self._workshop.run(self._engine, job)

    def _keep(self, ticket: Ticket) -> None:
        """Let others have what a job made, and forget old ones while all is too much."""
        if ticket.made and ticket.tag:
            self._cache.put(ticket.tag, ticket.made.media_type, ticket.made.body)
        with self._lock:
            self._running = {key: t for key, t in self._running.items() if t is not ticket}
            ended = [t for t in self._tickets.values() if t.ended.is_set() and t is not ticket]
            size = sum(len(t.made.body) for t in (*ended, ticket) if t.made)
            for old in ended:
                if not old.is_old() and self._fits(size):
                    break
                del self._tickets[old.id]
                size -= len(old.made.body) if old.made else 0

    def _fits(self, size: int) -> bool:
        room = self._settings.cache_megabytes * _MEGABYTE
        return size <= room and len(self._tickets) <= _ENDED

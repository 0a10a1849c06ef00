"""Jobs: work that may outlast a request, done in processes of its own, answered now or later.

Who asks the same as another, in whichever process of the server, shares the job. What is sent and
made is in files (:mod:`.tickets`), so that nothing large stays in this process, and all processes
of the server know of it. A job ends when nobody waits for it and nobody has come for it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, Protocol

from missiongraph.errors import Busy, ClientGone, EngineFailed, MissionGraphError
from missiongraph.jobs.client import Job, JobRunner
from missiongraph.server.http.logs import LOGGER
from missiongraph.server.settings import Settings
from missiongraph.sparql.engine import Engine

from .answer_cache import Cache
from .shared_folder import SharedFolder
from .tickets import RETRY_SECONDS, Ticket, Tickets
from .turns import Full, Turns

COMING_SECONDS = 15
"""Time in which somebody has to come for a job whose address was given."""

SHOWN_BYTES = 256 * 1024
"""Size of the largest upload that is kept as long as the report on it, to be shown with it."""

_LOOK = 0.2  # seconds between two looks whether a job has ended in another process
_HERE = 10 * _LOOK  # seconds for which whoever waits is taken to go on waiting


class JobRequest(Protocol):
    """What a job is asked to do, such as a ``NetworkRequest``."""

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


class Jobs:
    """The jobs of one application as this process has them: so many run, so many wait."""

    def __init__(self, engine: Engine, cache: Cache, settings: Settings) -> None:
        self._engine, self._cache, self._settings = engine, cache, settings
        self._runner = JobRunner()
        self.tickets = Tickets(
            SharedFolder(settings.work_folder, repr(settings)), settings.work_megabytes
        )
        self._turns: Turns[str] = Turns(settings.network_jobs, settings.network_queue)
        self._todo: dict[str, JobRequest] = {}
        self._waiters: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._news = threading.Condition()
        self._threads: list[threading.Thread] = []

    def ask(
        self,
        asked: JobRequest,
        client: str = "",
        *,
        address: str = "",
        upload: str = "",
        about: dict[str, Any] | None = None,
    ) -> Ticket:
        """The job that does what is asked: one that is at it or has done it, or another.

        It is the ``client``'s, one of the server's own if that is empty, and has to be waited for
        at once, or expected, or kept. An ``upload`` goes with the job, or at once if there is one
        already. Raises :class:`Busy` when too many wait already.
        """
        state = self._engine.fingerprint
        key = asked.tag(state) or asked.tag(f"known to {self.tickets.folder.name}")
        with self._lock:
            if found := self.tickets.find_by_key(key):
                self.tickets.want(found.id, _HERE)
                if upload:
                    self.tickets.remove_upload(upload)
                return found
            self._drop_unwanted()
            ticket = self.tickets.new(key, asked.filename, address, upload, about or {})
            self._queue(client, ticket)
            self.tickets.begin(ticket, _HERE)
            self._todo[ticket.id] = asked
            self._tell_order()
            self._hire()
        return ticket

    def find(self, id: str) -> Ticket | None:
        """The job with this name, unless it is forgotten."""
        return self.tickets.find(id)

    def expect(self, ticket: Ticket) -> None:
        """Let a job go on for :data:`COMING_SECONDS`: its address is given to somebody."""
        self.tickets.want(ticket.id, COMING_SECONDS)

    def keep(self, ticket: Ticket) -> None:
        """Let a job go on to its end: somebody has come for it."""
        self.tickets.want(ticket.id)

    @contextmanager
    def waiting(self, client: str) -> Iterator[None]:
        """A place among the requests that wait, of which a client may have half.

        Raises :class:`Busy` when none is free.
        """
        most = self._settings.network_waiting
        with self._lock:
            if self._waiters.total() >= most or self._waiters[client] >= max(1, most // 2):
                message = "too many requests wait for jobs already; come back later"
                raise Busy("network_waiting", message, RETRY_SECONDS)
            self._waiters[client] += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiters[client] -= 1
                self._waiters += Counter()

    def wait(
        self, ticket: Ticket, seconds: float, gone: Callable[[], bool] | None = None
    ) -> Ticket:
        """The ticket once the job has ended, or as it is after so many seconds.

        The job is wanted as long as somebody waits. Raises :class:`ClientGone` when ``gone``
        says that the client has left.
        """
        until = time.monotonic() + seconds
        while not ticket.ended and (left := until - time.monotonic()) > 0:
            if gone and gone():
                raise ClientGone("the client left before the job was done")
            self.tickets.want(ticket.id, _HERE)
            with self._news:
                if not (ticket := self._again(ticket)).ended:
                    self._news.wait(min(left, _LOOK))
        return self._again(ticket)

    def made(self, ticket: Ticket) -> BinaryIO:
        """What a job made, to read; raises its error, or :class:`EngineFailed` if it is gone."""
        if error := ticket.error:
            raise error
        try:
            return self.tickets.made(ticket)
        except FileNotFoundError:
            raise EngineFailed("what the job made is not kept any more; ask for it again") from None

    def position(self, ticket: Ticket) -> int:
        """The place of a job in its queue: 1 is next, 0 does not wait."""
        return 0 if ticket.begun or ticket.ended else self.tickets.position(ticket)

    def close(self) -> None:
        """End all jobs that run here."""
        self._runner.close()
        self.tickets.folder.close()

    # --- the queue

    def _queue(self, client: str, ticket: Ticket) -> None:
        try:
            self._turns.put(client, ticket.id)
        except Full as full:
            whose = "of yours " if full.own else ""
            message = f"{full.places} jobs {whose}are waiting already; come back later"
            raise Busy("network_queue", message, RETRY_SECONDS) from None

    def _drop_unwanted(self) -> None:
        """Give up jobs that wait for their turn and that nobody waits for."""
        for id in self._turns.drop(lambda id: not self.tickets.is_wanted(id)):
            self._forget(id)

    def _forget(self, id: str) -> None:
        self._todo.pop(id, None)
        if ticket := self.tickets.find(id):
            self.tickets.forget(ticket)

    def _tell_order(self) -> None:
        self.tickets.tell_order(self._turns.order())

    def _again(self, ticket: Ticket) -> Ticket:
        """The ticket as it is now."""
        gone = EngineFailed("the job is gone, as nobody waited for it; ask for it again")
        return self.tickets.find(ticket.id) or ticket.failed(gone)

    # --- the work

    def _hire(self) -> None:
        """A thread to each job that may run at the same time; they only wait and pass on."""
        while len(self._threads) < self._settings.network_jobs:
            thread = threading.Thread(target=self._work, name="jobs", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            client, id = self._turns.take()
            try:
                self._do(id)
            except Exception as error:  # such as a disk that is full: the next job may go well
                if not self.tickets.folder.path.exists():
                    return  # the server has ended
                LOGGER.error("job failed", exc_info=error)
                self._forget(id)
            self._turns.end(client)
            with self._news:
                self._news.notify_all()

    def _do(self, id: str) -> None:
        """Do one job, if somebody wants it still."""
        with self._lock:  # whoever has asked for it has finished doing so
            asked, ticket = self._todo.pop(id, None), self.tickets.find(id)
            self._tell_order()
        if not (asked and ticket):
            return
        ticket = replace(ticket, begun=time.time())
        try:
            if not self.tickets.is_wanted(id):
                raise ClientGone("nobody waits for the job any more")
            self.tickets.save(ticket)
            ticket = self._done(asked, ticket)
        except ClientGone:
            self.tickets.forget(ticket)
            return
        except MissionGraphError as error:
            ticket = ticket.failed(error)
        except Exception as error:  # a fault of ours: whoever waits must hear of it
            LOGGER.error("job failed", exc_info=error)
            ticket = ticket.failed(EngineFailed("the job failed; the log says why"))
        if ticket.upload and self.tickets.upload(ticket.upload).stat().st_size > SHOWN_BYTES:
            self.tickets.remove_upload(ticket.upload)
        self.tickets.save(ticket)
        self.tickets.tidy()

    def _done(self, asked: JobRequest, ticket: Ticket) -> Ticket:
        """The ticket of the job, done."""
        settings = self._settings
        limits = (settings.network_seconds, settings.network_megabytes, settings.result_megabytes)
        job = Job(asked.task(settings.network_nodes, settings.network_ties), *limits)
        with self.tickets.making(ticket) as file:
            made = self._runner.run(
                self._engine, job, file, lambda: not self.tickets.is_wanted(ticket.id)
            )
            size, tag = file.tell(), asked.tag(made.fingerprint)
            if tag and self._cache.takes(size):
                file.seek(0)
                self._cache.put(tag, made.media_type, file.read())
        return replace(ticket, ended=time.time(), media_type=made.media_type, tag=tag, size=size)

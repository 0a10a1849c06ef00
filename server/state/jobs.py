"""Runs jobs: work that may outlast its request, done in separate processes.

Equal requests share one job, across all processes of the server. Uploads and results are files
(:mod:`.tickets`), so that this process holds nothing large and all processes of the server see
them. A job is cancelled when no client waits for it or has fetched its address.
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
"""Time in which a client must fetch a job's address after receiving it, or the job is dropped."""

SHOWN_BYTES = 256 * 1024
"""Size of the largest upload that is stored as long as its report, to be shown with it."""

_LOOK = 0.2  # seconds between two checks whether a job has ended in another process
_HERE = 10 * _LOOK  # seconds that a job stays wanted after a check by a waiting request


class JobRequest(Protocol):
    """A request for a job, such as a ``NetworkRequest``."""

    @property
    def media_type(self) -> str:
        """The format of the result."""

    @property
    def filename(self) -> str:
        """The name of a file with the result."""

    def task(self, nodes: int, ties: int) -> dict[str, Any]:  # Any: JSON
        """The task as a JSON object, with the limits on nodes and ties."""

    def tag(self, fingerprint: str) -> str:
        """A hash of all that the result depends on; empty if ``fingerprint`` is."""


class Jobs:
    """The jobs of one application in this process, with limits on running and waiting ones."""

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
        request: JobRequest,
        client: str = "",
        *,
        address: str = "",
        upload: str = "",
        about: dict[str, Any] | None = None,
    ) -> Ticket:
        """The job for a request: an equal one that runs or is done, or else a new one.

        A new job counts as the ``client``'s, or as the server's own if that is empty. The caller
        must :meth:`wait` for the job, :meth:`expect` or :meth:`keep` it at once. The ``upload`` is
        removed with the job, or at once if an equal job exists. Raises :class:`Busy` if the queue
        is full.
        """
        state = self._engine.fingerprint
        key = request.tag(state) or request.tag(f"known to {self.tickets.folder.name}")
        with self._lock:
            if equal := self.tickets.find_by_key(key):
                self.tickets.want(equal.id, _HERE)
                if upload:
                    self.tickets.remove_upload(upload)
                return equal
            self._drop_unwanted()
            ticket = self.tickets.new(key, request.filename, address, upload, about or {})
            self._queue(client, ticket)
            self.tickets.begin(ticket, _HERE)
            self._todo[ticket.id] = request
            self._tell_order()
            self._hire()
        return ticket

    def find(self, id: str) -> Ticket | None:
        """The job with this name, or None."""
        return self.tickets.find(id)

    def expect(self, ticket: Ticket) -> None:
        """Let a job go on for :data:`COMING_SECONDS`, after its address was sent to a client."""
        self.tickets.want(ticket.id, COMING_SECONDS)

    def keep(self, ticket: Ticket) -> None:
        """Let a job run to its end, after a client has fetched its address."""
        self.tickets.want(ticket.id)

    @contextmanager
    def waiting(self, client: str) -> Iterator[None]:
        """Hold one of the places for waiting requests, of which one client may have half.

        Raises :class:`Busy` when none is free.
        """
        most = self._settings.network_waiting
        with self._lock:
            if self._waiters.total() >= most or self._waiters[client] >= max(1, most // 2):
                message = "too many requests wait for jobs already; try again later"
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
        """Wait until the job has ended, or for ``seconds``; return its present ticket.

        A job that a request waits for is not dropped. Raises :class:`ClientGone` when ``gone()``
        is true.
        """
        until = time.monotonic() + seconds
        while not ticket.ended and (left := until - time.monotonic()) > 0:
            if gone and gone():
                raise ClientGone("the client disconnected before the job was done")
            self.tickets.want(ticket.id, _HERE)
            with self._news:
                if not (ticket := self._again(ticket)).ended:
                    self._news.wait(min(left, _LOOK))
        return self._again(ticket)

    def made(self, ticket: Ticket) -> BinaryIO:
        """Open a job's result; raises the job's error, or :class:`EngineFailed` if it is gone."""
        if error := ticket.error:
            raise error
        try:
            return self.tickets.made(ticket)
        except FileNotFoundError:
            raise EngineFailed("the job's result has expired; request it again") from None

    def position(self, ticket: Ticket) -> int:
        """The place of a job in its queue: 1 is next; 0 if the job does not wait."""
        return 0 if ticket.begun or ticket.ended else self.tickets.position(ticket)

    def close(self) -> None:
        """End all jobs that run in this process."""
        self._runner.close()
        self.tickets.folder.close()

    # --- the queue

    def _queue(self, client: str, ticket: Ticket) -> None:
        try:
            self._turns.put(client, ticket.id)
        except Full as full:
            whose = "of yours " if full.own else ""
            message = f"{full.places} jobs {whose}are waiting already; try again later"
            raise Busy("network_queue", message, RETRY_SECONDS) from None

    def _drop_unwanted(self) -> None:
        """Drop queued jobs that no client waits for any more."""
        for id in self._turns.drop(lambda id: not self.tickets.is_wanted(id)):
            self._forget(id)

    def _forget(self, id: str) -> None:
        self._todo.pop(id, None)
        if ticket := self.tickets.find(id):
            self.tickets.forget(ticket)

    def _tell_order(self) -> None:
        self.tickets.tell_order(self._turns.order())

    def _again(self, ticket: Ticket) -> Ticket:
        """The present ticket of the same job."""
        gone = EngineFailed("the job was dropped because no client waited; request it again")
        return self.tickets.find(ticket.id) or ticket.failed(gone)

    # --- the work

    def _hire(self) -> None:
        """Start one thread for each job that may run at once; threads only wait for processes."""
        while len(self._threads) < self._settings.network_jobs:
            thread = threading.Thread(target=self._work, name="jobs", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            client, id = self._turns.take()
            try:
                self._do(id)
            except Exception as error:  # such as a full disk: the next job may succeed
                if not self.tickets.folder.path.exists():
                    return  # the server has ended
                LOGGER.error("job failed", exc_info=error)
                self._forget(id)
            self._turns.end(client)
            with self._news:
                self._news.notify_all()

    def _do(self, id: str) -> None:
        """Run one job, if it is still wanted."""
        with self._lock:  # so that ask() has finished with this job
            request, ticket = self._todo.pop(id, None), self.tickets.find(id)
            self._tell_order()
        if not (request and ticket):
            return
        ticket = replace(ticket, begun=time.time())
        try:
            if not self.tickets.is_wanted(id):
                raise ClientGone("no client waits for the job any more")
            self.tickets.save(ticket)
            ticket = self._done(request, ticket)
        except ClientGone:
            self.tickets.forget(ticket)
            return
        except MissionGraphError as error:
            ticket = ticket.failed(error)
        except Exception as error:  # a fault of ours: waiting requests must get an error
            LOGGER.error("job failed", exc_info=error)
            ticket = ticket.failed(EngineFailed("the job failed; the log says why"))
        if ticket.upload and self.tickets.upload(ticket.upload).stat().st_size > SHOWN_BYTES:
            self.tickets.remove_upload(ticket.upload)
        self.tickets.save(ticket)
        self.tickets.tidy()

    def _done(self, request: JobRequest, ticket: Ticket) -> Ticket:
        """Run the job in a process of its own, cache a small result, and return its ticket."""
        settings = self._settings
        limits = (settings.network_seconds, settings.network_megabytes, settings.result_megabytes)
        job = Job(request.task(settings.network_nodes, settings.network_ties), *limits)
        with self.tickets.making(ticket) as file:
            result = self._runner.run(
                self._engine, job, file, lambda: not self.tickets.is_wanted(ticket.id)
            )
            size, tag = file.tell(), request.tag(result.fingerprint)
            if tag and self._cache.takes(size):
                file.seek(0)
                self._cache.put(tag, result.media_type, file.read())
        return replace(ticket, ended=time.time(), media_type=result.media_type, tag=tag, size=size)

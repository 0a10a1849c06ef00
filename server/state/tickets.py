"""Tickets record the state of jobs as files in the folder that a server's processes share.

A job has a random name. ``NAME.json`` is its ticket and ``NAME.made`` its result; the
modification time of ``NAME.wanted`` is the time until which the job is wanted. ``KEY.key`` names
the job for the request with the hash ``KEY``, and ``NAME.upload`` is a client's upload. Files are
renamed into place, so that no reader sees half of one.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from missiongraph.errors import Busy, EngineFailed, MissionGraphError, packed, rebuilt
from missiongraph.limits import MEGABYTE

from .shared_folder import SharedFolder

KEPT_SECONDS = 600
"""Time that a finished job stays available, while there is room."""

RETRY_SECONDS = 5
"""Time after which a client that was refused for lack of room may try again."""

_ENDED = 500  # most finished jobs, however small their results
_TIDY_SECONDS = 2  # between two removals of old files
_FOREVER = 10 * 365 * 24 * 3600
_NAME = re.compile(r"[0-9a-f]{32}")
_FILE = re.compile(r"([0-9a-f]{32})\.(?:json|made|wanted|key|upload)(?:\.[0-9a-f]{8})?")


@dataclass(frozen=True)
class Ticket:
    """The state of one job.

    Times are in seconds since 1970, 0 if not yet reached. ``address`` is that of the result, if it
    has one of its own; ``about`` holds what the job's page shows; ``size`` is in bytes.
    """

    id: str
    key: str
    owner: str
    filename: str
    address: str = ""
    upload: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    asked: float = field(default_factory=time.time)
    begun: float = 0
    ended: float = 0
    media_type: str = ""
    tag: str = ""
    size: int = 0
    failure: Mapping[str, Any] | None = None

    @property
    def state(self) -> str:
        """``waiting``, ``running``, ``done`` or ``failed``."""
        if self.ended:
            return "failed" if self.failure else "done"
        return "running" if self.begun else "waiting"

    @property
    def seconds(self) -> float:
        """Seconds from the request to now, or to the end of the job."""
        return round(max(0, (self.ended or time.time()) - self.asked), 3)

    @property
    def error(self) -> MissionGraphError | None:
        """The error of a failed job, or None."""
        return rebuilt(self.failure) if self.failure else None

    @property
    def lasting(self) -> bool:
        """Whether the result may answer equal requests: the data did not change meanwhile."""
        return self.state == "done" and bool(self.tag) and self.tag == self.key

    def failed(self, error: MissionGraphError) -> Ticket:
        """The ticket with the job ended by an error."""
        return replace(self, ended=time.time(), failure=packed(error))


class Tickets:
    """The tickets and files of one server, within ``megabytes``; the oldest finished go first."""

    def __init__(self, folder: SharedFolder, megabytes: int) -> None:
        self.folder, self._megabytes = folder, megabytes
        self._tidying = threading.Lock()
        self._next_tidy = 0.0

    # --- tickets

    def new(
        self, key: str, filename: str, address: str, upload: str, about: Mapping[str, Any]
    ) -> Ticket:
        """A ticket for a new job of this process; not saved yet."""
        id, owner = secrets.token_hex(16), self.folder.name
        return Ticket(id, key, owner, filename, address, upload, about)

    def save(self, ticket: Ticket) -> None:
        """Write a ticket, in place of an earlier one of the job."""
        self._write(f"{ticket.id}.json", json.dumps(asdict(ticket)).encode())

    def find(self, id: str) -> Ticket | None:
        """The ticket with this name, or None; marked as failed if its process has died."""
        if not _NAME.fullmatch(id):
            return None
        try:
            ticket = Ticket(**json.loads(self._path(id, "json").read_bytes()))
        except FileNotFoundError:
            return None
        if not ticket.ended and not self.folder.lives(ticket.owner):
            ticket = ticket.failed(EngineFailed("the job was interrupted; request it again"))
            self.save(ticket)
        return ticket

    def find_by_key(self, key: str) -> Ticket | None:
        """The job for ``key`` that waits, runs or is done, or None."""
        try:
            ticket = self.find(self._path(key, "key").read_text("ascii"))
        except FileNotFoundError:
            return None
        if ticket is None or not (ticket.lasting or not ticket.ended):
            return None
        return ticket if ticket.ended or self.is_wanted(ticket.id) else None

    def begin(self, ticket: Ticket, seconds: float) -> None:
        """Save the ticket of a new job, wanted for ``seconds``, under its name and its key."""
        self._write(f"{ticket.id}.wanted", b"")
        self.want(ticket.id, seconds)
        self.save(ticket)
        self._write(f"{ticket.key}.key", ticket.id.encode())

    def forget(self, ticket: Ticket) -> None:
        """Remove all files of a job."""
        for suffix in ("json", "wanted", "made"):
            self._path(ticket.id, suffix).unlink(missing_ok=True)
        if ticket.upload:
            self.remove_upload(ticket.upload)
        with suppress(FileNotFoundError):
            if (key := self._path(ticket.key, "key")).read_text("ascii") == ticket.id:
                key.unlink(missing_ok=True)

    # --- whether they are wanted

    def want(self, id: str, seconds: float = _FOREVER) -> None:
        """Let a job go on for ``seconds`` from now at least, by default to its end."""
        path, until = self._path(id, "wanted"), time.time() + seconds
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < until:
                os.utime(path, (until, until))

    def is_wanted(self, id: str) -> bool:
        """Whether a client waits for a job or has fetched its address."""
        with suppress(FileNotFoundError):
            return self._path(id, "wanted").stat().st_mtime > time.time()
        return False

    # --- the queue of each process

    def tell_order(self, ids: Iterable[str]) -> None:
        """Publish the order of this process's queue to the other processes."""
        self._write(f"{self.folder.name}.queue", json.dumps([*ids]).encode())

    def position(self, ticket: Ticket) -> int:
        """The place of a job in its queue: 1 is next; 0 if the job does not wait."""
        with suppress(OSError, ValueError):
            order = json.loads((self.folder.path / f"{ticket.owner}.queue").read_bytes())
            return int(order.index(ticket.id)) + 1
        return 0

    # --- results

    @contextmanager
    def making(self, ticket: Ticket) -> Iterator[BinaryIO]:
        """A file for a job's result, which appears if the block ends without an error."""
        with self._file(f"{ticket.id}.made") as file:
            yield file

    def made(self, ticket: Ticket) -> BinaryIO:
        """Open a job's result; raises :class:`FileNotFoundError` if it was removed."""
        return self._path(ticket.id, "made").open("rb")

    # --- uploads

    @contextmanager
    def receiving(self, size: int) -> Iterator[tuple[str, BinaryIO]]:
        """A name and a file for an upload of at most ``size`` bytes.

        The file appears if the block ends without an error. Raises :class:`Busy` if there is no
        room for it.
        """
        name = secrets.token_hex(16)
        try:
            with self._file(f"{name}.upload") as file:
                with self._tidying:
                    self._tidy(size)
                    file.truncate(size)  # reserves the room: others count the whole size
                yield name, file
                file.truncate()
        except ConnectionError:
            raise  # of the client
        except OSError as error:
            message = f"an upload cannot be stored now: {error.strerror}; try again later"
            raise Busy("work_megabytes", message, RETRY_SECONDS) from error

    def upload(self, name: str) -> Path:
        """The file of an upload."""
        return self._path(name, "upload")

    def remove_upload(self, name: str) -> None:
        """Remove an upload, if it is there."""
        self.upload(name).unlink(missing_ok=True)

    # --- room

    def tidy(self) -> None:
        """Remove old jobs, and the oldest until all fit; at most every few seconds."""
        with self._tidying:
            if time.monotonic() > self._next_tidy:
                with suppress(Busy):  # all remaining jobs still run
                    self._tidy(0)

    def _tidy(self, needed: int) -> None:
        self._next_tidy = time.monotonic() + _TIDY_SECONDS
        self.folder.forget_dead()
        now, sizes = time.time(), self._sizes()
        tickets = [t for id in sizes if (t := self.find(id))]
        ended = sorted((t for t in tickets if t.ended), key=lambda ticket: ticket.ended)
        total, left = sum(size for size, _ in sizes.values()), len(ended)
        for ticket in ended:
            fits = total + needed <= self._megabytes * MEGABYTE and left <= _ENDED
            if fits and now - ticket.ended < KEPT_SECONDS:
                break
            self.forget(ticket)
            total -= sum(sizes.get(id, (0, 0))[0] for id in (ticket.id, ticket.upload))
            left -= 1
        for name in self._orphans(tickets, sizes):
            for path in self.folder.path.glob(f"{name}.*"):
                path.unlink(missing_ok=True)
        if total + needed > self._megabytes * MEGABYTE:
            message = f"jobs hold {self._megabytes} MB of files already; try again later"
            raise Busy("work_megabytes", message, RETRY_SECONDS)

    def _sizes(self) -> dict[str, tuple[int, float]]:
        """For each name, the bytes of its files and the time of the last change."""
        sizes: dict[str, tuple[int, float]] = {}
        with os.scandir(self.folder.path) as entries:
            for entry in entries:
                if match := _FILE.fullmatch(entry.name):
                    with suppress(FileNotFoundError):
                        status = entry.stat()
                        size, changed = sizes.get(match[1], (0, 0.0))
                        sizes[match[1]] = size + status.st_size, max(changed, status.st_mtime)
        return sizes

    def _orphans(
        self, tickets: Iterable[Ticket], sizes: Mapping[str, tuple[int, float]]
    ) -> list[str]:
        """Names of old files without a ticket, as of a process that died before saving it."""
        known = {name for t in tickets for name in (t.id, t.key, t.upload)}
        old = time.time() - KEPT_SECONDS
        return [name for name, (_, changed) in sizes.items() if name not in known and changed < old]

    # --- files

    def _path(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return self.folder.path / f"{name}.{suffix}"

    def _write(self, name: str, content: bytes) -> None:
        with self._file(name) as file:
            file.write(content)

    @contextmanager
    def _file(self, name: str) -> Iterator[BinaryIO]:
        """A file, readable by this user alone, that appears if the block ends without an error."""
        path = self.folder.path / name
        part = path.with_name(f"{name}.{secrets.token_hex(4)}")
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

"""Tickets: what is known of jobs, and the files that belong to them, in a folder that is shared.

A job has a name that is hard to guess. ``NAME.json`` is its ticket, ``NAME.made`` what it made, and
until the time of ``NAME.wanted`` somebody wants it. ``KEY.key`` names the job that does what
``KEY`` stands for. ``NAME.upload`` is what a client has sent. Every file appears whole.
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
"""Time that a finished job can be asked about, while there is room."""

RETRY_SECONDS = 5
"""After which a client that found no room may try again."""

_ENDED = 500  # jobs that are kept at most, however small what they made
_TIDY_SECONDS = 2  # between two looks at what is old
_FOREVER = 10 * 365 * 24 * 3600
_NAME = re.compile(r"[0-9a-f]{32}")
_FILE = re.compile(r"([0-9a-f]{32})\.(?:json|made|wanted|key|upload)(?:\.[0-9a-f]{8})?")


@dataclass(frozen=True)
class Ticket:
    """One job and what came of it, as of now.

    Times are in seconds since 1970, 0 for what has not been. ``address`` is where the answer is to
    be had once it is there, if it has an address of its own, and ``about`` what a page needs.
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
        """Time since it was asked for, or until it ended."""
        return round(max(0, (self.ended or time.time()) - self.asked), 3)

    @property
    def error(self) -> MissionGraphError | None:
        """Why it failed, if it did."""
        return rebuilt(self.failure) if self.failure else None

    @property
    def lasting(self) -> bool:
        """Whether what it made answers whoever asks the same."""
        return self.state == "done" and bool(self.tag) and self.tag == self.key

    def failed(self, error: MissionGraphError) -> Ticket:
        """The ticket of a job that has ended with an error."""
        return replace(self, ended=time.time(), failure=packed(error))


class Tickets:
    """The tickets and files of one server, within ``megabytes``; the oldest that ended leave."""

    def __init__(self, folder: SharedFolder, megabytes: int) -> None:
        self.folder, self._megabytes = folder, megabytes
        self._tidying = threading.Lock()
        self._next_tidy = 0.0

    # --- tickets

    def new(
        self, key: str, filename: str, address: str, upload: str, about: Mapping[str, Any]
    ) -> Ticket:
        """The ticket of a job that this process is asked to do."""
        id, owner = secrets.token_hex(16), self.folder.name
        return Ticket(id, key, owner, filename, address, upload, about)

    def save(self, ticket: Ticket) -> None:
        """Keep a ticket, in place of an earlier one of the job."""
        self._write(f"{ticket.id}.json", json.dumps(asdict(ticket)).encode())

    def find(self, id: str) -> Ticket | None:
        """The ticket with this name; one whose process has died has failed."""
        if not _NAME.fullmatch(id):
            return None
        try:
            ticket = Ticket(**json.loads(self._path(id, "json").read_bytes()))
        except FileNotFoundError:
            return None
        if not ticket.ended and not self.folder.lives(ticket.owner):
            ticket = ticket.failed(EngineFailed("the job was broken off; ask for it again"))
            self.save(ticket)
        return ticket

    def find_by_key(self, key: str) -> Ticket | None:
        """The job that is at what ``key`` stands for, or has done it well."""
        try:
            ticket = self.find(self._path(key, "key").read_text("ascii"))
        except FileNotFoundError:
            return None
        if ticket is None or not (ticket.lasting or not ticket.ended):
            return None
        return ticket if ticket.ended or self.is_wanted(ticket.id) else None

    def begin(self, ticket: Ticket, seconds: float) -> None:
        """Keep the ticket of a new job, which is wanted for a while, and let others find it."""
        self._write(f"{ticket.id}.wanted", b"")
        self.want(ticket.id, seconds)
        self.save(ticket)
        self._write(f"{ticket.key}.key", ticket.id.encode())

    def forget(self, ticket: Ticket) -> None:
        """Remove all that there is of a job."""
        for suffix in ("json", "wanted", "made"):
            self._path(ticket.id, suffix).unlink(missing_ok=True)
        if ticket.upload:
            self.remove_upload(ticket.upload)
        with suppress(FileNotFoundError):
            if (key := self._path(ticket.key, "key")).read_text("ascii") == ticket.id:
                key.unlink(missing_ok=True)

    # --- who wants them

    def want(self, id: str, seconds: float = _FOREVER) -> None:
        """Let a job go on for some time at least, or to its end."""
        path, until = self._path(id, "wanted"), time.time() + seconds
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < until:
                os.utime(path, (until, until))

    def is_wanted(self, id: str) -> bool:
        """Whether anybody waits for a job, or has come for it."""
        with suppress(FileNotFoundError):
            return self._path(id, "wanted").stat().st_mtime > time.time()
        return False

    # --- the queue of each process

    def tell_order(self, ids: Iterable[str]) -> None:
        """Tell the other processes in which order this one's jobs wait."""
        self._write(f"{self.folder.name}.queue", json.dumps([*ids]).encode())

    def position(self, ticket: Ticket) -> int:
        """The place of a job in its queue: 1 is next, 0 does not wait."""
        with suppress(OSError, ValueError):
            order = json.loads((self.folder.path / f"{ticket.owner}.queue").read_bytes())
            return int(order.index(ticket.id)) + 1
        return 0

    # --- what jobs made

    @contextmanager
    def making(self, ticket: Ticket) -> Iterator[BinaryIO]:
        """A file for what a job makes, which is there once the block has ended well."""
        with self._file(f"{ticket.id}.made") as file:
            yield file

    def made(self, ticket: Ticket) -> BinaryIO:
        """What a job made, to read; raises :class:`FileNotFoundError` if it is forgotten."""
        return self._path(ticket.id, "made").open("rb")

    # --- what clients sent

    @contextmanager
    def receiving(self, size: int) -> Iterator[tuple[str, BinaryIO]]:
        """A name and a file for an upload of up to ``size`` bytes, there if the block ends well.

        Raises :class:`Busy` when there is no room for it.
        """
        name = secrets.token_hex(16)
        try:
            with self._file(f"{name}.upload") as file:
                with self._tidying:
                    self._tidy(size)
                    file.truncate(size)  # so that others count it from now on
                yield name, file
                file.truncate()
        except ConnectionError:
            raise  # of the client
        except OSError as error:
            message = f"an upload cannot be kept now: {error.strerror}; come back later"
            raise Busy("work_megabytes", message, RETRY_SECONDS) from error

    def upload(self, name: str) -> Path:
        """The file of an upload."""
        return self._path(name, "upload")

    def remove_upload(self, name: str) -> None:
        """Remove an upload, if it is there."""
        self.upload(name).unlink(missing_ok=True)

    # --- room

    def tidy(self) -> None:
        """Remove what is old, now and then, and the oldest while all is too much."""
        with self._tidying:
            if time.monotonic() > self._next_tidy:
                with suppress(Busy):  # what is left is still at work
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
            message = f"jobs hold {self._megabytes} MB of files already; come back later"
            raise Busy("work_megabytes", message, RETRY_SECONDS)

    def _sizes(self) -> dict[str, tuple[int, float]]:
        """By name, the bytes of its files and when the last was changed."""
        found: dict[str, tuple[int, float]] = {}
        with os.scandir(self.folder.path) as entries:
            for entry in entries:
                if match := _FILE.fullmatch(entry.name):
                    with suppress(FileNotFoundError):
                        told = entry.stat()
                        size, changed = found.get(match[1], (0, 0.0))
                        found[match[1]] = size + told.st_size, max(changed, told.st_mtime)
        return found

    def _orphans(
        self, tickets: Iterable[Ticket], sizes: Mapping[str, tuple[int, float]]
    ) -> list[str]:
        """Names that have been left without a ticket, by a process that died at the wrong time."""
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
        """A file that appears when the block ends well, for this user alone."""
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

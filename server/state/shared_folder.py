"""A folder that the processes of one server share, for this user alone, removed with the last.

Several processes, such as the workers of gunicorn, serve one application and know nothing of each
other. They find the same folder by what they have in common: the process that started them and
what they were started with. Locks of the kernel (flock) tell who is alive, whatever ended it, so a
folder whose processes were killed is removed by the next server that starts.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from missiongraph.errors import MissionGraphError

if sys.platform != "win32":
    import fcntl

PREFIX = "missiongraph.jobs."
_LOCK, _MEMBER = "lock", ".process"
_SHARES = sys.platform != "win32"  # where there is no flock, each process has a folder of its own


@dataclass(frozen=True)
class _Membership:
    """What one process holds: the folder, its name there, and the locks that say it is alive."""

    pid: int
    path: Path
    name: str
    locks: tuple[int, ...]

    def end(self) -> None:
        """Let go, and remove the folder if nobody else is there. A forked process only leaves."""
        for lock in self.locks:
            with suppress(OSError):
                os.close(lock)
        if self.pid == os.getpid():
            _forget(self.path, self.name)
            _remove_if_dead(self.path)


class SharedFolder:
    """A folder in ``chosen``, or in the temporary folder, made when it is first needed.

    In ``chosen`` it is the same for all; else for all processes with the same parent program and
    the same ``identity``. Raises :class:`MissionGraphError` if ``chosen`` is no folder that can be
    written to, and on first need if somebody else has made the folder.
    """

    def __init__(self, chosen: str, identity: str) -> None:
        self._parent = Path(chosen or tempfile.gettempdir())
        self._key = "shared" if chosen else ""
        self._identity = identity
        self._opening = threading.Lock()
        self._membership: _Membership | None = None
        self._leave: Callable[[], object] = bool
        if not (self._parent.is_dir() and os.access(self._parent, os.W_OK | os.X_OK)):
            raise MissionGraphError(f"work_folder: {self._parent} is no folder to write to")
        _remove_dead(self._parent)

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._member().path

    @property
    def name(self) -> str:
        """The name of this process among those who share it."""
        return self._member().name

    def lives(self, name: str) -> bool:
        """Whether the process with this name is alive."""
        member = self._member()
        if name == member.name:
            return True
        with suppress(OSError):
            file = os.open(member.path / (name + _MEMBER), os.O_RDWR)
            try:
                return not _locked(file, shared=True)
            finally:
                os.close(file)
        return False

    def members(self) -> list[str]:
        """The names of the processes that are alive, this one among them."""
        files = self.path.glob("*" + _MEMBER)
        return [file.stem for file in files if self.lives(file.stem)]

    def forget_dead(self) -> None:
        """Remove what processes that were killed have left of themselves."""
        for file in self.path.glob("*" + _MEMBER):
            if not self.lives(file.stem):
                _forget(self.path, file.stem)

    def close(self) -> None:
        """Leave; the last one removes the folder."""
        with self._opening:
            leave, self._leave, self._membership = self._leave, bool, None
        leave()

    def _member(self) -> _Membership:
        with self._opening:
            if self._membership is None or self._membership.pid != os.getpid():
                self._leave()  # as a fork has what its parent holds
                self._membership = _join(self._parent / (PREFIX + (self._key or self._own_key())))
                # ends once, however often it is called: numbers of files are used again
                self._leave = weakref.finalize(self, self._membership.end)
            return self._membership

    def _own_key(self) -> str:
        user = os.geteuid() if _SHARES else 0
        said = "\0".join([_starter(), str(user), self._identity, *sys.argv])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def _starter() -> str:
    """The process that has started this server's processes: the parent if it runs the same program.

    A parent of which nothing is known is taken for it: sharing does no harm.
    """
    parent = os.getppid()
    with suppress(OSError):
        if not os.path.samefile(f"/proc/{parent}/exe", "/proc/self/exe"):
            parent = os.getpid()
    with suppress(OSError):
        told = Path(f"/proc/{parent}/stat").read_text("utf-8")
        return f"{parent} {told.rpartition(')')[2].split()[19]}"  # with the time of its start
    return str(parent if _SHARES else os.getpid())


def _join(path: Path) -> _Membership:
    """Become one of those who share a folder; raises :class:`MissionGraphError`."""
    while True:
        path.mkdir(mode=0o700, exist_ok=True)
        _require_own(path)
        lock = _joined(path / _LOCK)
        if lock is not None:
            name = secrets.token_hex(8)
            member = os.open(path / (name + _MEMBER), os.O_RDWR | os.O_CREAT, 0o600)
            _locked(member, shared=False)
            return _Membership(os.getpid(), path, name, (member, lock))


def _joined(path: Path) -> int | None:
    """The lock that keeps a folder from being removed; nothing if it has just been removed."""
    lock = -1
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _locked(lock, shared=True) and os.path.samestat(os.fstat(lock), os.stat(path)):
            return lock
    except FileNotFoundError:
        pass
    if lock >= 0:
        os.close(lock)
    return None


def _require_own(path: Path) -> None:
    """Somebody else could have made a folder of this name, to read what is put there."""
    found = os.lstat(path)
    mine = not _SHARES or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
    if not (stat.S_ISDIR(found.st_mode) and mine):
        message = f"{path} is open to others; remove it, or choose another work_folder"
        raise MissionGraphError(message)


def _forget(path: Path, name: str) -> None:
    """Remove the files that carry the name of a process."""
    for file in path.glob(f"{name}.*"):
        file.unlink(missing_ok=True)


def _remove_dead(parent: Path) -> None:
    """Remove what servers that are not alive any more have left."""
    if _SHARES:
        for path in parent.glob(PREFIX + "*"):
            with suppress(OSError, MissionGraphError):
                _require_own(path)
                _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    """Remove a folder unless a process holds it."""
    with suppress(OSError):
        lock = os.open(path / _LOCK, os.O_RDWR)
        try:
            # or the folder may be a new one, made since others removed that of the lock
            mine = _locked(lock, shared=False)
            if mine and os.path.samestat(os.fstat(lock), os.stat(path / _LOCK)):
                away = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
                path.rename(away)  # so that no thread that still works puts anything there
                shutil.rmtree(away, ignore_errors=True)
        finally:
            os.close(lock)


def _locked(file: int, *, shared: bool) -> bool:
    """Whether a lock could be had."""
    if not _SHARES:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

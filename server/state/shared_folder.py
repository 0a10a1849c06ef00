"""A private folder that the processes of one server share; the last to end removes it.

The workers of a WSGI server such as gunicorn serve one application without knowing each other.
They derive the same folder name from what they share: their parent process and command line.
Kernel locks (flock) show which processes are alive, however the others ended, so the next server
that starts removes the folders of killed ones.
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
_SHARES = sys.platform != "win32"  # without flock, each process has a folder of its own


@dataclass(frozen=True)
class _Membership:
    """The membership of one process: the folder, its name in it, and the locks it holds."""

    pid: int
    path: Path
    name: str
    locks: tuple[int, ...]

    def end(self) -> None:
        """Release the locks and remove the folder if no other process uses it.

        A forked child only closes its copies of the locks.
        """
        for lock in self.locks:
            with suppress(OSError):
                os.close(lock)
        if self.pid == os.getpid():
            _forget(self.path, self.name)
            _remove_if_dead(self.path)


class SharedFolder:
    """A folder in ``chosen``, or in the temporary folder, created on first use.

    In ``chosen`` all processes share it; in the temporary folder, those with the same parent
    program and the same ``identity``. Raises :class:`MissionGraphError` if ``chosen`` is not a
    writable folder, and on first use if the folder belongs to another user.
    """

    def __init__(self, chosen: str, identity: str) -> None:
        self._parent = Path(chosen or tempfile.gettempdir())
        self._key = "shared" if chosen else ""
        self._identity = identity
        self._opening = threading.Lock()
        self._membership: _Membership | None = None
        self._leave: Callable[[], object] = bool
        if not (self._parent.is_dir() and os.access(self._parent, os.W_OK | os.X_OK)):
            raise MissionGraphError(f"work_folder: {self._parent} is not a writable folder")
        _remove_dead(self._parent)

    @property
    def path(self) -> Path:
        """The folder; created if need be."""
        return self._member().path

    @property
    def name(self) -> str:
        """The name of this process among those that share the folder."""
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
        """The names of the living processes, including this one."""
        files = self.path.glob("*" + _MEMBER)
        return [file.stem for file in files if self.lives(file.stem)]

    def forget_dead(self) -> None:
        """Remove the files of processes that were killed."""
        for file in self.path.glob("*" + _MEMBER):
            if not self.lives(file.stem):
                _forget(self.path, file.stem)

    def close(self) -> None:
        """End this process's membership; the last process removes the folder."""
        with self._opening:
            leave, self._leave, self._membership = self._leave, bool, None
        leave()

    def _member(self) -> _Membership:
        with self._opening:
            if self._membership is None or self._membership.pid != os.getpid():
                self._leave()  # a forked child holds its parent's locks
                self._membership = _join(self._parent / (PREFIX + (self._key or self._own_key())))
                # ends once, however often it is called, as file descriptors are reused
                self._leave = weakref.finalize(self, self._membership.end)
            return self._membership

    def _own_key(self) -> str:
        user = os.geteuid() if _SHARES else 0
        shared = "\0".join([_starter(), str(user), self._identity, *sys.argv])
        return hashlib.sha256(shared.encode()).hexdigest()[:16]


def _starter() -> str:
    """The process that started this server's workers: the parent, if it runs the same program.

    A parent that cannot be inspected is assumed to be it, as sharing does no harm.
    """
    parent = os.getppid()
    with suppress(OSError):
        if not os.path.samefile(f"/proc/{parent}/exe", "/proc/self/exe"):
            parent = os.getpid()
    with suppress(OSError):
        fields = Path(f"/proc/{parent}/stat").read_text("utf-8")
        return f"{parent} {fields.rpartition(')')[2].split()[19]}"  # with its start time
    return str(parent if _SHARES else os.getpid())


def _join(path: Path) -> _Membership:
    """Join the processes that share a folder; raises :class:`MissionGraphError`."""
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
    """The lock that keeps a folder from being removed; None if it has just been removed."""
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
    """Refuse a folder that another user has made under this name, to read the files in it."""
    status = os.lstat(path)
    mine = not _SHARES or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)
    if not (stat.S_ISDIR(status.st_mode) and mine):
        message = f"{path} is open to other users; remove it, or choose another work_folder"
        raise MissionGraphError(message)


def _forget(path: Path, name: str) -> None:
    """Remove the files of a process."""
    for file in path.glob(f"{name}.*"):
        file.unlink(missing_ok=True)


def _remove_dead(parent: Path) -> None:
    """Remove the folders of servers that have ended."""
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
            # else the folder is a new one, made after another process removed the locked one
            mine = _locked(lock, shared=False)
            if mine and os.path.samestat(os.fstat(lock), os.stat(path / _LOCK)):
                away = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
                path.rename(away)  # so that threads still at work cannot write into it
                shutil.rmtree(away, ignore_errors=True)
        finally:
            os.close(lock)


def _locked(file: int, *, shared: bool) -> bool:
    """Try to lock a file without waiting; whether that succeeded."""
    if not _SHARES:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

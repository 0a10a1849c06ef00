"""Temporary folders that are removed when their process has ended, even if it was killed.

A process locks its folder; the kernel releases the lock however the process ends. Creating a
folder removes those without a lock, so that folders of killed processes do not pile up. A lock,
unlike a process id, also works between containers.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from missiongraph.errors import MissionGraphError

if sys.platform != "win32":
    import fcntl

PREFIX = "missiongraph-live-"
"""Prefix of the names of such folders."""

_LONGEST = 100  # bytes of a socket's path; systems allow a few more
_OPEN = Path("/proc/self/fd")


class Scratch:
    """A temporary folder, removed by :meth:`close` or after its process has ended."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._held = _hold(self.path)
            if self.path.exists():
                return
            self.close()  # another process removed it before it was locked

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self._held)
        self._held = -1


@contextmanager
def address(path: Path) -> Iterator[str]:
    """An address for a local socket at ``path``, valid within the block, however long the path.

    A socket address holds some 100 bytes (unix(7)); a longer path is reached through its open
    folder in ``/proc``. Raises :class:`MissionGraphError` where there is none.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    if not _OPEN.is_dir():
        message = "the path is too long for a local socket; set TMPDIR to a shorter one"
        raise MissionGraphError(f"{path.parent}: {message}")
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield str(_OPEN / str(folder) / path.name)
    finally:
        os.close(folder)


def _hold(folder: Path) -> int:
    """Open a folder and lock it, POSIX only; waits for a process that is removing it."""
    if sys.platform == "win32":
        return -1
    handle = os.open(folder, os.O_RDONLY)
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def _sweep(place: Path) -> None:
    """Remove the folders of processes of this user that have died."""
    if sys.platform == "win32":
        return
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # locked, or just removed by another process
            handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(handle).st_uid == os.geteuid():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)

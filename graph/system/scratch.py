"""Folders for as long as a process lives, in the system's temporary folder.

Whoever makes one holds a lock on it, which the kernel lets go when the process ends, however that
comes; whoever makes the next one removes those that nobody holds. So what a killed process leaves
does not pile up, and a process of another container is never mistaken for a dead one.
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
"""How the names of such folders begin."""

_LONGEST = 100  # bytes of the path of a socket; systems take a few more
_OPEN = Path("/proc/self/fd")


class Scratch:
    """A folder that is removed with :meth:`close`, or after its process has died."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._held = _hold(self.path)
            if self.path.exists():
                return
            self.close()  # somebody swept it before it was held

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            os.close(self._held)
        self._held = -1


@contextmanager
def address(path: Path) -> Iterator[str]:
    """What to call a local socket at ``path``, however long that is.

    A socket's name has room for some 100 bytes (unix(7)). One that is too long is reached
    through its folder, held open; raises :class:`MissionGraphError` where that cannot be done.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    if not _OPEN.is_dir():
        message = "is too long a name for what holds local sockets; set TMPDIR to a shorter one"
        raise MissionGraphError(f"{path.parent}: {message}")
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield str(_OPEN / str(folder) / path.name)
    finally:
        os.close(folder)


def _hold(folder: Path) -> int:
    """Open a folder and lock it, where the system can; whoever sweeps it is waited for."""
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
        with suppress(OSError):  # it is held, or just removed by another
            handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(handle).st_uid == os.geteuid():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)

"""Atomic file writes, gzip by suffix, file locks, and a file object over chunks of bytes."""

from __future__ import annotations

import errno
import gzip
import io
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


_LOOK = 0.1  # seconds between two attempts to get a lock


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for writing; the file is replaced only when the block ends without error.

    Bytes go to a hidden file beside it, gzipped if the name ends in ``.gz`` (without a time
    stamp, so that equal data give equal bytes). On failure the old file stays. A symbolic link
    stays a link; a device or pipe, such as ``/dev/stdout``, is written directly.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    if path.is_symlink():
        path = path.resolve()
    handle, temporary = _beside(path)
    try:
        with os.fdopen(handle, "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        settle(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def one_at_a_time(path: Path, wait_seconds: float = 120) -> Iterator[None]:
    """Let one process at a time run the block for ``path``, where the system has file locks.

    The lock is on a hidden file beside ``path`` and ends with the process. The block runs without
    it where there are no locks, as on some network drives, or if another process holds it for
    ``wait_seconds``, as one that is stopped would: so what the block does has to be harmless if
    it is done twice.
    """
    try:
        file = (path.parent / f".{path.name}.lock").open("ab")
    except OSError:
        yield
        return
    with file:
        locked = _locked(file, time.monotonic() + wait_seconds)
        try:
            yield
        finally:
            if locked and fcntl:
                fcntl.flock(file, fcntl.LOCK_UN)  # forks that outlive the block have the file open


def _locked(file: BinaryIO, until: float) -> bool:
    """Whether the lock on a file could be had in time."""
    while fcntl:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK)
        except OSError:  # no locks here
            return False
    return False


def settle(folder: Path) -> None:
    """Sync a folder so that new file names survive a crash. Does nothing outside POSIX."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot sync folders
            raise
    finally:
        os.close(handle)


def _beside(path: Path) -> tuple[int, Path]:
    """Create a hidden temporary file in the folder of ``path``, which is created if missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        error.filename = str(path)  # the name that the user gave
        raise
    return handle, Path(name)


def _umask() -> int:
    """The umask of the process, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def suffix(path: Path) -> str:
    """The suffix for the format, in lower case and without ``.gz``: ``ttl`` for ``a.ttl.gz``."""
    return Path(path.name.removesuffix(".gz")).suffix.removeprefix(".").lower()


class ChunkReader(io.RawIOBase):
    """A readable file over an iterator of byte chunks, for parsers."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        """Always true."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The rest of the current chunk, at most ``size`` bytes; empty at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        size = len(self._rest) if size < 0 else size
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

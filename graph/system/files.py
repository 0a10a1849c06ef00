"""Files: written whole or not at all, packed by their suffix, or read from pieces that come."""

from __future__ import annotations

import errno
import gzip
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open ``path`` for writing; it appears, complete, only when the block ends well.

    Bytes go to a hidden file beside it, gzipped if the name ends in ``.gz`` (without a time
    stamp: same data, same bytes). A failure leaves what was there before. A link keeps
    pointing to its file; a device or a pipe, such as ``/dev/stdout``, is written to as it is.
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
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in such a block for ``path``, where the system can.

    The lock is a hidden file beside ``path``; it ends with the process. Where no file can be
    made, nothing is waited for.
    """
    if fcntl is None:
        yield
        return
    try:
        file = (path.parent / f".{path.name}.lock").open("ab")
    except OSError:
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # forks that live on hold the file, too


def settle(folder: Path) -> None:
    """Wait until the names of the files in a folder are on the disk, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that syncs no folders
            raise
    finally:
        os.close(handle)


def _beside(path: Path) -> tuple[int, Path]:
    """A new hidden file in the same folder, which is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        error.filename = str(path)  # the name the user knows
        raise
    return handle, Path(name)


def _umask() -> int:
    """The process's mask; there is no way to read it without setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def suffix(path: Path) -> str:
    """The suffix that tells the format, below ``.gz``: ``ttl`` of ``a.ttl.gz``."""
    return Path(path.name.removesuffix(".gz")).suffix.removeprefix(".").lower()


class ChunkReader(io.RawIOBase):
    """Pieces of bytes, read as they come, as a file for parsers."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """What there is, at most ``size`` bytes; nothing at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        size = len(self._rest) if size < 0 else size
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

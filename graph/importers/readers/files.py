"""Opens the files that a user gives: plain, gzipped, or the members of a zip archive.

Each part is read once to the end before anything is made of it, so that a damaged archive is an
error of its own and never a short table.
"""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from missiongraph.errors import DataError

_SUFFIXES = ("csv", "tsv", "txt", "json", "jsonl", "ndjson", "xlsx", "xml")
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Given:
    """A file as the user gave it: its name, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """A table within the files given: its name, the content, and whether an archive holds it."""

    name: str
    data: bytes
    packed: bool = False

    @property
    def suffix(self) -> str:
        """The suffix, in lower case and without a final ``.gz``."""
        return PurePosixPath(self.name.removesuffix(".gz")).suffix.removeprefix(".").lower()


def given(path: Path) -> Given:
    """Name, size and SHA-256 of a file; raises :class:`DataError` if it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Given(path.name, path.stat().st_size, digest)
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read: {error.strerror or error}") from error


def parts(paths: Iterable[Path]) -> Iterator[Part]:
    """The tables in files, one after the other.

    Members of an archive that are no tables (a licence, a picture) are passed over. Raises
    :class:`DataError` for a damaged file, which it names.
    """
    for path in paths:
        try:
            if path.suffix.lower() == ".zip":
                yield from _members(path)
            else:
                data = path.read_bytes()
                packed = data.startswith(b"\x1f\x8b")
                yield Part(path.name, gzip.decompress(data) if packed else data)
        except _BROKEN as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(
                f"{path.name}: is damaged or cut: {reason}; download it again"
            ) from error


def _members(path: Path) -> Iterator[Part]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            part = Part(member.filename, b"", packed=True)
            if not member.is_dir() and part.suffix in _SUFFIXES:
                yield Part(member.filename, archive.read(member), packed=True)

"""A file that stays open, and what others do to it meanwhile: they replace it, remove it, touch it.

What is written to a file that was replaced is gone when it is closed, and no error tells.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO


class Watch:
    """Watches an open file and its path; two system calls a look."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.file = file
        self._path = path
        self.remember()

    def remember(self) -> None:
        """Take the file as it is now for what it should be."""
        self._left = os.fstat(self.file.fileno())

    def fault(self) -> str:
        """What has become of the file, in words; nothing if it is there, as long as it was."""
        name = self._path.name
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return f"{name} is not there any more"
        except OSError as error:
            return f"{name} cannot be looked at: {error.strerror}"
        if not os.path.samestat(there, self._left):
            return f"{name} was replaced by another file"
        if there.st_size != self._left.st_size:
            sizes = f"from {self._left.st_size:,} to {there.st_size:,} bytes"
            return f"{name} was changed by another program, {sizes}"
        return ""

    def touched(self) -> int:
        """When anything was done to the file since, if only to its rights or names; 0 if not."""
        now = os.fstat(self.file.fileno()).st_ctime_ns
        return now if now != self._left.st_ctime_ns else 0

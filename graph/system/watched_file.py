"""Detects changes that other programs make to an open file: replaced, removed, resized, touched.

Writes to a file that was replaced are lost when it is closed, without any error.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO


class Watch:
    """Watches an open file and its path; each check takes two system calls."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.file = file
        self._path = path
        self.remember()

    def remember(self) -> None:
        """Record the current state of the file as the expected one."""
        self._left = os.fstat(self.file.fileno())

    def fault(self) -> str:
        """A description of how the file differs from its expected state; empty if it does not."""
        name = self._path.name
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return f"{name} has been removed"
        except OSError as error:
            return f"{name} cannot be checked: {error.strerror}"
        if not os.path.samestat(there, self._left):
            return f"{name} was replaced by another file"
        if there.st_size != self._left.st_size:
            sizes = f"from {self._left.st_size:,} to {there.st_size:,} bytes"
            return f"{name} was changed by another program, {sizes}"
        return ""

    def touched(self) -> int:
        """Time of the last change, even of permissions or links, in ns; 0 if there was none."""
        now = os.fstat(self.file.fileno()).st_ctime_ns
        return now if now != self._left.st_ctime_ns else 0

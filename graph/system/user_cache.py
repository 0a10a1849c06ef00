"""The location of the user's cache folder, by platform."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def folder() -> Path:
    """The cache folder: ``MISSIONGRAPH_CACHE``, or ``missiongraph`` in the user's cache folder."""
    if chosen := os.environ.get("MISSIONGRAPH_CACHE"):
        return Path(chosen)
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "missiongraph"


def writable(path: Path) -> bool:
    """Whether files can be created in ``path``; the folder is created if necessary."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False

"""Computes the observations of a built dataset unless they exist."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from missiongraph.ingest.build import Build, Progress
from missiongraph.rdf.store import load
from missiongraph.sparql.local import LocalEngine
from missiongraph.system.files import one_at_a_time, replacing

from . import archive


def publish(built: Build, progress: Progress | None = None) -> Path:
    """The file with the observations of a built dataset, which are computed if necessary.

    If that is interrupted, the networks that are done need not be measured again.
    """
    path = archive.path_for(built.path)
    if archive.read_digest(path, built.fingerprint):
        return path
    with one_at_a_time(path):  # of several processes that start together, only one measures
        if not archive.read_digest(path, built.fingerprint):
            from .observe import observe  # slow to import, and seldom needed

            done = _Done(path.with_suffix(".done"))
            engine = LocalEngine(load(built.path), built.fingerprint)
            measured = observe(engine, progress=progress, known=done.read(), keep=done.keep)
            archive.write(path, built.fingerprint, measured)
            done.forget()
    return path


class _Done:
    """A folder with the observations of each network that has been measured so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> bytes:
        """All of them."""
        return b"".join(file.read_bytes() for file in sorted(self._folder.glob("*.nq")))

    def keep(self, network: str, observations: bytes) -> None:
        """Add a network; with a full disk, it may have to be measured again."""
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            with replacing(self._folder / f"{network}.nq") as file:
                file.write(observations)

    def forget(self) -> None:
        """Remove all."""
        shutil.rmtree(self._folder, ignore_errors=True)

"""The observations of a built dataset, made if they are not there."""

from __future__ import annotations

from pathlib import Path

from missiongraph.ingest.build import Build, Progress
from missiongraph.rdf.store import load
from missiongraph.sparql.local import LocalEngine
from missiongraph.system.files import one_at_a_time

from . import archive


def publish(built: Build, progress: Progress | None = None) -> Path:
    """The file of the observations of a built dataset, which are made if they are not there."""
    path = archive.path_for(built.path)
    if archive.read_digest(path, built.fingerprint):
        return path
    with one_at_a_time(path):  # processes that start together measure once
        if not archive.read_digest(path, built.fingerprint):
            from .observe import observe  # slow to import, and not needed where all is there

            engine = LocalEngine(load(built.path), built.fingerprint)
            archive.write(path, built.fingerprint, observe(engine, progress=progress))
    return path

"""Computes the observations of a built dataset unless they exist."""

from __future__ import annotations

from pathlib import Path

from missiongraph.ingest.build import Build, Progress
from missiongraph.rdf.store import load
from missiongraph.sparql.local import LocalEngine
from missiongraph.system.files import one_at_a_time

from . import archive


def publish(built: Build, progress: Progress | None = None) -> Path:
    """The file with the observations of a built dataset, which are computed if necessary."""
    path = archive.path_for(built.path)
    if archive.read_digest(path, built.fingerprint):
        return path
    with one_at_a_time(path):  # of several processes that start together, only one measures
        if not archive.read_digest(path, built.fingerprint):
            from .observe import observe  # slow to import, and seldom needed

            engine = LocalEngine(load(built.path), built.fingerprint)
            archive.write(path, built.fingerprint, observe(engine, progress=progress))
    return path

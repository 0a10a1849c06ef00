"""The curated graph with the observations of its networks, kept on disk between processes.

There are two stores beside the built dataset: one of the curated statements alone, and one with the
observations, which is made when a query first depends on them.
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from missiongraph.errors import CacheWarning, DataError
from missiongraph.ingest.build import Build, Progress, build, build_folder
from missiongraph.rdf import disk_store
from missiongraph.rdf.store import fill
from missiongraph.resources import Inputs
from missiongraph.sparql.engine import Query
from missiongraph.sparql.local import LocalEngine

from . import archive
from .publish import publish

Opened = tuple[ox.Store, str]
"""A store and the name of its state."""


class CuratedEngine(LocalEngine):
    """The curated graph in this process; its networks are measured when a query asks for them.

    The name of its state changes when they are. ``progress`` reports on building and measuring.
    Without ``networks``, the observations are left out for good. ``inputs`` are, by default, the
    tables, mappings and rules that ship.
    """

    def __init__(
        self,
        progress: Progress | None = None,
        *,
        networks: bool = True,
        inputs: Inputs | None = None,
    ) -> None:
        self._kept = _Kept(inputs or Inputs.shipped(), progress)
        self._networks, self._measuring = networks, threading.Lock()
        measured = self._kept.measured_before() if networks else None
        self.is_measured = measured is not None
        super().__init__(*(measured or self._kept.curated()), exclusive=True)

    @property
    def held(self) -> ox.Store:
        """The store with the observations, for reading only."""
        self.measure()
        return super().held

    @property
    def curated(self) -> ox.Store:
        """The store without the observations, for reading only."""
        return self._kept.curated()[0] if self.is_measured else super().held

    @property
    def present(self) -> LocalEngine:
        """An engine over the present state, which does not measure."""
        return LocalEngine(super().held, self.fingerprint)

    def hand_out(self) -> ox.Store:
        """A store in memory, for writing; queries run on it from now on."""
        if not self.handed_out:
            self.measure()
            self.switch(self._kept.in_memory(networks=self._networks), self.fingerprint)
        return super().hand_out()

    def measure(self) -> None:
        """Add the observations, which are computed unless they are in the cache."""
        with self._measuring:
            if self._networks and not self.is_measured:
                self.switch(*self._kept.measured())
                self.is_measured = True

    def prepare(self, query: Query) -> None:
        """Measure the networks if the answer depends on their scores."""
        if self._networks and not self.is_measured:
            from .demand import depends  # slow to import

            if depends(query):
                self.measure()


@dataclass(frozen=True)
class _Kept:
    """What the user's cache keeps of a graph; what is missing is made."""

    inputs: Inputs
    progress: Progress | None

    def curated(self) -> Opened:
        """The store without observations."""
        name = "missiongraph.store"
        if kept := disk_store.kept(build_folder(self.inputs) / name):
            return kept
        built = self._built()
        return _keep(built.path.with_name(name), built.fingerprint, built.path)

    def measured_before(self) -> Opened | None:
        """The store with observations, if they have been computed before."""
        return disk_store.kept(build_folder(self.inputs) / self._name)

    def measured(self) -> Opened:
        """The store with observations."""
        built = self._built()
        observations = publish(built, self.progress)
        digest = archive.read_digest(observations, built.fingerprint)
        state = archive.state_name(built.fingerprint, digest)
        return _keep(built.path.with_name(self._name), state, built.path, observations)

    def in_memory(self, *, networks: bool) -> ox.Store:
        """A store of its own, for writing."""
        built, store = self._built(), ox.Store()
        _fill(store, built.path, publish(built, self.progress) if networks else None)
        return store

    def _built(self) -> Build:
        return build(progress=self.progress, inputs=self.inputs)

    @property
    def _name(self) -> str:
        return f"networks-{archive.key()}.store"


def _keep(folder: Path, state: str, built: Path, observations: Path | None = None) -> Opened:
    """A store on disk, or in memory where the disk does not take it."""
    try:
        made = disk_store.keep(folder, state, lambda store: _fill(store, built, observations))
    except (OSError, DataError) as error:  # the latter if the disk is full while files are read
        warnings.warn(
            f"{folder}: the graph cannot be kept there, and is loaded each time:"
            f" {getattr(error, 'strerror', None) or error}",
            CacheWarning,
            stacklevel=2,
        )
        made = ox.Store()
        _fill(made, built, observations)
    return made, state


def _fill(store: ox.Store, built: Path, observations: Path | None) -> None:
    fill(store, built)
    if observations:
        archive.add(store, observations)

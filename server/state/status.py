"""What the front knows of the store: which state of the data, how much of it, who answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from missiongraph import Info, MissionGraph
from missiongraph.errors import EngineFailed, MissionGraphError
from missiongraph.sparql.engine import InProcessEngine, Query, SupervisedEngine
from missiongraph.sparql.media_types import CSV, JSON
from missiongraph.system import sandbox

Found = TypeVar("Found")

_COUNT = Query("SELECT (COUNT(*) AS ?statements) WHERE { ?s ?p ?o }")
_PROBE = Query("ASK {}")
_RENEWED_SECONDS = 5.0  # after which a store elsewhere is asked again, if somebody wants to know
_FIRST_SECONDS = 0.04  # that whoever asks first waits
_KEPT_SECONDS = 600  # that a count is kept of data that may change without notice


@dataclass(frozen=True)
class State:
    """The store at one moment.

    ``workers`` are the processes of ours that answer, 0 where there are none. ``merged`` tells
    whether the default graph is known to be the set of all named graphs, ``federates`` whether
    queries may ask other services, ``written`` when the last write was made, if any was, and
    ``fault`` why no write can be kept, if none can.
    """

    fingerprint: str
    workers: int
    merged: bool
    federates: bool
    written: str = ""
    fault: str = ""


class Store:
    """The store behind one application."""

    def __init__(self, graph: MissionGraph) -> None:
        self._graph = graph
        self._statements = _Counted(graph, self._count)
        self._info = _Counted(graph, graph.info)
        self._last_state = _Renewed(self.state)
        self._last_statements = _Renewed(self.statements)

    def known(self) -> State:
        """Its state, from memory; raises :class:`EngineFailed` if it does not answer."""
        return self._last_state.get() if self._is_elsewhere() else self.state()

    def known_statements(self) -> int | None:
        """Statements of the default graph, from memory, or nothing if they are not known."""
        try:
            return self._last_statements.get() if self._is_elsewhere() else self.statements()
        except EngineFailed:
            return None

    def state(self) -> State:
        """Its state; a store elsewhere is asked. Raises :class:`EngineFailed` if it is silent."""
        engine = self._graph.engine
        try:
            if isinstance(engine, SupervisedEngine):
                told = engine.known()
                workers, merged = told["workers"], told["merged"]
                written, fault = told["written"], told["fault"]
                state = told["fingerprint"]
                return State(state, workers, merged, engine.federates, written, fault)
            engine.run(_PROBE, solutions=JSON, triples=None).read()
            return State(engine.fingerprint, 0, isinstance(engine, InProcessEngine), False)
        except (MissionGraphError, OSError) as error:
            raise EngineFailed("the store does not answer") from error

    def statements(self) -> int | None:
        """Statements of the default graph, or nothing while there is no telling."""
        engine = self._graph.engine
        try:
            if isinstance(engine, SupervisedEngine):
                return int(engine.known()["statements"])
            return self._statements.get()
        except (MissionGraphError, OSError):
            return None  # whoever needs the store to answer asks for its state

    def info(self) -> Info:
        """Counts of things and statements; raises :class:`MissionGraphError`."""
        return self._info.get()

    def limits(self) -> dict[str, bool]:
        """Which limits hold: none where queries do not run in processes of their own."""
        isolated = isinstance(self._graph.engine, SupervisedEngine)
        return {name: isolated and held for name, held in sandbox.holds().items()}

    def _is_elsewhere(self) -> bool:
        return not isinstance(self._graph.engine, SupervisedEngine | InProcessEngine)

    def _count(self) -> int:
        answer = self._graph.engine.run(_COUNT, solutions=CSV, triples=None)
        return int(answer.read().split()[1])


class _Counted(Generic[Found]):
    """What is counted once for each state of the data.

    The last count, if there is one, stays while the store is too busy for another. Where
    states have no name, it stays for a while.
    """

    def __init__(self, graph: MissionGraph, count: Callable[[], Found]) -> None:
        self._graph, self._count = graph, count
        self._kept: tuple[str, Found] | None = None
        self._until = 0.0
        self._lock = threading.Lock()

    def get(self) -> Found:
        """The count; raises what counting raises if there has been none."""
        with self._lock:
            try:
                state = self._graph.engine.fingerprint
                if self._kept and self._kept[0] == state and self._lasts(state):
                    return self._kept[1]
                self._kept = state, self._count()
                self._until = time.monotonic() + _KEPT_SECONDS
            except (MissionGraphError, OSError):
                if not self._kept:
                    raise
            return self._kept[1]

    def _lasts(self, state: str) -> bool:
        return bool(state) or time.monotonic() < self._until


class _Renewed(Generic[Found]):
    """What a slow call gave last. Whoever asks never waits for it, but lets it be called anew."""

    def __init__(self, call: Callable[[], Found]) -> None:
        self._call = call
        self._found: Found | None = None
        self._due = 0.0
        self._first, self._lock = threading.Event(), threading.Lock()

    def get(self) -> Found:
        """What came last; raises :class:`EngineFailed` if that was nothing."""
        with self._lock:
            if time.monotonic() >= self._due:
                self._due = float("inf")
                threading.Thread(target=self._renew, daemon=True).start()
        self._first.wait(_FIRST_SECONDS)
        if self._found is None:
            raise EngineFailed("the store does not answer")
        return self._found

    def _renew(self) -> None:
        try:
            self._found = self._call()
        except MissionGraphError:
            self._found = None
        finally:
            self._due = time.monotonic() + _RENEWED_SECONDS
            self._first.set()

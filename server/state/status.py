"""Status of the store for the web server: the data's state and size, and whether it answers."""

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

Value = TypeVar("Value")

_COUNT = Query("SELECT (COUNT(*) AS ?statements) WHERE { ?s ?p ?o }")
_PROBE = Query("ASK {}")
_RENEWED_SECONDS = 5.0  # after which the status of a remote store is requested anew, on demand
_FIRST_SECONDS = 0.04  # that the first caller waits
_KEPT_SECONDS = 600  # that a count is cached for data that may change without notice


@dataclass(frozen=True)
class State:
    """The state of the store at one moment.

    ``workers`` counts our worker processes, 0 where there are none. ``merged`` is true if the
    default graph is known to hold the statements of all named graphs, ``federates`` if queries
    may use ``SERVICE``. ``written`` is the time of the last write, and ``fault`` the reason why
    writes are refused; both are empty if there is none.
    """

    fingerprint: str
    workers: int
    merged: bool
    federates: bool
    written: str = ""
    fault: str = ""


class Store:
    """Reports on the store behind one application."""

    def __init__(self, graph: MissionGraph) -> None:
        self._graph = graph
        self._statements = _Counted(graph, self._count)
        self._info = _Counted(graph, graph.info)
        self._last_state = _Renewed(self.state)
        self._last_statements = _Renewed(self.statements)

    def known(self) -> State:
        """The last known state, at once; raises :class:`EngineFailed` if the store is silent."""
        return self._last_state.get() if self._is_elsewhere() else self.state()

    def known_statements(self) -> int | None:
        """The last known count of statements in the default graph, at once, or None."""
        try:
            return self._last_statements.get() if self._is_elsewhere() else self.statements()
        except EngineFailed:
            return None

    def state(self) -> State:
        """The present state; sends a query to a remote store. Raises :class:`EngineFailed`."""
        engine = self._graph.engine
        try:
            if isinstance(engine, SupervisedEngine):
                report = engine.known()
                workers, merged = report["workers"], report["merged"]
                written, fault = report["written"], report["fault"]
                state = report["fingerprint"]
                return State(state, workers, merged, engine.federates, written, fault)
            engine.run(_PROBE, solutions=JSON, triples=None).read()
            return State(engine.fingerprint, 0, isinstance(engine, InProcessEngine), False)
        except (MissionGraphError, OSError) as error:
            raise EngineFailed("the store does not answer") from error

    def statements(self) -> int | None:
        """Count the statements of the default graph; None if the store does not answer."""
        engine = self._graph.engine
        try:
            if isinstance(engine, SupervisedEngine):
                return int(engine.known()["statements"])
            return self._statements.get()
        except (MissionGraphError, OSError):
            return None  # state() raises for callers that need an answer

    def info(self) -> Info:
        """Counts of things and statements; raises :class:`MissionGraphError` if it has none."""
        return self._info.get()

    def limits(self) -> dict[str, bool]:
        """Which limits are enforced; none unless queries run in processes of their own."""
        isolated = isinstance(self._graph.engine, SupervisedEngine)
        return {name: isolated and held for name, held in sandbox.holds().items()}

    def _is_elsewhere(self) -> bool:
        return not isinstance(self._graph.engine, SupervisedEngine | InProcessEngine)

    def _count(self) -> int:
        answer = self._graph.engine.run(_COUNT, solutions=CSV, triples=None)
        return int(answer.read().split()[1])


class _Counted(Generic[Value]):
    """A count made once for each state of the data.

    If counting fails, as when the store is busy, the last count stays. Where states have no
    name, a count stays for :data:`_KEPT_SECONDS`.
    """

    def __init__(self, graph: MissionGraph, count: Callable[[], Value]) -> None:
        self._graph, self._count = graph, count
        self._last: tuple[str, Value] | None = None
        self._until = 0.0
        self._lock = threading.Lock()

    def get(self) -> Value:
        """The count; raises the error of counting if there is no earlier count."""
        with self._lock:
            try:
                state = self._graph.engine.fingerprint
                if self._last and self._last[0] == state and self._lasts(state):
                    return self._last[1]
                self._last = state, self._count()
                self._until = time.monotonic() + _KEPT_SECONDS
            except (MissionGraphError, OSError):
                if not self._last:
                    raise
            return self._last[1]

    def _lasts(self, state: str) -> bool:
        return bool(state) or time.monotonic() < self._until


class _Renewed(Generic[Value]):
    """The last result of a slow call, renewed in the background when it is read."""

    def __init__(self, call: Callable[[], Value]) -> None:
        self._call = call
        self._value: Value | None = None
        self._due = 0.0
        self._first, self._lock = threading.Event(), threading.Lock()

    def get(self) -> Value:
        """The last result; raises :class:`EngineFailed` if the last call failed."""
        with self._lock:
            if time.monotonic() >= self._due:
                self._due = float("inf")
                threading.Thread(target=self._renew, daemon=True).start()
        self._first.wait(_FIRST_SECONDS)
        if self._value is None:
            raise EngineFailed("the store does not answer")
        return self._value

    def _renew(self) -> None:
        try:
            self._value = self._call()
        except MissionGraphError:
            self._value = None
        finally:
            self._due = time.monotonic() + _RENEWED_SECONDS
            self._first.set()

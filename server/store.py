"""What the front knows of the store: which state of the data, how much of it, who answers."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from missiongraph import MissionGraph, kernel
from missiongraph.engine import Query
from missiongraph.errors import EngineFailed, MissionGraphError
from missiongraph.isolated import IsolatedEngine

_COUNT = Query("SELECT (COUNT(*) AS ?statements) WHERE { ?s ?p ?o }")


@dataclass(frozen=True)
class State:
    """The store at one moment.

    ``workers`` are the processes that answer, 0 where queries run in the web server's own.
    ``merged`` tells whether the default graph is the set of all named graphs.
    """

    fingerprint: str
    workers: int
    merged: bool


class Store:
    """The store behind one application."""

    def __init__(self, graph: MissionGraph) -> None:
        self._graph = graph
        self._counted: tuple[str, int] | None = None
        self._lock = threading.Lock()

    def state(self) -> State:
        """Ask the store; raises :class:`EngineFailed` when it does not answer."""
        engine = self._graph.engine
        try:
            if isinstance(engine, IsolatedEngine):
                told = engine.state()
                return State(told["fingerprint"], told["workers"], told["merged"])
            return State(engine.fingerprint, 0, True)
        except (MissionGraphError, OSError) as error:
            raise EngineFailed("the store does not answer") from error

    def statements(self) -> int:
        """Statements of the default graph, counted once for each state of the data.

        The last count stays while the store is too busy for another.
        """
        with self._lock:
            if not self._counted or self._counted[0] != self._graph.engine.fingerprint:
                try:
                    self._counted = self._count()
                except MissionGraphError:
                    if not self._counted:
                        raise
            return self._counted[1]

    def limits(self) -> dict[str, bool]:
        """Which limits hold: none where queries run in the web server's own process."""
        isolated = isinstance(self._graph.engine, IsolatedEngine)
        return {name: isolated and held for name, held in kernel.holds().items()}

    def _count(self) -> tuple[str, int]:
        answer = self._graph.engine.run(_COUNT, solutions="text/csv", triples=None)
        return answer.fingerprint, int(answer.read().split()[1])

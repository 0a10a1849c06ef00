"""An automaton of the paths along which validation reads triples, walked backwards from changes.

Each shape has a state for its focus nodes; steps along predicates lead to further states.
Validation reads exactly the triples that the steps follow. From a changed triple the steps are
walked backwards until none is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from rdflib import URIRef
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.term import Node

__all__ = ["Neighbours", "PathAutomaton"]

N = TypeVar("N", bound=Hashable)
_Reads = dict[Node | None, list[tuple[int, bool]]]
_Into = dict[int, list[tuple[int, URIRef | None, bool]]]


class Neighbours(Protocol[N]):
    """A graph in which steps are walked: one of rdflib, or another with other terms."""

    def objects(self, subject: N, predicate: URIRef | None, /) -> Iterable[N]:
        """The objects of a subject; None is any predicate."""

    def subjects(self, predicate: URIRef | None, object: N, /) -> Iterable[N]:
        """The subjects of an object; None is any predicate."""


@dataclass
class PathAutomaton:
    """States are numbers; a step leads from one state over a triple to another."""

    size: int = 0
    reads: _Reads = field(default_factory=lambda: defaultdict(list))
    into: _Into = field(default_factory=lambda: defaultdict(list))
    same: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def state(self) -> int:
        """A new state."""
        self.size += 1
        return self.size

    def step(self, state: int, predicate: URIRef | None, inverse: bool, to: int) -> int:
        """Add a step over triples of ``predicate``, or of any if it is None; returns ``to``."""
        self.reads[predicate].append((state, inverse))
        self.into[to].append((state, predicate, inverse))
        return to

    def link(self, state: int, to: int) -> int:
        """Add a step to another state at the same node; returns ``to``."""
        self.same[to].append(state)
        return to

    def walk(self, state: int, path: URIRef | Path | None, inverse: bool = False) -> int:
        """Add the steps along a path, or against it; returns the state at its end."""
        if path is None or isinstance(path, URIRef):
            return self.step(state, path, inverse, self.state())
        if isinstance(path, InvPath):
            return self.walk(state, path.arg, not inverse)
        end = self.state()
        if isinstance(path, AlternativePath):
            for option in path.args:
                self.link(self.walk(state, option, inverse), end)
        elif isinstance(path, SequencePath):
            # pyshacl walks an inverse sequence in the order in which it is written
            for order in [path.args, path.args[::-1]] if inverse else [path.args]:
                here = state
                for part in order:
                    here = self.walk(here, part, inverse)
                self.link(here, end)
        elif isinstance(path, MulPath):
            start = self.link(state, self.state())
            after = self.walk(start, path.path, inverse)
            self.link(after, end)
            self.link(after, start)
            self.link(start, end)
        else:
            # a negated property set may match in either direction
            self.step(state, None, inverse, end)
            self.step(state, None, not inverse, end)
        return end

    def back(self, graph: Neighbours[N], changed: Iterable[tuple[N, Node, N]]) -> dict[int, set[N]]:
        """The nodes, by state, from which one or more steps read a changed triple.

        ``graph`` is the graph after the change. Paths over removed triples are not missed: the
        first removed triple of a path is in ``changed`` and can still be reached.
        """
        reached: dict[int, set[N]] = defaultdict(set)
        waiting: list[tuple[int, N]] = []

        def reach(state: int, node: N) -> None:
            if node not in reached[state]:
                reached[state].add(node)
                waiting.append((state, node))

        for subject, predicate, object in changed:
            for state, inverse in [*self.reads.get(predicate, ()), *self.reads.get(None, ())]:
                reach(state, object if inverse else subject)
        while waiting:
            state, node = waiting.pop()
            for before in self.same.get(state, ()):
                reach(before, node)
            for before, over, inverse in self.into.get(state, ()):
                origins = graph.objects(node, over) if inverse else graph.subjects(over, node)
                for origin in origins:
                    reach(before, origin)
        return reached

    def leading_to(self, state: int) -> set[int]:
        """The states from which steps lead to ``state``, itself included."""
        states, waiting = {state}, [state]
        while waiting:
            to = waiting.pop()
            before = {*self.same.get(to, ()), *(step[0] for step in self.into.get(to, ()))}
            waiting += before - states
            states |= before
        return states

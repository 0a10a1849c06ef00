"""What validation reads, drawn as an automaton, and the walk from a triple back to where it began.

The states are the places at which validation may stand: each shape has one for its focus nodes,
and steps along predicates lead to others. Validation reads just the triples that the steps
follow. From a changed triple we walk the steps backwards until no step is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from rdflib import Graph, URIRef
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.term import Node

__all__ = ["PathAutomaton"]

_Triple = tuple[Node, Node, Node]
_Reads = dict[Node | None, list[tuple[int, bool]]]
_Into = dict[int, list[tuple[int, URIRef | None, bool]]]


@dataclass
class PathAutomaton:
    """The automaton: states are numbers, a step goes from one over a triple to another."""

    size: int = 0
    reads: _Reads = field(default_factory=lambda: defaultdict(list))
    into: _Into = field(default_factory=lambda: defaultdict(list))
    same: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def state(self) -> int:
        """A new state."""
        self.size += 1
        return self.size

    def step(self, state: int, predicate: URIRef | None, inverse: bool, to: int) -> int:
        """Go over any triple of ``predicate``, or over any at all if it is None."""
        self.reads[predicate].append((state, inverse))
        self.into[to].append((state, predicate, inverse))
        return to

    def link(self, state: int, to: int) -> int:
        """Stay at the node."""
        self.same[to].append(state)
        return to

    def walk(self, state: int, path: URIRef | Path | None, inverse: bool = False) -> int:
        """Go along a path, or against it; gives the state at its end."""
        if path is None or isinstance(path, URIRef):
            return self.step(state, path, inverse, self.state())
        if isinstance(path, InvPath):
            return self.walk(state, path.arg, not inverse)
        end = self.state()
        if isinstance(path, AlternativePath):
            for option in path.args:
                self.link(self.walk(state, option, inverse), end)
        elif isinstance(path, SequencePath):
            # pyshacl goes against the steps of a sequence in the order in which they are written
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
            # a negated set of predicates may be met either way
            self.step(state, None, inverse, end)
            self.step(state, None, not inverse, end)
        return end

    def back(self, graph: Graph, changed: Iterable[_Triple]) -> dict[int, set[Node]]:
        """The nodes at each state from which a step, or several, read a changed triple.

        ``graph`` is as it is after the change. A way that led over a removed triple is not lost:
        of the removed triples on it, the first is still reached, and it has changed as well.
        """
        reached: dict[int, set[Node]] = defaultdict(set)
        waiting: list[tuple[int, Node]] = []

        def reach(state: int, node: Node) -> None:
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
                found = graph.objects(node, over) if inverse else graph.subjects(over, node)
                for origin in found:
                    reach(before, origin)
        return reached

    def leading_to(self, state: int) -> set[int]:
        """The states from which one can come to ``state``."""
        found, waiting = {state}, [state]
        while waiting:
            to = waiting.pop()
            before = {*self.same.get(to, ()), *(step[0] for step in self.into.get(to, ()))}
            waiting += before - found
            found |= before
        return found

"""Finds the things about which a change may derive more or less.

Each rule is read once as an automaton of the triples that it reads from its subject on, as
validation does with shapes (:mod:`missiongraph.validation.automaton`); from a changed triple it is
walked backwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import pyoxigraph as ox
from rdflib import URIRef, Variable
from rdflib.paths import SequencePath
from rdflib.plugins.sparql import prepareQuery

from missiongraph.errors import MappingError
from missiongraph.validation.automaton import PathAutomaton
from missiongraph.validation.query_patterns import Pattern, patterns_of

from .rules import Rule, Thing

_DEFAULT = ox.DefaultGraph()
_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
_Changed = tuple[_Term, URIRef, _Term]


class RuleReads:
    """What a rule reads and gives; ``subject`` is the variable about which it derives.

    Raises :class:`MappingError` for a rule whose reads cannot be followed back to its subject.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        algebra = prepareQuery(rule.text).algebra
        subjects = {triple[0] for triple in algebra.template}
        patterns = patterns_of(algebra.p) or ()
        ways = [pattern.steps(subject) for subject in subjects for pattern in patterns]
        if len(subjects) != 1 or not ways or None in ways or _counts(patterns):
            message = "a write cannot follow it: let it derive about one variable, to which every"
            raise MappingError(f"{rule.name}.rq: {message} pattern is connected, and count nothing")
        self.subject = str(*subjects)
        self._steps = PathAutomaton()
        self._start = self._steps.state()
        ends = {self._walk(way) for way in ways if way}
        self._given = [_given(predicate, patterns) for _, predicate, _ in algebra.template]
        here = self._at_subject()
        if here & ends:
            raise MappingError(f"{rule.name}.rq: a path from ?{self.subject} may not be empty")
        steps = [(p, *step) for p in self._steps.reads for step in self._steps.reads[p]]
        read = [
            (p if isinstance(p, URIRef) else None, state, inverse) for p, state, inverse in steps
        ]
        self.reads = frozenset(predicate for predicate, _, _ in read)
        """The predicates of the triples that the rule reads; None is any predicate."""
        self.reads_elsewhere = frozenset(
            predicate for predicate, state, inverse in read if state != self._start or inverse
        )
        """Those of which it reads more than its subject's own triples."""
        self._beside = {
            (_named(predicate), inverse) for predicate, state, inverse in read if state in here
        }

    def gives(self, store: ox.Store, changed: Iterable[_Changed]) -> set[URIRef | None]:
        """The predicates that the rule can derive, before or after a change; None is any."""
        given: set[URIRef | None] = set()
        for predicate, source in self._given:
            if source is None:
                given.add(predicate)
                continue
            named = store.quads_for_pattern(None, _named(source), None, _DEFAULT)
            objects = [quad.object for quad in named]
            objects += [object for _, other, object in changed if other == source]
            given |= {URIRef(one.value) for one in objects if isinstance(one, ox.NamedNode)}
        return given

    def affected(self, store: ox.Store, changed: Iterable[_Changed]) -> Iterator[Thing]:
        """The things from which the rule reads a changed triple, before or after the change."""
        reached = self._steps.back(_Around(store), changed)
        for node in reached.get(self._start, ()):
            if isinstance(node, ox.NamedNode | ox.BlankNode):
                yield node

    def concerns(self, store: ox.Store, thing: Thing) -> bool:
        """Whether any triple at ``thing`` is one that the rule begins to read with."""
        return any(
            any(store.quads_for_pattern(None, predicate, thing, _DEFAULT))
            if inverse
            else any(store.quads_for_pattern(thing, predicate, None, _DEFAULT))
            for predicate, inverse in self._beside
        )

    def _walk(self, way: Iterable[tuple[object, bool]]) -> int:
        state = self._start
        for path, inverse in way:
            state = self._steps.walk(state, path, inverse)  # type: ignore[arg-type]
        return state

    def _at_subject(self) -> set[int]:
        """The states that are reached without reading a triple."""
        here, size = {self._start}, 0
        while len(here) > size:
            size = len(here)
            here |= {to for to, before in self._steps.same.items() if here & set(before)}
        return here


class RuleDependencies:
    """What each of some rules reads, in their order."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = [RuleReads(rule) for rule in rules]
        self.reads = frozenset[URIRef | None]().union(*(rule.reads for rule in self.rules))

    def affected(self, store: ox.Store, quads: Iterable[ox.Quad]) -> set[Thing]:
        """The things about which the change of ``quads`` may derive more or less."""
        changed = _changed(quads)
        return {thing for rule in self.rules for thing in rule.affected(store, changed)}

    def feed_back(self, store: ox.Store, quads: Iterable[ox.Quad] = ()) -> bool:
        """Whether a rule can derive what it or an earlier one reads of other things.

        ``quads`` are those of a change, before or after which that may be so.
        """
        changed, read = _changed(quads), set[URIRef | None]()
        for rule in self.rules:
            read |= rule.reads_elsewhere
            given = rule.gives(store, changed)
            if read & given or (None in read and given) or (None in given and read):
                return True
        return False


class _Around:
    """The triples around a node in the default graph of a store."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store

    def objects(self, subject: _Term, predicate: URIRef | None, /) -> Iterator[_Term]:
        if isinstance(subject, ox.Literal):
            return
        for quad in self._store.quads_for_pattern(subject, _named(predicate), None, _DEFAULT):
            yield quad.object

    def subjects(self, predicate: URIRef | None, object: _Term, /) -> Iterator[_Term]:
        for quad in self._store.quads_for_pattern(None, _named(predicate), object, _DEFAULT):
            yield quad.subject


def _changed(quads: Iterable[ox.Quad]) -> list[_Changed]:
    return [(quad.subject, URIRef(quad.predicate.value), quad.object) for quad in quads]


@lru_cache(maxsize=256)
def _named(predicate: URIRef | None) -> ox.NamedNode | None:
    return ox.NamedNode(predicate) if predicate else None


def _counts(patterns: Iterable[Pattern]) -> bool:
    """Whether a pattern is counted or cut off, so that one row may change all others."""
    return any(pattern.certain == frozenset() for pattern in patterns)


def _given(
    predicate: URIRef | Variable, patterns: Iterable[Pattern]
) -> tuple[URIRef | None, URIRef | None]:
    """The predicate that a template gives, or the predicate whose objects are those it gives."""
    if not isinstance(predicate, Variable):
        return predicate, None
    for pattern in patterns:
        _, path, object = pattern.triple
        last = path.args[-1] if isinstance(path, SequencePath) else path
        if object == predicate and pattern.certain is None and isinstance(last, URIRef):
            return None, last
    return None, None

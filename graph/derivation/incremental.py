"""Brings the derived statements of a store up to date with a change, at a cost that grows with it.

What was derived about the things that a change affects is taken back; then the rules run for these
things alone, in their order. The statements that this changes are a change themselves, and are
followed in the same way, until nothing more is affected. As no rule feeds itself or an earlier one,
that takes no more rounds than there are rules, and the result is that of a build from scratch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pyoxigraph as ox

from missiongraph.namespaces import INFERRED_GRAPH, NETWORKS_GRAPH
from missiongraph.rdf.changes import Change

from . import rules as ruleset
from .affected import RuleDependencies
from .rules import Rule, Thing

INFERRED, _NETWORKS = ox.NamedNode(INFERRED_GRAPH), ox.NamedNode(NETWORKS_GRAPH)
_UNREAD = {INFERRED, _NETWORKS, ox.DefaultGraph()}

FEW = 200
"""Things that are followed in less time than any large store takes to be derived anew."""

_WORTH = 20  # statements derived by a run over the whole store while one thing is followed

_Triples = set[ox.Triple]


class Derivation:
    """Rules, the shipped ones by default, that follow the changes of merged graphs.

    If a change affects more than a ``few`` things, and that is the quicker way, everything is
    derived anew. Raises :class:`MappingError` for rules that cannot be followed.
    """

    def __init__(self, rules: Sequence[Rule] | None = None, few: int = FEW) -> None:
        known = ruleset.shipped() if rules is None else rules
        self.fingerprint = ruleset.fingerprint(known)
        self._reads, self._few = RuleDependencies(known), few

    def follow(self, store: ox.Store, change: Change) -> Change:
        """Derive what ``change``, already applied to ``store``, makes true or no longer true.

        Applies the change of the derived statements to the store, and returns it. They must have
        been up to date before ``change``.
        """
        gone, new = _Triples(), _Triples()
        feeds_back = self._reads.feed_back(store, change)
        things: set[Thing] | None = {*_about(change), *self._reads.affected(store, change)}
        while things is None or things:
            if things and (feeds_back or self._is_much(len(things), store)):
                things = None
            old, added = self._rederive(store, things)
            gone, new = gone - added | old - new, new - old | added - gone
            if things is None:
                break
            things = self._reads.affected(store, _quads(old | added)) - things
        return Change(tuple(_quads(gone)), tuple(_quads(new)))

    def renew(self, store: ox.Store) -> Change:
        """Derive everything anew; applies the change to the store, and returns it."""
        gone, new = self._rederive(store, None)
        return Change(tuple(_quads(gone)), tuple(_quads(new)))

    def _rederive(self, store: ox.Store, things: set[Thing] | None) -> tuple[_Triples, _Triples]:
        """Derive anew about ``things``, by default all; returns triples lost and gained."""
        before = {quad.triple for quad in _derived(store, things)}
        scores = {quad.triple for quad in self._scores(store, things)}
        _hide(store, before | scores)
        after = _Triples()
        for reads in self._reads.rules:
            if things is None:
                after |= reads.rule.derive(store)
                continue
            for thing in things:
                if reads.concerns(store, thing):
                    after |= reads.rule.derive(store, reads.subject, thing)
        store.extend(ox.Quad(*triple) for triple in scores)
        gone, new = before - after, after - before
        for quad in _quads(gone):
            store.remove(quad)
        store.extend(_quads(new))
        return gone, new

    def _is_much(self, things: int, store: ox.Store) -> bool:
        """Whether deriving everything anew is quicker than about so many things."""
        if things <= self._few:
            return False
        derived = store.quads_for_pattern(None, None, None, INFERRED)
        return sum(1 for _ in islice(derived, things * _WORTH)) < things * _WORTH

    def _scores(self, store: ox.Store, things: set[Thing] | None) -> Iterator[ox.Quad]:
        """What rules would read of the scores of networks, which are computed after them."""
        if things is None:
            for predicate in self._reads.reads:
                named = ox.NamedNode(predicate) if predicate else None
                yield from store.quads_for_pattern(None, named, None, _NETWORKS)
        else:
            for thing in things:
                yield from store.quads_for_pattern(thing, None, None, _NETWORKS)


def _derived(store: ox.Store, things: set[Thing] | None) -> Iterator[ox.Quad]:
    for thing in [None] if things is None else things:
        yield from store.quads_for_pattern(thing, None, None, INFERRED)


def _hide(store: ox.Store, triples: _Triples) -> None:
    """Take triples out of the merged default graph, unless a graph that rules read states them."""
    for triple in triples:
        graphs = {quad.graph_name for quad in store.quads_for_pattern(*triple)}
        if graphs <= _UNREAD:
            store.remove(ox.Quad(*triple))


def _about(quads: Iterable[ox.Quad]) -> Iterator[Thing]:
    for quad in quads:
        if isinstance(quad.subject, ox.NamedNode | ox.BlankNode):
            yield quad.subject


def _quads(triples: Iterable[ox.Triple]) -> Iterator[ox.Quad]:
    return (ox.Quad(t.subject, t.predicate, t.object, INFERRED) for t in triples)

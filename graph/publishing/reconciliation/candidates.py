"""Matches names and properties against the things of the graph, with scores from 0 to 100.

A candidate is a match only if it is clearly the one: its name is spelt the same but for case,
accents, legal forms, word order or a wrong letter, or an identifier is the same; no property that
was given differs; and no other candidate comes near.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extract

from missiongraph.publishing.search import Index

from .matchable import KINDS, PROPERTIES, Thing, iri_of, key
from .spelling import SURE, Spelling, likeness

CLEAR = 3.0
"""By how much the best score must exceed the next to be a match."""

LEAST = 50.0
"""The least score of a candidate that is shown."""

SUGGESTED = 200
"""Most things suggested for what was typed so far."""

_CONFIRMED = 90.0  # least score of a match if a property agrees
_DIFFERS, _UNKNOWN = 25.0, 4.0  # taken from the score for each property
_IDENTIFIED = 97.0  # least score if an identifier is the same
_BY_PROPERTIES = 60.0  # most without a name
_ALIKE = 10  # things of a kind that are compared because they look alike
_LOOKED_AT = 1000  # things that are compared if no name is given
_ORDER = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Question:
    """What is looked for: a text, kinds, and texts of properties by their identifier."""

    text: str = ""
    kinds: frozenset[str] = frozenset(KINDS)
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant, with a score from 0 to 100.

    ``likeness`` is that of the name, from 0 to 100; ``agrees`` tells for each property that was
    given whether it agrees, None if the graph does not know. ``match`` is whether it is meant.
    """

    thing: Thing
    score: float
    likeness: float
    agrees: Mapping[str, bool | None]
    match: bool = False


class Reconciler:
    """The things in one state of the data, and the index of their names."""

    def __init__(self, things: Mapping[str, Thing], index: Index) -> None:
        self.things, self._index = things, index
        self._values: dict[str, Mapping[str, list[str]]] = {}

    def candidates(self, asked: Question, most: int) -> list[Candidate]:
        """The candidates, at most ``most``, the best first; only the first can be a match."""
        rate = _Rating(asked)
        rated = sorted(map(rate, self._possible(asked, rate.typed)), key=_rank)
        likely = [each for each in rated if _may_be_meant(each.thing, asked)][:2]
        if likely and likely[0] is rated[0] and _is_meant(*likely):
            rated[0] = replace(rated[0], match=True)
        return [each for each in rated[:most] if each.score >= LEAST]

    def begins(self, prefix: str, kinds: frozenset[str]) -> list[Thing]:
        """The things of ``kinds`` to suggest for what was typed so far, the best first.

        At most :data:`SUGGESTED`, less those of other kinds that have the same words.
        """
        if thing := self.things.get(iri_of(prefix)):
            return [thing]
        only = next(iter(kinds)) if len(kinds) == 1 else ""
        hits = self._index.find(prefix, SUGGESTED, only).hits
        found = (self.things[hit.iri] for hit in hits if hit.iri in self.things)
        return [thing for thing in found if thing.kind in kinds]

    def _possible(self, asked: Question, typed: Spelling) -> Iterator[Thing]:
        """The things to rate: of the asked kinds, by name, identifier or other properties."""
        iris = dict.fromkeys([iri_of(asked.text), *self._index.named(asked.text, asked.kinds)])
        iris |= dict.fromkeys(self._spelt.get(typed.reduced, ()))
        iris |= dict.fromkeys(self._alike(typed, asked.kinds))
        for name, texts in asked.properties.items():
            if PROPERTIES[name].identifies or not asked.text:
                for text in texts:
                    with_value = self._by_value(name).get(key(name, text), ())
                    iris |= dict.fromkeys(islice(with_value, _LOOKED_AT))
        known = (self.things[iri] for iri in iris if iri in self.things)
        return (thing for thing in known if thing.kind in asked.kinds)

    def _alike(self, typed: Spelling, kinds: frozenset[str]) -> Iterator[str]:
        """The IRIs of the things of each kind whose names look most like what was typed."""
        if not typed.reduced:
            return
        for kind in kinds & {*self._known}:
            iris, *ways = self._known[kind]
            for text, known in zip((typed.reduced, typed.in_order), ways, strict=True):
                near = extract(
                    text, known, scorer=ratio, processor=None, limit=_ALIKE, score_cutoff=LEAST
                )
                yield from (iris[place] for _, _, place in near)

    @cached_property
    def _known(self) -> dict[str, tuple[list[str], list[str], list[str]]]:
        """By kind, in parallel: things, their spellings, and these with their words in order."""
        known: dict[str, tuple[list[str], list[str], list[str]]] = {}
        for iri, thing in self.things.items():
            iris, as_is, in_order = known.setdefault(thing.kind, ([], [], []))
            for each in thing.spellings:
                if not each.acronym:
                    iris.append(iri)
                    as_is.append(each.reduced)
                    in_order.append(each.in_order)
        return known

    @cached_property
    def _spelt(self) -> dict[str, list[str]]:
        """The IRIs of things by their spellings, reduced."""
        found: dict[str, list[str]] = {}
        for iri, thing in self.things.items():
            for each in thing.spellings:
                found.setdefault(each.reduced, []).append(iri)
        return found

    def _by_value(self, name: str) -> Mapping[str, list[str]]:
        """The IRIs of things by the values of a property; made when it is first asked for."""
        if name not in self._values:
            found: dict[str, list[str]] = {}
            for iri, thing in self.things.items():
                for value in thing.held(name):
                    found.setdefault(value, []).append(iri)
            self._values[name] = found
        return self._values[name]


class _Rating:
    """Rates things as answers to a question."""

    def __init__(self, asked: Question) -> None:
        self.typed, self._named = Spelling(asked.text), iri_of(asked.text)
        self._keys = {
            name: frozenset(key(name, text) for text in texts)
            for name, texts in asked.properties.items()
        }

    def __call__(self, thing: Thing) -> Candidate:
        agrees = {name: thing.agrees(name, texts) for name, texts in self._keys.items()}
        said = [*agrees.values()]
        like = 100 * max((likeness(self.typed, each) for each in thing.spellings), default=0.0)
        if thing.iri == self._named:
            like = 100.0
        score = like if self.typed.text else _BY_PROPERTIES * said.count(True) / max(len(said), 1)
        score -= _DIFFERS * said.count(False) + _UNKNOWN * said.count(None)
        if any(same and PROPERTIES[name].identifies for name, same in agrees.items()):
            score = max(score, _IDENTIFIED)
        return Candidate(thing, round(max(score, 0.0), 1), round(like, 1), agrees)


def _rank(each: Candidate) -> tuple[float, float, int, int, str]:
    """The order of candidates: by score, then by kind, shorter names first."""
    thing = each.thing
    return -each.score, -each.likeness, _ORDER[thing.kind], len(thing.name), thing.iri


def _may_be_meant(thing: Thing, asked: Question) -> bool:
    """Whether a thing is not a source, unless sources are asked for: titles are often names."""
    return thing.kind != "source" or asked.kinds == {"source"}


def _is_meant(best: Candidate, second: Candidate | None = None) -> bool:
    """Whether the best candidate is the thing that is meant."""
    if False in best.agrees.values() or (second and best.score - second.score < CLEAR):
        return False
    return best.score >= (_CONFIRMED if True in best.agrees.values() else 100 * SURE)

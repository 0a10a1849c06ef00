"""Judges pairs of organisations by rule: accepted, proposed to a curator, or neither.

Nothing is accepted by an acronym alone, without a country, with two candidates, to a record that
was withdrawn, or where kinds or identifiers clash.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .candidates import Index
from .names import Name, is_acronym, words_of
from .organisations import Dataset, Organisation
from .places import agree
from .rules import rules
from .scoring import Weights, is_plain

ACCEPTED, PROPOSED = "accepted", "proposed"

IDENTIFIER, NAME, NEAR, CITY = "identifier", "name", "near name", "near name and city"
"""The rules that accept a pair."""

ACRONYM, NOWHERE, TWO = "acronym", "no country", "two candidates"
KINDS, IDENTIFIERS, WORDS, SCORE = "kinds", "identifiers", "words", "score"
"""Why the best pair is only proposed."""

_SURE = 1.0


@dataclass(frozen=True)
class Pair:
    """Two organisations that may be one, the rule that accepts them or why none does."""

    subject: Organisation
    target: Organisation
    score: float
    rule: str
    state: str
    runner_up: Organisation | None = None
    runner_up_score: float = 0.0


@dataclass(frozen=True)
class _Found:
    """A candidate: the best of the comparisons of its names."""

    target: Organisation
    score: float
    exact: int
    """1 if the names are the same as they are compared, 2 if also as written, 3 if as its label."""
    telling: bool
    """Whether a word that one name alone has tells the bodies apart."""
    acronym: bool
    """Whether the name that is shared is no more than an acronym."""
    city: bool
    plain: bool
    """Whether the name has common words alone, so that bodies elsewhere may have it, too."""

    @property
    def rank(self) -> tuple[float, int, bool]:
        """The order of candidates: by score, then without words that tell them apart."""
        return self.score, self.exact, not self.telling


Rejected = Callable[[Organisation, Organisation], bool]
"""Whether a curator has said that two organisations are not one."""


class Matcher:
    """Matches organisations against a dataset; rejected pairs are no candidates."""

    def __init__(self, dataset: Dataset, rejected: Rejected = lambda _one, _other: False) -> None:
        self._dataset = dataset
        self._rejected = rejected
        self._names: list[tuple[Name, str]] = []
        self._owners: list[Organisation] = []
        self._keys: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._acronyms: defaultdict[tuple[str, str], list[Organisation]] = defaultdict(list)
        self._identifiers: defaultdict[tuple[str, str], list[Organisation]] = defaultdict(list)
        for organisation in dataset.organisations.values():
            self._add(organisation)
        self._weights = Weights(name for name, _ in self._names)
        self._index = Index(self._names)

    def _add(self, organisation: Organisation) -> None:
        for scheme, value in organisation.known_as.items():
            self._identifiers[scheme, value].append(organisation)
        for country in organisation.countries or ("",):
            for acronym in organisation.reading.acronyms:
                self._acronyms[acronym, country].append(organisation)
            for name in organisation.reading.names:
                for key in {(name.key, country), (name.key, "")}:
                    self._keys[key].append(len(self._names))
                self._names.append((name, country))
                self._owners.append(organisation)

    def match(self, organisations: Iterable[Organisation]) -> Iterator[Pair]:
        """The best pair of each organisation that has one, in their order."""
        several = [*organisations]
        names: list[tuple[Name, str]] = []
        ends = []
        for each in several:
            names += [(name, country) for name in each.reading.names for country in each.countries]
            ends.append(len(names))
        near = self._index.find(names)
        start = 0
        for organisation, end in zip(several, ends, strict=True):
            places = [place for _ in range(start, end) for place in next(near)]
            start = end
            if pair := self._judged(organisation, places):
                yield pair

    def _judged(self, subject: Organisation, places: list[int]) -> Pair | None:
        if same := self._identified(subject):
            return Pair(subject, same, _SURE, IDENTIFIER, ACCEPTED)
        found = self._compared(subject, places)
        if not found:
            return self._by_acronym(subject)
        best, *others = found
        rival = next(iter(others), None)
        thresholds = rules().thresholds
        if best.score < thresholds.proposed:
            return self._by_acronym(subject)
        rule = _rule(subject, best, rival)
        state = ACCEPTED if rule in (NAME, NEAR, CITY) else PROPOSED
        runner_up, second = (rival.target, rival.score) if rival else (None, 0.0)
        return Pair(subject, best.target, best.score, rule, state, runner_up, second)

    def _identified(self, subject: Organisation) -> Organisation | None:
        """The one organisation that shares an identifier, unless another identifier differs."""
        sharing = {
            there.iri: there
            for identifier in subject.known_as.items()
            for each in self._identifiers.get(identifier, ())
            if (there := self._candidate_of(subject, each))
        }
        if len(sharing) != 1:
            return None
        [same] = sharing.values()
        return None if _countries_differ(subject, same) else same

    def _compared(self, subject: Organisation, places: list[int]) -> list[_Found]:
        """The candidates, each by its best name, the likest first."""
        best: dict[str, _Found] = {}
        countries = subject.countries or ("",)
        for name in subject.reading.names:
            exact = [at for country in countries for at in self._keys.get((name.key, country), ())]
            for at in dict.fromkeys(exact + places):
                if (found := self._candidate(subject, name, at)) is not None:
                    before = best.get(found.target.iri)
                    if not before or found.rank > before.rank:
                        best[found.target.iri] = found
        return sorted(best.values(), key=lambda each: (*each.rank, each.target.iri), reverse=True)

    def _candidate(self, subject: Organisation, name: Name, at: int) -> _Found | None:
        other, _ = self._names[at]
        owner = self._owners[at]
        if (target := self._candidate_of(subject, owner)) is None:
            return None
        city = any(agree(one, there) for one in subject.places for there in owner.places)
        company = "company" in subject.families | target.families
        places = subject.place_words | owner.place_words
        if company or not city:  # subsidiaries are named after places
            places = frozenset()
        brands = subject.brands | owner.brands
        compared = self._weights.compare(name, other, brands, places)
        telling = compared.telling or (
            compared.constitution and _other_body(subject, target, compared.may_have_others)
        )
        short = _is_short(name) or _is_short(other)
        exact = _exactness(name, other, owner)
        return _Found(target, compared.score, exact, telling, short, city, is_plain(name))

    def _candidate_of(self, subject: Organisation, found: Organisation) -> Organisation | None:
        """What a record that was found stands for, unless that is the subject or rejected."""
        target = self._dataset.successor(found)
        if target is None or target.iri == subject.iri or self._rejected(subject, target):
            return None
        return target

    def _by_acronym(self, subject: Organisation) -> Pair | None:
        """A proposal, if an acronym is all that is shared, and one organisation has it."""
        single = {name.key for name in subject.reading.names if len(name.words) == 1}
        sharing = {
            there.iri: there
            for acronym in single | subject.reading.acronyms
            for country in subject.countries
            for each in self._acronyms.get((acronym, country), ())
            if (there := self._candidate_of(subject, each))
        }
        if len(sharing) != 1:
            return None
        [target] = sharing.values()
        return Pair(subject, target, 0.0, ACRONYM, PROPOSED)


def _rule(subject: Organisation, best: _Found, rival: _Found | None) -> str:
    """The rule that accepts the best candidate, or why none does."""
    thresholds = rules().thresholds
    target = best.target
    if not subject.countries:
        return NOWHERE
    if best.acronym and not best.city:
        return ACRONYM
    if rival and best.score - rival.score < thresholds.margin and not _surpasses(best, rival):
        return TWO
    if clash := _clash(subject, target):
        return clash
    if best.plain and not best.city and subject.places and target.places:
        return WORDS
    if best.exact:
        return NAME
    if best.telling:
        return WORDS
    if best.score >= thresholds.near:
        return NEAR
    company = "company" in subject.families | target.families
    return CITY if best.score >= thresholds.city and best.city and not company else SCORE


def _surpasses(best: _Found, rival: _Found) -> bool:
    """Whether the name of one is the same, and that of the other only like it, or less alike."""
    return best.exact > rival.exact and (best.city or not rival.exact)


def _exactness(name: Name, other: Name, owner: Organisation) -> int:
    if name.key != other.key:
        return 0
    if words_of(name.text) != words_of(other.text):
        return 1
    return 3 if other.text == owner.label else 2


def _clash(subject: Organisation, target: Organisation) -> str:
    """What says that two organisations are not one, or nothing."""
    for one, other in rules().apart:
        for these, those in ((subject, target), (target, subject)):
            if one in these.families and other in those.families - these.families:
                return KINDS
    there = target.known_as
    if any(there.get(scheme, value) != value for scheme, value in subject.known_as.items()):
        return IDENTIFIERS
    return ""


def _countries_differ(one: Organisation, other: Organisation) -> bool:
    both = one.countries and other.countries
    return bool(both) and not set(one.countries) & set(other.countries)


def _other_body(one: Organisation, other: Organisation, may_have_others: bool) -> bool:
    """Whether a foundation, say, is another body than the one that is named like it."""
    if (one.families and other.families) or "company" in one.families | other.families:
        return not one.families & other.families
    return may_have_others


def _is_short(name: Name) -> bool:
    """Whether a name is no more than an acronym: one word, short or in capitals."""
    if len(name.words) != 1:
        return False
    return len(name.words[0]) < rules().thresholds.letters or is_acronym(name.text)

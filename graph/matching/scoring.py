"""Scores two names from 0 to 1, by the words that they share, rare words counting more."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from rapidfuzz import fuzz

from .names import Name, fold
from .rules import rules

_SHORT = 4  # letters of a word that may be written in another way
_SEVERAL = 2  # words of a name that says more than a brand
_GLUED = 95  # how like two words in one are to one word, of 100


@dataclass(frozen=True)
class Comparison:
    """How like two names are, and the words of each that the other does not have."""

    score: float
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    """The words of the first that the second has, too."""

    @property
    def telling(self) -> bool:
        """Whether a word that one name alone has tells bodies apart: a kind, or a number."""
        words = self.left + self.right
        return not _telling().isdisjoint(words) or any(map(_numbered, words))

    @property
    def constitution(self) -> bool:
        """Whether one name alone says how the body is constituted, as a foundation."""
        return not _constitution().isdisjoint(self.left + self.right)

    @property
    def may_have_others(self) -> bool:
        """Whether what is shared names a body that may have, say, a foundation beside itself."""
        return len(self.shared) < _SEVERAL or not _with_foundations().isdisjoint(self.shared)


@cache
def _telling() -> frozenset[str]:
    return frozenset(fold(word) for word in rules().telling)


@cache
def _constitution() -> frozenset[str]:
    return frozenset(fold(word) for word in rules().constitution)


@cache
def _with_foundations() -> frozenset[str]:
    return frozenset(fold(word) for word in rules().with_foundations)


def is_plain(name: Name) -> bool:
    """Whether all words of a name are common ones, as those of a Children's Research Institute."""
    return _telling().issuperset(name.words)


def _numbered(word: str) -> bool:
    return not word.isalpha()


class Weights:
    """How much each word counts: the less, the more of the names that are matched against have it.

    A word that none has counts as one that a single name has.
    """

    def __init__(self, names: Iterable[Name]) -> None:
        found: Counter[str] = Counter()
        number = 0
        for name in names:
            found.update(set(name.words))
            number += 1
        self._most = math.log(1 + number)
        constitution = rules().weights["constitution"]
        self._weights = {word: math.log((1 + number) / times) for word, times in found.items()}
        for word in _constitution():
            self._weights[word] = self._weights.get(word, self._most) * constitution

    def __getitem__(self, word: str) -> float:
        return self._weights.get(word, self._most)

    def compare(
        self,
        one: Name,
        other: Name,
        brands: frozenset[str] = frozenset(),
        places: frozenset[str] = frozenset(),
    ) -> Comparison:
        """Compare two names.

        Words of ``brands`` (by which one of the bodies is known alone) and of ``places`` (where
        both are) count nothing if the other name has all else, and neither does a number, if both
        are in one place: unless kinds and places are all that the names share.
        """
        if one.key == other.key:
            return Comparison(float(bool(one.words)), shared=one.words)
        left, right, shared = _aligned(one.words, other.words)
        words = tuple(a for a, _, _ in shared)
        if not (left and right) and any(w not in _telling() and w not in places for w in words):
            left, right = (
                tuple(
                    w for w in side if not (w in brands or w in places or (places and w.isdigit()))
                )
                for side in (left, right)
            )
        same = sum([(self[a] + self[b]) * likeness for a, b, likeness in shared])
        whole = sum([self[a] + self[b] for a, b, _ in shared])
        whole += sum([self[word] for word in left + right])
        return Comparison(same / whole if whole else 0.0, left, right, words)


def _aligned(
    one: tuple[str, ...], other: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[str, str, float]]]:
    """Pair the words of two names: the same, spellings of one, two that are run together."""
    shared: list[tuple[str, str, float]] = []
    left, right = [*one], [*other]
    for word in one:
        if word in right:
            left.remove(word)
            right.remove(word)
            shared.append((word, word, 1.0))
    if left and right:
        _pair(left, right, shared)
    if left and right:
        _unglue(left, right, shared, turned=False)
        _unglue(right, left, shared, turned=True)
    return tuple(left), tuple(right), shared


def _pair(left: list[str], right: list[str], shared: list[tuple[str, str, float]]) -> None:
    """Move words that are spellings of one from both lists to ``shared``."""
    for word in [*left]:
        begun = [(like(word, each), each) for each in right if each[0] == word[0]]
        likeness, best = max(begun, default=(0.0, ""))
        if likeness:
            left.remove(word)
            right.remove(best)
            shared.append((word, best, likeness))
        if not right:
            return


@lru_cache(maxsize=1 << 16)
def like(one: str, other: str) -> float:
    """How like two words that begin alike are if they may be spellings of one, else 0."""
    if min(len(one), len(other)) < _SHORT:
        return 0.0
    if _numbered(one) or _numbered(other) or one in _telling() or other in _telling():
        return 0.0
    least = 100 * rules().thresholds.word
    return fuzz.ratio(one, other, score_cutoff=least) / 100


def _unglue(
    apart: list[str], together: list[str], shared: list[tuple[str, str, float]], *, turned: bool
) -> None:
    """Pair two neighbouring words of one name with a word of the other that is both."""
    at = 0
    while at + 1 < len(apart) and together:
        both = apart[at] + apart[at + 1]
        whole = next((w for w in together if fuzz.ratio(both, w, score_cutoff=_GLUED)), "")
        if whole:
            del apart[at : at + 2]
            together.remove(whole)
            shared.append((both, whole, 1.0) if not turned else (whole, both, 1.0))
        else:
            at += 1

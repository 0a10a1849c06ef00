"""Compares cities as addresses name them: in other languages, with districts and codes."""

from __future__ import annotations

from functools import cache, lru_cache

from rapidfuzz import fuzz

from .names import fold, repaired, words_of
from .rules import rules


@cache
def _names() -> dict[str, str]:
    """What each name of a city is called, its words with blanks between."""
    return {
        " ".join(words_of(name)): " ".join(words_of(names[0]))
        for names in rules().places
        for name in names
    }


@lru_cache(maxsize=1 << 14)
def place(text: str) -> str:
    """A city as it is compared: folded, without codes and numbers, in one language."""
    left_out = {fold(word) for word in rules().no_places}
    names = _names()
    words = [w for w in words_of(repaired(text)) if w not in left_out and not w.isdigit()]
    whole = " ".join(words)
    return names.get(whole) or " ".join(names.get(word, word) for word in words)


@lru_cache(maxsize=1 << 16)
def agree(one: str, other: str) -> bool:
    """Whether two cities, as :func:`place` gives them, are one: spellings, or one names more."""
    few, many = sorted((one.split(), other.split()), key=len)
    least = 100 * rules().thresholds.place
    return bool(few) and all(
        word in many or any(fuzz.ratio(word, each, score_cutoff=least) for each in many)
        for word in few
    )

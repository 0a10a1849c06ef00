"""Compares spellings of names: case, accents, legal forms, word order, wrong letters.

The comparison is careful where a small difference is a different thing: numbers, acronyms, and
short words, such as Parma and Palma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio, token_sort_ratio

from missiongraph.publishing.search_rank import plain, words

SURE = 0.95
"""The least likeness at which two spellings mean the same name."""

SAME, REDUCED, REORDERED, MISSPELT = 1.0, 0.98, 0.97, 0.95
"""Likeness of the same text, without legal forms, in another order, with a wrong letter."""

ACRONYM, ACRONYM_WITH_FORM, OTHER_NUMBER = 0.92, 0.88, 0.8
"""Likeness of the same acronym, also of one with a legal form; the most with other numbers."""

_FORMS = """
ab ag aps as asa asbl bv co corp corporation doo eg eeig ehf ev fmba gbr gie gmbh hf inc
incorporated kft kg kgaa lda limited llc llp lp ltd ltda mbh nv nyrt oy oyj ou plc pte pty pvt
ry sa sas sarl sau scarl scrl se sia sl sla slu sp spa spzoo srl sro uab ug vof zrt
"""
LEGAL_FORMS = frozenset(_FORMS.split())
"""Words that say what kind of company a name belongs to, as they are folded."""

_DROPPED = re.compile(r"[.'’`´/]")  # noqa: RUF001
_ACRONYM = re.compile(r"[A-Z][A-Z0-9&*-]{0,5}")
_BRACKETS = re.compile(r"\s*\(([^()]*)\)")
_LETTERS_A_SLIP = 30  # one wrong letter more for each so many letters
_LIKE_WORDS = 0.85  # least likeness of a word and its misspelling: one slip in seven letters


@dataclass(frozen=True)
class Spelling:
    """A spelling of a name, folded for comparison; ``acronym`` if it is nothing but one."""

    text: str
    acronym: bool = False

    @cached_property
    def folded(self) -> str:
        """In lower case, without accents and punctuation, ``&`` as a word."""
        return " ".join(words(_DROPPED.sub("", plain(self.text)).replace("&", " and ")))

    @cached_property
    def reduced(self) -> str:
        """Folded, without article, legal forms at either end, and all that if nothing is left."""
        left = self.folded.split()
        while len(left) > 1 and left[-1] in LEGAL_FORMS:
            left.pop()
        while len(left) > 1 and (left[0] in LEGAL_FORMS or left[0] == "the"):
            left.pop(0)
        return " ".join(left)

    @cached_property
    def in_order(self) -> str:
        """The words of the reduced spelling in the order of the alphabet."""
        return " ".join(sorted(self.reduced.split()))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The words that have digits."""
        return frozenset(word for word in self.folded.split() if any(map(str.isdigit, word)))


def spellings(names: Iterable[str]) -> Iterator[Spelling]:
    """The spellings under which a thing with these names is known, one by one.

    Each name as it is, without what stands in brackets, and the acronym in them.
    """
    for name in names:
        yield Spelling(name, acronym=bool(_ACRONYM.fullmatch(name)))
        if (bare := _BRACKETS.sub("", name).strip()) and bare != name:
            yield Spelling(bare, acronym=bool(_ACRONYM.fullmatch(bare)))
        for inside in _BRACKETS.findall(name):
            if _ACRONYM.fullmatch(inside):
                yield Spelling(inside, acronym=True)


def likeness(typed: Spelling, known: Spelling) -> float:
    """How alike two spellings are, from 0 to 1; from :data:`SURE` on they mean the same name."""
    if not typed.folded or not known.folded:
        return 0.0
    if known.acronym:
        if typed.folded == known.folded:
            return ACRONYM
        return ACRONYM_WITH_FORM if typed.reduced == known.reduced else 0.0
    if typed.folded == known.folded:
        return SAME
    if typed.reduced == known.reduced:
        return REDUCED
    if typed.in_order == known.in_order:
        return REORDERED
    near = max(
        ratio(typed.reduced, known.reduced), token_sort_ratio(typed.reduced, known.reduced) * 0.99
    )
    near /= 100
    if typed.numbers != known.numbers:
        return min(near, OTHER_NUMBER)
    if _misspelt(typed.in_order, known.in_order) or _misspelt(typed.reduced, known.reduced):
        return MISSPELT + 0.01 * near
    return min(near, MISSPELT - 0.01)


def _misspelt(typed: str, known: str) -> bool:
    """Whether one text is the other with a few wrong letters, none of which makes another word."""
    slips = 1 + len(known) // _LETTERS_A_SLIP
    if OSA.distance(typed, known, score_cutoff=slips) > slips:
        return False
    ours, theirs = typed.split(), known.split()
    if len(ours) != len(theirs):
        return typed.replace(" ", "") == known.replace(" ", "")
    pairs = ((a, b) for a, b in zip(ours, theirs, strict=True) if a != b)
    return all(a[0] == b[0] and OSA.normalized_similarity(a, b) >= _LIKE_WORDS for a, b in pairs)

"""Spells names as lists do: other case, accents lost, letters wrong, words moved, forms added."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

LETTERS = "abcdefghijklmnopqrstuvwxyz"
FORMS = ("Ltd", "GmbH", "S.p.A.", "Inc.", "AB", "S.A.", "B.V.", "Oy", "d.o.o.", "plc")
LONG = 8
"""Letters from which on a name is long enough for a wrong letter to leave it recognisable."""


@dataclass(frozen=True)
class Spelt:
    """A spelling of a thing's name, by which rule it was made."""

    iri: str
    rule: str
    text: str


def other_case(name: str, chance: random.Random) -> str:
    return chance.choice((name.upper(), name.lower(), name.swapcase()))


def no_accents(name: str, chance: random.Random) -> str:
    letters = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def wrong_letter(name: str, chance: random.Random) -> str:
    """One letter lost, doubled, replaced or swapped with the next, not the first of the name."""
    at = chance.randrange(1, len(name) - 1)
    kind = chance.choice(("lost", "doubled", "replaced", "swapped"))
    before, letter, after = name[:at], name[at], name[at + 1 :]
    if kind == "lost":
        return before + after
    if kind == "doubled":
        return before + letter + letter + after
    if kind == "replaced":
        return before + chance.choice(LETTERS) + after
    return before + after[0] + letter + after[1:]


def legal_form(name: str, chance: random.Random) -> str:
    return f"{name} {chance.choice(FORMS)}"


def moved_words(name: str, chance: random.Random) -> str:
    """The last word first, with a comma, as lists of people have it."""
    *first, last = name.split()
    return f"{last}, {' '.join(first)}" if first else name


def spaces_and_stops(name: str, chance: random.Random) -> str:
    return f"  {name.replace(' ', '  ').replace('-', ' ')}. "


def several_at_once(name: str, chance: random.Random) -> str:
    """As typed in a hurry: small letters without accents, one wrong, and a legal form."""
    return legal_form(wrong_letter(no_accents(name, chance).lower(), chance), chance)


def as_it_is(name: str, chance: random.Random) -> str:
    return name


RULES: Mapping[str, Callable[[str, random.Random], str]] = {
    rule.__name__: rule
    for rule in (
        *(other_case, no_accents, wrong_letter, legal_form, moved_words, spaces_and_stops),
        *(several_at_once, as_it_is),
    )
}

_WITH_WRONG_LETTER = ("wrong_letter", "several_at_once")


def spelt(
    names: Mapping[str, Sequence[str]], number: int, chance: random.Random
) -> Iterator[Spelt]:
    """``number`` spellings of things, by IRI with their names, each rule as often as the others.

    Half of them are of other names, where a thing has any. Left out are names that several things
    have, names too short for a wrong letter, and those that a rule leaves as they are.
    """
    owners: dict[str, set[str]] = {}
    for iri, each in names.items():
        for name in each:
            owners.setdefault(name.casefold(), set()).add(iri)
    several = [iri for iri, each in names.items() if len(each) > 1]
    rules, made = [*RULES], 0
    while made < number:
        rule = rules[made % len(rules)]
        iri = chance.choice(several if made // len(rules) % 2 else [*names])
        name = chance.choice(names[iri][1:] or names[iri])
        if len(owners[name.casefold()]) > 1 or (len(name) < LONG and rule in _WITH_WRONG_LETTER):
            continue
        text = RULES[rule](name, chance)
        if (text == name) is (rule == "as_it_is"):
            made += 1
            yield Spelt(iri, rule, text)

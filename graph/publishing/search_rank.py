"""Ranks what a search finds: by how a name matches, then by what kind of thing has it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from missiongraph.namespaces import ID, ONTOLOGY, VOCAB

_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)
"""Letters that Unicode does not split into a plain one and an accent; the last is a dotless i."""

_BODY = re.compile(
    r"(?:the )?(?:city|municipality|government|metropolitan city|london borough) of (.+)"
    r"|(?:comune|citta) di (.+)|(?:ville|ayuntamiento|camara municipal|ajuntament) de (.+)"
    r"|(?:stadt|landeshauptstadt|gemeente|stad) (.+)|(.+?)s? (?:kommune?|stad|city council)"
)
"""Names of the authorities of a place, in the languages in which the graph has them."""

_ACRONYM = re.compile(r"\(([A-Z][A-Za-z0-9*&-]*[A-Z][A-Za-z0-9*&-]*)\)")

_KINDS = {
    **dict.fromkeys(("mission", "organisation", "person"), 1.1),
    **dict.fromkeys(("mission-framework", "programme", "strategy", "agency"), 1.0),
    **dict.fromkeys(("local-mission", "challenge-prize", "treaty"), 0.9),
    **dict.fromkeys(("concept", "practice", "instrument"), 0.6),
    **dict.fromkeys(("goal", "target", "project", "event", "post"), 0.5),
    **dict.fromkeys(("result", "partnership", "challenge", "term"), 0.3),
    **dict.fromkeys(("indicator", "source"), 0.2),
}
"""How often things of a kind are looked for, from 0 to 1.1; that of other kinds is 0."""

_GENERAL = frozenset({"concept", "term", "source", "indicator", "result"})
"""Kinds whose name may be the text by chance, as it is a common word."""

SAME, BEGINS, WORDS, PARTS, OTHER, NOTE = 6.0, 3.3, 3.0, 2.0, 1.5, 0.0
"""The scores for a name that is the text, begins with it, has its words, or has words that begin
with its; for another name with such words; and for a note."""


def kind_of(iri: str) -> str:
    """The kind of thing that an IRI names: mission, organisation …, concept, term or other."""
    if iri.startswith(ID):
        return iri.removeprefix(ID).partition("/")[0]
    if iri.startswith(VOCAB):
        return "concept"
    return "term" if iri.startswith(ONTOLOGY) else "other"


def plain(text: str) -> str:
    """The text in lower case, without accents and control characters, with single spaces."""
    if text.isascii() and text.isprintable():  # most names, which have none of these
        return " ".join(text.casefold().split())
    letters = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in letters if not unicodedata.category(c).startswith(("C", "M")))
    return re.sub(r"\s+", " ", bare.casefold().translate(_LETTERS)).strip()


def words(text: str) -> list[str]:
    """The words of a plain text: runs of letters and digits."""
    return re.findall(r"\w+", text)


def score(kind: str, name: str, others: Sequence[str], typed: str) -> float:
    """How well a thing matches the plain text ``typed``, from 0.

    The way of matching counts most, then the kind, then how much of the name was typed.
    """
    asked = words(typed)
    of_name = max(_match(form, typed, asked) for form in _forms(name))
    forms = (form for other in others for form in _forms(other))
    of_others = max((_match(form, typed, asked) for form in forms), default=NOTE)
    if NOTE < of_others < SAME:
        of_others = OTHER
    best = max(of_name, of_others)
    if best == SAME and kind in _GENERAL:
        best = BEGINS if of_name == SAME else WORDS
    return best + _KINDS.get(kind, 0.0) + 0.5 * len(typed) / max(len(name), len(typed), 1)


def _forms(name: str) -> Iterator[str]:
    """A name, without what is in brackets, the acronym in them, and the place of an authority."""
    bare = plain(name)
    yield bare
    if "(" in name:
        yield re.sub(r"\s*\([^()]*\)", "", bare)
        yield from map(plain, _ACRONYM.findall(name))
    if body := _BODY.fullmatch(bare):
        yield next(filter(None, body.groups()))


def _match(name: str, typed: str, asked: Sequence[str]) -> float:
    if name == typed:
        return SAME
    held = words(name)
    if held[: len(asked)] == list(asked):
        return BEGINS
    if {*asked} <= {*held}:
        return WORDS
    begun = all(any(word.startswith(part) for word in held) for part in asked)
    return PARTS if begun and asked else NOTE

"""Brings names into the form in which they are compared.

:func:`fold` makes letters plain; :func:`read` takes a name apart into the names and acronyms that
it stands for; :class:`Name` has the words that count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import islice

from .rules import rules

_WORD = re.compile(r"[^\W_]+")
_DIGRAPH = re.compile(r"(a|o|(?<!q)u)e+")
_DOUBLE = re.compile(r"a{2,}")
_DOTTED = re.compile(r"(?<![^\W\d_])((?:[^\W\d_]\.\s?){1,}[^\W\d_]{1,2})(?![^\W\d_])\.?")
_JOINED = re.compile(r"\b(\w)\s?[/&]\s?(\w)\b")
_BRACKETS = re.compile(r"\s*[(\[{]([^()\[\]{}]*)[)\]}]?\s*")
_APART = re.compile(r"\s+[-\u2013\u2014|]\s+|\s*[*]+\s*")
_MARKED = re.compile(r"[(\[{*|]|\s[-\u2013\u2014]\s")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_ROMAN |= {"xi": "11", "xii": "12", "xiii": "13"}
_GREEK_OU = "\u03bf\u03c5"
_LONGEST = 10  # letters of an acronym
_LEAST = 3
_TRIED = 8  # ways to put lost blanks back
_NEAR = 3  # letters before the end of a line at which a word may have ended
_MISREAD = re.compile("[√ƒ¬Ã]")


@dataclass(frozen=True)
class Name:
    """A name as it is compared: its words without legal form and small words, in their order."""

    text: str
    words: tuple[str, ...]

    @cached_property
    def key(self) -> str:
        """The words without blanks: names that differ in blanks alone have the same key."""
        return "".join(self.words)

    @property
    def line(self) -> str:
        """The words in order of the alphabet."""
        return " ".join(sorted(self.words))


@dataclass(frozen=True)
class Reading:
    """The names that a written name stands for, the likeliest first, and its acronyms, folded."""

    names: tuple[Name, ...] = ()
    acronyms: frozenset[str] = frozenset()


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Lower-case Latin letters without marks; ä, ae and a are the same, as are ø, oe and o.

    Greek and Cyrillic are written in Latin. Folding a folded text changes nothing.
    """
    text = text.lower()
    if not text.isascii():
        letters = rules().letters
        text = unicodedata.normalize("NFKC", text.casefold()).casefold()
        plain = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = "".join(plain).casefold().replace(_GREEK_OU, "ou")
        text = "".join(letters.get(c, c) for c in text)
    return _DOUBLE.sub("a", _DIGRAPH.sub(r"\1", text))


def repaired(text: str) -> str:
    """A text whose UTF-8 was once read as Mac Roman or Windows-1252, as it was meant."""
    if _MISREAD.search(text):
        for encoding in ("mac_roman", "cp1252"):
            try:
                return text.encode(encoding).decode("utf-8")
            except UnicodeError:
                continue
    return text


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a text, abbreviations without their dots."""
    if "." in text:
        text = _DOTTED.sub(_joined, text)
    if "/" in text or "&" in text:
        text = _JOINED.sub(r"\1\2", text)
    return tuple(_WORD.findall(fold(text)))


def _joined(found: re.Match[str]) -> str:
    return re.sub(r"[.\s]", "", found[1]) + " "


@cache
def _vocabulary() -> dict[str, str]:
    """What each way to write a common word, or a city of one word, is called."""
    cities = [[n for n in names if " " not in n] for names in rules().places]
    same = {fold(way): fold(names[0]) for names in cities for way in names}
    same |= _ROMAN
    same |= {fold(way): name for name, ways in rules().same.items() for way in ways}
    return same | {fold(name): name for name in rules().same}


@cache
def _stop() -> frozenset[str]:
    return frozenset(fold(word) for word in rules().stop)


@cache
def _forms(country: str) -> dict[str, list[tuple[str, ...]]]:
    """The legal forms of a country, and those of all, by their last word, longest first.

    Of all countries if the country is unknown.
    """
    legal = rules().legal
    lists = [legal["any"], legal.get(country, ())] if country else legal.values()
    return _by_word({tuple(_WORD.findall(fold(form))) for each in lists for form in each}, -1)


@cache
def _leading(country: str) -> dict[str, list[tuple[str, ...]]]:
    """Legal forms by their first word, longest first; those of a letter or two are left out."""
    forms = {form for each in _forms(country).values() for form in each}
    return _by_word({form for form in forms if len("".join(form)) > 2}, 0)


@cache
def _before() -> dict[str, list[tuple[str, ...]]]:
    return _by_word({tuple(_WORD.findall(fold(each))) for each in rules().before}, 0)


def _by_word(phrases: set[tuple[str, ...]], place: int) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted(phrases, key=lambda each: (-len(each), each)):
        found.setdefault(phrase[place], []).append(phrase)
    return found


def without_form(words: tuple[str, ...], country: str) -> tuple[str, ...]:
    """Words without legal forms at their end and start; at least one word stays."""
    words = _without(words, _forms(country), at_end=True)
    words = _without(words, _leading(country), at_end=False)
    for phrase in _before().get(words[0], ()) if words else ():
        if len(words) > len(phrase) and words[: len(phrase)] == phrase:
            return words[len(phrase) :]
    return words


def _without(
    words: tuple[str, ...], forms: dict[str, list[tuple[str, ...]]], *, at_end: bool
) -> tuple[str, ...]:
    changed = True
    while changed and len(words) > 1:
        changed = False
        for form in forms.get(words[-1 if at_end else 0], ()):
            size = len(form)
            if len(words) > size and (words[-size:] if at_end else words[:size]) == form:
                words, changed = (words[:-size] if at_end else words[size:]), True
                break
    return words


def name(text: str, country: str = "") -> Name:
    """A name as it is compared. Without letters or digits, it has no words."""
    return _named(text, without_form(words_of(text), country))


def _named(text: str, words: tuple[str, ...]) -> Name:
    common, stop = _vocabulary(), _stop()
    if len(words) > 1 and words[-1] == "i":
        words = (*words[:-1], "1")
    telling = [word for word in words if word not in stop and (len(word) > 1 or word.isdigit())]
    return Name(text, tuple(common.get(word, word) for word in telling or words))


def is_acronym(text: str) -> bool:
    """Whether a text is written as an acronym: one word, mostly capitals, or few letters."""
    letters = [c for c in text if c.isalnum()]
    if len(text.split()) != 1 or not letters or len(letters) > _LONGEST:
        return False
    capitals = sum(c.isupper() for c in letters)
    return len(letters) <= _LEAST or capitals * 2 > len(letters)


def _initials(words: Iterable[str]) -> str:
    return "".join(word[0] for word in words)


def _stands_for(word: str, others: tuple[str, ...]) -> bool:
    """Whether a word is made of the initials of others, with or without the small ones."""
    if not _LEAST <= len(word) <= _LONGEST or len(word) > len(others):
        return False
    stop = _stop()
    return word in (_initials(others), _initials(w for w in others if w not in stop))


def read(text: str, country: str = "", line: int = 0) -> Reading:
    """Take a name apart: what is in brackets, after an asterisk, an acronym at either end.

    ``line`` is the length of the lines at whose end the name may have lost a blank: a name with
    the blank put back is one more. An empty text gives no names.
    """
    text = repaired(text)
    names: dict[Name, None] = {}
    acronyms: set[str] = set()
    for whole in _unbroken(text, line):
        for form in _forms_of(whole, acronyms):
            words = without_form(words_of(form), country)
            if (short := _without_acronym(words, acronyms)) != words:
                names[_named(form, short)] = None
            if words:
                names[_named(form, words)] = None
    if not names and (words := words_of(text)):
        names[_named(text, words)] = None
    return Reading(tuple(names), frozenset(acronyms))


def _forms_of(text: str, acronyms: set[str]) -> Iterator[str]:
    """The names in a text; acronyms that stand apart are added to ``acronyms``."""
    if not _MARKED.search(text):
        yield text
        return
    inside = [found.strip() for found in _BRACKETS.findall(text) if found.strip()]
    bare = _BRACKETS.sub(" ", text).strip()
    acronyms.update(fold(part) for part in inside if is_acronym(part))
    parts = [part for part in _APART.split(bare) if part.strip()]
    apart = [part for part in parts if len(part.split()) == 1 and _may_be_acronym(part)]
    rest = " ".join(part for part in parts if part not in apart)
    if apart and len(name(rest).words) >= _LEAST:
        acronyms.update(fold(part) for part in apart)
        yield rest
    yield " ".join(parts) or text
    if bare and not all(map(is_acronym, inside)):
        yield _BRACKETS.sub(r" \1 ", text)


def _may_be_acronym(part: str) -> bool:
    return len(part) <= _LONGEST and fold(part) not in _vocabulary()


def _unbroken(text: str, line: int) -> list[str]:
    """A text, and those with a blank put back at the end of a line, in the word that goes on there.

    Lines had been broken before the word that did not fit, and the blank was lost.
    """
    return [text, *islice(_split(text, line), _TRIED)] if line else [text]


def _split(text: str, line: int) -> Iterator[str]:
    if len(text) <= line:
        return
    begin = text.rfind(" ", 0, line + 1) + 1
    end = text.find(" ", line)
    word = text[begin : end if end >= 0 else len(text)]
    last = min(line - begin, len(word) - 1)
    folded, stop = fold(word), _stop()
    small = [at for at in range(2, last + 1) if folded[:at] in stop or folded[at:] in stop]
    for at in dict.fromkeys([*range(last, max(last - _NEAR, 0), -1), *small]):
        if word[at - 1].isalnum() and word[at].isalnum():
            head, rest = text[: begin + at], text[begin + at :]
            for tail in (rest, *_split(rest, line)):
                yield f"{head} {tail}"


def _without_acronym(words: tuple[str, ...], acronyms: set[str]) -> tuple[str, ...]:
    """The words of a name without its acronym at either end, which goes to ``acronyms``."""
    if len(words) > _LEAST:
        for word, others in ((words[-1], words[:-1]), (words[0], words[1:])):
            if _stands_for(word, others):
                acronyms.add(word)
                return others
    return words

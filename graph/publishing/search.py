"""Finds things by their names, other names and notes, also by misspelt words.

An index of trigrams in SQLite's FTS5: texts that share more pieces of three letters with the search
text, and shorter ones, rank first (BM25; Robertson & Zaragoza 2009).
"""

from __future__ import annotations

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from missiongraph.namespaces import ID, ONTOLOGY, VOCAB

from .terms import spelt

LONGEST = 200
"""Characters of a search text that are used; the rest is ignored."""

SHARE = 0.45
"""Least share of the trigrams of the search text that a hit contains."""

_WEIGHTS = (10.0, 6.0, 1.0)  # of names, other names and notes
_ASIDE = {"source": 0.8, "award": 0.8, "participation": 0.8, "amount": 0.8, "indicator": 0.9}
"""Factors on the share of kinds that are seldom searched for."""

_LOOKED_AT = 300  # candidates whose share is computed


@dataclass(frozen=True)
class Hit:
    """A thing that matches: its IRI, kind and name, and the other name that matched, if one did.

    ``share`` is the score: the share of trigrams in common, weighted by kind and kind of match.
    """

    iri: str
    kind: str
    name: str
    other: str
    share: float


class Index:
    """An index of the names in one state of the data."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Index the rows of the query ``names``: thing, as (name, other or note) and text."""
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("CREATE TABLE thing (iri, kind, name, other)")
        self._database.execute(
            "CREATE VIRTUAL TABLE words USING fts5(name, other, note, tokenize = 'trigram')"
        )
        things: dict[str, dict[str, list[str]]] = {}
        for row in rows:
            things.setdefault(row["thing"], {}).setdefault(row["as"], []).append(str(row["text"]))
        for place, (iri, texts) in enumerate(things.items(), start=1):
            self._add(place, iri, texts)

    def close(self) -> None:
        """Free the memory."""
        self._database.close()

    def find(self, text: str, most: int = 50) -> list[Hit]:
        """At most ``most`` things whose names resemble ``text``, the best first.

        One or two letters match the beginnings of names; an empty text matches nothing.
        """
        typed = plain(text[:LONGEST])
        wanted = _trigrams(typed)
        if not wanted:
            return self._starting(typed, most)
        match = " OR ".join('"' + piece.replace('"', '""') + '"' for piece in sorted(wanted))
        weights = ", ".join(map(str, _WEIGHTS))
        statement = (
            f"SELECT iri, kind, thing.name, thing.other, words.name, words.other, note "
            f"FROM words JOIN thing ON thing.rowid = words.rowid WHERE words MATCH ? "
            f"ORDER BY bm25(words, {weights}) LIMIT {_LOOKED_AT}"
        )
        with self._lock:
            rows = self._database.execute(statement, (match,)).fetchall()
        hits = [_hit(row, wanted, typed) for row in rows]
        near = [hit for hit in hits if hit.share >= SHARE]
        return sorted(near, key=lambda hit: (-hit.share, len(hit.name), hit.name))[:most]

    def _starting(self, typed: str, most: int) -> list[Hit]:
        """Things whose name starts with one or two letters."""
        if not typed.isalnum():
            return []
        statement = (
            "SELECT iri, kind, thing.name FROM thing JOIN words ON words.rowid = thing.rowid "
            "WHERE words.name LIKE ? || '%' ORDER BY length(thing.name), thing.name LIMIT ?"
        )
        with self._lock:
            rows = self._database.execute(statement, (typed, most)).fetchall()
        return [Hit(iri, kind, name, "", 1.0) for iri, kind, name in rows]

    def _add(self, place: int, iri: str, texts: Mapping[str, list[str]]) -> None:
        names, others = texts.get("name", []), texts.get("other", [])
        name = names[0] if names else others[0] if others else spelt(iri)
        self._database.execute(
            "INSERT INTO thing (rowid, iri, kind, name, other) VALUES (?, ?, ?, ?, ?)",
            (place, iri, kind_of(iri), name, "\n".join(others + names[1:])),
        )
        columns = [plain(" ".join(part)) for part in (names, others, texts.get("note", []))]
        self._database.execute(
            "INSERT INTO words (rowid, name, other, note) VALUES (?, ?, ?, ?)", (place, *columns)
        )


def kind_of(iri: str) -> str:
    """The kind of thing that an IRI names: mission, organisation …, concept, term or other."""
    if iri.startswith(ID):
        return iri.removeprefix(ID).partition("/")[0]
    if iri.startswith(VOCAB):
        return "concept"
    return "term" if iri.startswith(ONTOLOGY) else "other"


def plain(text: str) -> str:
    """The text in lower case, without accents and control characters, with single spaces."""
    letters = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in letters if not unicodedata.category(c).startswith(("C", "M")))
    return re.sub(r"\s+", " ", bare.casefold()).strip()


def _trigrams(text: str) -> set[str]:
    """The pieces of three characters, across words, so that short words count, too."""
    return {text[start : start + 3] for start in range(len(text) - 2)}


def _hit(row: tuple[str, ...], wanted: set[str], typed: str) -> Hit:
    iri, kind, name, others, *texts = row
    shares = [len(wanted & _trigrams(text)) / len(wanted) for text in texts]
    by_name, by_other, by_note = shares
    best = max(by_name + _bonus(texts[0], typed), by_other + _bonus(texts[1], typed), by_note * 0.6)
    other = ""
    if by_other > by_name:
        lines = others.split("\n")
        other = max(lines, key=lambda line: len(wanted & _trigrams(plain(line))))
    return Hit(iri, kind, name, other, best * _ASIDE.get(kind, 1.0))


def _bonus(text: str, typed: str) -> float:
    """What to add to a share: most for the same text, less for its beginning or a word's."""
    if text == typed:
        return 0.4
    return 0.25 if text.startswith(typed) else 0.15 if f" {typed}" in f" {text}" else 0.0

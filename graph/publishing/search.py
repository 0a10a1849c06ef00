"""Search: things by their names, other names and notes, also where letters are wrong.

An index of trigrams in SQLite's FTS5: texts share pieces of three letters with what is typed, and
whoever shares the most, in the shorter text, comes first (BM25; Robertson & Zaragoza 2009).
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

from .entity import spelt

LONGEST = 200
"""Characters of what is typed that count."""

SHARE = 0.45
"""Least share of the trigrams that are typed which a text must have."""

_WEIGHTS = (10.0, 6.0, 1.0)  # of names, other names and notes
_ASIDE = {"source": 0.8, "award": 0.8, "participation": 0.8, "amount": 0.8, "indicator": 0.9}
"""Kinds that are seldom what is looked for."""

_LOOKED_AT = 300  # candidates whose share is computed


@dataclass(frozen=True)
class Hit:
    """Something found: its IRI, kind and name, and the other name that matched, if it did."""

    iri: str
    kind: str
    name: str
    other: str
    share: float


class Index:
    """The names in a state of the data."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Index the rows of the query ``names``: thing, as (name, other, note) and text."""
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
        """Give the memory back."""
        self._database.close()

    def find(self, text: str, most: int = 50) -> list[Hit]:
        """At most ``most`` things whose names are near to ``text``, the best first."""
        typed = plain(text[:LONGEST])
        wanted = _trigrams(typed)
        if not wanted:
            return self._starting(typed, most)
        match = " OR ".join('"' + piece.replace('"', '""') + '"' for piece in sorted(wanted))
        weights = ", ".join(map(str, _WEIGHTS))
        found = (
            f"SELECT iri, kind, thing.name, thing.other, words.name, words.other, note "
            f"FROM words JOIN thing ON thing.rowid = words.rowid WHERE words MATCH ? "
            f"ORDER BY bm25(words, {weights}) LIMIT {_LOOKED_AT}"
        )
        with self._lock:
            rows = self._database.execute(found, (match,)).fetchall()
        hits = [_hit(row, wanted, typed) for row in rows]
        near = [hit for hit in hits if hit.share >= SHARE]
        return sorted(near, key=lambda hit: (-hit.share, len(hit.name), hit.name))[:most]

    def _starting(self, typed: str, most: int) -> list[Hit]:
        """Things whose name starts with one or two letters."""
        if not typed.isalnum():
            return []
        found = (
            "SELECT iri, kind, thing.name FROM thing JOIN words ON words.rowid = thing.rowid "
            "WHERE words.name LIKE ? || '%' ORDER BY length(thing.name), thing.name LIMIT ?"
        )
        with self._lock:
            rows = self._database.execute(found, (typed, most)).fetchall()
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
    """What sort of thing an IRI of ours names: mission, organisation …, concept, term."""
    if iri.startswith(ID):
        return iri.removeprefix(ID).partition("/")[0]
    if iri.startswith(VOCAB):
        return "concept"
    return "term" if iri.startswith(ONTOLOGY) else "other"


def plain(text: str) -> str:
    """Lower case without accents and control characters, single spaces."""
    letters = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in letters if not unicodedata.category(c).startswith(("C", "M")))
    return re.sub(r"\s+", " ", bare.casefold()).strip()


def _trigrams(text: str) -> set[str]:
    """The pieces of three letters; a short word has none of its own, only with its neighbours."""
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
    """What is called just so goes before what starts so, and that before what has such a word."""
    if text == typed:
        return 0.4
    return 0.25 if text.startswith(typed) else 0.15 if f" {typed}" in f" {text}" else 0.0

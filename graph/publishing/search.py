"""Finds things by the words of their names, other names and notes, also by misspelt words.

An index in SQLite's FTS5. What has all the words that were typed, or words that begin with them, is
found; only if nothing has, things are named that look alike: those that share most pieces of three
letters with the text.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .search_rank import kind_of, plain, score, words

__all__ = ["Found", "Hit", "Index", "kind_of", "plain"]

LONGEST = 200
"""Characters of a search text that are used; the rest is ignored."""

SHARE = 0.6
"""Least share of the trigrams of the search text that a thing alike has in a name."""

_WEIGHTS = "10, 6, 1"  # of names, other names and notes
_LOOKED_AT = 1000  # candidates that are ranked
_SNIPPET = 12  # words around what was found in a note


@dataclass(frozen=True)
class Hit:
    """A thing that was found: its IRI, kind and name.

    ``other`` is the other name that has the words, if the name has not; ``snippet`` a part of the
    note, if no name has.
    """

    iri: str
    kind: str
    name: str
    other: str = ""
    snippet: str = ""


@dataclass(frozen=True)
class Found:
    """The best ``hits``, of ``total``, with the number of each of ``kinds``.

    ``alike`` is whether nothing has the words, so that these are names that look alike.
    """

    hits: Sequence[Hit]
    total: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    alike: bool = False


NOTHING = Found((), 0)


class Index:
    """An index of the names in one state of the data."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Index the rows of the query ``names``: thing, as (name, other or note) and text.

        Things that only have notes, such as a participation, are left out: they have no name to
        show, and are found through the things that they connect.
        """
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.executescript(
            "CREATE TABLE thing (iri, kind, name, others, note);"
            "CREATE VIRTUAL TABLE words USING fts5(name, others, note,"
            " tokenize = 'unicode61', prefix = '1 2 3');"
            "CREATE VIRTUAL TABLE pieces USING fts5(name, others, tokenize = 'trigram');"
        )
        things: dict[str, dict[str, list[str]]] = {}
        for row in rows:
            things.setdefault(row["thing"], {}).setdefault(row["as"], []).append(str(row["text"]))
        called = {iri: texts for iri, texts in things.items() if {"name", "other"} & {*texts}}
        for place, (iri, texts) in enumerate(called.items(), start=1):
            self._add(place, iri, texts)

    def close(self) -> None:
        """Free the memory."""
        self._database.close()

    def find(self, text: str, most: int = 50, kind: str = "") -> Found:
        """What has the words of ``text``, the best first, or else what looks alike.

        At most ``most`` are in the hits, all of them in the counts. ``kind`` limits hits and total
        to things of one kind. A text without letters and digits finds nothing.
        """
        typed = plain(text[:LONGEST])
        if not (asked := words(typed)):
            return NOTHING
        match = " AND ".join(f'"{word}"*' for word in asked)
        kinds = self._counts("words", match)
        if kinds:
            return self._found(match, typed, most, kind, kinds)
        return self._alike(typed, most, kind)

    def named(self, text: str, kinds: Iterable[str], most: int = 50) -> list[str]:
        """The IRIs of at most ``most`` things of ``kinds`` with all words of ``text`` in names."""
        if not (asked := words(plain(text[:LONGEST]))):
            return []
        match = " AND ".join(f'"{word}"' for word in asked)
        rows = self._rows(
            "SELECT thing.iri FROM words JOIN thing ON thing.rowid = words.rowid "
            "WHERE words MATCH ? AND kind IN (SELECT value FROM json_each(?)) "
            f"ORDER BY bm25(words, {_WEIGHTS}) LIMIT {most:d}",
            (f"{{name others}} : ({match})", json.dumps([*kinds])),
        )
        return [iri for (iri,) in rows]

    def _found(
        self, match: str, typed: str, most: int, kind: str, kinds: Mapping[str, int]
    ) -> Found:
        rows = self._rows(
            "SELECT thing.iri, kind, thing.name, thing.others, thing.note FROM words "
            "JOIN thing ON thing.rowid = words.rowid "
            "WHERE words MATCH ? AND (? = '' OR kind = ?) "
            f"ORDER BY bm25(words, {_WEIGHTS}) LIMIT {_LOOKED_AT}",
            (match, kind, kind),
        )
        ranked = sorted(
            (-score(row[1], row[2], _lines(row[3]), typed), len(row[2]), row) for row in rows
        )
        hits = [_hit(row, typed) for _, _, row in ranked[:most]]
        return Found(hits, kinds.get(kind, 0) if kind else sum(kinds.values()), kinds)

    def _alike(self, typed: str, most: int, kind: str) -> Found:
        wanted = _trigrams(typed)
        if not wanted:
            return NOTHING
        match = " OR ".join('"' + piece.replace('"', '""') + '"' for piece in sorted(wanted))
        rows = self._rows(
            "SELECT thing.iri, kind, thing.name, thing.others, pieces.name, pieces.others "
            "FROM pieces JOIN thing ON thing.rowid = pieces.rowid "
            "WHERE pieces MATCH ? AND (? = '' OR kind = ?) "
            f"ORDER BY bm25(pieces, 10, 6) LIMIT {_LOOKED_AT}",
            (match, kind, kind),
        )
        near = []
        for row in rows:
            shares = [len(wanted & _trigrams(text)) / len(wanted) for text in row[4:6]]
            if (share := max(shares)) >= SHARE:
                other = _nearest(_lines(row[3]), wanted) if shares[1] > shares[0] else ""
                rank = share + 0.1 * score(row[1], "", (), typed)
                near.append((-rank, len(row[2]), Hit(row[0], row[1], row[2], other)))
        near.sort(key=lambda item: (item[0], item[1], item[2].iri))
        kinds: dict[str, int] = {}
        for _, _, hit in near:
            kinds[hit.kind] = kinds.get(hit.kind, 0) + 1
        return Found([hit for _, _, hit in near[:most]], len(near), kinds, alike=True)

    def _counts(self, table: str, match: str) -> dict[str, int]:
        """The number of things of each kind that match."""
        return dict(
            self._rows(
                f"SELECT kind, COUNT(*) FROM {table} JOIN thing ON thing.rowid = {table}.rowid "
                f"WHERE {table} MATCH ? GROUP BY kind",
                (match,),
            )
        )

    def _rows(self, statement: str, values: tuple[str, ...]) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def _add(self, place: int, iri: str, texts: Mapping[str, list[str]]) -> None:
        name, *others = [*texts.get("name", []), *texts.get("other", [])]
        notes = " ".join(texts.get("note", []))
        self._database.execute(
            "INSERT INTO thing (rowid, iri, kind, name, others, note) VALUES (?, ?, ?, ?, ?, ?)",
            (place, iri, kind_of(iri), name, "\n".join(others), notes),
        )
        called = plain(name), plain(" ".join(others))
        self._database.execute(
            "INSERT INTO words (rowid, name, others, note) VALUES (?, ?, ?, ?)",
            (place, *called, plain(notes)),
        )
        self._database.execute(
            "INSERT INTO pieces (rowid, name, others) VALUES (?, ?, ?)", (place, *called)
        )


def _hit(row: tuple[str, ...], typed: str) -> Hit:
    iri, kind, name, others, note = row
    asked = words(typed)
    if _has(plain(name), asked):
        return Hit(iri, kind, name)
    other = next((each for each in _lines(others) if _has(plain(each), asked)), "")
    return Hit(iri, kind, name, other, "" if other else _snippet(note, asked))


def _snippet(note: str, asked: Sequence[str]) -> str:
    """The words of a note around the first that begins with one of those asked for."""
    held = note.split()
    starts = [
        any(word.startswith(part) for word in words(plain(w)) for part in asked) for w in held
    ]
    found = starts.index(True) if True in starts else 0
    first, last = max(found - _SNIPPET // 2, 0), found + _SNIPPET // 2
    text = " ".join(held[first:last])
    return f"{'…' * (first > 0)}{text}{'…' * (last < len(held))}"


def _has(text: str, asked: Sequence[str]) -> bool:
    """Whether words of a plain text begin with all those asked for."""
    held = words(text)
    return all(any(word.startswith(part) for word in held) for part in asked)


def _lines(others: str) -> list[str]:
    return others.split("\n") if others else []


def _nearest(lines: Sequence[str], wanted: set[str]) -> str:
    return max(lines, key=lambda line: len(wanted & _trigrams(plain(line))), default="")


def _trigrams(text: str) -> set[str]:
    """The pieces of three characters, across words, so that short words count, too."""
    return {text[start : start + 3] for start in range(len(text) - 2)}

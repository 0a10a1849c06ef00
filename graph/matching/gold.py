"""Tests the rules on pairs that people judged: precision and recall.

A gold file is a CSV file with the columns ``name``, ``country``, ``same`` (yes or no) and the
identifier of the organisation it was compared with: ``object``, or ``ror``. Further columns are
``city``, ``type`` (HES, REC, PRC, PUB, OTH), ``object_name`` or ``ror_name``, ``object_city`` or
``ror_city``.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from missiongraph.errors import DataError

from .judging import ACCEPTED, Matcher, Pair
from .organisations import Dataset, Organisation, canonical

_KINDS = {"HES": "university", "REC": "research-institute", "PRC": "company", "PUB": "public-body"}
_SAME = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_LINE = 35  # as CORDIS breaks names
_COUNTRIES = {"UK": "GB", "EL": "GR"}


@dataclass(frozen=True)
class Judged:
    """A pair that somebody judged, and what the rules found for its first organisation."""

    subject: Organisation
    object: str
    same: bool
    matchable: bool
    """Whether the dataset has the organisation that was judged, or what succeeded it."""
    pair: Pair | None

    @property
    def accepted(self) -> bool:
        """Whether a rule accepted an organisation for the first one."""
        return self.pair is not None and self.pair.state == ACCEPTED

    @property
    def found(self) -> bool:
        """Whether the organisation that was judged is the one that the rules found."""
        return self.pair is not None and self.pair.target.iri == self.object

    @property
    def wrong(self) -> bool:
        """Whether a rule accepted what was judged not the same, or another than the same."""
        return self.accepted and self.found != self.same and (self.found or self.same)


@dataclass(frozen=True)
class Outcome:
    """What the rules make of judged pairs."""

    pairs: tuple[Judged, ...]

    @property
    def precision(self) -> float:
        """The share of accepted pairs that are right; 1 if none is accepted."""
        right = sum(each.accepted and each.found and each.same for each in self.pairs)
        wrong = sum(each.wrong for each in self.pairs)
        return right / (right + wrong) if right + wrong else 1.0

    def recall(self, kind: str = "") -> float:
        """The share of same pairs that rules accept, of all or of one kind; 1 if there are none."""
        return self._share([each.accepted and each.found for each in self._same(kind)])

    def proposed(self, kind: str = "") -> float:
        """The share of same pairs that rules accept or propose to a curator."""
        return self._share([each.found for each in self._same(kind)])

    def number(self, kind: str = "") -> int:
        """How many pairs are the same, of an organisation that the dataset has."""
        return len(self._same(kind))

    def rows(self) -> list[dict[str, str | int]]:
        """Recall in figures, of all kinds together and of each that pairs are of."""
        return [
            {
                "kind": kind or "all",
                "same": self.number(kind),
                "recall": f"{self.recall(kind):.3f}",
                "with proposals": f"{self.proposed(kind):.3f}",
            }
            for kind in ("", *_KINDS.values())
            if self.number(kind)
        ]

    def _same(self, kind: str) -> list[Judged]:
        matchable = (each for each in self.pairs if each.same and each.matchable)
        return [each for each in matchable if not kind or kind in each.subject.kinds]

    @staticmethod
    def _share(found: Sequence[bool]) -> float:
        return sum(found) / len(found) if found else 1.0


def test(path: Path, against: Dataset | None = None) -> Outcome:
    """Match the first organisations of judged pairs against a dataset.

    Without one, they are matched against the second organisations as the file names them. Pairs
    that were judged neither yes nor no are left out. Raises :class:`DataError` if the file is not
    a gold file.
    """
    rows = [row for row in _read(path) if row["same"].strip().lower() in _SAME]
    subjects = [_subject(row, number) for number, row in enumerate(rows)]
    dataset = against or Dataset("gold", {each.iri: each for each in map(_object, rows)})
    pairs = {pair.subject.iri: pair for pair in Matcher(dataset).match(subjects)}
    return Outcome(
        tuple(
            _judged(row, subject, dataset, pairs.get(subject.iri))
            for row, subject in zip(rows, subjects, strict=True)
        )
    )


def _judged(
    row: dict[str, str], subject: Organisation, dataset: Dataset, pair: Pair | None
) -> Judged:
    """What was judged, beside what the rules found; of a withdrawn record, its successor."""
    iri = _object(row).iri
    there = dataset.organisations.get(iri)
    now = dataset.successor(there) if there else None
    same = _SAME[row["same"].strip().lower()]
    return Judged(subject, now.iri if now else iri, same, now is not None, pair)


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = [{name: cell or "" for name, cell in row.items() if name} for row in reader]
            header = {*(reader.fieldnames or ())}
    except (OSError, UnicodeError, csv.Error) as error:
        raise DataError(f"{path.name}: cannot be read: {error}") from error
    if not header >= {"name", "country", "same"} or not header & {"ror", "object"}:
        raise DataError(f"{path.name}: has to have the columns name, country, same and object")
    return rows


def _subject(row: dict[str, str], number: int) -> Organisation:
    country = row["country"].strip().upper()
    country = _COUNTRIES.get(country, country)
    kind = _KINDS.get(row.get("type", ""), row.get("type", "").lower())
    return Organisation(
        iri=f"row:{number}",
        label=row["name"],
        countries=(country,) if country else (),
        cities=(row["city"],) if row.get("city") else (),
        kinds=(kind,) if kind and kind != "oth" else (),
        line=_LINE,
    )


def _object(row: dict[str, str]) -> Organisation:
    country = row["country"].strip().upper()
    city = row.get("object_city") or row.get("ror_city")
    iri = (row.get("object") or row.get("ror") or "").strip()
    if iri and "/" not in iri:
        iri = f"https://ror.org/{iri}"
    return Organisation(
        iri=canonical(iri),
        label=row.get("object_name") or row.get("ror_name") or iri,
        countries=(_COUNTRIES.get(country, country),),
        cities=(city,) if city else (),
    )

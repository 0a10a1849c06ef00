"""Draw facts by seed, for a person to check them against their sources.

From the root of a checkout: ``python tests/support/draw_facts.py --seed 7 --size 60`` prints each
fact in words with its source; ``--csv FILE`` also writes rows for ``graph/data/checks.csv``, whose
verdict is for the person to fill in. A fact is a row of a table in ``graph/data/``. Each table
gives one; the other places go to the tables by the square root of their rows, so that small tables
are checked, too. ``stands_for`` has the number of rows for which a drawn one stands.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from missiongraph.ingest.mapping import Column, Mapping
from missiongraph.namespaces import ID
from missiongraph.resources import Inputs

Row = dict[str, str]

COLUMNS = (
    *("id", "fact", "statement", "draw", "stands_for", "verdict", "date", "checked_by"),
    *("corrected", "source", "note"),
)
"""The columns of ``checks.csv``."""

_NO_FACTS = {"checks", "coverage", "sources", "concepts", "concept_schemes"}
"""Tables that tell of the data and its terms, not of the field."""


@dataclass(frozen=True)
class Fact:
    """A row of a table, and the number of rows for which it stands."""

    table: str
    row: Row
    columns: tuple[Column, ...]
    stands_for: float

    @property
    def iri(self) -> str:
        """The thing that the row describes: its own, or that in the first cell of a thing."""
        first = next(c for c in self.columns if c.type == "thing")
        value = self.row[first.name].split("|")[0]
        return ID + (f"{first.argument}/{value}" if "/" not in value else value)

    def words(self, names: dict[str, str]) -> str:
        """The filled cells as ``column: value``, with the names of things beside their keys."""
        return "; ".join(
            f"{column.name.replace('_', ' ')}: {_named(self.row[column.name], column, names)}"
            for column in self.columns
            if column.type != "source" and column.name not in {"id", "note"}
            if self.row.get(column.name)
        )


def draw(seed: int, size: int) -> list[Fact]:
    """``size`` facts, at least one of each table; raises ValueError if there are more tables."""
    tables = {
        table.stem: (Mapping.read(mapping), _rows(table))
        for mapping, table in Inputs.shipped().tables()
        if table.stem not in _NO_FACTS
    }
    counts = {name: len(rows) for name, (_, rows) in tables.items()}
    places, chance = shared(size, counts), random.Random(seed)
    return [
        Fact(name, row, tables[name][0].columns, counts[name] / places[name])
        for name in sorted(tables)
        for row in chance.sample(tables[name][1], places[name])
    ]


def shared(size: int, counts: dict[str, int]) -> dict[str, int]:
    """Places of each table: one, and a part of the rest by the square root of its rows.

    No table gets more places than it has rows. Raises ValueError if ``size`` is below the number
    of tables or above that of rows.
    """
    if not len(counts) <= size <= sum(counts.values()):
        raise ValueError(f"draw from {len(counts)} to {sum(counts.values())} facts")
    places = dict.fromkeys(sorted(counts), 1)
    for _ in range(size - len(counts)):
        open_tables = (name for name in places if places[name] < counts[name])
        emptiest = max(open_tables, key=lambda name: math.sqrt(counts[name]) / places[name])
        places[emptiest] += 1
    return places


def _rows(table: Path) -> list[Row]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _labels() -> dict[str, str]:
    """The name of each thing by its key with and without its kind."""
    names: dict[str, str] = {}
    for mapping, table in Inputs.shipped().tables():
        kind = next((c.argument for c in Mapping.read(mapping).columns if c.name == "id"), "")
        for row in _rows(table):
            if "id" in row and (name := row.get("label") or row.get("name")):
                key = row["id"] if "/" in row["id"] or not kind else f"{kind}/{row['id']}"
                names[key] = name
    return names


def _named(cell: str, column: Column, names: dict[str, str]) -> str:
    def one(value: str) -> str:
        key = value if "/" in value else f"{column.argument}/{value}"
        return f"{names[key]} ({value})" if column.type == "thing" and key in names else value

    return ", ".join(map(one, cell.split("|"))) if column.many else one(cell)


def _lines(number: int, fact: Fact, names: dict[str, str], sources: dict[str, Row]) -> str:
    source = sources[fact.row["source"]]
    told = [
        f"{number}. {fact.table}: {fact.words(names)}",
        f"   {fact.iri}",
        f"   {source['title']} ({source['strength']}) {source['address']}",
    ]
    return "\n".join([*told, f"   note: {note}"] if (note := fact.row.get("note")) else told)


def _to_fill_in(
    facts: list[Fact], draw_name: str, names: dict[str, str]
) -> Iterator[dict[str, str]]:
    for number, fact in enumerate(facts, 1):
        yield dict.fromkeys(COLUMNS, "") | {
            "id": f"{draw_name}--{number:02}",
            "fact": fact.iri.removeprefix(ID),
            "statement": f"{fact.table}: {fact.words(names)}",
            "draw": draw_name,
            "stands_for": f"{fact.stands_for:.1f}",
            "date": date.today().isoformat(),
            "source": fact.row["source"],
        }


def main() -> None:
    """Print the facts; write the rows to fill in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="draws the same facts again")
    parser.add_argument("--size", type=int, default=60, help="number of facts")
    parser.add_argument("--csv", type=Path, help="file for the rows to fill in")
    options = parser.parse_args()
    names = _labels()
    sources = {row["id"]: row for row in _rows(Inputs.shipped().data / "sources.csv")}
    try:
        facts = draw(options.seed, options.size)
    except ValueError as error:
        sys.exit(str(error))
    for number, fact in enumerate(facts, 1):
        print(_lines(number, fact, names, sources), end="\n\n")
    if options.csv:
        with options.csv.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(_to_fill_in(facts, f"seed-{options.seed}", names))


if __name__ == "__main__":
    main()

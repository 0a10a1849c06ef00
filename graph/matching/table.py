"""The table of candidates, ``candidates.csv``: a row for each pair, with its state and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from missiongraph.errors import DataError
from missiongraph.system.files import replacing


@dataclass(frozen=True)
class Row:
    """A pair of organisations. Several cities or kinds are separated by ``; ``.

    ``state`` is accepted, proposed, unsure, part of or withdrawn; ``rule`` accepts the pair or says
    why none does; ``by`` is ``rule`` or who decided, ``when`` the day.
    """

    subject: str
    subject_name: str
    subject_city: str
    subject_country: str
    subject_kind: str
    object: str
    object_name: str
    object_city: str
    object_country: str
    object_kind: str
    dataset: str
    score: str
    rule: str
    runner_up: str
    runner_up_name: str
    runner_up_score: str
    state: str
    by: str
    when: str


COLUMNS = tuple(field.name for field in fields(Row))


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write the table; an older one stays until it is complete."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(row) for row in rows)
    with replacing(path) as file:
        file.write(text.getvalue().encode())


def read(path: Path) -> list[Row]:
    """The rows of a table; raises :class:`DataError` if it is none, or is cut."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = [*csv.reader(file)] or [[]]
    except (OSError, UnicodeError, csv.Error) as error:
        raise DataError(f"{path.name}: cannot be read: {error}") from error
    if missing := [name for name in COLUMNS if name not in header]:
        raise DataError(f"{path.name}: is no table of candidates: it has no column {missing[0]}")
    return [_row(path, header, cells, number) for number, cells in enumerate(rows, start=2)]


def _row(path: Path, header: Sequence[str], cells: Sequence[str], number: int) -> Row:
    if len(cells) != len(header):
        raise DataError(f"{path.name}, row {number}: has {len(cells)} cells, not {len(header)}")
    row = dict(zip(header, cells, strict=True))
    return Row(**{name: row[name] for name in COLUMNS})

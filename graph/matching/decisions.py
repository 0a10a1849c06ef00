"""Keeps what people decided on pairs of organisations: one file that only ever grows.

Each line is a decision as JSON. The last one on a pair counts, in all editions of the datasets. A
line that cannot be read is skipped and reported; the others count.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

from missiongraph.errors import DataError
from missiongraph.system.files import one_at_a_time

from .names import fold
from .organisations import Organisation, canonical

FILE = "decisions.jsonl"

ACCEPTED, REJECTED, UNSURE = "accepted", "rejected", "unsure"
PART_OF, WITHDRAWN = "part of", "withdrawn"
STATES = (ACCEPTED, REJECTED, UNSURE, PART_OF, WITHDRAWN)
"""What can be decided; ``withdrawn`` takes the decision before back."""


@dataclass(frozen=True)
class Decision:
    """A decision on a pair of organisations and the names they had then; ``when`` is in UTC."""

    subject: str
    object: str
    state: str
    by: str
    when: str
    subject_name: str = ""
    object_name: str = ""
    note: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """The IRIs of the two organisations."""
        return self.subject, self.object


@dataclass(frozen=True)
class Decisions:
    """The decisions that count, by pair, and the numbers of lines that cannot be read."""

    by_pair: dict[tuple[str, str], Decision] = field(default_factory=dict)
    damaged: tuple[int, ...] = ()

    def on(self, one: Organisation, other: Organisation) -> Decision | None:
        """The decision on two organisations; a rejection ends when a name changes."""
        decision = self.by_pair.get((one.iri, other.iri))
        if decision and decision.state == REJECTED and _renamed(decision, one, other):
            return None
        return decision

    def rejects(self, one: Organisation, other: Organisation) -> bool:
        """Whether a decision says that two differ, and neither name has changed since."""
        decision = self.on(one, other)
        return decision is not None and decision.state == REJECTED


def _renamed(decision: Decision, one: Organisation, other: Organisation) -> bool:
    then = ((decision.subject_name, one.label), (decision.object_name, other.label))
    return any(before and fold(before) != fold(now) for before, now in then)


def decide(
    subject: str, object_: str, state: str, by: str, names: tuple[str, str] = ("", "")
) -> Decision:
    """A decision of now; raises :class:`DataError` for a state or a pair that cannot be."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return _checked(Decision(canonical(subject), canonical(object_), state, by, now, *names))


def _checked(decision: Decision) -> Decision:
    if decision.state not in STATES:
        raise DataError(f"{decision.state!r} is no decision; there are: {', '.join(STATES)}")
    for iri in decision.pair:
        if not iri.startswith(("http://", "https://")) or any(c in iri for c in ' <>"{}|\\^`\n'):
            raise DataError(f"{iri!r} is not the IRI of an organisation")
    if decision.subject == decision.object:
        raise DataError(f"{decision.subject}: is one organisation, not a pair")
    return decision


def read(path: Path) -> Decisions:
    """The decisions in a file; none if there is no file.

    Raises :class:`DataError` if it cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    by_pair: dict[tuple[str, str], Decision] = {}
    damaged: list[int] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if decision := _parsed(line):
            by_pair[decision.pair] = decision
        else:
            damaged.append(number)
    return Decisions(by_pair, tuple(damaged))


def _parsed(line: bytes) -> Decision | None:
    """The decision of a line, or nothing if it is damaged. Keys that are not known are left out."""
    try:
        content = json.loads(line)
        known = {each.name: str(content[each.name]) for each in fields(Decision)}
        return _checked(Decision(**known))
    except (ValueError, KeyError, TypeError, DataError):
        return None


def append(path: Path, decisions: Iterable[Decision]) -> int:
    """Add decisions to a file, all at once, and sync it; returns how many.

    Writers take turns. If the last line was cut, the first decision begins on a line of its own.
    Raises :class:`DataError` if the file cannot be written; then it is as before.
    """
    lines = [json.dumps(asdict(each), ensure_ascii=False) for each in decisions]
    if not lines:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(path), path.open("a+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                lines.insert(0, "")
        rest = ("\n".join(lines) + "\n").encode()
        try:
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                file.truncate(size)
            reason = error.strerror or error
            raise DataError(f"{path}: cannot be written, nothing is decided: {reason}") from error
    return sum(map(bool, lines))


def from_table(path: Path, by: str) -> Iterator[Decision]:
    """The decisions in a CSV file with the columns subject, object and state, such as candidates.

    Proposed rows and rows that a rule accepted hold no decision and are left out. Raises
    :class:`DataError`, which names the row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if missing := {"subject", "object", "state"} - {*(rows.fieldnames or ())}:
                raise DataError(f"{path.name}: has no column {', '.join(sorted(missing))}")
            for number, row in enumerate(rows, start=2):
                yield from _of_row(row, by, f"{path.name}, row {number}")
    except (OSError, UnicodeError, csv.Error) as error:
        raise DataError(f"{path.name}: cannot be read: {error}") from error


def _of_row(row: dict[str, str], by: str, place: str) -> Iterator[Decision]:
    state = (row["state"] or "").strip().lower()
    decided_by = (row.get("by") or "").strip()
    if state in ("", "proposed") or decided_by == "rule":
        return
    names = (row.get("subject_name") or "", row.get("object_name") or "")
    try:
        yield decide(row["subject"] or "", row["object"] or "", state, decided_by or by, names)
    except DataError as error:
        raise DataError(f"{place}: {error}") from None

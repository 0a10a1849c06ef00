"""Things that were published and are no more: their IRIs answer that they are gone.

``data/removed.csv`` lists each with the reason and, where something takes its place, that.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from missiongraph.namespaces import ID


@dataclass(frozen=True)
class Removed:
    """Why a thing is no more, and the IRI of what takes its place, if any."""

    reason: str
    successor: str = ""


def read(path: Path) -> dict[str, Removed]:
    """The removed things of a table, by IRI."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            ID + row["thing"]: Removed(row["reason"], row["successor"] and ID + row["successor"])
            for row in csv.DictReader(file)
        }


@cache
def removed() -> dict[str, Removed]:
    """The things that MissionGraph has removed, by IRI."""
    return read(Path(str(resources.files("missiongraph"))) / "data" / "removed.csv")

"""Lists things that were published and then removed, whose IRIs answer 410 Gone.

``data/removed.csv`` has the reason for each and its successor, if there is one.
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
    """Why a thing was removed, and the IRI of its successor, if any."""

    reason: str
    successor: str = ""


def read(path: Path) -> dict[str, Removed]:
    """The removed things in a CSV file, by IRI."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            ID + row["thing"]: Removed(row["reason"], row["successor"] and ID + row["successor"])
            for row in csv.DictReader(file)
        }


@cache
def removed() -> dict[str, Removed]:
    """The removed things of MissionGraph's own data, by IRI."""
    return read(Path(str(resources.files("missiongraph"))) / "data" / "removed.csv")

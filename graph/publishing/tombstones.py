"""Lists IRIs that were published and then given up: of things that were removed, or moved.

``data/removed.csv`` has the reason for each removal, and the successor, if there is one. A thing
that only moved to another IRI has a successor and no reason: its old address redirects, while
that of a removed thing answers 410 Gone.
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
    """Why a thing was removed (empty if it moved), and the IRI of its successor, if any."""

    reason: str
    successor: str = ""


def read(path: Path) -> dict[str, Removed]:
    """The removed and moved things in a CSV file, by their old IRI."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            ID + row["thing"]: Removed(row["reason"], row["successor"] and ID + row["successor"])
            for row in csv.DictReader(file)
        }


@cache
def removed() -> dict[str, Removed]:
    """The removed and moved things of MissionGraph's own data, by their old IRI."""
    return read(Path(str(resources.files("missiongraph"))) / "data" / "removed.csv")

"""What checks of the data against their sources found: random draws, and the share that was right.

``data/draws.csv`` has a row for each draw; the single facts are in ``data/checks.csv``, which is
part of the graph. "Right" means true as far as is known, and said by the source that is cited.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

_Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution: an interval of 95 %


@dataclass(frozen=True)
class Draw:
    """A random draw of facts, and how many of them got which verdict.

    ``drawn`` is the sum of ``right``, ``wrong``, ``unsupported`` (not in the source cited) and
    ``unread`` (the source could not be read). ``listed`` is ``all`` or ``faults``: which of its
    facts are in ``data/checks.csv``.
    """

    key: str
    date: str
    seed: int
    drawn: int
    right: int
    wrong: int
    unsupported: int
    unread: int
    listed: str
    checked_by: str
    note: str

    @property
    def read(self) -> int:
        """The facts whose source could be read."""
        return self.drawn - self.unread

    @property
    def share(self) -> float:
        """The share, 0 to 1, of the facts read that are right; 0 if none was read."""
        return self.right / self.read if self.read else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return wilson(self.right, self.read)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share of ``hits`` in ``of``; (0, 1) if ``of`` is 0.

    Wilson, E. B. (1927), https://doi.org/10.1080/01621459.1927.10502953.
    """
    if not of:
        return 0.0, 1.0
    share, square = hits / of, _Z**2 / of
    middle = share + square / 2
    reach = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of))
    low, high = (middle - reach) / (1 + square), (middle + reach) / (1 + square)
    return min(max(0.0, low), share), max(min(1.0, high), share)  # 0 and 1 are met but for rounding


def read(path: Path) -> tuple[Draw, ...]:
    """The draws in a CSV file, the earliest first."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["date"])
    numbers = ("seed", "drawn", "right", "wrong", "unsupported", "unread")
    return tuple(
        Draw(
            key=row["draw"],
            date=row["date"],
            **{name: int(row[name]) for name in numbers},
            listed=row["listed"],
            checked_by=row["checked_by"],
            note=row["note"],
        )
        for row in rows
    )


@cache
def draws() -> tuple[Draw, ...]:
    """The draws from MissionGraph's own data, the earliest first."""
    return read(Path(str(resources.files("missiongraph"))) / "data" / "draws.csv")

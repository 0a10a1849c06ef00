"""How long, and with how much memory, does an import take, and what of it are rules and shapes?

    python tests/benchmarks/import_speed.py [PROJECTS ...]

Makes up editions of CORDIS (by default of 236 and 1,500 projects, with some eight participants
each), reads and maps them, and writes them into a copy of the curated graph. Prints the rows, the
seconds of each step, and the peak memory; each edition is a process of its own.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

PROJECT: tuple[str, ...] = ("id", "acronym", "title", "startDate", "endDate", "ecMaxContribution")
PROJECT += ("frameworkProgramme", "objective", "contentUpdateDate")
ORGANIZATION: tuple[str, ...] = ("projectID", "organisationID", "name", "activityType")
ORGANIZATION += ("country", "order", "role")
ORGANIZATION += ("ecContribution", "endOfParticipation", "contentUpdateDate")
TOPICS = ("projectID", "topic", "title")
BODIES = 12_000
DAY = "2025-04-01 10:00:00"


def main(sizes: Iterable[int]) -> None:
    """Make and import each edition."""
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            subprocess.run([sys.executable, __file__, "--time", name, str(size)], check=True)


def write_edition(folder: Path, projects: int) -> list[Path]:
    """Write an edition as CORDIS does: semicolons, all cells quoted; the same one each time."""
    chance = random.Random(0)
    tables: dict[str, list[Sequence[object]]] = {
        "project.csv": [PROJECT],
        "organization.csv": [ORGANIZATION],
        "topics.csv": [TOPICS],
    }
    for number in range(101_000_000, 101_000_000 + projects):
        bodies = chance.sample(range(BODIES), chance.randint(3, 14))
        sums = [chance.randint(1, 10**8) / 100 for _ in bodies]
        whole = f"{sum(sums):.2f}".replace(".", ",")
        title = f"A made-up project, number {number}"
        dates = ("2022-01-01", "2025-12-31")
        about = "An objective. " * 100
        tables["project.csv"].append(
            (number, f"P{number}", title, *dates, whole, "HORIZON", about, DAY)
        )
        mission = chance.choice(["CIT", "SOIL", "OCEAN", "CLIMA", "CANCER"])
        tables["topics.csv"].append((number, f"HORIZON-MISS-2021-{mission}-01-01", "A topic"))
        for order, (body, money) in enumerate(zip(bodies, sums, strict=True), start=1):
            kind = ("HES", "REC", "PRC", "PUB", "OTH")[body % 5]
            country = ("DE", "FR", "UK", "EL", "SE", "NA")[body % 6]
            role = "participant" if order > 1 else "coordinator"
            cells = (number, 900_000_000 + body, f"BODY {body}", kind, country, order, role)
            tables["organization.csv"].append((*cells, f"{money:.2f}", "false", DAY))
    return [write(folder / name, rows) for name, rows in tables.items()]


def write(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    """Write one table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows(rows)
    return path


def import_(folder: Path, projects: int) -> None:
    """Import one edition into a copy of the curated graph, and print what it took."""
    from missiongraph.derivation import rules
    from missiongraph.importers import editions, recipe
    from missiongraph.importers.running import run
    from missiongraph.ingest.build import build
    from missiongraph.rdf.store import named
    from missiongraph.writing import directory

    graph = folder / "graph"
    derived_by = rules.fingerprint(rules.shipped())
    directory.create(graph, named(build().path, keep_labels=True), merged=True, rules=derived_by)
    files = write_edition(folder, projects)
    begun = [("reading and mapping", time.perf_counter())]
    imported = run(recipe.find("cordis"), files)
    rows, statements = imported.report.rows, imported.report.statements
    print(f"{projects:,} projects, {rows:,} rows, {statements:,} statements")
    begun.append(("loading", time.perf_counter()))
    editions.write(graph, imported, lambda step: begun.append((step, time.perf_counter())))
    begun.append(("", time.perf_counter()))
    for (step, start), (_, end) in pairwise(begun):
        print(f"  {step:20} {end - start:6.1f} s {rows / (end - start):10,.0f} rows/s")
    print(f"  {'peak memory':20} {peak():6,.0f} MB")


def peak() -> float:
    """The largest resident memory of this process, in MB."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--time"]:
        import_(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main([int(size) for size in sys.argv[1:]] or [236, 1_500])

"""How fast, and in how much memory, does a long table become RDF?

    python tests/benchmarks/map_speed.py [ROWS]

Makes a table of its own (150,000 rows of 15 columns by default), maps it to eight triples a
row with one and with two workers, and prints rows and triples a second and the peak memory of
the process with its children. The bars: 30,000 rows a second on two cores, 500 MB.
"""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
from pathlib import Path

MAPPING = """# A participation: who took part in which project, in what role.
# column project      thing project
# column organisation thing organisation
# column role         concept role
# column country      concept country ?
# column start        date ?
# column end          date ?
# column contribution decimal ?
# column total        decimal
# column months       integer
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX participation: <https://w3id.org/missiongraph/id/participation/>
CONSTRUCT {
  ?id a moi:Participation ; moi:hasParticipant ?organisation ; moi:concerns ?project ;
    moi:hasRole ?role ; moi:start ?start ; moi:end ?end ; moi:value ?contribution .
  ?organisation moi:hasCountry ?country .
} WHERE {
  BIND(IRI(CONCAT(STR(participation:), STRAFTER(STR(?project), "/id/project/"), "--",
    STRAFTER(STR(?organisation), "/id/organisation/"))) AS ?id)
}
"""
COLUMNS = (
    *("project", "organisation", "role", "country", "start", "end", "contribution", "total"),
    *("months", "group", "kind", "grant", "year", "acronym", "title"),
)


def main(rows: int) -> None:
    """Make the table and time both numbers of workers, each in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mapping.rq").write_text(MAPPING, "utf-8")
        write_table(folder / "table.csv", rows)
        size = (folder / "table.csv").stat().st_size / 1e6
        print(f"{rows:,} rows x {len(COLUMNS)} columns, {size:.0f} MB")
        for suffix in ("nt", "trig.gz"):
            for workers in (1, 2):
                command = [sys.executable, __file__, "--time", name, suffix, str(workers)]
                subprocess.run(command, check=True)


def write_table(path: Path, rows: int) -> None:
    """Write a table like those of funders' open data; the same one each time."""
    chance = random.Random(0)
    countries = ["AT", "BE", "DE", "DK", "ES", "FI", "FR", "IT", "NL", "PL", "SE", "UK", ""]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in range(rows):
            year, month = chance.randint(2014, 2020), chance.randint(1, 12)
            total = chance.randint(1, 10**9) / 100
            title = " ".join(chance.choices(["mission", "water", "city", 'a "new"', "é"], k=6))
            writer.writerow(
                [
                    200_000 + row // 5,
                    chance.randint(900_000_000, 999_999_999),
                    chance.choice(["coordinator", "participant", "partner"]),
                    chance.choice(countries),
                    f"{year}-{month:02}-01",
                    f"{year + 4}-{month:02}-28",
                    f"{total / 7:.2f}" if chance.random() < 0.9 else "",
                    f"{total:.2f}",
                    48,
                    chance.choice(["eu15", "eu13", "other"]),
                    chance.choice(["firm", "university", "public"]),
                    f"G{row // 5}",
                    year,
                    f"ACR{row // 5}",
                    title,
                ]
            )


def time(folder: Path, suffix: str, workers: int) -> None:
    """Map the table once and print what it took."""
    from missiongraph import map_file

    target = folder / f"out.{suffix}"
    done = map_file(folder / "table.csv", folder / "mapping.rq", target, workers=workers)
    print(
        f"{suffix:8} {workers} worker{'s' * (workers > 1)}: {done.seconds:5.1f} s, "
        f"{done.rows / done.seconds:8,.0f} rows/s, "
        f"{done.triples / done.seconds:9,.0f} triples/s, {peak():4.0f} MB"
    )


def peak() -> float:
    """The largest resident memory of this process and its children, in MB."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    used += resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return used / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--time"]:
        time(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 150_000)

"""How long does a person wait for a first answer, and for each further one?

    python tests/benchmarks/first_use.py [--before PYTHON] [--rounds N]

Runs commands in processes of their own: the first query on an empty cache, and the first network;
then, with all in the
cache and its networks measured, a library query, ``--help``, a query in Python; and for comparison
``oxigraph query`` (pip install oxigraph) on the same store, and ``import click``. ``--before`` is
the Python of an environment with another version of MissionGraph, which is measured in turn with
this one. Shown are the medians in milliseconds of wall clock and of processor time, the most
memory, and the ratios. The bars: a warm query takes at most 1/6 of what version 0.1.0 took, 4 times
``oxigraph query`` and 150 MB; ``--help`` 2.5 times ``import click``; opening and a query in Python
0.4 s of processor time.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

NAME = "funded-posts"
IN_PYTHON = f"import missiongraph as mg; mg.open().query('{NAME}')"


@dataclass(frozen=True)
class Taken:
    """What a process took: milliseconds of wall clock and of processor time, megabytes."""

    wall: float
    processor: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.wall:7.0f} ms  {self.processor:7.0f} ms processor  {self.megabytes:4.0f} MB"


def run(command: list[str], cache: Path) -> Taken:
    """Run a command to its end and measure it and its children; raises if it fails."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cache.parent,  # not a checkout, whose folders another version would find
        env=os.environ | {"MISSIONGRAPH_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begin
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Taken(1000 * wall, 1000 * (used.ru_utime + used.ru_stime), _megabytes(used))


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def median(taken: list[Taken]) -> Taken:
    """The median of each figure."""
    parts = ([getattr(each, name) for each in taken] for name in ("wall", "processor", "megabytes"))
    return Taken(*map(statistics.median, parts))


def ours(python: str) -> dict[str, list[str]]:
    """The commands of an environment, by what they are called in the table."""
    program = [str(Path(python).with_name("missiongraph"))]
    return {
        "query": [*program, "query", NAME],
        "query in Python": [python, "-c", IN_PYTHON],
        "--help": [*program, "--help"],
        "import click": [python, "-c", "import click"],
    }


def main() -> None:
    """Measure this version, another one if given, and the peers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", default="", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    pythons = {"now": sys.executable} | ({"before": options.before} if options.before else {})
    with tempfile.TemporaryDirectory() as name:
        caches = {which: Path(name, which) for which in pythons}
        for which, python in pythons.items():
            print(f"{which:7}first query       {run(ours(python)['query'], caches[which])}")
            central = [ours(python)["query"][0], "centrality", "funding"]
            print(f"{which:7}first centrality  {run(central, caches[which])}")
            scores = [python, "-c", "import missiongraph as mg; mg.open().query('sure-ranks')"]
            print(f"{which:7}networks measured {run(scores, caches[which])}")
        commands = {
            (which, what): (command, caches[which])
            for which, python in pythons.items()
            for what, command in ours(python).items()
        }
        store = next(iter(caches["now"].glob("*/networks-*.store/store")), None)
        if store and (peer := shutil.which("oxigraph")):
            query = Path(__file__).parents[2] / "queries" / f"{NAME}.rq"
            asked = ["query", "--location", str(store), "--query-file", str(query)]
            commands["oxigraph", "query"] = (
                [peer, *asked, "--results-format", "csv"],
                caches["now"],
            )
        found: dict[tuple[str, str], list[Taken]] = {key: [] for key in commands}
        for _ in range(options.rounds):  # in turn, so that a busy moment strikes all alike
            for key, (command, cache) in commands.items():
                found[key].append(run(command, cache))
        show({key: median(taken) for key, taken in found.items()})


def show(found: dict[tuple[str, str], Taken]) -> None:
    """Print the medians and the ratios that have a bar."""
    for (which, what), taken in found.items():
        print(f"{which:10}{what:16}{taken}")
    query, click = found["now", "query"], found["now", "import click"]
    print(f"--help: {found['now', '--help'].wall / click.wall:.1f} times import click (bar 2.5)")
    if peer := found.get(("oxigraph", "query")):
        print(f"query: {query.wall / peer.wall:.1f} times oxigraph query (bar 4)")
    if before := found.get(("before", "query")):
        print(f"query: 1/{before.wall / query.wall:.1f} of before (bar 1/6)")


if __name__ == "__main__":
    main()

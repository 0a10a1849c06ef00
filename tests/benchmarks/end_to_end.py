"""From a store to a ranking in a CSV: ours against what an analyst would write today.

    python tests/benchmarks/end_to_end.py [TRIPLES]

On a generated graph, one million triples unless told otherwise: who is central, by PageRank,
among organisations that take part in the same missions? ``analyst.py`` asks rdflib and
networkx. Both runs are processes of their own and give the same scores. What counts is processor
time from the loaded store to the CSV; loading is told apart. Ours is the median of five, each
with an empty cache (and one more for what the cache gives); the analyst's takes long and is run
once. The bar: 50 times.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from generate import generate

RUNS = 5
BAR = 50


def main(triples: int) -> None:
    """Make the graph, run both, compare what they wrote and print how long they took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph, ours, theirs = (folder / file for file in ("graph.nq", "ours.csv", "theirs.csv"))
        print(f"{generate(graph, triples):,} triples")
        analyst = Path(__file__).with_name("analyst.py")
        load, slow = run(str(analyst), graph, theirs, folder / "none")
        print(f"rdflib and networkx: {slow:8.2f} s   (and {load:.1f} s to load)")
        runs = [run(__file__, graph, ours, folder / f"cache{n}") for n in range(RUNS)]
        load, fast = (median(times) for times in zip(*runs, strict=True))
        print(f"missiongraph:        {fast:8.2f} s   (and {load:.1f} s to load)")
        _, warm = run(__file__, graph, ours, folder / "cache0")
        print(f"  ties kept before:  {warm:8.2f} s")
        print(f"{compare(ours, theirs):,} organisations, the same scores to 1e-9")
        print(f"{slow / fast:.0f} times as fast (bar {BAR}); with ties kept {slow / warm:.0f}")


def run(script: str, graph: Path, target: Path, cache: Path) -> tuple[float, float]:
    """Seconds of processor time to load, and from there to the CSV."""
    command = [sys.executable, script, str(graph), str(target)]
    environment = os.environ | {"MISSIONGRAPH_CACHE": str(cache)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    load, rest = map(float, done.stdout.split())
    return load, rest


def rank(path: Path, target: Path) -> tuple[float, float]:
    """Load the graph and write the ranking; the seconds of processor time of both."""
    import missiongraph
    from missiongraph.networks import centrality, draw_from

    begun = time.process_time()
    graph = missiongraph.open(path)
    ready = time.process_time()
    ranking = centrality(draw_from(graph.engine, "shared-missions"), ["pagerank"])
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["node", "label", "pagerank"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(ranking.rows())
    return ready - begun, time.process_time() - ready


def compare(ours: Path, theirs: Path) -> int:
    """How many are ranked; raises AssertionError where the two files disagree."""
    tables = []
    for path in (ours, theirs):
        with path.open(encoding="utf-8", newline="") as file:
            tables.append({row["node"]: float(row["pagerank"]) for row in csv.DictReader(file)})
    assert tables[0].keys() == tables[1].keys()
    assert max(abs(tables[0][node] - tables[1][node]) for node in tables[0]) < 1e-9
    return len(tables[0])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(*rank(Path(sys.argv[1]), Path(sys.argv[2])))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)

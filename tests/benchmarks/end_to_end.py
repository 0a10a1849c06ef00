"""From a store to a ranking in a CSV: ours against what an analyst would write today.

    python tests/benchmarks/end_to_end.py [TRIPLES]

Who is central among organisations that take part in the same missions, in a generated graph (one
million triples unless told otherwise)? By PageRank, and by PageRank, closeness and betweenness.
``analyst.py`` asks rdflib and networkx. Each run is a process of its own, on one thread or many;
what counts is processor time from the loaded store to the CSV. Loading and imports are apart.
Ours is the median of five, with an empty cache and again with the ties kept; the analyst's takes
minutes and is run once. Both give the same scores. The bar: 50 times.
"""

from __future__ import annotations

import csv
import json
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
QUESTIONS = (("pagerank",), ("pagerank", "closeness", "betweenness"))


def main(triples: int) -> None:
    """Make the graph, run both, compare what they wrote and print how long they took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph, ours, theirs = (folder / file for file in ("graph.nq", "ours.csv", "theirs.csv"))
        print(f"{generate(graph, triples):,} triples")
        analyst = Path(__file__).with_name("analyst.py")
        slow = run(folder, str(analyst), str(graph), str(theirs))
        print(f"{'to load':40} {slow['load']:8.2f} s", end="")
        for question in QUESTIONS:
            command = (__file__, str(graph), str(ours), *question)
            cold = [run(folder / f"cache {question} {n}", *command) for n in range(RUNS)]
            warm = [run(folder / f"cache {question} 0", *command) for _ in range(RUNS)]
            if question == QUESTIONS[0]:
                print(f" {median(times['load'] for times in cold):8.2f} s")
            base = slow["network"] + sum(slow[measure] for measure in question) + slow["write"]
            for kept, runs in (("", cold), (", ties kept", warm)):
                fast = median(times["rank"] for times in runs)
                what = ", ".join(question) + kept
                print(f"{what:40} {base:8.2f} s {fast:8.2f} s {base / fast:6.0f} times (bar {BAR})")
            print(f"{compare(ours, theirs, question):,} organisations, the same scores to 1e-9")


def run(cache: Path, *command: str) -> dict[str, float]:
    """The seconds of processor time that each step took."""
    environment = os.environ | {"MISSIONGRAPH_CACHE": str(cache)}
    done = subprocess.run(
        [sys.executable, *command], stdout=subprocess.PIPE, env=environment, check=True
    )
    taken: dict[str, float] = json.loads(done.stdout)
    return taken


def rank(path: Path, target: Path, measures: list[str]) -> None:
    """Load the graph and write the ranking; print what both took."""
    import numba  # noqa: F401  # imports are not counted
    import polars  # noqa: F401

    import missiongraph
    from missiongraph.networks import centrality, load_network

    begun = time.process_time()
    graph = missiongraph.open(path)
    ready = time.process_time()
    ranking = centrality(load_network(graph.engine, "shared-missions"), measures)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["node", "label", *measures], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(ranking.rows())
    print(json.dumps({"load": ready - begun, "rank": time.process_time() - ready}))


def compare(ours: Path, theirs: Path, measures: tuple[str, ...]) -> int:
    """How many are ranked; raises AssertionError where the two files disagree."""
    tables = []
    for path in (ours, theirs):
        with path.open(encoding="utf-8", newline="") as file:
            tables.append({row["node"]: row for row in csv.DictReader(file)})
    one, other = tables
    assert one.keys() == other.keys()
    for measure in measures:
        apart = (abs(float(one[node][measure]) - float(other[node][measure])) for node in one)
        assert max(apart) < 1e-9, measure
    return len(one)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        rank(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)

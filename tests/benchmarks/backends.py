"""The query library on each backend: python tests/benchmarks/backends.py

Prints, for each, the seconds of the whole library (median, best and worst of the runs), of its
slowest query, and of counting the graph. Needs the `oxigraph` package and Virtuoso.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import missiongraph
from missiongraph import MissionGraph
from missiongraph.sparql.library import queries

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

from support import peers  # noqa: E402 (a neighbour of this folder)

RUNS = 5
EXPECTED = tomllib.loads((TESTS / "expected_rows.toml").read_text("utf-8"))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def library(graph: MissionGraph) -> dict[str, float]:
    """Seconds of each query."""

    def ask(name: str) -> object:
        return graph.query(name, **EXPECTED[name].get("parameters", {}))

    return {query.name: seconds(partial(ask, query.name)) for query in queries()}


def report(name: str, graph: MissionGraph) -> None:
    library(graph)  # warm
    runs = [library(graph) for _ in range(RUNS)]
    totals = sorted(sum(run.values()) for run in runs)
    slowest = max(runs[0], key=lambda query: statistics.median(run[query] for run in runs))
    worst = statistics.median(run[slowest] for run in runs)
    counting = statistics.median(seconds(graph.info) for _ in range(RUNS))
    spread = f"{statistics.median(totals):.2f} ({totals[0]:.2f} to {totals[-1]:.2f})"
    print(f"| {name} | {spread} | {worst:.2f} `{slowest}` | {counting:.2f} |", flush=True)


def main() -> None:
    local = missiongraph.open()
    print("| backend | whole library, s | slowest query, s | `info`, s |\n|---|---|---|---|")
    report("in this process", local)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if command := peers.find_oxigraph():
            peer = stack.enter_context(peers.oxigraph(command, local))
            report("Oxigraph server", missiongraph.open(peer.address))
        if peers.find_virtuoso():
            peer = stack.enter_context(peers.virtuoso(local, folder))
            remote = missiongraph.open(peer.address, default_graph=peer.default_graph)
            report("Virtuoso", remote)


if __name__ == "__main__":
    main()

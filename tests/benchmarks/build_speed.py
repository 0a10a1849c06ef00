"""How long do the build and the opening of the curated graph take?

python tests/benchmarks/build_speed.py

Builds the shipped tables three times into a fresh file, opens the result, counts it, and
prints the best times with the size of the graph. The bar: a build in 10 seconds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import missiongraph


def best(work: Callable[[], object], times: int = 3) -> float:
    """The seconds of the fastest of some runs."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Time each step."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "missiongraph.nq"
        print(f"build      {best(lambda: missiongraph.build(target)):6.2f} s")
        missiongraph.build()
        print(f"cache hit  {best(missiongraph.build):6.2f} s")
        print(f"open       {best(missiongraph.open):6.2f} s")
        graph = missiongraph.open()
        print(f"info       {best(graph.info):6.2f} s")
        print(f"export     {best(lambda: graph.export(Path(folder) / 'all.trig')):6.2f} s")
        lines = target.read_bytes().count(b"\n")
        print(f"{lines:,} quads, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

"""Processor time to measure all networks of the curated graph, and what it took the plain way.

    python tests/benchmarks/measuring_speed.py

Both rank anew for each source that is left out. The plain way: betweenness by a search of the whole
network from each node, PageRank by products of matrices, steps counted by numpy, all on threads,
however small the network, and rankings compared though no one asks. Bars: at most a fifth of its
time, and the same bytes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import plain_measures

from missiongraph.ingest.build import build
from missiongraph.networks.analysis import rank_robustness
from missiongraph.networks.kernels import compiled, multi_source_bfs
from missiongraph.networks.measures import betweenness, spectral
from missiongraph.networks.measures.ranking import Interval, Ranks
from missiongraph.networks.observations.observe import observe
from missiongraph.rdf.store import load
from missiongraph.sparql.local import LocalEngine

SHARE = 5


def main() -> int:
    """Measure both ways and print what they took."""
    built = build()
    engine = LocalEngine(load(built.path), built.fingerprint)
    observe(engine, "partnerships")  # compiles
    fast, observed = seconds(lambda: observe(engine))
    with the_plain_way():
        observe(engine, "partnerships")
        plain, expected = seconds(lambda: observe(engine))
    print(f"all networks measured  {fast:6.1f} CPU-s, {len(observed):,} bytes")
    print(f"the plain way          {plain:6.1f} CPU-s, {plain / fast:.1f} times as much")
    print(f"the same bytes         {observed == expected}")
    return 0 if observed == expected and SHARE * fast <= plain else 1


@contextmanager
def the_plain_way() -> Iterator[None]:
    """Replace the fast measures."""
    spread, intervals = compiled.spread, rank_robustness._of_sources

    def on_threads(function: Any, pieces: Any, *, small: bool = False) -> Iterator[Any]:
        return spread(function, pieces)

    def compared(ranks: Ranks, varied: dict[str, Ranks]) -> Interval:
        interval = intervals(ranks, varied)
        assert len(interval.moved) == len(varied)
        return interval

    with ExitStack() as stack:
        stack.enter_context(patch.object(compiled, "spread", on_threads))
        stack.enter_context(patch.object(rank_robustness, "_of_sources", compared))
        stack.enter_context(patch.object(spectral, "pagerank", plain_measures.pagerank))
        stack.enter_context(patch.object(multi_source_bfs, "_arrive", plain_measures.arrive))
        stack.enter_context(patch.object(betweenness, "_by_blocks", lambda network: None))
        yield


def seconds(work: Callable[[], bytes]) -> tuple[float, bytes]:
    """The processor time of all threads that ``work`` takes, in user and system, and its result."""
    begin = os.times()
    result = work()
    end = os.times()
    return end.user - begin.user + end.system - begin.system, result


if __name__ == "__main__":
    sys.exit(main())

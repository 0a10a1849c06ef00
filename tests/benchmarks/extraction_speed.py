"""How fast do ties come out of the store, and how fast the second time?

    python tests/benchmarks/extraction_speed.py [TRIPLES …]

For generated graphs (by default of 100 thousand and a million statements), held as the server
holds them, a query of four columns: processor seconds (of all threads) of the engine alone, of
the whole way to ties, of the way back from a snapshot and of drawing them; rows a second; and the
most memory taken beside the graph. Then the same without a graph, for 700 thousand ties among
100 thousand nodes. A graph of ten million statements takes some 13 GB. The bars: 200 thousand
rows a processor second, 250 MB at five million statements, a warm start of 700 thousand ties in
50 ms, and time that grows with the graph within a factor of 1.3. Linux only: memory is read from
/proc.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from generate import generate

from missiongraph.networks import NetworkQuery, build_network
from missiongraph.networks.extract import tie_cache
from missiongraph.networks.extract.ties import Ties, ask, from_csv, read
from missiongraph.rdf.store import default_graph, fingerprint, load
from missiongraph.sparql.engine import Engine
from missiongraph.sparql.local import LocalEngine

Result = TypeVar("Result")
TIMES = 5
PARTICIPATIONS = NetworkQuery.parse("""# Who takes part in which mission, and in which year?
# network: two-mode
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
SELECT ?source ?target ?via ?from {
  ?via moi:hasParticipant ?source ; moi:concerns ?target ; moi:date ?from
}
""")
AWARDS = NetworkQuery.parse("""# Who gives whom how much, and since when?
# network: directed
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
SELECT ?source ?target ?strength ?from {
  ?award moi:hasFunder ?source ; moi:hasRecipient ?target ; moi:earliest ?from ;
    moi:hasAmount/moi:value ?strength
}
""")


def median(work: Callable[[], Result]) -> tuple[float, Result]:
    """The processor seconds of the middle one of some runs, and what the last one gave."""
    seconds = []
    for _ in range(TIMES):
        gc.collect()
        start = time.process_time()
        found = work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), found


def memory(work: Callable[[], object]) -> float:
    """The most megabytes that ``work`` takes beside what is taken already."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak is what is taken now
    before = _peak()
    work()
    return _peak() - before


def _peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM"))


def extraction(path: Path) -> None:
    """A graph's figures, query by query."""
    store = load(path)
    engine = LocalEngine(store, fingerprint([path]), default_graph(store))
    for name, query in (("participations", PARTICIPATIONS), ("awards", AWARDS)):
        print(f"  {name:<15}{figures(engine, query)}")


def figures(engine: Engine, query: NetworkQuery) -> str:
    """A query's."""
    most = memory(lambda: read(engine, query))
    alone, _ = median(lambda: ask(engine, query).read())
    cold, found = median(lambda: read(engine, query))
    tie_cache.ties(engine, query)
    warm, _ = median(lambda: tie_cache.ties(engine, query))
    drawn, _ = median(lambda: build_network(found, query))
    return (
        f"{len(found):>9,} rows  cold {cold:6.3f} s, {len(found) / cold / 1e3:4.0f} k rows/s  "
        f"(engine alone {alone:6.3f} s, {len(found) / alone / 1e3:4.0f} k)  +{most:4.0f} MB  "
        f"warm {warm * 1e3:5.1f} ms  drawn {drawn * 1e3:5.1f} ms"
    )


def warm_start(ties: int = 700_000, nodes: int = 100_000) -> None:
    """A large network's figures: from CSV, from a snapshot, to a matrix."""
    rng = random.Random(0)
    base = "https://w3id.org/missiongraph/id/organisation/o"
    rows = (
        f"{base}{int(nodes * rng.random() ** 2)},{base}{rng.randrange(nodes)},"
        f"{rng.randrange(1, 10**9)},{rng.randrange(2000, 2026)}\r\n"
        for _ in range(ties)
    )
    data = ("source,target,strength,from\r\n" + "".join(rows)).encode()
    cold, found = median(lambda: from_csv(data, AWARDS))
    path = tie_cache._path("benchmark", AWARDS)
    tie_cache._save(path, found)

    def load() -> Ties:
        kept = tie_cache._load(path)
        assert kept is not None
        return kept

    warm, kept = median(load)
    drawn, network = median(lambda: build_network(kept, AWARDS))
    print(
        f"{ties:,} ties: from CSV {cold:.3f} s, from a snapshot {warm * 1e3:.1f} ms, "
        f"drawn in {drawn * 1e3:.1f} ms more: {network}"
    )


def main() -> None:
    """Time each size."""
    sizes = [int(number) for number in sys.argv[1:]] or [100_000, 1_000_000]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MISSIONGRAPH_CACHE"] = folder
        warm_start()
        for size in sizes:
            path = Path(folder) / "graph.nq"
            print(f"{generate(path, size):,} statements")
            extraction(path)


if __name__ == "__main__":
    main()

"""How long a write of ten triples takes, over HTTP, into a small graph and into a large one.

Also how much of it goes into following the write with the rules, measured in this process. Bars: at
most 300 ms (median) each, and within three times of each other.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from generate import generate
from support.running import Client, serving

from missiongraph.derivation.incremental import Derivation
from missiongraph.ingest.build import build
from missiongraph.rdf.store import load
from missiongraph.writing.update import update as carry_out

WRITES = 40
PRELUDE = """
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX voc: <https://w3id.org/missiongraph/vocab/organisation-kind/>
"""
ID, GRAPH = "https://w3id.org/missiongraph/id/", "https://w3id.org/missiongraph/graph/source/"


def main() -> int:
    """Measure both and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triples", type=int, default=1_000_000, help="of the large graph")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        large = folder / "large.nq"
        generate(large, options.triples, 1)
        small_ms = measure(folder / "small")
        large_ms = measure(folder / "large", "--data", str(large))
        followed = [follow(path) for path in (build().path, large)]
    print(f"curated graph      {small_ms:7.1f} ms")
    print(f"{options.triples:,} triples {large_ms:7.1f} ms")
    print(f"ratio              {large_ms / small_ms:7.2f}")
    print("of which rules     {:7.1f} and {:.1f} ms of processor time".format(*followed))
    return 0 if max(small_ms, large_ms) <= 300 and large_ms <= 3 * small_ms else 1


def measure(folder: Path, *options: str) -> float:
    """The median of so many writes, in milliseconds; each must be taken."""
    with serving(folder, *options) as server:
        client = server.client(300)
        return statistics.median(timed(client, number) for number in range(WRITES))


def follow(path: Path) -> float:
    """The median of the milliseconds in which rules follow a write into the graph of a file."""
    store, derivation, times = load(path), Derivation(), list[float]()
    for number in range(WRITES):
        change = carry_out(store, update(number), merged=True)
        begin = time.process_time()
        derived = derivation.follow(store, change)
        times.append(1000 * (time.process_time() - begin))
        assert derived.added
    return statistics.median(times)


def timed(client: Client, number: int) -> float:
    begin = time.perf_counter()
    answer = client.update(update(number))
    assert answer.status == 200, answer.body
    return 1000 * (time.perf_counter() - begin)


def update(number: int) -> str:
    """An update of ten triples about five organisations, each of which keeps to the shapes."""
    triples = "\n".join(
        f"<{ID}organisation/measured-{number}-{one}> a org:FormalOrganization ;"
        f" rdfs:label 'Measured {number} {one}'@en ."
        for one in range(5)
    )
    return f"{PRELUDE} INSERT DATA {{ GRAPH <{GRAPH}measured> {{ {triples} }} }}"


if __name__ == "__main__":
    sys.exit(main())

"""What does a query pay for a process of its own?

    python tests/benchmarks/isolation_overhead.py [TIMES]

Asks the engine in this process and the isolated one in turn, over the curated graph, and prints
the medians of a small query and of one of a thousand rows. The bar: 0.5 ms for the small one.
"""

from __future__ import annotations

import sys
import time
from statistics import median

from missiongraph.api import open_isolated
from missiongraph.ingest.build import build
from missiongraph.limits import Limits
from missiongraph.rdf.store import load
from missiongraph.sparql.engine import Engine, Query
from missiongraph.sparql.local import LocalEngine

QUERIES = {
    "small": "SELECT * { ?mission a <https://w3id.org/missiongraph/ontology#Mission> } LIMIT 10",
    "1,000 rows": "SELECT * { ?s ?p ?o } LIMIT 1000",
}
JSON = "application/sparql-results+json"


def main(times: int) -> None:
    """Time both engines."""
    local = LocalEngine(load(build().path))
    with open_isolated(None, Limits()) as graph:
        for name, text in QUERIES.items():
            seconds: dict[str, list[float]] = {"local": [], "isolated": []}
            for _ in range(times):
                seconds["local"].append(_time(local, text))
                seconds["isolated"].append(_time(graph.engine, text))
            inside, outside = (median(found) * 1000 for found in seconds.values())
            print(
                f"{name:12} in this process {inside:6.3f} ms, isolated {outside:6.3f} ms: "
                f"overhead {outside - inside:6.3f} ms"
            )


def _time(engine: Engine, text: str) -> float:
    begin = time.perf_counter()
    engine.run(Query(text), solutions=JSON, triples=None).read()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2000)

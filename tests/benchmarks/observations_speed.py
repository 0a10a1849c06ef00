"""How long it takes to publish 100,000 scores, and to ask for the first ten of them.

Bars: at most 0.5 CPU-seconds to write them as N-Quads and load these; at most 20 ms for a query.
CPU time, all threads; medians.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pyoxigraph as ox

from missiongraph.namespaces import ID, MOI, NETWORK, QB
from missiongraph.networks.model.network import Scores
from missiongraph.networks.observations.cube import Observations
from missiongraph.networks.observations.terms import MEASURES
from missiongraph.sparql.engine import Query
from missiongraph.sparql.local import LocalEngine

NODES, RUNS = 10_000, 7
SCORES = (*MEASURES, "closeness", "katz")

_HEAD = f"PREFIX moi: <{MOI}> PREFIX qb: <{QB}> SELECT ?node ?score WHERE {{"
_TAIL = f"""?o moi:node ?node ; moi:betweenness ?score ; moi:betweennessRank ?rank ;
  qb:dataSet <{NETWORK}measured> . }} ORDER BY ?rank LIMIT 10"""
QUERIES = {
    "the first ten, by their ranks": f"{_HEAD} VALUES ?rank {{ 1 2 3 4 5 6 7 8 9 10 }} {_TAIL}",
    "the first ten of 100 that are asked about": f"""{_HEAD}
      VALUES ?node {{ {" ".join(f"<{ID}organisation/of-{n}>" for n in range(100))} }} {_TAIL}""",
    "the first ten, all of them sorted": f"{_HEAD} {_TAIL}",
}


def main() -> int:
    """Measure all and print what it took."""
    random = np.random.default_rng(0)
    scores = {name: random.random(NODES) for name in SCORES}
    nodes = [f"{ID}organisation/of-{number}" for number in range(NODES)]

    def written() -> bytes:
        of = Observations("measured", nodes)
        lines = [line for name, values in scores.items() for line in of.scores(name, values)]
        return "".join([*of.heads(), *lines]).encode()

    def published() -> None:
        ox.Store().bulk_load(written(), ox.RdfFormat.N_QUADS, lenient=True)

    seconds = cpu(published)
    print(f"{NODES * len(SCORES):,} scores written  {cpu(written):6.3f} CPU-s")
    print(f"{'':15} and loaded  {seconds:6.3f} CPU-s")
    engine = LocalEngine(served(nodes, scores))
    took = {name: 1000 * cpu(lambda text=text: ask(engine, text)) for name, text in QUERIES.items()}  # type: ignore[misc]
    for name, milliseconds in took.items():
        print(f"{name:45} {milliseconds:6.1f} ms")
    return 0 if seconds <= 0.5 and next(iter(took.values())) <= 20 else 1


def served(nodes: list[str], scores: dict[str, Scores]) -> ox.Store:
    """A store with the scores and ranks of all measures."""
    of, store = Observations("measured", nodes), ox.Store()
    lines = list(of.heads())
    for name, values in scores.items():
        ranks = np.argsort(np.argsort(-values)) + 1
        lines += [*of.scores(name, values), *of.ranks(f"{name}Rank", ranks, values)]
    store.bulk_load("".join(lines).encode(), ox.RdfFormat.N_QUADS)
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?graph { ?s ?p ?o } }")
    return store


def ask(engine: LocalEngine, text: str) -> None:
    """Ask and read the whole answer."""
    answer = engine.run(Query(text), solutions="text/csv", triples=None).read()
    assert answer.count(b"\n") == 11


def cpu(work: Callable[[], object]) -> float:
    """The median of the processor time that ``work`` takes."""

    def once() -> float:
        begin = time.process_time()
        work()
        return time.process_time() - begin

    return statistics.median(once() for _ in range(RUNS))


if __name__ == "__main__":
    sys.exit(main())

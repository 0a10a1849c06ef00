"""Where does one machine end? PageRank here and on Spark, of the same ties.

    python tests/benchmarks/spark_speed.py [NODES TIES]

Draws a random directed network (by default 100 thousand nodes and 2 million ties), writes it to
Parquet and measures PageRank over the arrays of this process and on Spark with two executors on
this machine, which need ``.[spark]`` and Java. Prints seconds by the clock, since Spark works in
processes of its own, and how far the values differ: read the ratio.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl
from scipy import sparse

from missiongraph.networks import Network, find_measure, spark

Result = TypeVar("Result")
SETTINGS = {
    "spark.driver.memory": "2g",
    "spark.executor.memory": "1g",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def timed(name: str, work: Callable[[], Result]) -> Result:
    """Do it, and print how long it took."""
    start = time.perf_counter()
    found = work()
    print(f"{name:<40}{time.perf_counter() - start:9.3f} s")
    return found


def draw(nodes: int, ties: int) -> Network:
    """Ties to the first nodes are many, to the last ones few."""
    chance = np.random.default_rng(0)
    source = chance.integers(nodes, size=ties)
    target = (nodes * chance.random(ties) ** 2).astype(np.int64)
    matrix = sparse.csr_array((np.ones(ties), (source, target)), shape=(nodes, nodes))
    matrix.data[:] = 1
    matrix.setdiag(0)
    matrix.eliminate_zeros()
    return Network(range(nodes), matrix, directed=True)


def main() -> None:
    """Measure it once here to warm up, once more, and on Spark."""
    nodes, ties = [int(number) for number in sys.argv[1:]] or (100_000, 2_000_000)
    network = draw(nodes, ties)
    measure = find_measure("pagerank")
    measure.scores(network)
    expected = timed("here", lambda: measure.scores(network))
    whole = network.matrix.tocoo()
    columns = {"source": whole.row, "target": whole.col, "strength": whole.data}
    with tempfile.TemporaryDirectory() as folder:
        path, everybody = Path(folder) / "ties.parquet", Path(folder) / "nodes.parquet"
        pl.DataFrame(columns).write_parquet(path)
        pl.DataFrame({"node": range(nodes)}).write_parquet(everybody)
        with spark.session("local-cluster[2,1,1024]", **SETTINGS) as engine:
            timed("Spark: its start", lambda: spark.local(engine.degree(path)))

            def ranked(strengths: bool) -> pl.DataFrame:
                table = engine.pagerank(path, nodes=everybody, directed=True, strengths=strengths)
                return spark.local(table).sort("node")

            by_joins = timed("Spark: joins, with strengths", lambda: ranked(True))
            by_graphx = timed("Spark: GraphX, without", lambda: ranked(False))
    for found in (by_joins, by_graphx):  # all strengths are 1
        print(f"differs by {np.abs(found['pagerank'].to_numpy() - expected).sum():.1e} in sum")


if __name__ == "__main__":
    main()

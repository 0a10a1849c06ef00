"""Computes measures on Spark, for ties that do not fit on one machine; see ``SCALE.md``.

>>> from missiongraph.networks import spark
>>> with spark.session("spark://host:7077") as engine:
...     engine.pagerank("ties.parquet", nodes="ties.nodes.parquet").write.parquet("scores")

Ties are Parquet as in exported networks: ``source`` and ``target`` (strings or integers) and an
optional ``strength`` (default 1); an undirected pair occurs once. ``nodes``, a table with a column
``node``, adds nodes without ties. Paths must be readable by the executors. Results are Spark tables
with one row per node: write them to files, or load them into this process with
:func:`local`. Needs ``pip install 'missiongraph[spark]'`` and Java 17 or later.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from missiongraph.errors import MissionGraphError, QueryError, UnknownQuery

if TYPE_CHECKING:
    import polars as pl
    from pyspark.sql import DataFrame, SparkSession

    Table: TypeAlias = Path | str | DataFrame

METHODS = {"count": "1D", "newman": "1D / greatest(size - 1, 1)"}
"""What each shared node adds to the strength of a projected tie, in SQL."""


@contextmanager
def session(master: str = "local[*]", **settings: str) -> Iterator[Spark]:
    """Measures on the cluster ``master``, with ``settings`` of Spark by name, for a ``with`` block.

    Raises :class:`MissionGraphError` if pyspark or Java is missing.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissionGraphError(
            "Spark is not installed: pip install 'missiongraph[spark]'"
        ) from error
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise MissionGraphError("Spark needs Java 17 or later: install it, or set JAVA_HOME")
    builder = SparkSession.builder.master(master).appName("missiongraph")
    builder = reduce(lambda partial, item: partial.config(*item), settings.items(), builder)
    spark = builder.getOrCreate()
    try:
        yield Spark(spark)
    finally:
        spark.stop()


def local(table: DataFrame) -> pl.DataFrame:
    """Convert a Spark table to polars, the greatest values first; it must fit into memory."""
    import polars as pl

    rows = [tuple(row) for row in table.collect()]
    frame = pl.DataFrame(rows, schema=table.columns, orient="row")
    value, *others = reversed(table.columns)
    return frame.sort(value, *reversed(others), descending=[True, *(False for _ in others)])


class Spark:
    """The measures on a session of Spark."""

    def __init__(self, session: SparkSession) -> None:
        self._session = session

    def project(self, ties: Table, *, side: str = "sources", method: str = "count") -> DataFrame:
        """Ties (``source``, ``target``, ``strength``) of nodes on one side that share a node.

        As :func:`missiongraph.networks.model.projection.project`, by a join of the table with
        itself, whose size grows with the squares of the degrees of shared nodes. Raises
        :class:`UnknownQuery` for an unknown method or side.
        """
        from pyspark.sql import functions as F

        if method not in METHODS or side not in ("sources", "targets"):
            known = f"{', '.join(METHODS)} of sources or targets"
            raise UnknownQuery(f"there is no projection {method} of {side}; there are: {known}")
        one, other = ("source", "target") if side == "sources" else ("target", "source")
        belongs = self._read(ties).select(F.col(one).alias("one"), F.col(other).alias("shared"))
        belongs = belongs.dropna().distinct()
        sizes = belongs.groupBy("shared").agg(F.count("*").alias("size"))
        shares = sizes.select("shared", F.expr(METHODS[method]).alias("share"))
        left = belongs.join(shares, "shared").withColumnRenamed("one", "source")
        pairs = left.join(belongs.withColumnRenamed("one", "target"), "shared")
        pairs = pairs.where("source < target")
        return pairs.groupBy("source", "target").agg(F.sum("share").alias("strength"))

    def degree(
        self, ties: Table, *, nodes: Table | None = None, directed: bool = False
    ) -> DataFrame:
        """``node``, ``degree``: the share of the other nodes that it is tied to.

        As in the local measure, ties in and out are added, a loop counts twice, and the only node
        of a network scores 1.
        """
        from pyspark.sql import functions as F

        read = self._read(ties)
        ends = read.dropna(subset=["target"]).select(F.explode(F.array("source", "target")))
        counts = ends.groupBy(F.col("col").alias("node")).count()
        all_nodes = self._names(read, nodes)
        others = all_nodes.count() - 1
        share = F.coalesce("count", F.lit(0)) / F.lit(others) if others > 0 else F.lit(1.0)
        return all_nodes.join(counts, "node", "left").select("node", share.alias("degree"))

    def pagerank(
        self,
        ties: Table,
        *,
        nodes: Table | None = None,
        directed: bool = False,
        strengths: bool = True,
        damping: float = 0.85,
        tolerance: float = 1e-6,
    ) -> DataFrame:
        """``node``, ``pagerank``: the share of time that a random walker spends at a node.

        As in the local measure, shares sum to 1, and from a node without outgoing ties the walker
        jumps to a random one. With ``strengths`` the walker prefers strong ties, and iterations are
        joins of tables, as GraphX does not support strengths; without, GraphX treats all ties
        alike. ``tolerance`` is the change of a node's rank, whose mean is 1, that is ignored.
        """
        known, edges = self._coded(ties, nodes)
        edges = edges if directed else _both_ways(edges)
        if strengths:
            ranks = _walk(known, edges, damping, tolerance)
        else:
            graph = self._graph(known, edges)
            vertices = graph.ops().pageRank(tolerance, 1 - damping).vertices()
            ranks = self._table(vertices, "DOUBLE", "rank")
        return _shares(known.join(ranks, "code"))

    def components(self, ties: Table, *, nodes: Table | None = None) -> DataFrame:
        """``node``, ``component``: the first, in order, of all nodes that a node is connected to,
        ignoring direction (GraphX)."""
        from pyspark.sql import functions as F

        known, edges = self._coded(ties, nodes)
        vertices = self._graph(known, edges).ops().connectedComponents().vertices()
        together = known.join(self._table(vertices, "LONG", "part"), "code")
        first = together.groupBy("part").agg(F.min("node").alias("component"))
        return together.join(first, "part").select("node", "component")

    def labels(self, ties: Table, *, nodes: Table | None = None, steps: int = 10) -> DataFrame:
        """``node``, ``label``: the result of label propagation, with ``steps`` in which each node
        takes the label that most of its neighbours have (GraphX).

        Raghavan, Albert & Kumara 2007, but with all nodes at once, so labels can oscillate between
        two sides of a network. Directions and strengths are ignored; among equally frequent labels
        any may win.
        """
        from pyspark.sql import functions as F

        known, edges = self._coded(ties, nodes)
        library = self._jvm.org.apache.spark.graphx.lib.LabelPropagation
        tag = self._jvm.scala.reflect.ClassTag.Int()
        labelled = library.run(self._graph(known, edges), steps, tag).vertices()
        received = self._table(labelled, "LONG", "from")
        whose = known.select(F.col("code").alias("from"), F.col("node").alias("label"))
        return known.join(received, "code").join(whose, "from").select("node", "label")

    # --- tables

    def _read(self, table: Table) -> DataFrame:
        """The ties, each with a strength; raises :class:`QueryError` for other columns."""
        from pyspark.sql import functions as F

        frame = self._open(table)
        if not {"source", "target"} <= set(frame.columns) or "distance" in frame.columns:
            there = ", ".join(frame.columns)
            raise QueryError(f"ties have the columns source, target [strength], not {there}")
        strength = F.col("strength") if "strength" in frame.columns else F.lit(1.0)
        return frame.select("source", "target", strength.cast("double").alias("strength"))

    def _open(self, table: Table) -> DataFrame:
        return self._session.read.parquet(str(table)) if isinstance(table, str | Path) else table

    def _names(self, ties: DataFrame, nodes: Table | None) -> DataFrame:
        """All nodes: those of the ties, and those of a table of nodes."""
        names = ties.selectExpr("source AS node").union(ties.select("target"))
        if nodes is not None:
            names = names.union(self._open(nodes).select("node"))
        return names.dropna().distinct()

    def _coded(self, ties: Table, nodes: Table | None) -> tuple[DataFrame, DataFrame]:
        """The nodes (``node``, ``code``), and the ties as numbers (``a``, ``b``, ``strength``)."""
        from pyspark.sql import functions as F

        read = self._read(ties)
        known = self._names(read, nodes).withColumn("code", F.monotonically_increasing_id())
        known = known.localCheckpoint()  # a second evaluation could give other codes
        source = known.selectExpr("node AS source", "code AS a")
        target = known.selectExpr("node AS target", "code AS b")
        edges = read.join(source, "source").join(target, "target").select("a", "b", "strength")
        return known, edges

    # --- GraphX, whose classes are accessed through the Java process

    @property
    def _jvm(self) -> Any:
        return self._session._jvm

    def _graph(self, nodes: DataFrame, edges: DataFrame) -> Any:
        jvm, graph = self._jvm, self._jvm.org.apache.spark.graphx.Graph
        level = jvm.org.apache.spark.storage.StorageLevel.MEMORY_AND_DISK()
        numbers, none = jvm.scala.reflect.ClassTag.Int(), jvm.scala.Option.empty()
        ties = self._pairs(edges.select("a", "b"))
        tied = graph.fromEdgeTuples(ties, 1, none, level, level, numbers).edges()
        names = self._pairs(nodes.selectExpr("code", "code AS same"))
        return graph.apply(names, tied, 0, level, level, jvm.scala.reflect.ClassTag.Long(), numbers)

    def _pairs(self, table: DataFrame) -> Any:
        """Two columns of integers as an RDD of pairs."""
        return getattr(table._jdf, "as")(self._encoder("LONG")).rdd()

    def _table(self, vertices: Any, kind: str, name: str) -> DataFrame:
        """GraphX's value for each vertex as a table with the columns ``code`` and ``name``."""
        from pyspark.sql import DataFrame

        dataset = self._session._jsparkSession.createDataset(vertices, self._encoder(kind))
        return DataFrame(dataset.toDF(), self._session).toDF("code", name)

    def _encoder(self, kind: str) -> Any:
        encoders = self._jvm.org.apache.spark.sql.Encoders
        return encoders.tuple(encoders.LONG(), getattr(encoders, kind)())


def _both_ways(edges: DataFrame) -> DataFrame:
    """Ties in both directions; loops once."""
    return edges.union(edges.where("a != b").selectExpr("b", "a", "strength"))


def _walk(nodes: DataFrame, edges: DataFrame, damping: float, tolerance: float) -> DataFrame:
    """``code``, ``rank``: power iteration until the mean change of ranks is at most ``tolerance``.

    The rank at nodes without outgoing ties is lost; as it would be spread evenly, the ranks as
    shares of their sum are the same.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    leaving = F.sum("strength").over(Window.partitionBy("a"))
    ways = edges.select("a", "b", (damping * F.col("strength") / leaving).alias("share")).persist()
    ranks = nodes.select("code", F.lit(1.0).alias("rank"))
    change = 1.0
    while change > tolerance:
        came = ways.join(ranks, ways.a == ranks.code)
        came = came.select(F.col("b"), F.col("rank") * F.col("share"), F.lit(0.0))
        jumped = ranks.select("code", F.lit(1 - damping).alias("rank"), F.col("rank").alias("was"))
        moved = jumped.union(came).groupBy("code").agg(F.sum("rank"), F.sum("was"))
        ranks = moved.toDF("code", "rank", "was").localCheckpoint()  # keeps query plans short
        change = ranks.agg(F.mean(F.abs(F.col("rank") - F.col("was")))).collect()[0][0] or 0.0
    ways.unpersist()
    return ranks.select("code", "rank")


def _shares(ranked: DataFrame) -> DataFrame:
    from pyspark.sql import functions as F

    total = ranked.agg(F.sum("rank")).collect()[0][0]
    return ranked.select("node", (F.col("rank") / F.lit(total)).alias("pagerank"))

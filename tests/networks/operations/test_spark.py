"""Spark: the measures of ties in Parquet equal the local ones, on executors of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import polars as pl
import pytest

from missiongraph.errors import MissionGraphError, QueryError, UnknownQuery
from missiongraph.networks import NetworkQuery, View, build_network, scores, spark, to_networkx
from missiongraph.networks.extract.ties import from_csv

pytest.importorskip("pyspark", reason="Spark is not installed: pip install '.[spark]'")
pytestmark = [
    pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # nothing here runs for long
SMALL = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": QUICK,
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "512m",
    "spark.executor.extraJavaOptions": QUICK,
    "spark.executor.memory": "512m",
    "spark.sql.adaptive.enabled": "false",  # no plan needs another look
    "spark.sql.codegen.wholeStage": "false",  # no table is worth a program of its own
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
SOON = 0.5  # a walker who jumps that often has soon been everywhere


@pytest.fixture(scope="module")
def engine() -> Iterator[spark.Spark]:
    """Two executors, each a process with a core and its own memory."""
    with spark.session("local-cluster[2,1,1024]", **SMALL) as found:
        yield found


def graph(directed: bool) -> Any:
    """A random network with strengths, a node that ties only lead to, a loop and lone nodes."""
    made: Any = nx.gnp_random_graph(24, 0.25, seed=7, directed=directed)
    nx.set_edge_attributes(made, {(a, b): 1.0 + (a * b) % 5 for a, b in made.edges}, "strength")
    made.add_edge(3, 3, strength=2.0)
    made.add_edge(4, 24, strength=1.0)
    made.add_nodes_from((25, 26))
    return nx.relabel_nodes(made, {node: f"n{node:02}" for node in made})


def files(made: Any, folder: Path) -> tuple[Path, Path]:
    """The network as it is exported: its ties, and beside them its nodes."""
    ties, nodes = folder / "ties.parquet", folder / "ties.nodes.parquet"
    rows = list(made.edges(data="strength"))
    pl.DataFrame(rows, schema=["source", "target", "strength"], orient="row").write_parquet(ties)
    pl.DataFrame({"node": list(made)}).write_parquet(nodes)
    return ties, nodes


def values(table: Any) -> dict[Any, Any]:
    return dict(spark.local(table).iter_rows())


def difference(found: dict[Any, float], expected: dict[Any, float]) -> float:
    """Of all shares together, which sum to 1; that of a node is far below."""
    assert found.keys() == expected.keys()
    return sum(abs(found[node] - expected[node]) for node in found)


def test_pagerank_equals_the_local_one(engine: spark.Spark, tmp_path: Path) -> None:
    made = graph(directed=True)
    ties, nodes = files(made, tmp_path)
    found = values(engine.pagerank(ties, nodes=nodes, directed=True, damping=SOON))
    assert difference(found, scores(made, "pagerank", damping=SOON)) < 1e-5


def test_pagerank_without_strengths_equals_the_local_one(
    engine: spark.Spark, tmp_path: Path
) -> None:
    made = graph(directed=False)
    ties, nodes = files(made, tmp_path)
    found = values(engine.pagerank(ties, nodes=nodes, strengths=False, damping=SOON))
    nx.set_edge_attributes(made, dict.fromkeys(made.edges, 1.0), "strength")
    assert difference(found, scores(made, "pagerank", damping=SOON)) < 1e-5


@pytest.mark.parametrize("directed", [False, True])
def test_degree_equals_the_local_one(engine: spark.Spark, tmp_path: Path, directed: bool) -> None:
    made = graph(directed)
    ties, nodes = files(made, tmp_path)
    found = values(engine.degree(ties, nodes=nodes, directed=directed))
    assert found == pytest.approx(scores(made, "degree"), abs=1e-12)


def test_components_are_named_by_their_first_node(engine: spark.Spark, tmp_path: Path) -> None:
    made = graph(directed=False)
    ties, nodes = files(made, tmp_path)
    parts = nx.connected_components(made)
    expected = {node: min(part) for part in parts for node in part}
    assert values(engine.components(ties, nodes=nodes)) == expected


def test_labels_gather_what_is_tied_closely(engine: spark.Spark, tmp_path: Path) -> None:
    ties, nodes = files(nx.relabel_nodes(nx.barbell_graph(6, 0), str), tmp_path)
    found = values(engine.labels(ties, nodes=nodes))
    one, other = ({found[str(node)] for node in part} for part in (range(6), range(6, 12)))
    assert len(one) == len(other) == 1 and one != other


@pytest.mark.parametrize(("side", "method"), [("sources", "count"), ("targets", "newman")])
def test_projections_equal_the_local_ones(
    engine: spark.Spark, tmp_path: Path, side: str, method: str
) -> None:
    pairs = [(f"s{n % 11:02}", f"t{n * n % 7}") for n in range(40)]
    pl.DataFrame(pairs, schema=["source", "target"], orient="row").write_parquet(tmp_path / "p")
    found = spark.local(engine.project(tmp_path / "p", side=side, method=method))
    rows = "\r\n".join(",".join(pair) for pair in [("source", "target"), *pairs])
    query = NetworkQuery.parse(f"# Who?\n# network: projection of {side}\nSELECT *")
    network = build_network(from_csv(rows.encode(), query), query, View(method=method))
    drawn: Any = to_networkx(network).edges(data="strength")
    expected = {(a, b): weight for a, b, weight in drawn}
    assert {(a, b): weight for a, b, weight in found.iter_rows()} == pytest.approx(expected)


def test_a_projection_can_be_measured(engine: spark.Spark, tmp_path: Path) -> None:
    pairs = {"source": [1, 2, 3], "target": [10, 10, 11]}
    pl.DataFrame(pairs).write_parquet(tmp_path / "p")
    found = values(engine.degree(engine.project(tmp_path / "p")))
    assert found == {1: 1, 2: 1}


def test_the_greatest_come_first(engine: spark.Spark, tmp_path: Path) -> None:
    ties, _ = files(nx.relabel_nodes(nx.star_graph(3), str), tmp_path)
    assert spark.local(engine.degree(ties))["node"].to_list() == ["0", "1", "2", "3"]


def test_a_table_without_ties_is_an_error(engine: spark.Spark, tmp_path: Path) -> None:
    pl.DataFrame({"source": ["a"], "to": ["b"]}).write_parquet(tmp_path / "p")
    with pytest.raises(QueryError, match="source, target"):
        engine.degree(tmp_path / "p")


def test_a_projection_that_is_none_is_an_error(engine: spark.Spark, tmp_path: Path) -> None:
    with pytest.raises(UnknownQuery, match="count, newman"):
        engine.project(tmp_path / "p", method="magic")


def test_without_java_one_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissionGraphError, match="needs Java"), spark.session():
        raise AssertionError

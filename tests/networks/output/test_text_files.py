"""Pajek, UCINET, GML and matrices: what igraph, networkx and R read is the network."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import QueryError
from missiongraph.networks import Network, from_networkx
from missiongraph.networks.output import text_files
from missiongraph.networks.output.writers import write

GRAPHS = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=15)
LABELS = st.lists(st.text(max_size=8), min_size=4, max_size=4)


def two_mode() -> Network:
    """Two missions and three organisations, whose nodes are not in the order of their sides."""
    graph: nx.Graph[str] = nx.Graph()
    for name, side in {"m1": 1, "o1": 0, "o2": 0, "m2": 1, "o3": 0}.items():
        graph.add_node(name, bipartite=side, label=name.upper())
    graph.add_edge("o1", "m1", weight=2.0)
    graph.add_edge("m2", "o1", weight=1.0)
    graph.add_edge("o3", "m2", weight=0.5)
    return from_networkx(graph)


def test_a_two_mode_network_is_one_in_pajek_and_igraph_agrees(tmp_path: Path) -> None:
    write(two_mode(), tmp_path / "two.net")
    assert (tmp_path / "two.net").read_text().startswith("*Vertices 5 3\n")
    read = igraph.Graph.Read_Pajek(str(tmp_path / "two.net"))
    assert read.vs["type"] == [False, False, False, True, True]
    names = read.vs["name"]
    ties = {frozenset((names[a], names[b])) for a, b in read.get_edgelist()}
    assert ties == {frozenset(pair) for pair in (("O1", "M1"), ("O1", "M2"), ("O3", "M2"))}


def test_attributes_of_a_two_mode_network_follow_its_order_in_pajek(tmp_path: Path) -> None:
    write(two_mode(), tmp_path / "two.net", attributes={"score": [1.0, 2.0, 3.0, 4.0, 5.0]})
    column = (tmp_path / "two.score.vec").read_text().splitlines()[1:]
    assert column == ["2.0", "3.0", "5.0", "1.0", "4.0"]


@examples(30)
@given(GRAPHS, st.booleans())
def test_igraph_reads_the_same_ties_from_dl(
    tmp_path_factory: pytest.TempPathFactory, pairs: set[tuple[int, int]], directed: bool
) -> None:
    graph: nx.Graph[Any] = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(7))
    graph.add_weighted_edges_from((a, b, a + b + 0.5) for a, b in sorted(pairs))
    path = tmp_path_factory.mktemp("dl") / "any.dl"
    write(graph, path)
    read = igraph.Graph.Read_DL(str(path))
    weights = read.es["weight"] if read.ecount() else []
    found = {(a, b): weight for (a, b), weight in zip(read.get_edgelist(), weights, strict=True)}
    whole = graph if directed else graph.to_directed()
    assert found == {(a, b): data["weight"] for a, b, data in whole.edges(data=True)}
    assert read.vcount() == 7


def test_a_two_mode_network_is_rows_and_columns_in_dl(tmp_path: Path) -> None:
    write(two_mode(), tmp_path / "two.dl")
    assert (tmp_path / "two.dl").read_text().splitlines() == [
        *("dl nr=3 nc=2", "format = edgelist2", "row labels:", "O1", "O2", "O3"),
        *("column labels:", "M1", "M2", "data:", "1 1 2.0", "1 2 1.0", "3 2 0.5"),
    ]


@examples(50)
@given(LABELS)
def test_labels_in_dl_are_single_words_that_differ_whatever_their_case(labels: list[str]) -> None:
    graph: nx.Graph[int] = nx.Graph()
    for number, label in enumerate(labels):
        graph.add_node(number, label=label)
    out = io.BytesIO()
    write(graph, out, "dl")
    words = out.getvalue().decode().split("labels:\n")[1].split("data:")[0].split("\n")[:-1]
    assert len({word.casefold() for word in words}) == len(labels)
    assert not any(set(word) & set(' ,;=:"') or word.split() != [word] for word in words)


def test_gml_keeps_names_attributes_and_weights_in_networkx_and_igraph(tmp_path: Path) -> None:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_node("x:a", label='The "A" & <B>')
    graph.add_edge("x:a", "x:b", weight=2.5)
    attributes: dict[str, Any] = {"public": [True, None], "a score": [0.5, 1.0]}
    write(graph, tmp_path / "some.gml", attributes=attributes)
    read = nx.read_gml(tmp_path / "some.gml")
    assert read.nodes["x:a"] == {"name": 'The "A" & <B>', "public": 1, "a_score": 0.5}
    assert read["x:a"]["x:b"]["weight"] == read["x:a"]["x:b"]["strength"] == 2.5
    other = igraph.Graph.Read_GML(str(tmp_path / "some.gml"))
    assert other.vs["name"] == ['The "A" & <B>', "x:b"] and other.es["weight"] == [2.5]


def test_gml_keeps_every_letter_in_networkx(tmp_path: Path) -> None:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_node("x:é", label="Škoda, 東京")
    write(graph, tmp_path / "some.gml")
    assert dict(nx.read_gml(tmp_path / "some.gml").nodes(data="name")) == {"x:é": "Škoda, 東京"}


@examples(30)
@given(GRAPHS, st.booleans())
def test_a_matrix_is_that_of_networkx(pairs: set[tuple[int, int]], directed: bool) -> None:
    graph: nx.Graph[Any] = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(7))
    graph.add_weighted_edges_from((a, b, a + 2.0) for a, b in sorted(pairs))
    out = io.BytesIO()
    write(graph, out, "matrix")
    head, *rows = csv.reader(io.StringIO(out.getvalue().decode()))
    assert head == ["", *map(str, range(7))] and [row[0] for row in rows] == head[1:]
    cells = np.array([row[1:] for row in rows], dtype=float)
    assert np.array_equal(cells, nx.to_numpy_array(graph))


def test_a_two_mode_matrix_has_sources_by_targets_and_its_nodes_beside(tmp_path: Path) -> None:
    paths = write(two_mode(), tmp_path / "two.csv", "matrix")
    assert [path.name for path in paths] == ["two.csv", "two.nodes.csv"]
    rows = list(csv.reader(io.StringIO(paths[0].read_text())))
    assert rows == [["", "m1", "m2"], ["o1", "2", "1"], ["o2", "0", "0"], ["o3", "0", "0.5"]]
    assert [row["node"] for row in csv.DictReader(io.StringIO(paths[1].read_text()))] == [
        "m1",
        "o1",
        "o2",
        "m2",
        "o3",
    ]


def test_a_matrix_that_would_be_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "MOST_CELLS", 24)
    with pytest.raises(QueryError, match="25 cells"):
        write(nx.path_graph(5), io.BytesIO(), "matrix")


@pytest.mark.parametrize("names", [("a score", "a_score"), ("name",), ("a-b", "a b"), ("id",)])
def test_attributes_that_would_be_one_in_gml_are_refused(names: tuple[str, ...]) -> None:
    attributes = {name: [1.0, 2.0] for name in names}
    with pytest.raises(QueryError, match="would stand for two things"):
        write(nx.path_graph(2), io.BytesIO(), "gml", attributes=attributes)

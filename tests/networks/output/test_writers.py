"""A network goes to a file and comes back from it whole."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph import MissionGraph
from missiongraph.errors import NotAcceptable, QueryError
from missiongraph.networks import Network, build_network, from_networkx
from missiongraph.networks.extract.spells import spells
from missiongraph.networks.extract.ties import Ties, from_frame
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.output.writers import FORMATS, write

GEXF = "{http://gexf.net/1.3}"
READERS: dict[str, Callable[[Any], nx.Graph[Any]]] = {
    "graphml": nx.read_graphml,
    "gexf": lambda file: nx.read_gexf(file, version="1.3"),
    "net": nx.read_pajek,
    "gml": nx.read_gml,
}


def funding() -> Network:
    graph: nx.DiGraph[Any] = nx.DiGraph(name="funding")
    graph.add_node("x:a", label='The "A" & <B>')
    graph.add_node("x:b", label="Bé\u0001")
    graph.add_node("x:lone")
    graph.add_edge("x:a", "x:b", strength=2.5)
    graph.add_edge("x:b", "x:a", strength=1.0)
    return from_networkx(graph)


def dated(*rows: tuple[str, str, str | None, str | None], kind: str = "directed") -> Network:
    return drawn(statements(*rows, kind=kind), kind)


def statements(*rows: tuple[str, str, str | None, str | None], kind: str = "directed") -> Ties:
    columns = {name: pl.String for name in ("source", "target", "from", "to")}
    return from_frame(pl.DataFrame(rows, schema=columns, orient="row"), query(kind))


def drawn(ties: Ties, kind: str) -> Network:
    return build_network(ties, query(kind))


def query(kind: str) -> NetworkQuery:
    return NetworkQuery.parse(f"# Who?\n# network: {kind}\nSELECT *")


def gexf(network: Network, ties: Ties | None = None) -> ElementTree.Element:
    out = io.BytesIO()
    write(network, out, "gexf", spells=None if ties is None else spells(ties, network))
    return ElementTree.fromstring(out.getvalue())


@pytest.mark.parametrize("name", READERS)
def test_nodes_ties_and_weights_come_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"network.{name}"
    write(funding(), path)
    back = READERS[name](path)
    assert back.is_directed() and len(back) == 3
    assert sorted(next(iter(data.values())) for *_, data in back.edges(data=True)) == [1.0, 2.5]


@pytest.mark.parametrize("name", READERS)
@examples(25)
@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20), st.booleans())
def test_any_network_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    pairs: set[tuple[int, int]],
    directed: bool,
) -> None:
    graph: nx.Graph[Any] = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(map(str, range(8)))
    graph.add_edges_from((str(a), str(b)) for a, b in pairs)
    path = tmp_path_factory.mktemp("any") / f"network.{name}"
    write(graph, path)
    back = READERS[name](path)
    ties = back.edges()
    assert set(back) == set(graph)
    if directed:
        assert sorted(ties) == sorted(graph.edges())
    else:
        assert sorted(map(sorted, ties)) == sorted(map(sorted, graph.edges()))


@pytest.mark.parametrize("format_", FORMATS)
def test_an_empty_network_can_be_written(format_: str) -> None:
    out = io.BytesIO()
    write(nx.Graph(), out, format_)
    assert out.getvalue()


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_network_gives_the_same_bytes(format_: str) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for out in (first, second):
        write(funding(), out, format_, attributes={"score": [1.0, 2.0, 3.0]})
    assert first.getvalue() == second.getvalue()


def test_graphml_keeps_labels_and_attributes_with_their_types(tmp_path: Path) -> None:
    path = tmp_path / "network.graphml"
    attributes: dict[str, Any] = {
        "score": np.array([0.5, np.nan, 1.0]),
        "community": np.array([0, 1, 1]),
        "public": [True, False, None],
        "kind": ["city", None, "firm"],
    }
    write(funding(), path, attributes=attributes)
    back = dict(nx.read_graphml(path).nodes(data=True))
    assert back["x:a"] == {
        "label": 'The "A" & <B>', "score": 0.5, "community": 0, "public": True, "kind": "city",
    }  # fmt: skip
    assert back["x:b"] == {"label": "Bé\ufffd", "community": 1, "public": False}


def test_gexf_is_1_3_and_keeps_labels_and_attributes() -> None:
    out = io.BytesIO()
    write(funding(), out, "gexf", attributes={"score": [0.5, 1, 2.5]})
    root = ElementTree.fromstring(out.getvalue())
    assert root.tag == f"{GEXF}gexf" and root.get("version") == "1.3"
    assert [node.get("label") for node in root.iter(f"{GEXF}node")] == [
        'The "A" & <B>', "Bé\ufffd", "x:lone",
    ]  # fmt: skip
    declared = [(a.get("title"), a.get("type")) for a in root.iter(f"{GEXF}attribute")]
    assert declared == [("score", "double"), ("strength", "double")]


def test_distances_are_strengths_in_gexf_and_themselves_in_graphml(tmp_path: Path) -> None:
    far = from_networkx(nx.Graph([("a", "b", {"distance": 4.0})]))
    for name in ("gexf", "graphml"):
        write(far, tmp_path / f"far.{name}")
    assert READERS["gexf"](tmp_path / "far.gexf")["a"]["b"]["weight"] == 0.25
    read = nx.read_graphml(tmp_path / "far.graphml")["a"]["b"]
    assert read["distance"] == 4.0 and read["weight"] == 0.25


def test_a_tie_comes_and_goes_on_its_days() -> None:
    ties = statements(("a", "b", "2015", "2016"), ("a", "b", "2018-03-01", None))
    root = gexf(drawn(ties, "directed"), ties)
    graph = root.find(f"{GEXF}graph")
    assert graph is not None and (graph.get("mode"), graph.get("timeformat")) == ("dynamic", "date")
    assert [spell.attrib for spell in root.iter(f"{GEXF}spell")] == [
        {"start": "2015-01-01", "end": "2016-12-31"},
        {"start": "2018-03-01"},
    ]


def test_spells_that_meet_are_one() -> None:
    ties = statements(("a", "b", "2015", "2016"), ("b", "a", "2017", "2018"), kind="undirected")
    root = gexf(drawn(ties, "undirected"), ties)
    assert [spell.attrib for spell in root.iter(f"{GEXF}spell")] == [
        {"start": "2015-01-01", "end": "2018-12-31"}
    ]


def time(edge: ElementTree.Element) -> str | None:
    """What a dynamic file says of the time of a tie."""
    return {value.get("for"): value.get("value") for value in edge.iter(f"{GEXF}attvalue")}["1"]


def test_an_undated_tie_has_no_spell_and_says_so() -> None:
    ties = statements(("a", "b", None, None), ("a", "c", "2015", None))
    root = gexf(drawn(ties, "directed"), ties)
    edges = {edge.get("target"): edge for edge in root.iter(f"{GEXF}edge")}
    assert len(list(root.iter(f"{GEXF}spell"))) == len(list(edges["c"].iter(f"{GEXF}spell"))) == 1
    assert {target: time(edge) for target, edge in edges.items()} == {"b": "undated", "c": "dated"}


def test_an_undated_statement_does_not_make_a_dated_tie_last_for_ever() -> None:
    ties = statements(("a", "b", None, None), ("a", "b", "2015", "2016"))
    root = gexf(drawn(ties, "directed"), ties)
    assert [spell.attrib for spell in root.iter(f"{GEXF}spell")] == [
        {"start": "2015-01-01", "end": "2016-12-31"}
    ]


def test_without_any_day_a_network_is_not_dynamic() -> None:
    ties = statements(("a", "b", None, None))
    assert spells(ties, drawn(ties, "directed")) is None


def test_two_are_tied_while_both_are_tied_to_the_same_third() -> None:
    kind = "projection of sources"
    ties = statements(
        ("a", "m", "2010", "2015"), ("b", "m", "2014", "2020"), ("c", "m", "2018", None), kind=kind
    )
    root = gexf(drawn(ties, kind), ties)
    days = {
        (edge.get("source"), edge.get("target")): [
            spell.attrib for spell in edge.iter(f"{GEXF}spell")
        ]
        for edge in root.iter(f"{GEXF}edge")
    }
    assert days == {
        ("a", "b"): [{"start": "2014-01-01", "end": "2015-12-31"}],
        ("b", "c"): [{"start": "2018-01-01", "end": "2020-12-31"}],
        ("a", "c"): [],  # never at the same time: it has no spell, and is there
    }
    assert [time(edge) for edge in root.iter(f"{GEXF}edge")] == [
        "dated", "at no time of both", "dated",
    ]  # fmt: skip


def test_pajek_labels_are_all_different(tmp_path: Path) -> None:
    graph: nx.Graph[Any] = nx.Graph([("x:a", "x:b")])
    nx.set_node_attributes(graph, dict.fromkeys(graph, 'Same "name"'), "label")
    write(graph, tmp_path / "same.net")
    assert set(nx.read_pajek(tmp_path / "same.net")) == {
        "Same 'name' (x:a)", "Same 'name' (x:b)",
    }  # fmt: skip


def test_pajek_has_scores_and_groups_beside_it(tmp_path: Path) -> None:
    attributes: dict[str, Any] = {
        "pagerank": [0.5, np.nan, 1],
        "community": [2, 0, 2],
        "kind": ["b", "a", None],
    }
    paths = write(funding(), tmp_path / "f.net", attributes=attributes)
    assert [path.name for path in paths] == [
        "f.net", "f.pagerank.vec", "f.community.clu", "f.kind.clu",
    ]  # fmt: skip
    beside = [path.read_text("utf-8").split("\n") for path in paths[1:]]
    assert beside == [
        ["*Vertices 3", "0.5", "0.0", "1.0", ""],
        ["*Vertices 3", "2", "0", "2", ""],
        ["*Vertices 3", "2", "1", "0", ""],
    ]


def test_csv_is_the_ties_and_beside_it_the_nodes(tmp_path: Path) -> None:
    paths = write(funding(), tmp_path / "f.csv.gz", attributes={"community": [1, 1, 2]})
    assert [path.name for path in paths] == ["f.csv.gz", "f.nodes.csv.gz"]
    ties, nodes = (
        list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
        for path in paths
    )
    assert ties[0] == {"source": "x:a", "target": "x:b", "strength": "2.5", "weight": "2.5"}
    assert nodes[2] == {"node": "x:lone", "label": "x:lone", "community": "2"}


def test_parquet_is_read_by_polars(tmp_path: Path) -> None:
    ties, nodes = map(pl.read_parquet, write(funding(), tmp_path / "f.parquet"))
    assert ties.rows() == [("x:a", "x:b", 2.5, 2.5), ("x:b", "x:a", 1.0, 1.0)]
    assert nodes["node"].to_list() == ["x:a", "x:b", "x:lone"]


def test_a_two_mode_network_says_on_which_side_a_node_is(graph: MissionGraph) -> None:
    from missiongraph.networks import load_network

    network = load_network(graph.engine, "memberships")
    out = io.BytesIO()
    write(network, out, "graphml")
    sides = nx.get_node_attributes(nx.read_graphml(io.BytesIO(out.getvalue())), "side")
    assert set(sides.values()) == {"members", "networks"} and len(sides) == len(network)


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("old", "utf-8")
    (tmp_path / "f.nodes.csv").mkdir()
    with pytest.raises(OSError):
        write(funding(), path)
    assert path.read_text("utf-8") == "old"
    assert {file.name for file in tmp_path.iterdir()} == {"f.csv", "f.nodes.csv"}


def test_an_unknown_format_is_told_the_formats_there_are(tmp_path: Path) -> None:
    with pytest.raises(NotAcceptable, match="gexf"):
        write(funding(), tmp_path / "f.docx")


def test_an_attribute_has_a_value_to_each_node() -> None:
    with pytest.raises(QueryError, match="2 values for 3 nodes"):
        write(funding(), io.BytesIO(), "csv", attributes={"score": [1, 2]})


def test_nodes_that_are_the_same_as_text_are_refused() -> None:
    with pytest.raises(QueryError, match="same name"):
        write(nx.Graph([(1, "1")]), io.BytesIO(), "gexf")


# --- projections


def projected() -> Network:
    text = "# Who?\n# network: projection of sources\n# method: newman\nSELECT *"
    rows = {"source": list("abcab"), "target": list("xxxyy")}
    newman = NetworkQuery.parse(text)
    return build_network(from_frame(pl.DataFrame(rows), newman), newman)


@pytest.mark.parametrize("format_", sorted(FORMATS.keys() - {"pajek", "dl", "matrix"}))
def test_files_of_projections_have_what_two_share_beside_the_strength(format_: str) -> None:
    out = io.BytesIO()
    write(projected(), out, format_)
    data = out.getvalue()
    shared: list[int]
    if format_ == "csv":
        shared = pl.read_csv(data)["shared"].to_list()
    elif format_ == "parquet":
        shared = pl.read_parquet(data)["shared"].to_list()
    elif format_ == "json":
        shared = [tie["shared"] for tie in json.loads(data)["edges"]]
    elif format_ == "graphml":
        graph = nx.parse_graphml(data.decode())
        shared = [tie["shared"] for *_, tie in graph.edges(data=True)]
    elif format_ == "gml":
        graph = nx.parse_gml(data.decode())
        shared = [tie["shared"] for *_, tie in graph.edges(data=True)]
    else:
        values = ElementTree.fromstring(data).iter("{http://gexf.net/1.3}attvalue")
        shared = [int(value.attrib["value"]) for value in values if value.attrib["for"] == "2"]
    assert sorted(shared) == [1, 1, 2]


@pytest.mark.parametrize("format_", ["gexf", "graphml"])
def test_files_say_how_shared_nodes_add_up(format_: str) -> None:
    out = io.BytesIO()
    write(projected(), out, format_)
    assert "Projected by newman: each shared node counts 1 / (n - 1)" in out.getvalue().decode()

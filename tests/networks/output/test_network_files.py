"""Files keep what a network holds, for whoever reads them, and Python, command line and HTTP agree.

Networks go out in every format and come back by networkx, igraph and polars.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import igraph
import networkx as nx
import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph import MissionGraph
from missiongraph.networks import Network, centrality, from_networkx, load_network, to_networkx
from missiongraph.networks.analysis.communities import communities
from missiongraph.networks.operations.network_file import GROUPS, SCORES, described
from missiongraph.networks.output.writers import FORMATS, write, written
from missiongraph.server.cli.program import main

Ties = dict[Any, float]
Nodes = dict[str, dict[str, Any]]

# --- what comes back


def file(data: bytes, name: str) -> io.BytesIO:
    stream = io.BytesIO(data)
    stream.name = name
    return stream


NETWORKX: dict[str, Callable[[bytes], nx.Graph[Any]]] = {
    "graphml": lambda data: nx.read_graphml(io.BytesIO(data)),
    "gexf": lambda data: nx.read_gexf(io.BytesIO(data), version="1.3"),
    "json": lambda data: nx.node_link_graph(json.loads(data)),
    "pajek": lambda data: nx.Graph(read) if not (read := pajek(data)).is_directed() else read,
}


def pajek(data: bytes) -> nx.Graph[Any]:
    read = nx.parse_pajek(data.decode())
    return nx.DiGraph(read) if read.is_directed() else nx.Graph(read)


def ties_of(graph: nx.Graph[Any], weight: str = "weight") -> Ties:
    ends: Any = tuple if graph.is_directed() else frozenset
    return {ends((a, b)): float(data[weight]) for a, b, data in graph.edges(data=True)}


def ties_of_frame(frame: pl.DataFrame, directed: bool, weight: str = "weight") -> Ties:
    ends: Any = tuple if directed else frozenset
    rows = frame.select("source", "target", weight).iter_rows()
    return {ends((a, b)): float(w) for a, b, w in rows}


def told(about: dict[str, Any]) -> dict[str, Any]:
    """What is said of a node, without what is not there and what is the node's own name."""
    return {
        name: value
        for name, value in about.items()
        if value is not None and value == value and value != "" and name not in ("id", "node")
    }


NUMBERS = st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.0, 1e6])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(["city", "Müller & <Söhne>", 'say "so"']),
    "score": st.floats(-1e9, 1e9, allow_subnormal=False).map(np.float64),  # igraph reads no other
    "members": st.integers(-9, 9).map(np.int64),
    "public": st.booleans().map(np.bool_),
}


@st.composite
def networks(draw: st.DrawFn) -> nx.Graph[Any]:
    """Graphs whose ties have weights of either kind, and whose nodes have values of numpy."""
    graph: nx.Graph[Any] = nx.DiGraph() if draw(st.booleans()) else nx.Graph()
    names = [f"x:{place}" for place in range(draw(st.integers(1, 6)))]
    for name in names:
        known = draw(st.sets(st.sampled_from(sorted(VALUES))))
        graph.add_node(name, label=f"«{name}»", **{k: draw(VALUES[k]) for k in sorted(known)})
    weight = draw(st.sampled_from(["strength", "distance", "weight"]))
    node = st.sampled_from(names)
    for one, other in draw(st.sets(st.tuples(node, node), max_size=9)):
        graph.add_edge(one, other, **{weight: draw(NUMBERS)})
    return graph


def expected(graph: nx.Graph[Any]) -> tuple[Ties, Ties, str]:
    """The strength of each tie, what it is called for its meaning, and that."""
    of = next((set(data) for *_, data in graph.edges(data=True)), {"strength"}).pop()
    own = ties_of(graph, of) if graph.size() else {}
    strengths = {tie: 1 / w for tie, w in own.items()} if of == "distance" else own
    return strengths, own, "strength" if of == "weight" else of


ELSEWHERE = {"dl", "gml", "matrix"}
"""Formats that keep less; test_text_files says what comes back from them."""


@pytest.mark.parametrize("format_", sorted(FORMATS.keys() - ELSEWHERE))
@examples(25)
@given(networks())
def test_any_network_comes_back_whole(format_: str, graph: nx.Graph[Any]) -> None:
    network = from_networkx(graph)
    files = written(network, format_)
    strengths, own, name = expected(graph)
    nodes = {node: told(dict(about)) for node, about in graph.nodes(data=True)}
    if format_ in NETWORKX:
        read = NETWORKX[format_](files[""])
        by_label = {f"«{node}»": node for node in graph} if format_ == "pajek" else {}
        read = nx.relabel_nodes(read, by_label)
        assert set(read) == set(graph)
        assert ties_of(read) == pytest.approx(strengths)
        if format_ != "pajek":
            assert ties_of(read, name) == pytest.approx(own)
            assert {node: told(about) for node, about in read.nodes(data=True)} == nodes
            again = from_networkx(read)
            assert ties_of(to_networkx(again), name) == pytest.approx(own)
    else:
        load: Any = pl.read_csv if format_ == "csv" else pl.read_parquet
        frame, table = (load(io.BytesIO(data)) for data in files.values())
        assert ties_of_frame(frame, network.directed) == pytest.approx(strengths)
        assert ties_of_frame(frame, network.directed, name) == pytest.approx(own)
        found = {row["node"]: told(row) for row in table.to_dicts()}
        assert found == {node: pytest.approx(about) for node, about in nodes.items()}


@pytest.mark.parametrize("format_", ["graphml", "pajek"])
@examples(15)
@given(networks())
def test_igraph_reads_ties_weights_and_attributes(
    tmp_path_factory: pytest.TempPathFactory, format_: str, graph: nx.Graph[Any]
) -> None:
    path = tmp_path_factory.mktemp("files") / f"network.{format_}"
    path.write_bytes(written(from_networkx(graph), format_)[""])
    read = igraph.Graph.Load(str(path), format=format_)
    strengths, *_ = expected(graph)
    assert read.is_weighted() or not graph.size()
    names = list(read.vs["id" if format_ == "graphml" else "name"] if len(graph) else [])
    names = [name.strip("«»") for name in names]
    ends: Any = tuple if graph.is_directed() else frozenset
    found = {ends((names[e.source], names[e.target])): e["weight"] for e in read.es}
    assert found == pytest.approx(strengths)
    if format_ == "graphml":
        for name, vertex in zip(names, read.vs, strict=True):
            about = told(vertex.attributes())
            assert {k: about[k] for k in told(dict(graph.nodes[name]))} == told(
                dict(graph.nodes[name])
            )


@pytest.mark.parametrize("format_", ["graphml", "gexf"])
def test_numbers_of_numpy_stay_numbers(format_: str) -> None:
    graph = nx.path_graph(3)
    columns: dict[str, Any] = {
        "score": [np.float64(x) for x in (0.5, 1.5, np.inf)],
        "narrow": list(np.array([0.5, 1, 2], np.float32)),
        "members": [np.int64(x) for x in (1, 2, 3)],
        "public": [np.bool_(x) for x in (1, 0, 1)],
        "day": np.array(["2022-06-30"] * 3, "datetime64[ns]"),
        "huge": [10**30, 1, 2],
    }
    data = written(from_networkx(graph), format_, attributes=columns)[""]
    keys = [
        (tag.get("attr.name") or tag.get("title"), tag.get("attr.type") or tag.get("type"))
        for tag in ElementTree.fromstring(data).iter()
        if tag.tag.endswith(("}key", "}attribute"))
    ]
    assert dict(keys) | {"strength": "", "weight": "", "label": ""} == {
        "score": "double", "narrow": "double", "members": "long", "public": "boolean",
        "day": "string", "huge": "double", "strength": "", "weight": "", "label": "",
    }  # fmt: skip
    about = dict(NETWORKX[format_](data).nodes(data=True))["0"]
    assert about["day"].startswith("2022-06-30") and about["members"] == 1
    assert dict(NETWORKX[format_](data).nodes(data=True))["2"]["score"] == np.inf


def test_values_that_no_format_holds_are_text() -> None:
    graph: nx.Graph[Any] = nx.Graph()
    graph.add_node("a", tags=["x", "y"], about={"n": 1}, mixed=1)
    graph.add_node("b", mixed="two")
    for format_ in FORMATS:
        assert written(from_networkx(graph), format_)[""]


# --- the same in Python, on the command line and over HTTP

SHIPPED = {"funding": ("graphml", "csv"), "memberships": ("json", "parquet")}


@pytest.fixture
def client(patient_client: FlaskClient) -> FlaskClient:
    return patient_client


def in_python(network: Network, path: Path) -> bytes:
    write(network, path, attributes=described(network))
    return path.read_bytes()


def on_the_command_line(name: str, path: Path) -> bytes:
    done = CliRunner().invoke(main, ["export", "--network", name, "-o", str(path)])
    assert done.exit_code == 0, done.output
    return path.read_bytes()


def over_http(client: FlaskClient, name: str, format_: str) -> bytes:
    answer = client.get(f"/networks/{name}/export?format={format_}")
    assert answer.status_code == 200, answer.text
    data: bytes = answer.data
    return data


@pytest.mark.parametrize("name", [pytest.param("funding", marks=pytest.mark.long), "memberships"])
def test_files_are_the_same_three_ways(
    client: FlaskClient, graph: MissionGraph, tmp_path: Path, name: str
) -> None:
    network = load_network(graph.engine, name)
    for format_ in SHIPPED[name]:
        ways = [
            in_python(network, tmp_path / f"python.{format_}"),
            on_the_command_line(name, tmp_path / f"cli.{format_}"),
            over_http(client, name, format_),
        ]
        assert ways[0] == ways[1] == ways[2], format_
    beside = next(tmp_path.glob("cli.nodes.*"))  # csv or parquet
    read: Any = getattr(pl, f"read_{beside.suffix[1:]}")
    answer = client.get(f"/networks/{name}/nodes?format={beside.suffix[1:]}").data
    assert read(io.BytesIO(answer)).to_dicts() == read(beside).to_dicts()


def test_gexf_over_http_has_all_ties_and_what_is_known_of_nodes(
    client: FlaskClient, graph: MissionGraph
) -> None:
    network = load_network(graph.engine, "shared-missions")
    read = NETWORKX["gexf"](over_http(client, "shared-missions", "gexf"))
    assert ties_of(read) == ties_of(to_networkx(network)) and len(read.edges) == network.size
    known = {name: nx.get_node_attributes(read, name) for name in (*GROUPS, *SCORES)}
    scores = centrality(network, SCORES).scores
    for name in SCORES:
        assert known[name] == dict(zip(network.nodes, scores[name].tolist(), strict=True))
    members = communities(network).members.tolist()
    assert known["community"] == dict(zip(network.nodes, members, strict=True))
    for name in ("country", "kind"):
        assert known[name] == network.attributes[name] and len(known[name]) > 400


def test_a_tie_without_a_spell_is_static(client: FlaskClient) -> None:
    root = ElementTree.fromstring(over_http(client, "shared-missions", "gexf"))
    edges = root.findall(".//{*}edge")
    dated = [edge for edge in edges if edge.find("{*}spells") is not None]
    assert 0 < len(dated) < len(edges)


def test_a_file_has_the_groups_and_scores_that_are_asked_for(client: FlaskClient) -> None:
    answer = client.get(
        "/networks/funding/export?format=json&group=country&measure=closeness&measure=degree"
    )
    node = json.loads(answer.data)["nodes"][0]
    assert {"closeness", "degree"} <= set(node) and not {"kind", "community"} & set(node)
    bare = client.get("/networks/funding/export?format=json&group=none&measure=none")
    assert set(json.loads(bare.data)["nodes"][0]) == {"id", "label"}


def test_a_drawn_graph_holds_what_its_files_do(graph: MissionGraph) -> None:
    drawn = graph.network("memberships")
    read = NETWORKX["graphml"](written(drawn.network, "graphml")[""])
    for node, about in drawn.nodes(data=True):
        assert told({k: v for k, v in about.items() if k != "bipartite"}) == read.nodes[node]
    assert from_networkx(read).side is not None
    assert {data["weight"] for *_, data in drawn.edges(data=True)} == {1}


def test_a_packed_file_is_the_same_packed(tmp_path: Path) -> None:
    write(nx.path_graph(3), tmp_path / "a.json.gz")
    data = gzip.decompress((tmp_path / "a.json.gz").read_bytes())
    assert data == written(from_networkx(nx.path_graph(3)), "json")[""]


@pytest.mark.parametrize("format_", ["svg", "json", "csv"])
def test_a_backbone_has_a_picture(client: FlaskClient, format_: str) -> None:
    path = f"/networks/shared-missions/picture?backbone=0.05&top=250&format={format_}"
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    if format_ == "json":
        places = np.array([node[2:4] for node in json.loads(answer.data)["nodes"]])
        assert len(places) == 250 and np.ptp(places, axis=0).min() > 0.5  # in no line

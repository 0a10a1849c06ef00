"""Whatever is given for a network or for what is asked of it: an answer, or an error that says how.

Every public function that takes a network is tried with odd ones, and with none.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

import missiongraph
from missiongraph import MissionGraph, networks
from missiongraph.errors import MissionGraphError, NetworkWarning, QueryError, UnknownQuery
from missiongraph.networks import (
    brokers,
    centrality,
    from_networkx,
    load_network,
    scores,
    to_networkx,
)
from missiongraph.networks.analysis.communities import communities, modularity
from missiongraph.networks.analysis.mixing import mixing, numeric_assortativity
from missiongraph.networks.extract.time_slices import slices
from missiongraph.networks.measures.cohesion import transitivity
from missiongraph.networks.model.backbone import disparity

# --- weights


def valjean() -> nx.Graph[Any]:
    graph: nx.Graph[Any] = nx.les_miserables_graph()
    return graph


def test_the_attribute_weight_counts_as_in_networkx() -> None:
    graph = valjean()
    assert scores(graph, "strength") == dict(graph.degree(weight="weight"))
    assert scores(graph, "strength")["Valjean"] == 158
    expected = nx.pagerank(graph, tol=1e-13, max_iter=1000)
    assert scores(graph, "pagerank") == pytest.approx(expected, abs=1e-9)
    parts = nx.community.louvain_communities(graph, seed=1)
    members = {node: number for number, part in enumerate(parts) for node in part}
    found = modularity(graph, [members[node] for node in graph])
    assert found == pytest.approx(nx.community.modularity(graph, parts))
    assert communities(graph).modularity > 0.56


@pytest.mark.parametrize("name", ["strength", "weight"])
def test_a_backbone_and_communities_do_not_care_what_a_strength_is_called(name: str) -> None:
    graph: nx.Graph[Any] = nx.Graph()
    bare: nx.Graph[Any] = nx.Graph()
    ties: Any = valjean().edges(data="weight")
    for one, other, weight in ties:
        graph.add_edge(one, other, **{name: weight})
        bare.add_edge(one, other)
    expected = disparity(from_networkx(valjean()), 0.1)
    assert disparity(graph, 0.1).size == expected.size != disparity(bare, 0.1).size
    assert communities(graph, runs=2).modularity == communities(valjean(), runs=2).modularity


def test_networkx_reads_the_weights_of_a_drawn_graph_by_itself(graph: MissionGraph) -> None:
    drawn = graph.network("shared-missions")
    own: nx.Graph[Any] = nx.Graph(drawn)
    assert nx.pagerank(own) == nx.pagerank(own, weight="strength")
    assert nx.pagerank(drawn, tol=1e-12) == pytest.approx(nx.pagerank(own, tol=1e-12), abs=1e-9)
    assert nx.pagerank(drawn) == nx.pagerank(drawn, weight="strength")
    assert nx.pagerank(drawn) != nx.pagerank(drawn, weight=None)
    assert nx.community.modularity(drawn, [set(drawn)]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("weighed", ["strength", "distance"])
@pytest.mark.parametrize("looked", [False, True])
def test_the_weight_of_a_drawn_graph_is_a_strength(weighed: Any, looked: bool) -> None:
    plain: nx.Graph[Any] = nx.Graph([("a", "b", {weighed: 4}), ("b", "c", {weighed: 1})])
    drawn = to_networkx(from_networkx(plain))
    assert not looked or list(drawn.edges)
    own: nx.Graph[Any] = nx.Graph(to_networkx(from_networkx(plain)))
    assert nx.pagerank(drawn) == pytest.approx(nx.pagerank(own), abs=1e-9)
    assert own["a"]["b"]["weight"] == (4 if weighed == "strength" else 0.25)


@pytest.mark.parametrize(
    ("made", "fold", "weighed"),
    [
        (nx.MultiGraph, [("a", "b", {"distance": 1}), ("b", "a", {"distance": 5})], 1),
        (nx.MultiGraph, [("a", "b", {"strength": 1}), ("b", "a", {"strength": 5})], 6),
        (nx.MultiDiGraph, [("a", "b", {"weight": 1}), ("a", "b", {"weight": 5})], 6),
        (nx.MultiDiGraph, [("a", "b"), ("a", "b")], 2),
    ],
)
def test_parallel_ties_are_one_and_told(made: Any, fold: list[Any], weighed: float) -> None:
    network = from_networkx(made(fold))
    assert network.matrix[0, 1] == weighed and network.size == 1
    assert list(network.about["joined"].values()) == [1]


def test_a_loop_of_a_multigraph_stays_one() -> None:
    ties: Any = [("a", "a", {"weight": 2}), ("a", "a", {"weight": 3})]
    network = from_networkx(nx.MultiGraph(ties))
    assert network.matrix.toarray().tolist() == [[5]]


BAD = [-1, 0, float("nan"), float("inf"), None, "much", 10**400, np.float64("nan"), [1]]


@pytest.mark.parametrize("name", ["weight", "strength", "distance"])
@pytest.mark.parametrize("made", [nx.Graph, nx.DiGraph, nx.MultiGraph])
@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad!r:.9}")
def test_a_weight_that_is_none_is_refused_by_name(made: Any, name: str, bad: Any) -> None:
    graph = made([("a", "b", {name: 1}), ("b", "c", {name: bad})])
    with pytest.raises(QueryError, match=f"the tie (b - c|c - b) has the {name} "):
        from_networkx(graph)
    with pytest.raises(QueryError, match=f"the tie (b - c|c - b) has the {name} "):
        from_networkx(graph, name)


def test_a_named_weight_that_no_tie_has_is_refused() -> None:
    with pytest.raises(QueryError, match="no tie has the attribute 'wieght'; ties have weight"):
        from_networkx(valjean(), "wieght")
    assert set(from_networkx(valjean(), "").matrix.data) == {1}
    assert from_networkx(nx.empty_graph(3), "weight").size == 0


def test_weights_that_do_not_agree_are_refused_unless_one_was_changed() -> None:
    graph: Any = nx.Graph([("a", "b", {"strength": 2, "weight": 3}), ("b", "c", {"strength": 1})])
    with pytest.raises(QueryError, match="a - b has the strength 2 and the weight 3"):
        from_networkx(graph)
    assert from_networkx(graph, "weight").matrix.data.tolist() == [3, 3, 1, 1]
    for changed in ("strength", "weight"):
        drawn = to_networkx(from_networkx(nx.path_graph(3)))
        drawn[0][1][changed] = 7
        assert from_networkx(drawn).matrix[0, 1] == 7
    drawn[0][1].update(strength=8, weight=9)
    with pytest.raises(QueryError, match="do not agree"):
        _ = drawn.network


def test_a_tie_with_only_a_distance_among_strengths_is_refused() -> None:
    graph: Any = nx.Graph([("a", "b", {"strength": 2}), ("b", "c", {"distance": 1})])
    with pytest.raises(QueryError, match="b - c has a distance and no strength"):
        from_networkx(graph)


def test_what_networkx_makes_of_bad_weights_is_left_to_it() -> None:
    for bad in (-1, 0, float("inf")):
        graph: Any = nx.cycle_graph(4)
        nx.set_edge_attributes(graph, dict.fromkeys(graph.edges, 1), "weight")
        drawn = to_networkx(from_networkx(graph))
        for each in (graph, drawn):
            each[0][1]["weight"] = bad
        assert str(_outcome(nx.pagerank, drawn)) == str(_outcome(nx.pagerank, graph))


def _outcome(function: Any, *given: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*given)
        except Exception as error:
            return type(error)


# --- graphs and tables of others


def test_igraph_gives_the_same_network() -> None:
    graph = valjean()
    other = igraph.Graph.from_networkx(graph)
    other.vs["name"] = other.vs["_nx_name"]
    del other.vs["_nx_name"]
    assert scores(other, "strength") == scores(graph, "strength")
    two = igraph.Graph.Full_Bipartite(2, 3)
    assert from_networkx(two).side is not None
    assert from_networkx(igraph.Graph(3, [(0, 1)], directed=True)).directed


ROWS = {"source": ["a", "b", "a"], "target": ["b", "c", "b"], "weight": [1.0, 2.0, 4.0]}


@pytest.mark.parametrize("made", [pd.DataFrame, pl.DataFrame])
def test_a_table_gives_the_network_of_its_rows(made: Callable[[Any], Any]) -> None:
    network = from_networkx(made(ROWS))
    assert network.nodes == ["a", "b", "c"] and network.matrix[0, 1] == 5
    assert sum(network.about["joined"].values()) == 1
    assert scores(made(ROWS), "strength") == {"a": 5, "b": 7, "c": 2}


def test_the_answer_of_a_query_is_such_a_table(graph: MissionGraph) -> None:
    found: Any = graph.query("SELECT ?source ?target { VALUES (?source ?target) { (1 2) (2 3) } }")
    assert from_networkx(found).size == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"from": ["a"], "to": ["b"]}, "no column source; a table .* has source, target"),
        ({"source": ["a", None], "target": ["b", "c"]}, "row 1 of the table has no source"),
        ({"source": ["a"], "target": ["b"], "weight": [-1]}, "tie a - b has the weight -1"),
    ],
)
def test_a_table_that_is_none_of_ties_says_what_it_lacks(rows: Any, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        from_networkx(pd.DataFrame(rows))


# --- every function


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public functions whose first parameter is a network or a graph."""
    for module in pkgutil.walk_packages(networks.__path__, "missiongraph.networks."):
        stem = module.name.rpartition(".")[2]
        if stem in ("spark", "foreign_graphs", "convert"):
            continue
        loaded = importlib.import_module(module.name)
        for name, function in vars(loaded).items():
            if name.startswith("_") or getattr(function, "__module__", "") != loaded.__name__:
                continue
            if inspect.isfunction(function) and "nx.Graph" in str(
                next(iter(inspect.signature(function).parameters.values()), "")
            ):
                yield f"{stem}.{name}", function


TAKES: dict[str, Any] = {
    "groups": {"a": 1, "b": 2},
    "numbers": {"a": 1.0, "b": 2.0},
    "measure": "degree",
    "nodes": ["a"],
    "node": "a",
    "runs": 2,
    "order": [0, 1, 2],
    "members": [0, 0, 1],
    "after": nx.path_graph(3),
    "figures": {"transitivity": transitivity},
    "predictors": {"path": nx.path_graph(["b", "a", "c"])},
}
OTHERS: dict[str, Any] = {
    "brokerage.brokers_between": {"one": 1, "other": 2},
    "qap.correlate": {"other": nx.path_graph(["b", "a", "c"])},
}
FUNCTIONS = dict(functions())


def call(name: str, given: Any, folder: Path) -> Any:
    function = FUNCTIONS[name]
    taken = list(inspect.signature(function).parameters)[1:]
    more = {key: TAKES[key] for key in taken if key in TAKES} | OTHERS.get(name, {})
    if name == "writers.write":
        more = {"target": folder / "n.csv"}
    elif name == "svg.plot":
        more = {"target": folder / "n.svg"}
    elif name.startswith("paths.shortest"):
        more = {"source": "a", "target": "b"}
    found = function(given, **more)
    return list(found) if inspect.isgenerator(found) else found


NONE: dict[str, Any] = {
    "none": None,
    "a name": "funding",
    "a number": 5,
    "pairs": [("a", "b")],
    "an array": np.eye(3),
    "a sparse array": sparse.csr_array(np.eye(3)),
    "a mapping": {"a": ["b"]},
    "another table": pd.DataFrame({"x": [1]}),
    "a bad weight": nx.Graph([("a", "b", {"weight": None})]),
}
SOME: dict[str, Any] = {
    "no nodes": nx.Graph(),
    "no nodes, directed": nx.DiGraph(),
    "isolates": nx.empty_graph(["a", "b", "c"]),
    "a loop": nx.Graph([("a", "a"), ("b", "c")]),
    "parallel ties": nx.MultiGraph([("a", "b"), ("a", "b"), ("b", "c")]),
    "parallel arcs": nx.MultiDiGraph([("a", "b"), ("a", "b"), ("b", "c")]),
    "igraph": igraph.Graph.TupleList([("a", "b"), ("b", "c")]),
    "a table": pd.DataFrame(ROWS),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_no_network_is_an_error_that_says_so(name: str, tmp_path: Path) -> None:
    for kind, given in NONE.items():
        with pytest.raises(MissionGraphError) as caught:
            call(name, given, tmp_path)
        assert len(str(caught.value)) > 20, kind


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_network_has_an_answer_or_a_clear_error(name: str, tmp_path: Path) -> None:
    for kind, given in SOME.items():
        try:
            call(name, given, tmp_path)
        except MissionGraphError as error:
            assert len(str(error)) > 10, kind


def test_all_families_of_functions_were_tried() -> None:
    wanted = {
        "ranking.centrality", "ranking.scores", "brokerage.brokers", "backbone.disparity",
        "communities.communities", "projection.projection", "mixing.mixing", "paths.shortest_paths",
        "link_prediction.predict", "resilience.resilience", "layout.layout", "svg.svg",
        "writers.write", "time_slices.changes", "null_models.against_chance",
        "network_file.described", "structural_holes.constraint", "qap.regress", "positions.concor",
    }  # fmt: skip
    assert wanted <= set(FUNCTIONS)


# --- what is asked


def test_one_measure_may_be_named_alone() -> None:
    graph = nx.path_graph(3)
    assert centrality(graph, "betweenness").measures == ("betweenness",)
    with pytest.raises(UnknownQuery, match="'betweeness'; the nearest are: betweenness"):
        centrality(graph, "betweeness")


@pytest.mark.parametrize("measures", [None, 3, [None], [["degree"]]])
def test_what_is_no_measure_is_an_error(measures: Any) -> None:
    with pytest.raises(QueryError):
        centrality(nx.path_graph(3), measures)


def named() -> nx.Graph[Any]:
    graph: nx.Graph[Any] = nx.path_graph(4)
    nx.set_node_attributes(graph, {0: "Ada", 1: "Ben", 2: "Cem", 3: "Cem"}, "label")
    return graph


def test_groups_may_be_those_of_labels() -> None:
    graph = named()
    by_label = brokers(graph, {"Ada": "x", "Ben": "y"})
    assert [row["label"] for row in by_label.rows()] == ["Ada", "Ben"]
    assert by_label.counts.tolist() == brokers(graph, {0: "x", 1: "y"}).counts.tolist()
    series: Any = pd.Series({"Ada": "x", "Ben": "y"})
    assert mixing(graph, series).ungrouped == 2
    assert not np.isnan(numeric_assortativity(nx.star_graph(2), {0: 1, 1: 2, 2: 4}))


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (
            {"Nobody": 1, "else": 2},
            "'Nobody' is not a node of .* as in network.nodes, or their",
        ),
        ({"Cem": 1}, "several nodes have the label 'Cem'"),
        (["x", "y"], "as a mapping, not a list"),
    ],
)
def test_groups_of_nobody_are_an_error(groups: Any, said: str) -> None:
    for function in (brokers, mixing, numeric_assortativity):
        with pytest.raises(QueryError, match=said):
            function(named(), groups)


TIES = "SELECT ?source ?target ?strength { VALUES (?source ?target ?strength) { %s } }"


def test_a_network_without_nodes_is_warned_of(graph: MissionGraph) -> None:
    with pytest.warns(NetworkWarning, match="there are no nodes"):
        graph.network(TIES % "")


def test_rows_that_are_left_out_are_warned_of(graph: MissionGraph) -> None:
    rows = "(<x:a> <x:b> 'much') (<x:a> <x:c> 1) (<x:a> <x:a> 1)"
    with pytest.warns(NetworkWarning) as told:
        drawn: Any = graph.network(TIES % rows)
    assert [str(warning.message).partition(": ")[2] for warning in told] == [
        "1 row left out: a strength that is not a number above 0",
        "1 row left out: a tie of a node to itself",
    ]
    assert sum(drawn.network.about["rejected"].values()) == 2


def test_a_method_where_nothing_is_projected_is_an_error(graph: MissionGraph) -> None:
    with pytest.raises(
        QueryError, match="method=newman is for projections, and funding is directed"
    ):
        graph.network("funding", method="newman")


@pytest.mark.parametrize(
    ("query", "view"),
    [
        (None, {}),
        (5, {}),
        ("no-such-network", {}),
        ("SELECT", {}),
        ("funding", {"at": "soon"}),
        ("funding", {"at": 2022.5}),
        ("funding", {"since": object()}),
        ("funding", {"backbone": "0.05"}),
        ("funding", {"layers": ["none"]}),
        ("funding", {"method": "magic"}),
        ("shared-missions", {"method": "magic"}),
    ],
)
def test_what_cannot_be_drawn_is_an_error(
    graph: MissionGraph, query: Any, view: dict[str, Any]
) -> None:
    with pytest.raises(QueryError):
        graph.network(query, **view)


def test_an_unknown_option_of_a_view_is_an_error(graph: MissionGraph) -> None:
    with pytest.raises(QueryError, match="no option 'top'"):
        load_network(graph.engine, "funding", top=10)


def test_slices_begin_and_end_as_years_say(graph: MissionGraph) -> None:
    ties, query = networks.read_ties(graph.engine, "funding"), networks.find_network("funding")
    assert [day.year for day, _ in slices(ties, query, since=2019, until="2021")] == [
        2019,
        2020,
        2021,
    ]


def test_years_and_dates_say_when(graph: MissionGraph) -> None:
    year = load_network(graph.engine, "funding", at=2022)
    assert year.size == load_network(graph.engine, "funding", since="2022", until="2022").size
    assert year.about["since"] == "2022-01-01" and year.about["until"] == "2022-12-31"


# --- names


def test_the_module_of_centrality_is_a_module_and_does_what_its_function_does() -> None:
    code = (
        "import missiongraph.networks.measures.ranking as m, types\n"
        "from missiongraph.networks import centrality\n"
        "from missiongraph.networks.measures.ranking import Ranking, centrality as function\n"
        "import networkx as nx, pickle\n"
        "assert isinstance(m, types.ModuleType) and m.Ranking is Ranking\n"
        "found = centrality(nx.path_graph(3), 'degree')\n"
        "assert isinstance(found, m.Ranking) and callable(m.centrality)\n"
        "assert pickle.loads(pickle.dumps(function)) is function\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def modules() -> Iterator[str]:
    """The modules with examples; those of Spark need Spark."""
    for module in pkgutil.walk_packages(missiongraph.__path__, "missiongraph."):
        spec = importlib.util.find_spec(module.name)
        origin = Path((spec and spec.origin) or "")
        if origin.suffix == ".py" and ">>> " in origin.read_text("utf-8"):
            yield module.name


@pytest.mark.parametrize("name", ["missiongraph", *modules()])
def test_the_examples_of_a_module_run(name: str) -> None:
    if name.endswith(".spark"):
        pytest.skip("its examples need a cluster of Spark")
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("paths.shortest_path", {"source": "a", "target": "b", "by": "miles"}),
        ("paths.ego", {"node": "a", "by": "miles"}),
        ("paths.ego", {"node": "nobody"}),
        ("structural_holes.constraint", {"by": "miles"}),
        ("cohesion.clustering", {"by": "miles"}),
        ("communities.communities", {"method": "magic"}),
        ("link_prediction.predict", {"method": "magic"}),
        ("mixing.degree_assortativity", {"source": "sideways"}),
        ("resilience.resilience", {"by": "magic"}),
        ("resilience.giant_shares", {"order": [0, 0, 1]}),
        ("time_slices.changes", {"after": nx.DiGraph()}),
        ("null_models.against_chance", {"measure": "magic"}),
        ("network_file.described", {"groups": ["magic"]}),
        ("network_file.described", {"scores": ["magic"]}),
        ("projection.projection", {"nodes": ["nobody"]}),
    ],
)
def test_what_cannot_be_asked_is_an_error_that_says_what_can(
    name: str, more: dict[str, Any]
) -> None:
    with pytest.raises(MissionGraphError, match=r"\w+ .*\w+"):
        FUNCTIONS[name](nx.path_graph(["a", "b", "c"]), **more)

"""The networkx backend: unchanged analyst code runs on our arrays, and gives the same answers."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.networks import Network, from_networkx, to_networkx
from missiongraph.networks.nx.dispatch import SERVED, get_info
from missiongraph.networks.nx.graphs import ArrayGraph, DirectedNetworkGraph, NetworkGraph, view

HEAVY = ("numpy", "scipy", "polars", "pyoxigraph", "rdflib", "networkx", "numba", "networkit")
SOLVED: dict[str, dict[str, Any]] = {  # and not unique on every graph, see test_spectral.py
    "hits": {},
    "eigenvector_centrality_numpy": {},
    "katz_centrality_numpy": {"alpha": 0.01},
}
# Before 3.5, networkx has no constraint of a node that has ties to it only, though it says
# that neighbours are predecessors and successors.
OLDER = tuple(map(int, nx.__version__.split(".")[:2])) < (3, 5)
TIES = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(1, 9), max_size=25
)


@st.composite
def graphs(draw: st.DrawFn) -> Any:
    """A graph of networkx with strengths, ties to oneself, isolates and parts."""
    graph: Any = nx.DiGraph() if draw(st.booleans()) else nx.Graph()
    graph.add_nodes_from(range(draw(st.integers(0, 8))))
    if graph:
        ties = ((a % len(graph), b % len(graph), s) for (a, b), s in draw(TIES).items())
        graph.add_weighted_edges_from(ties, weight="strength")
    return weighed(graph)


def weighed(graph: Any) -> Any:
    """With the strength of ties in ``weight``, too, as graphs of ours have it."""
    nx.set_edge_attributes(graph, nx.get_edge_attributes(graph, "strength"), "weight")
    return graph


def plain(directed: bool = False) -> Any:
    """A graph of networkx, and no tie in it is like another."""
    graph: Any = nx.DiGraph(name="plain") if directed else nx.Graph(name="plain")
    graph.add_node("a", label="Alpha")
    ties = [("a", "b", 1), ("b", "c", 2), ("c", "a", 3), ("c", "d", 4), ("d", "e", 5)]
    graph.add_weighted_edges_from(ties, weight="strength")
    if directed:
        graph.add_edge("d", "d", strength=6)
    graph.add_node("z")
    return weighed(graph)


def ours(graph: Any | None = None) -> Any:
    """The same graph, as :meth:`Network.networkx` gives it."""
    return to_networkx(from_networkx(plain() if graph is None else graph))


def is_made(graph: ArrayGraph) -> bool:
    return "_adj" in vars(graph)


def outcome(run: Callable[[], Any]) -> Any:
    """What a function answers, or what it raises, so that two can be compared."""
    try:
        found = run()
    except (nx.NetworkXException, ZeroDivisionError, TypeError) as error:
        return type(error), str(error)
    if isinstance(found, dict | tuple | float | int):
        return found
    return {frozenset(each) if isinstance(each, tuple | set) else each for each in found}


def agree(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        together = [(found[key], expected[key]) for key in expected]
        return found.keys() == expected.keys() and all(
            a == pytest.approx(b, abs=1e-9, nan_ok=True) for a, b in together
        )
    if isinstance(expected, tuple) and isinstance(expected[0], dict):
        return all(agree(a, b) for a, b in zip(found, expected, strict=True))
    return bool(found == expected)


# Importing


def imported(code: str) -> set[str]:
    """What a fresh Python has imported after ``code``."""
    code += "; import sys; print(*{name.split('.')[0] for name in sys.modules})"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_importing_networkx_loads_the_library_and_nothing_heavy() -> None:
    loaded = imported("import networkx")
    assert "missiongraph" in loaded
    assert not loaded & set(HEAVY) - {"networkx"}


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert not imported("import missiongraph") & set(HEAVY)


def test_every_name_of_the_library_is_there_when_asked_for() -> None:
    import missiongraph

    assert all(getattr(missiongraph, name) for name in missiongraph.__all__)
    assert set(missiongraph.__all__) <= set(dir(missiongraph))
    assert missiongraph.__version__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = missiongraph.nothing


def test_a_module_that_is_imported_first_takes_no_name_of_the_library() -> None:
    code = "import missiongraph.api, missiongraph as mg; assert callable(mg.build), mg.build"
    assert "pyoxigraph" in imported(code)


def test_networkx_knows_what_is_served() -> None:
    assert set(get_info()["functions"]) == set(SERVED)
    assert "missiongraph" in nx.pagerank.backends


# Dispatch


@pytest.mark.parametrize("name", [name for name in SERVED if name not in SOLVED])
def test_what_is_served_equals_networkx(name: str) -> None:
    @examples(15)
    @given(graphs())
    def check(graph: Any) -> None:
        function = getattr(nx, name)
        found = outcome(lambda: function(ours(graph)))
        expected = outcome(lambda: function(graph))
        if name == "constraint" and OLDER and graph.is_directed():
            entered = [node for node in graph if graph.pred[node] and not graph[node]]
            expected.update({node: found[node] for node in entered})
        assert agree(found, expected)

    check()


@pytest.mark.parametrize("name", SOLVED)
def test_what_is_served_by_solving_equals_networkx(name: str) -> None:
    graph: Any = nx.krackhardt_kite_graph()
    found, expected = (getattr(nx, name)(each, **SOLVED[name]) for each in (ours(graph), graph))
    assert agree(found, expected)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("pagerank", {"weight": "strength"}),
        ("pagerank", {"alpha": 0.5, "personalization": {"a": 1, "d": 2}}),
        ("pagerank", {"dangling": {"a": 1}, "nstart": {"b": 1}, "tol": 1e-12, "max_iter": 500}),
        ("pagerank", {"max_iter": 1}),
        ("pagerank", {"personalization": {"a": 0}}),
        ("pagerank", {"personalization": {"a": 1, "not there": 3}}),
        ("eigenvector_centrality", {"weight": "strength", "max_iter": 500}),
        ("eigenvector_centrality", {"max_iter": 1}),
        ("eigenvector_centrality", {"nstart": dict.fromkeys("abcdez", 0)}),
        ("katz_centrality", {"alpha": 0.05, "weight": "strength"}),
        ("katz_centrality", {"beta": dict(zip("abcdez", range(6), strict=True))}),
        ("katz_centrality", {"beta": {"a": 1}}),
        ("katz_centrality", {"normalized": False}),
        ("katz_centrality", {"alpha": 10}),
        ("katz_centrality_numpy", {"alpha": 0.01, "weight": "strength"}),
        ("katz_centrality_numpy", {"alpha": 10}),
        ("closeness_centrality", {"wf_improved": False}),
        ("closeness_centrality", {"distance": "strength"}),
        ("harmonic_centrality", {"nbunch": ["a"]}),
        ("betweenness_centrality", {"weight": "strength"}),
        ("betweenness_centrality", {"normalized": False, "endpoints": True}),
        ("betweenness_centrality", {"k": 3, "seed": 1}),
        ("edge_betweenness_centrality", {"normalized": False}),
        ("clustering", {"weight": "strength"}),
        ("clustering", {"nodes": ["a", "b"]}),
        ("constraint", {"weight": "strength"}),
    ],
)
@pytest.mark.parametrize("directed", [False, True])
def test_parameters_mean_what_they_do_in_networkx(
    name: str, parameters: dict[str, Any], directed: bool
) -> None:
    function, graph = getattr(nx, name), plain(directed)
    expected = outcome(lambda: function(graph, **parameters))
    assert agree(outcome(lambda: function(ours(graph), **parameters)), expected)


def test_what_is_served_needs_no_dictionaries() -> None:
    graph = ours()
    nx.pagerank(graph, weight="strength")
    nx.eigenvector_centrality(graph)
    nx.betweenness_centrality(graph)
    assert "5 edges" in str(graph)
    assert not is_made(graph)


def test_what_is_not_served_falls_back_without_configuration() -> None:
    graph, same = plain(), ours()
    assert nx.transitivity(same) == nx.transitivity(graph)
    assert nx.shortest_path(same, "a", "e") == nx.shortest_path(graph, "a", "e")
    assert nx.voterank(same) == nx.voterank(graph)
    assert nx.community.louvain_communities(same, seed=1) == nx.community.louvain_communities(
        graph, seed=1
    )


def test_a_function_of_several_graphs_falls_back_too() -> None:
    other = ours(nx.Graph([("x", "y")]))
    assert set(nx.compose(ours(), other)) == set("abcdezxy")
    assert set(nx.compose_all([ours(), other])) == set("abcdezxy")
    assert nx.is_isomorphic(ours(), ours())


def test_a_function_that_makes_graphs_to_go_with_ours_falls_back_too() -> None:
    graph, same = nx.karate_club_graph(), ours(nx.karate_club_graph())
    assert nx.node_connectivity(same) == nx.node_connectivity(graph)
    assert nx.gomory_hu_tree(same, capacity="strength").size() == 33
    assert nx.minimum_spanning_tree(same).size() == 33


def test_graphs_of_two_kinds_go_together_if_networkx_may_convert(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(TypeError, match="backend_priority"):
        nx.is_isomorphic(ours(), plain())
    monkeypatch.setattr(nx.config, "fallback_to_nx", True)
    assert nx.is_isomorphic(ours(), plain())


@pytest.mark.parametrize("directed", [False, True])
def test_graphs_of_others_are_served_if_told_to(
    directed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = plain(directed)
    expected = nx.pagerank(graph, weight="strength")
    assert agree(nx.pagerank(graph, weight="strength", backend="missiongraph"), expected)
    graph = plain(directed)
    monkeypatch.setattr(nx.config.backend_priority, "algos", ["missiongraph"])
    assert agree(nx.pagerank(graph, weight="strength"), expected)
    assert nx.density(graph) > 0
    assert nx.degree_centrality(graph)["b"] == 0.4


def test_told_to_serve_what_we_lack_networkx_says_so() -> None:
    with pytest.raises(NotImplementedError, match="missiongraph"):
        nx.transitivity(plain(), backend="missiongraph")
    with pytest.raises(NotImplementedError, match="missiongraph"):
        nx.pagerank(nx.MultiGraph([(1, 2)]), backend="missiongraph")


def test_ties_whose_weight_is_no_number_are_left_to_networkx(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph: Any = nx.Graph([("a", "b", {"strength": "strong"})])
    monkeypatch.setattr(nx.config.backend_priority, "algos", ["missiongraph"])
    with pytest.raises(ValueError, match="strong"):
        nx.pagerank(graph, weight="strength")


def test_our_graph_can_be_given_to_networkx_itself() -> None:
    graph = ours()
    assert agree(nx.pagerank(graph, backend="networkx"), nx.pagerank(graph))


# Graphs


@examples(50)
@given(graphs())
def test_a_graph_comes_back_as_it_went(graph: Any) -> None:
    drawn = ours(graph)
    assert nx.utils.graphs_equal(nx.Graph(drawn) if not graph.is_directed() else drawn, graph)
    assert dict(drawn.adjacency()) == dict(graph.adjacency())
    if graph.is_directed():
        assert {node: dict(drawn.pred[node]) for node in drawn} == {
            node: dict(graph.pred[node]) for node in graph
        }


def test_both_ends_of_a_tie_share_its_attributes() -> None:
    graph, directed = ours(), ours(plain(directed=True))
    assert graph["a"]["b"] is graph["b"]["a"]
    assert directed.succ["a"]["b"] is directed.pred["b"]["a"]


def test_nodes_have_labels_where_known_and_ties_whole_numbers() -> None:
    graph = ours()
    assert graph.nodes["a"] == {"label": "Alpha"} and graph.nodes["b"] == {}
    assert graph["a"]["b"] == {"strength": 1, "weight": 1}
    assert all(type(value) is int for value in graph["a"]["b"].values())
    assert graph.name == "plain"


def test_a_broken_number_makes_all_broken() -> None:
    graph = plain()
    graph["a"]["b"].update(strength=0.5, weight=0.5)
    assert type(ours(graph)["b"]["c"]["strength"]) is float


def test_distances_are_called_so() -> None:
    network = from_networkx(plain(), "strength", weighed="distance")
    assert to_networkx(network)["a"]["b"] == {"distance": 1, "weight": 1}
    assert to_networkx(network)["b"]["c"] == {"distance": 2, "weight": 0.5}


def test_a_graph_knows_its_network_as_long_as_nothing_changes() -> None:
    network = from_networkx(plain())
    graph = to_networkx(network)
    assert graph.network is network and from_networkx(graph) is network
    assert list(graph.edges) and graph.network.matrix.data.tolist() == network.matrix.data.tolist()


@pytest.mark.parametrize("looked", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda graph: graph.add_edge("a", "z", strength=7),
        lambda graph: graph.add_node("new"),
        lambda graph: graph.remove_node("c"),
        lambda graph: graph.remove_edge("a", "b"),
        lambda graph: graph["a"]["b"].update(strength=50),
        lambda graph: [
            data.update(strength=data["strength"] ** 2) for *_, data in graph.edges.data()
        ],
        lambda graph: nx.set_edge_attributes(graph, {("a", "b"): {"strength": 4}}),
        lambda graph: nx.add_path(graph, "xyz", strength=2),
        lambda graph: graph.clear_edges(),
    ],
)
def test_whatever_changes_counts(change: Callable[[Any], Any], looked: bool) -> None:
    graph, same = plain(), ours()
    nx.pagerank(same, weight="strength")
    nx.pagerank(same)
    if looked:
        assert list(same.edges)
    change(graph)
    change(same)
    assert agree(nx.pagerank(same, weight="strength"), nx.pagerank(graph, weight="strength"))
    assert agree(nx.betweenness_centrality(same), nx.betweenness_centrality(graph))
    assert agree(nx.degree_centrality(same), nx.degree_centrality(graph))
    assert same.network.matrix.sum() == from_networkx(graph, "strength").matrix.sum()


def test_an_attribute_of_ones_own_counts() -> None:
    graph, same = plain(), ours()
    for each in (graph, same):
        for *_, data in each.edges(data=True):
            data["distance"] = 1 / data["strength"]
    found = nx.betweenness_centrality(same, weight="distance")
    assert agree(found, nx.betweenness_centrality(graph, weight="distance"))
    assert agree(nx.pagerank(same, weight="distance"), nx.pagerank(graph, weight="distance"))


def test_a_new_label_counts() -> None:
    graph = ours()
    graph.add_node("b", label="Beta")
    assert graph.network.label("b") == "Beta" and not is_made(graph)


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": lambda graph: graph.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda graph: pickle.loads(pickle.dumps(graph)),
    "view": lambda graph: graph.copy(as_view=True),
    "subgraph": lambda graph: graph.subgraph(list(graph)),
    "class": lambda graph: type(graph)(graph),
    "there and back": lambda graph: graph.to_directed().to_undirected(),
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("looked", [False, True])
def test_copies_are_graphs_of_ours_with_the_same_ties(how: str, looked: bool) -> None:
    graph = ours()
    if looked:
        assert list(graph.edges)
    copied = COPIES[how](graph)
    assert isinstance(copied, NetworkGraph) and nx.utils.graphs_equal(copied, graph)
    assert copied.network.matrix.toarray().tolist() == graph.network.matrix.toarray().tolist()


def test_a_copy_is_a_graph_of_its_own() -> None:
    graph = ours()
    copied = graph.copy()
    copied.remove_node("c")
    assert "c" in graph and len(graph.network) == 6 and len(copied.network) == 5


def test_a_graph_of_networkx_can_be_made_of_ours() -> None:
    graph: Any = nx.Graph(ours())
    assert type(graph) is nx.Graph and nx.utils.graphs_equal(graph, plain())


def test_a_graph_can_turn_round_and_lose_its_direction() -> None:
    graph, same = plain(directed=True), ours(plain(directed=True))
    turns: list[Callable[[Any], Any]] = [
        lambda each: each.reverse(),
        lambda each: each.reverse(copy=False),
        lambda each: each.to_undirected(),
        lambda each: each.to_undirected(as_view=True),
    ]
    for turn in turns:
        assert agree(nx.pagerank(turn(same)), nx.pagerank(turn(graph)))
    assert isinstance(same, DirectedNetworkGraph)


def test_a_view_follows_its_graph() -> None:
    graph, same = plain(), ours()
    parts = [each.subgraph("abcd") for each in (graph, same)]
    assert agree(nx.pagerank(parts[1]), nx.pagerank(parts[0]))
    for each in (graph, same):
        each.add_edge("a", "d")
    assert agree(nx.pagerank(parts[1]), nx.pagerank(parts[0]))


def two_modes() -> Network:
    network = from_networkx(nx.complete_bipartite_graph(2, 3))
    return Network(
        network.nodes,
        network.matrix,
        side=np.array([0, 0, 1, 1, 1], np.int8),
        name="two",
    )


def test_sides_outlast_what_networkx_does_to_a_graph() -> None:
    graph: Any = view(two_modes())
    graph.remove_edge(0, 2)
    graph.remove_node(3)
    part = graph.subgraph([0, 1, 2, 4])
    for each in (graph, graph.copy(), part, part.copy()):
        assert each.network.side.tolist() == [0, 0, 1, 1]


def test_ties_are_listed_in_the_order_of_their_measures() -> None:
    for graph in (ours(), ours(plain(directed=True))):
        nodes = graph.network.nodes
        ends = zip(*graph.network.ends, strict=True)
        assert [(nodes[a], nodes[b]) for a, b in ends] == list(graph.edges)


def test_a_graph_can_be_started_empty() -> None:
    graph: Any = NetworkGraph([("a", "b"), ("b", "c")])
    assert agree(nx.pagerank(graph), nx.pagerank(nx.path_graph(["a", "b", "c"])))
    assert graph.network.size == 2

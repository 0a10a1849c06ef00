"""Random networkx graphs for property tests: empty, of one node, apart, looped, weighed."""

from __future__ import annotations

from typing import Any

import networkx as nx
from hypothesis import strategies as st


@st.composite
def graphs(
    draw: st.DrawFn, *, most: int = 9, loops: bool = True, directed: bool | None = False
) -> nx.Graph[Any]:
    """Graphs of at most ``most`` nodes whose ties have a strength; ``directed`` None: of either."""
    n = draw(st.integers(0, most))
    both = draw(st.booleans()) if directed is None else directed
    graph: nx.Graph[Any] = nx.DiGraph() if both else nx.Graph()
    graph.add_nodes_from(range(n))
    if n:
        node = st.integers(0, n - 1)
        pairs = draw(st.lists(st.tuples(node, node, st.integers(1, 8)), max_size=3 * n))
        graph.add_weighted_edges_from(
            ((a, b, s / 2) for a, b, s in pairs if loops or a != b), weight="strength"
        )
    return graph


@st.composite
def two_mode(draw: st.DrawFn, *, most: int = 7) -> tuple[nx.Graph[Any], list[str]]:
    """A two-mode graph with strengths, and the nodes of its first side."""
    rows, columns = draw(st.integers(1, most)), draw(st.integers(1, most))
    graph: nx.Graph[Any] = nx.Graph()
    ours = [f"o{i}" for i in range(rows)]
    theirs = [f"m{i}" for i in range(columns)]
    graph.add_nodes_from([*ours, *theirs])
    pair = st.tuples(st.sampled_from(ours), st.sampled_from(theirs), st.integers(1, 9))
    pairs = draw(st.lists(pair, max_size=3 * most))
    graph.add_weighted_edges_from(((a, b, s / 2) for a, b, s in pairs), weight="strength")
    return graph, ours

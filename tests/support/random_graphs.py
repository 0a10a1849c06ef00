"""Small random networkx graphs, and how scores are compared with what networkx has."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from .examples import examples

few = examples(60)


@st.composite
def graphs(
    draw: st.DrawFn,
    *,
    least: int = 0,
    most: int = 10,
    loops: bool = True,
    directed: bool | None = None,
) -> nx.Graph[Any]:
    """Graphs of ``least`` to ``most`` nodes, some of them isolates, whose ties have a strength.

    ``directed`` None: of either sort.
    """
    both = draw(st.booleans()) if directed is None else directed
    graph: nx.Graph[Any] = nx.DiGraph() if both else nx.Graph()
    nodes = draw(st.integers(least, most))
    graph.add_nodes_from(range(nodes))
    if nodes:
        node = st.integers(0, nodes - 1)
        tie = st.tuples(node, node, st.sampled_from([0.5, 1, 2, 3.5, 7]))
        ties = draw(st.lists(tie, max_size=45))
        kept = [tie for tie in ties if loops or tie[0] != tie[1]]
        graph.add_weighted_edges_from(kept, weight="strength")
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


def agree(found: Any, expected: Any) -> bool:
    """Whether scores are those of networkx, in the order of the nodes; NaN where it has NaN."""
    values = list(expected.values())
    return np.allclose(found, values, rtol=0, atol=1e-9, equal_nan=True)

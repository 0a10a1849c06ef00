"""Small random networkx graphs, and how scores are compared with what networkx has."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

few = settings(max_examples=60, deadline=None)


@st.composite
def graphs(
    draw: st.DrawFn, *, directed: bool | None = None, loops: bool = True, least: int = 0
) -> nx.Graph[int]:
    """Graphs of ``least`` to 10 nodes, some of them isolates, whose ties have a strength."""
    kind: Any = nx.DiGraph if (draw(st.booleans()) if directed is None else directed) else nx.Graph
    graph: nx.Graph[int] = kind()
    nodes = draw(st.integers(least, 10))
    graph.add_nodes_from(range(nodes))
    if nodes:
        node = st.integers(0, nodes - 1)
        ties = draw(st.lists(st.tuples(node, node, st.sampled_from([0.5, 1, 2, 7])), max_size=45))
        kept = [tie for tie in ties if loops or tie[0] != tie[1]]
        graph.add_weighted_edges_from(kept, weight="strength")
    return graph


def agree(found: Any, expected: Any) -> bool:
    """Whether scores are those of networkx, in the order of the nodes; NaN where it has NaN."""
    values = list(expected.values())
    return np.allclose(found, values, rtol=0, atol=1e-9, equal_nan=True)

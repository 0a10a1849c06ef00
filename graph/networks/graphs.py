"""networkx graphs over the arrays of a network, whose dictionaries are made when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

if TYPE_CHECKING:
    from .network import Network

NetworkGraph = nx.Graph


def view(network: Network) -> nx.Graph[Any]:
    """The networkx graph of ``network``."""
    make: Any = nx.DiGraph if network.directed else nx.Graph
    graph = make(name=network.name)
    graph.add_nodes_from((node, {"label": network.label(node)}) for node in network.nodes)
    coo = network.matrix.tocoo()
    for row, column, weight in zip(coo.row, coo.col, coo.data, strict=True):
        if network.directed or row <= column:
            graph.add_edge(network.nodes[row], network.nodes[column], **{network.weighed: weight})
    return graph

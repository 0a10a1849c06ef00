"""Lists the neighbourhood of a node, and shortest paths between nodes, as rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from missiongraph.networks.measures.distance import By
from missiongraph.networks.measures.paths import ego, shortest_paths
from missiongraph.networks.model.network import Network, Node
from missiongraph.networks.model.weights import Places

from .lookup import find_node

Rows = list[dict[str, Any]]


def around(network: Network, name: str, radius: float = 1, by: By = "steps") -> Rows:
    """The nodes within ``radius`` of a node, along ties of either direction, without itself.

    Each row has ``node``, ``label`` and the ``strength`` or ``distance`` of its tie to the node,
    None without a tie. Nodes tied to it come first, the closest before others, then by label.
    Raises :class:`UnknownQuery` for an unknown node, see
    :func:`~missiongraph.networks.operations.lookup.find_node`.
    """
    network = network.undirected
    centre = find_node(network, name)
    part = ego(network, centre, radius, by)
    weights = part.matrix[[part.index[centre]]].toarray()[0].tolist()
    rows = [
        {"node": node, "label": part.label(node), part.weighed: weight or None}
        for node, weight in zip(part.nodes, weights, strict=True)
        if node != centre
    ]
    sign = -1 if part.weighed == "strength" else 1

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        weight = row[part.weighed]
        return weight is None, sign * (weight or 0), row["label"], row["node"]

    return sorted(rows, key=order)


def near(network: Network, name: str, radius: float = 1) -> tuple[Node, Places]:
    """A node, and the indices of the nodes within ``radius`` steps of it, including itself.

    Along ties of either direction. Raises :class:`UnknownQuery` for an unknown node.
    """
    centre = find_node(network, name)
    part = ego(network.undirected, centre, radius)
    return centre, np.array([network.index[node] for node in part.nodes])


def ways(
    network: Network, first: str, last: str, by: By = "steps", limit: int = 1
) -> tuple[float | None, Rows]:
    """The length of the shortest paths between two nodes, and at most ``limit`` of them.

    There is a row for each node of a path: ``path`` from 1, ``step`` from 0, ``node``, ``label``.
    Without a path along the ties, the length is None and there are no rows. Raises
    :class:`UnknownQuery` for an unknown node.
    """
    ends = find_node(network, first), find_node(network, last)
    paths = shortest_paths(network, *ends, by, limit)
    rows = [
        {"path": number, "step": step, "node": node, "label": network.label(node)}
        for number, path in enumerate(paths, start=1)
        for step, node in enumerate(path.nodes)
    ]
    return (paths[0].length if paths else None), rows

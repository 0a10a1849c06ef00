"""Finds components, and the nodes and ties whose removal would split them."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.weights import Places


def components(network: Network | nx.Graph[Any], strong: bool = False) -> Places:
    """The number of the component of each node: 0 is the largest, the first among equal ones.

    Direction is ignored; with ``strong``, the nodes of a component in a directed network all reach
    each other. An isolate is a component of its own.
    """
    network = from_networkx(network)
    connection = "strong" if strong else "weak"
    _, labels = csgraph.connected_components(network.matrix, network.directed, connection)
    _, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    rank = np.empty(len(sizes), np.intp)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    numbers: Places = rank[labels]
    return numbers


def articulation_points(network: Network | nx.Graph[Any]) -> Places:
    """The sorted indices of the nodes whose removal splits a component.

    Direction is ignored. Empty without ties.
    """
    order, parent, low, top = _searched(from_networkx(network).undirected)
    child = np.flatnonzero(~top)
    cut = np.zeros(len(order), bool)
    cut[parent[child[low[child] >= order[parent[child]]]]] = True
    cut[top] = np.bincount(parent[child], minlength=len(order))[top] > 1
    return np.flatnonzero(cut)


def bridges(network: Network | nx.Graph[Any]) -> list[tuple[int, int]]:
    """The ties whose removal splits a component, as sorted pairs of indices, the smaller first.

    Direction is ignored, and two opposite ties are one. Empty without ties.
    """
    order, parent, low, top = _searched(from_networkx(network).undirected)
    child = np.flatnonzero(~top & (low == order))
    pairs = np.sort(np.column_stack((parent[child], child)), axis=1)
    return sorted((int(one), int(other)) for one, other in pairs)


def _searched(network: Network) -> tuple[Places, Places, Places, npt.NDArray[np.bool_]]:
    """A depth-first search: order, parent and lowpoint of each node, and a mask of the roots.

    The lowpoint of a node is the earliest node in the order that it or its descendants in the tree
    reach by one tie outside the tree (Hopcroft & Tarjan 1973).
    """
    n = len(network)
    _, first = np.unique(components(network), return_index=True)
    # An extra node, tied to one node of each component, makes a single search sufficient.
    extra = sparse.csr_array((np.ones(len(first)), (np.zeros(len(first), int), first)), (1, n))
    joined = sparse.block_array([[network.pattern, None], [extra, np.zeros((1, 1))]], format="csr")
    nodes, parent = csgraph.depth_first_order(joined, n)
    order = np.empty(n + 1, np.intp)
    order[nodes] = np.arange(n + 1)
    top = parent[:n] == n
    parent = np.where(top, np.arange(n), parent[:n])

    matrix = network.matrix
    row = np.repeat(np.arange(n), np.diff(matrix.indptr))
    low = order[:n].copy()
    spare = matrix.indices != parent[row]
    np.minimum.at(low, row[spare], order[matrix.indices[spare]])
    for node in nodes[:0:-1]:
        low[parent[node]] = min(low[parent[node]], low[node])
    return order[:n], parent, low, top

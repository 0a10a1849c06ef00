"""Measures cohesion: how closely knit the surroundings of each node are.

Loops are ignored, as in networkx, which rejects them only for core numbers.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.errors import QueryError
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Scores, with_data

By = Literal["steps", "strength"]
"""What counts of a tie: its existence or its strength."""


def coreness(network: Network | nx.Graph[Any]) -> Scores:
    """The largest k such that the node is in a group whose members have k ties within the group.

    A whole number, 0 for an isolate (Seidman 1983; Batagelj & Zaveršnik 2003). In a directed
    network ties in and out are added, so two opposite ties count twice.
    """
    network = from_networkx(network)
    pattern = without_loops(network.pattern)
    ties = (pattern + pattern.T).tocsr() if network.directed else pattern
    cores = np.asarray(ties.sum(axis=1)).astype(np.int64)
    if len(cores):
        from missiongraph.networks.kernels.k_core import peel

        start, other, count = (
            array.astype(np.int64) for array in (ties.indptr, ties.indices, ties.data)
        )
        peel(start, other, count, cores)
    return cores.astype(np.float64)


def triangles(network: Network | nx.Graph[Any]) -> Scores:
    """The number of pairs of a node's neighbours that are tied to each other.

    Direction is ignored; networkx rejects directed graphs.
    """
    from missiongraph.networks.kernels.triangles import products

    pattern = without_loops(from_networkx(network).pattern)
    return np.rint(products((pattern + pattern.T).astype(bool).astype(np.float64)))


def clustering(network: Network | nx.Graph[Any], by: By = "steps") -> Scores:
    """The share of pairs of a node's neighbours that are tied to each other: 0 to 1.

    0 with fewer than two neighbours (Watts & Strogatz 1998). By strength, a pair counts as the
    geometric mean of the three strengths, each as a share of the greatest in the network (Onnela et
    al. 2005). In a directed network, the share of all possible directed triangles (Fagiolo 2007).
    """
    from missiongraph.networks.kernels.triangles import products

    network = from_networkx(network)
    pattern = without_loops(network.pattern)
    back = pattern.T.tocsr()
    degree = np.asarray((pattern + back).sum(axis=1))
    mutual = np.asarray(pattern.multiply(back).sum(axis=1))
    possible = degree * (degree - 1) - 2 * mutual  # undirected ties go both ways: 4 d (d - 1)
    roots = without_loops(_roots(ties_by(network, by)))
    scores: Scores = np.zeros(len(network))
    np.divide(products((roots + roots.T).tocsr()), possible, out=scores, where=possible > 0)
    return scores


def transitivity(network: Network | nx.Graph[Any]) -> float:
    """The share of paths a → b → c whose ends are tied, a → c: 0 to 1, 0 without paths.

    As in networkx, also for directed networks, where it is the share of the pairs b, c with ties
    from a that are tied b → c.
    """
    from missiongraph.networks.kernels.triangles import closed

    pattern = without_loops(from_networkx(network).pattern)
    out = np.diff(pattern.indptr).astype(np.float64)
    pairs = float(np.sum(out * (out - 1)))
    tied = int(closed(pattern, np.zeros(len(out), np.int64)).sum())
    return tied / pairs if pairs else 0.0


def ties_by(network: Network, by: By) -> sparse.csr_array:
    """The matrix (n x n) of ties: 1 for each ``by`` steps, or their strengths.

    Raises :class:`QueryError` for anything else.
    """
    if by not in get_args(By):
        raise QueryError(f"'by' is {' or '.join(get_args(By))} here, not '{by}'")
    return network.pattern if by == "steps" else network.strengths


def without_loops(matrix: sparse.csr_array) -> sparse.csr_array:
    """The matrix (n x n) with an empty diagonal."""
    if not matrix.diagonal().any():
        return matrix
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    kept = rows != matrix.indices
    entries = (matrix.data[kept], (rows[kept], matrix.indices[kept]))
    return sparse.csr_array(entries, matrix.shape)


def _roots(matrix: sparse.csr_array) -> sparse.csr_array:
    """The cube roots of the entries over the greatest; products of three are geometric means."""
    roots = np.cbrt(matrix.data / matrix.data.max(initial=0))
    return with_data(matrix, roots)

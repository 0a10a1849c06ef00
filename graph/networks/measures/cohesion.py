"""Cohesion: how closely knit the surroundings of each node are.

Ties of a node to itself are left out. networkx refuses them for core numbers, and leaves them
out of the rest as we do.
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
"""What of a tie counts: that it is there, or how strong it is."""


def coreness(network: Network | nx.Graph[Any]) -> Scores:
    """The largest k such that the node is in a group whose members have k ties within it.

    0 and up, whole; 0 for an isolate (Seidman 1983; Batagelj & Zaveršnik 2003). In a directed
    network ties in and out are added up, so two opposite ties are two.
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
    """How many pairs of a node's neighbours are tied to each other: 0 and up, whole.

    Direction is ignored; networkx refuses directed graphs.
    """
    from missiongraph.networks.kernels.triangles import products

    pattern = without_loops(from_networkx(network).pattern)
    return np.rint(products((pattern + pattern.T).astype(bool).astype(np.float64)))


def clustering(network: Network | nx.Graph[Any], by: By = "steps") -> Scores:
    """Share of the pairs of a node's neighbours that are tied to each other: 0 to 1.

    0 with fewer than two neighbours (Watts & Strogatz 1998). ``by`` strength, a pair counts as
    the geometric mean of the three strengths, each as a share of the greatest in the network
    (Onnela et al. 2005). In a directed network, the share of all triangles that opposite ties
    could make, whatever their direction (Fagiolo 2007).
    """
    from missiongraph.networks.kernels.triangles import products

    network = from_networkx(network)
    pattern = without_loops(network.pattern)
    back = pattern.T.tocsr()
    degree = np.asarray((pattern + back).sum(axis=1))
    mutual = np.asarray(pattern.multiply(back).sum(axis=1))
    possible = degree * (degree - 1) - 2 * mutual  # undirected ties go both ways: 4 d (d - 1)
    roots = without_loops(_roots(ties_by(network, by)))
    found: Scores = np.zeros(len(network))
    np.divide(products((roots + roots.T).tocsr()), possible, out=found, where=possible > 0)
    return found


def transitivity(network: Network | nx.Graph[Any]) -> float:
    """Share of the paths a → b → c whose ends are tied, a → c: 0 to 1, 0 if there are none.

    As networkx, of directed networks too: there it is the share of pairs b, c to whom a is tied
    that are tied b → c.
    """
    from missiongraph.networks.kernels.triangles import closed

    pattern = without_loops(from_networkx(network).pattern)
    out = np.diff(pattern.indptr).astype(np.float64)
    pairs = float(np.sum(out * (out - 1)))
    found = int(closed(pattern, np.zeros(len(out), np.int64)).sum())
    return found / pairs if pairs else 0.0


def ties_by(network: Network, by: By) -> sparse.csr_array:
    """The matrix (n x n) of what counts of each tie: 1 ``by`` steps, or its strength.

    Raises :class:`QueryError` for anything else.
    """
    if by not in get_args(By):
        raise QueryError(f"ties count by {' or '.join(get_args(By))} here, not by {by}")
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
    """Cube roots of the entries, as shares of the greatest: their product is a geometric mean."""
    roots = np.cbrt(matrix.data / matrix.data.max(initial=0))
    return with_data(matrix, roots)

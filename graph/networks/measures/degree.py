"""Computes degree and strength: the number of a node's ties, and the sum of their strengths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError
from missiongraph.networks.model.network import Network, Scores

Sums = npt.NDArray[np.float64]


def degree(network: Network) -> Scores:
    """The number of a node's ties over the n - 1 other nodes (Freeman 1978).

    0 to 1, 0 for an isolate. In a directed network ties in and out are added: 0 to 2. As in
    networkx, a loop counts twice, and the only node of a network scores 1.
    """
    return _share(_counted(network))


def in_degree(network: Network) -> Scores:
    """The number of ties that end at a node over n - 1; otherwise as :func:`degree`.

    In an undirected network, the same as :func:`degree`.
    """
    return _share(_into(network.pattern)) if network.directed else degree(network)


def out_degree(network: Network) -> Scores:
    """The number of ties that start at a node over n - 1; otherwise as :func:`degree`.

    In an undirected network, the same as :func:`degree`.
    """
    return _share(_from(network.pattern)) if network.directed else degree(network)


def strength(network: Network) -> Scores:
    """The sum of the strengths of a node's ties (Barrat et al. 2004), or of inverse distances.

    0 and up, in the unit of the strengths; 0 for an isolate. In a directed network ties in and out
    are added. A loop counts twice, as in networkx's weighted degree.
    """
    return _both(network, network.strengths)


def in_strength(network: Network) -> Scores:
    """The sum of the strengths of the ties that end at a node."""
    return _into(network.strengths) if network.directed else strength(network)


def out_strength(network: Network) -> Scores:
    """The sum of the strengths of the ties that start at a node."""
    return _from(network.strengths) if network.directed else strength(network)


def degree_and_strength(network: Network, alpha: float = 0.5) -> Scores:
    """The number k of a node's ties and their strength s, weighed by ``alpha``: k^(1 - a) s^a.

    k if ``alpha`` is 0, s if it is 1; between them, of two nodes of one strength the one with more
    ties scores higher, above 1 the one with fewer (Opsahl, Agneessens & Skvoretz 2010, Social
    Networks 32, 245). 0 and up; 0 for an isolate. In a directed network ties in and out
    are added. Raises :class:`QueryError` for an ``alpha`` below 0.
    """
    if not alpha >= 0:
        raise QueryError(f"alpha weighs strengths, from 0 up, not {alpha}")
    ties, sums = _both(network, network.pattern), strength(network)
    scores: Scores = np.zeros(len(network))
    np.power(ties, 1 - alpha, out=scores, where=ties > 0)
    return scores * np.where(ties > 0, sums, 0) ** alpha * (ties > 0)


def average_neighbour_degree(network: Network) -> Scores:
    """Mean number of ties of a node's neighbours (Barrat et al. 2004, unweighted).

    0 and up; for an isolate 0. In a directed network, as in networkx, of those that it is tied to
    the ties that start at them. A tie of a node to itself counts as in :func:`degree`: it is one
    neighbour but two ties, so the mean is over two.
    """
    pattern = network.pattern
    ties = _from(pattern) if network.directed else _both(network, pattern)
    mean: Scores = np.zeros(len(network))
    np.divide(pattern @ ties, ties, out=mean, where=ties > 0)
    return mean


def _from(matrix: sparse.csr_array) -> Sums:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64)


def _into(matrix: sparse.csr_array) -> Sums:
    return np.asarray(matrix.sum(axis=0), dtype=np.float64)


def _counted(network: Network) -> Sums:
    """The number of ties of each node, in and out; as :func:`_both`, without a matrix of ones."""
    matrix = network.matrix
    ties: Sums = np.diff(matrix.indptr).astype(np.float64)
    if network.directed:
        ties += np.bincount(matrix.indices, minlength=len(network))
    else:
        ties += matrix.diagonal() != 0
    return ties


def _both(network: Network, matrix: sparse.csr_array) -> Sums:
    return _from(matrix) + (_into(matrix) if network.directed else matrix.diagonal())


def _share(ties: Sums) -> Scores:
    others = len(ties) - 1
    return ties / others if others > 0 else np.ones(len(ties))

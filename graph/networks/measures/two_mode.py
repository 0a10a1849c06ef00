"""Measures for two-mode networks, normalised for ties between the two sides only.

In a network of organisations and missions, an organisation can be tied to no more than all
missions, and other organisations are at least two steps away. Each score is a share of the highest
possible for its side (Borgatti & Everett 1997); the formulas are those of networkx.bipartite.
One-mode networks raise :class:`QueryError`.
"""

from __future__ import annotations

from typing import Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import csgraph

from missiongraph.errors import QueryError
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Scores

Overlap = Literal["dot", "min", "max"]
Sizes = npt.NDArray[np.int64]


def degree(network: Network | nx.Graph[Any]) -> Scores:
    """The share of the nodes on the other side that a node is tied to: 0 to 1."""
    network, _, other = _two_mode(network)
    ties: Scores = np.diff(network.matrix.indptr) / np.maximum(other, 1)
    return ties


def closeness(network: Network | nx.Graph[Any]) -> Scores:
    """The least possible sum of steps to all others over the actual sum: 0 to 1.

    The least is one step to each node of the other side and two to each of its own. If only r of
    the n - 1 others can be reached, the sum is over those, and the score is multiplied by
    r / (n - 1); 0 for an isolate.
    """
    from .distance import closeness as of_one_mode

    network, own, other = _two_mode(network)
    _, component = csgraph.connected_components(network.matrix, directed=False)
    reached = np.bincount(component)[component] - 1
    # one-mode closeness has the same denominator, but the square of the reach as numerator
    scores: Scores = of_one_mode(network) * (other + 2 * (own - 1)) / np.maximum(reached, 1)
    return scores


def betweenness(network: Network | nx.Graph[Any]) -> Scores:
    """Shortest paths through the node as a share of the most that are possible: 0 to 1.

    The maximum depends on the number of nodes on each side; 0 if it is 0.
    """
    from .betweenness import betweenness as of_one_mode

    network, own, other = _two_mode(network)
    most = _most_between(own, np.maximum(other, 1))
    scores: Scores = np.zeros(len(network))
    np.divide(of_one_mode(network, normalized=False), most, out=scores, where=most > 0)
    return scores


def eigenvector(network: Network | nx.Graph[Any]) -> Scores:
    """Eigenvector centrality: 0 to 1, squares sum to 1 on each side.

    This is :func:`.spectral.eigenvector` times the square root of two, as each side has half of the
    sum of squares. The two parts are the first singular vectors of the two-mode matrix of strengths
    (Bonacich 1991; Borgatti & Everett 1997). 0 for an isolate.
    """
    from .spectral import eigenvector as of_one_mode

    network, _, _ = _two_mode(network)
    return of_one_mode(network) * 2**0.5


def density(network: Network | nx.Graph[Any]) -> float:
    """Ties as a share of all possible ones between the sides: 0 to 1, 0 if a side is empty."""
    network, _, other = _two_mode(network)
    return float(network.matrix.nnz / max(other.sum(), 1))


def clustering(network: Network | nx.Graph[Any], overlap: Overlap = "dot") -> Scores:
    """How much a node's neighbours overlap with those of nodes two steps away: 0 to 1.

    The mean, over the nodes two steps away, of the number of common neighbours over the number of
    neighbours of either (``dot``), or over the smaller (``min``) or larger (``max``) of both
    numbers of neighbours (Latapy, Magnien & Del Vecchio 2008). 0 without such nodes.
    """
    network, _, _ = _two_mode(network)
    pattern = network.pattern
    both = (pattern @ pattern).tocoo()
    different = both.row != both.col
    row, column, common = both.row[different], both.col[different], both.data[different]
    neighbours = np.diff(pattern.indptr)
    one, two = neighbours[row], neighbours[column]
    wholes = {
        "dot": one + two - common,
        "min": np.minimum(one, two),
        "max": np.maximum(one, two),
    }
    if overlap not in wholes:
        raise QueryError(f"overlap is one of {', '.join(wholes)}, not '{overlap}'")
    shares = np.bincount(row, common / wholes[overlap], minlength=len(network))
    scores: Scores = shares / np.maximum(np.bincount(row, minlength=len(network)), 1)
    return scores


def closure(network: Network | nx.Graph[Any]) -> Scores:
    """The share of the paths of four ties centred on a node that are closed: 0 to 1.

    A path a - p - i - q - b of five different nodes, where a, i and b are of one side, is closed if
    a and b share a neighbour that is not on it (Opsahl 2013, arXiv:1006.0887). In a
    projection all neighbours of one node are tied, by which clustering is overestimated; here they
    are not counted. 0 without such paths.
    """
    from missiongraph.networks.kernels.closure import four_paths

    network, _, _ = _two_mode(network)
    every, closed = four_paths(network.pattern).T
    scores: Scores = closed / np.maximum(every, 1)
    return scores


def _two_mode(network: Network | nx.Graph[Any]) -> tuple[Network, Sizes, Sizes]:
    """The network, and for each node the numbers of nodes on its own and on the other side."""
    network = from_networkx(network)
    if network.side is None:
        raise QueryError(
            f"{network.name or 'the network'} is not two-mode; use a two-mode network, or give "
            "each node of a networkx graph its side as 'bipartite', 0 or 1"
        )
    sizes = np.bincount(network.side, minlength=2)
    return network, sizes[network.side], sizes[1 - network.side]


def _most_between(own: Sizes, other: Sizes) -> Scores:
    """The most pairs that a node can lie between, by the sizes of its side and of the other."""
    s, t = np.divmod(own - 1, other)
    twice = other**2 * (s + 1) ** 2 + other * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3)
    most: Scores = twice / 2
    return most

"""Two-mode networks: measures that allow for ties between the two sides only.

In a network of organisations and missions, an organisation can be tied to all missions at most,
and other organisations are two steps away at least. Each score is a share of the highest there
could be for its side (Borgatti & Everett 1997); the formulas are those of networkx.bipartite.
Networks of one mode raise :class:`QueryError`.
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
    """Share of the other side that a node is tied to: 0 to 1."""
    network, _, other = _two_mode(network)
    ties: Scores = np.diff(network.matrix.indptr) / np.maximum(other, 1)
    return ties


def closeness(network: Network | nx.Graph[Any]) -> Scores:
    """The least sum of steps to all others there could be, over the sum that there is: 0 to 1.

    The least is one step to each of the other side and two to each of its own. With r of the n - 1
    others in reach, the sum is over those, and the score times r / (n - 1); 0 for an isolate.
    """
    from .distance import closeness as of_one_mode

    network, own, other = _two_mode(network)
    _, component = csgraph.connected_components(network.matrix, directed=False)
    reached = np.bincount(component)[component] - 1
    # that of one mode has the sum of steps below, too, but the square of the reach above
    found: Scores = of_one_mode(network) * (other + 2 * (own - 1)) / np.maximum(reached, 1)
    return found


def betweenness(network: Network | nx.Graph[Any]) -> Scores:
    """Share of the most shortest paths there could be that pass through the node: 0 to 1.

    That most depends on how many nodes there are on each side. 0 where there could be none.
    """
    from .betweenness import betweenness as of_one_mode

    network, own, other = _two_mode(network)
    most = _most_between(own, np.maximum(other, 1))
    found: Scores = np.zeros(len(network))
    np.divide(of_one_mode(network, normalized=False), most, out=found, where=most > 0)
    return found


def eigenvector(network: Network | nx.Graph[Any]) -> Scores:
    """Tied strongly to those that are so themselves: 0 to 1, squares sum to 1 on each side.

    The eigenvector of :func:`.spectral.eigenvector` times the square root of two, as either side
    has half of its squares. These are the first singular vectors of the two-mode matrix of
    strengths (Bonacich 1991; Borgatti & Everett 1997). An isolate has 0.
    """
    from .spectral import eigenvector as of_one_mode

    network, _, _ = _two_mode(network)
    return of_one_mode(network) * 2**0.5


def density(network: Network | nx.Graph[Any]) -> float:
    """Share of the ties between the two sides that there are: 0 to 1, 0 where a side is empty."""
    network, _, other = _two_mode(network)
    return float(network.matrix.nnz / max(other.sum(), 1))


def clustering(network: Network | nx.Graph[Any], overlap: Overlap = "dot") -> Scores:
    """How far those with whom a node shares somebody share all: 0 to 1, 0 if it shares with none.

    The mean, over the nodes two steps away, of the number of neighbours that both have, as a share
    of those that one or the other has (``dot``), of the fewer (``min``) or of the more (``max``)
    that one of them has (Latapy, Magnien & Del Vecchio 2008).
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
        raise QueryError(f"neighbours overlap by {', '.join(wholes)}, not by {overlap}")
    shares = np.bincount(row, common / wholes[overlap], minlength=len(network))
    found: Scores = shares / np.maximum(np.bincount(row, minlength=len(network)), 1)
    return found


def _two_mode(network: Network | nx.Graph[Any]) -> tuple[Network, Sizes, Sizes]:
    """The network, and how many nodes there are on the side of each node and on the other."""
    network = from_networkx(network)
    if network.side is None:
        raise QueryError(
            f"{network.name or 'the network'} has one mode; draw one that is two-mode, or give "
            "each node of a networkx graph its side as 'bipartite', 0 or 1"
        )
    sizes = np.bincount(network.side, minlength=2)
    return network, sizes[network.side], sizes[1 - network.side]


def _most_between(own: Sizes, other: Sizes) -> Scores:
    """The most pairs that a node can be between, by the sizes of its side and of the other."""
    s, t = np.divmod(own - 1, other)
    twice = other**2 * (s + 1) ** 2 + other * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3)
    most: Scores = twice / 2
    return most

"""Centrality: who is well connected, near, between others or tied to the important.

Computed by networkx, with these conventions (libraries differ on each of them):

=============  =========================================  ===================  ==============
measure        what counts                                direction            range
=============  =========================================  ===================  ==============
degree         ties, over the n - 1 possible              in and out together  0-1 (directed 0-2)
betweenness    share of shortest paths through the node   along the ties       0-1
closeness      1 / mean steps, scaled by share reached    towards the node     0-1
eigenvector    strength of ties to the well tied          ignored              0-1, squares sum to 1
pagerank       where a random walker is found             along the ties       0-1, sums to 1
=============  =========================================  ===================  ==============

Strength says how close two nodes are, never how far: paths count steps (each tie is one
step), eigenvector and PageRank use the strength.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from .errors import MissionGraphError, UnknownQuery
from .networks import Network

Scores = dict[str, float]

DAMPING = 0.85
"""The chance that PageRank's walker follows a tie (Page et al. 1999, networkx's default)."""


def degree(network: Network) -> Scores:
    """Share of the other nodes that a node is tied to (Freeman 1978).

    In a directed network ties in and out are added up, so the most is 2. A node that is
    alone in its network scores 1, as in networkx.
    """
    return dict(nx.degree_centrality(network))


def betweenness(network: Network) -> Scores:
    """Share of the shortest paths between other nodes that pass through a node (Freeman 1977).

    Normalised by the number of pairs: ordered pairs in a directed network. Time grows with
    nodes times ties (Brandes 2001): about 10 s for 1,000 nodes and 50,000 ties.
    """
    return dict(nx.betweenness_centrality(network, normalized=True))


def closeness(network: Network) -> Scores:
    """One over the mean number of steps from the nodes that reach a node.

    Scaled by the share of nodes that reach it (Wasserman & Faust 1994), so that a small
    component does not look near to everything. Isolates score 0.
    """
    return dict(nx.closeness_centrality(network, wf_improved=True))


def eigenvector(network: Network) -> Scores:
    """A node's part in the network's leading eigenvector (Bonacich 1972).

    Defined on connected networks only: computed on the largest component (on a tie, that
    with the first node name), 0 elsewhere. Direction is ignored and opposite ties add up,
    because on an acyclic network the directed eigenvector is 0 everywhere.
    """
    scores = dict.fromkeys(network, 0.0)
    together = _undirected(network)
    components = sorted(nx.connected_components(together), key=lambda c: (-len(c), min(c)))
    if components and len(components[0]) > 1:
        largest = sorted(components[0])
        scores |= dict(zip(largest, _leading_eigenvector(together, largest), strict=True))
    return scores


def pagerank(network: Network) -> Scores:
    """Share of time that a random walker spends at a node (Page et al. 1999).

    The walker follows a tie in proportion to its strength with chance 0.85, else starts
    anew anywhere, as it does from a node without ties out.
    """
    if not network:
        return {}
    ranks = nx.pagerank(network, alpha=DAMPING, weight="strength", tol=1e-10, max_iter=1000)
    return dict(ranks)


MEASURES: dict[str, Callable[[Network], Scores]] = {
    "degree": degree,
    "betweenness": betweenness,
    "closeness": closeness,
    "eigenvector": eigenvector,
    "pagerank": pagerank,
}
"""The measures by name, in the order in which they are shown."""


@dataclass(frozen=True)
class Centrality:
    """The scores of one node."""

    node: str
    label: str
    scores: Scores


def centrality(network: Network, measures: Sequence[str] = tuple(MEASURES)) -> list[Centrality]:
    """Score every node by ``measures``, the highest in the first measure first.

    Nodes with equal scores are in order of label, then IRI. Raises :class:`UnknownQuery`
    for a measure that is not in :data:`MEASURES`.
    """
    check(measures)
    scored = {measure: MEASURES[measure](network) for measure in measures}
    rows = [
        Centrality(
            node,
            str(network.nodes[node].get("label", "")),
            {measure: float(scored[measure][node]) for measure in measures},
        )
        for node in network
    ]
    return sorted(rows, key=lambda row: (-_first(row), row.label, row.node))


def check(measures: Sequence[str]) -> None:
    """Raise :class:`UnknownQuery` for the first measure that is not in :data:`MEASURES`."""
    for measure in measures:
        if measure not in MEASURES:
            raise UnknownQuery(f"no measure called '{measure}'; there are: {', '.join(MEASURES)}")


def _first(row: Centrality) -> float:
    """Rounded, so that noise in the last digits does not order equal nodes."""
    return round(next(iter(row.scores.values()), 0.0), 12)


def _undirected(network: Network) -> Network:
    """The network without direction, opposite ties added up."""
    together: Network = nx.Graph()
    together.add_nodes_from(network)
    for source, target, strength in network.edges(data="strength", default=1):
        before = together.get_edge_data(source, target, {"strength": 0})["strength"]
        together.add_edge(source, target, strength=before + strength)
    return together


def _leading_eigenvector(network: Network, nodes: list[str]) -> list[float]:
    """The leading eigenvector over ``nodes``, positive, of length 1.

    The start is fixed so that the same network gives the same digits.
    """
    matrix = nx.to_scipy_sparse_array(
        network, nodelist=nodes, weight="strength", dtype=np.dtype(float)
    )
    try:
        _, vectors = eigsh(matrix, k=1, which="LA", v0=np.ones(len(nodes)), maxiter=100_000)
    except ArpackNoConvergence as error:
        raise MissionGraphError("eigenvector centrality did not settle") from error
    vector = np.abs(vectors[:, 0])
    return [float(x) for x in vector / np.linalg.norm(vector)]

"""Betweenness of nodes and of ties: the share of shortest paths that pass through.

Exact, by Brandes' algorithm from every node on all cores (``kernels/brandes``). Sums are taken in
the order of the nodes, so scores are the same however many cores there are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.networks.model.network import Network, Scores, with_data

from .distance import By, lengths

Places = npt.NDArray[np.uint32]

_SOURCES = 64  # in one piece of work
_PIECES = 64  # at most, where each holds a number to a tie


def betweenness(
    network: Network, normalized: bool = True, endpoints: bool = False, by: By = "steps"
) -> Scores:
    """Share of the shortest paths between two others that pass through each node.

    Mean, over the pairs of other nodes, of the share of their shortest paths on which the node
    lies (Freeman 1977; Brandes 2001): 0 to 1. Pairs that do not reach each other count 0, so
    does an isolate. With ``endpoints`` a path passes through its ends, too. Not ``normalized``:
    the sum over pairs, each once in an undirected network.

    ``by`` steps, or distance: then lengths that differ by less than 1e-10 of themselves are
    equal. networkx compares them exactly, and misses that 1/3 + 1/6 is as long as 1/2.
    """
    scores, _ = _passed(network, by, endpoints=endpoints, ties=False)
    return scores * _scale(network, len(network) - (not endpoints), normalized)


def edge_betweenness(network: Network, normalized: bool = True, by: By = "steps") -> Scores:
    """Share of the shortest paths between two nodes that pass through each tie, 0 to 1.

    One number to a tie, in the order of :attr:`Network.ends` (Brandes 2008). Not
    ``normalized``: the sum over pairs, each once in an undirected network. ``by`` as in
    :func:`betweenness`. Each core takes 16 bytes to each entry of the matrix.
    """
    _, shares = _passed(network, by, endpoints=False, ties=True)
    if not network.directed:
        shares = (shares + shares.T).tocsr()
    passed: Scores = shares[*network.ends] * _scale(network, len(network), normalized)
    return passed


def _passed(
    network: Network, by: By, *, endpoints: bool, ties: bool
) -> tuple[Scores, sparse.csr_array]:
    """What passes through nodes, and if asked through the entries of the matrix, both ways."""
    from missiongraph.networks.kernels import brandes
    from missiongraph.networks.kernels.compiled import spread

    matrix = lengths(network, by)
    back = matrix.T.tocsr() if network.directed else matrix
    out, into = brandes.rows(matrix), brandes.rows(back)
    through = brandes.by_steps if by == "steps" else brandes.by_distance
    size = len(matrix.data) if ties else 0

    def run(sources: Places) -> tuple[Scores, Scores, Scores]:
        scores, forth, home = np.zeros(len(network)), np.zeros(size), np.zeros(size)
        through(out, into, sources, endpoints, scores, (forth, home) if ties else None)
        return scores, forth, home

    scores, forth, home = np.zeros(len(network)), np.zeros(size), np.zeros(size)
    for found in spread(run, _pieces(matrix, ties)):
        for total, part in zip((scores, forth, home), found, strict=True):
            total += part
    if not ties:
        return scores, matrix
    shares = with_data(matrix, forth)
    shares += with_data(back, home).T
    return scores, shares


def _pieces(matrix: sparse.csr_array, ties: bool) -> list[Places]:
    """Nodes that have ties, some at a time."""
    sources = np.flatnonzero(np.diff(matrix.indptr)).astype(np.uint32)
    pieces = -(-len(sources) // _SOURCES)
    return np.array_split(sources, max(1, min(pieces, _PIECES) if ties else pieces))


def _scale(network: Network, ends: int, normalized: bool) -> float:
    """What makes a sum over ordered pairs of ``ends`` a mean, or a sum over pairs."""
    if normalized:
        return 1 / max(ends * (ends - 1), 1)
    return 1.0 if network.directed else 0.5

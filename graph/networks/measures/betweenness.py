"""Computes betweenness of nodes and of ties: the share of shortest paths through them.

Exact, by Brandes' algorithm from every node on all cores (``kernels/brandes``). Sums are taken in
the order of the nodes, so scores do not depend on the number of cores.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.networks.model.network import Network, Scores, with_data

from .distance import By, lengths

Places = npt.NDArray[np.uint32]

_SOURCES = 64  # per piece of work
_PIECES = 64  # at most, if each holds a number for every tie


def betweenness(
    network: Network, normalized: bool = True, endpoints: bool = False, by: By = "steps"
) -> Scores:
    """The share of the shortest paths between two others that pass through each node.

    The mean, over all pairs of other nodes, of the share of their shortest paths that contain the
    node (Freeman 1977; Brandes 2001): 0 to 1, 0 for an isolate. Pairs without a path count 0. With
    ``endpoints``, the ends of a path count, too. If not ``normalized``, the sum over pairs, each
    once in an undirected network.

    By distance, lengths with a relative difference below 1e-10 are equal. networkx compares them
    exactly, and so does not notice that 1/3 + 1/6 is as long as 1/2.
    """
    scores, _ = _passed(network, by, endpoints=endpoints, ties=False)
    return scores * _scale(network, len(network) - (not endpoints), normalized)


def edge_betweenness(network: Network, normalized: bool = True, by: By = "steps") -> Scores:
    """The share of the shortest paths between two nodes that pass through each tie: 0 to 1.

    One number for each tie, in the order of :attr:`Network.ends` (Brandes 2008). ``normalized`` and
    ``by`` are as in :func:`betweenness`. Each core takes 16 bytes for each entry of the matrix.
    """
    _, shares = _passed(network, by, endpoints=False, ties=True)
    if not network.directed:
        shares = (shares + shares.T).tocsr()
    passed: Scores = shares[*network.ends] * _scale(network, len(network), normalized)
    return passed


def _passed(
    network: Network, by: By, *, endpoints: bool, ties: bool
) -> tuple[Scores, sparse.csr_array]:
    """The sums for nodes and, with ``ties``, for the entries of the matrix in both directions."""
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
    for parts in spread(run, _pieces(matrix, ties)):
        for total, part in zip((scores, forth, home), parts, strict=True):
            total += part
    if not ties:
        return scores, matrix
    shares = with_data(matrix, forth)
    shares += with_data(back, home).T
    return scores, shares


def _pieces(matrix: sparse.csr_array, ties: bool) -> list[Places]:
    """The nodes that have ties, split into pieces of work."""
    sources = np.flatnonzero(np.diff(matrix.indptr)).astype(np.uint32)
    pieces = -(-len(sources) // _SOURCES)
    return np.array_split(sources, max(1, min(pieces, _PIECES) if ties else pieces))


def _scale(network: Network, ends: int, normalized: bool) -> float:
    """The factor from a sum over ordered pairs of ``ends`` to a mean, or to a sum over pairs."""
    if normalized:
        return 1 / max(ends * (ends - 1), 1)
    return 1.0 if network.directed else 0.5

"""Computes betweenness of nodes and of ties: the share of shortest paths through them.

Exact, by Brandes' algorithm from every node on all cores (``kernels/brandes``). Sums are taken in
the order of the nodes, so scores do not depend on the number of cores. An undirected network whose
blocks are small is searched block by block (``kernels/blocks``), which is many times faster.
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
_SMALL = 1_000_000  # nodes times ties, of which the search takes a few milliseconds
_STEPS = 200_000_000  # of a search by blocks, which take about a second


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
    plain = by == "steps" and not network.directed and not endpoints
    scores = _by_blocks(network) if plain else None
    if scores is None:
        scores, _ = _passed(network, by, endpoints=endpoints, ties=False)
    return scores * _scale(network, len(network) - (not endpoints), normalized)


def betweenness_by_distance(network: Network) -> Scores:
    """As :func:`betweenness`, by distance (Newman 2001; Brandes 2001): 0 to 1."""
    return betweenness(network, by="distance")


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


def _by_blocks(network: Network) -> Scores | None:
    """The sums for the nodes of an undirected network; None if its blocks are too large.

    The time is that of a search from each node of each block, within the block, on one core.
    """
    from missiongraph.networks.kernels import blocks

    pattern = _without_loops(network.pattern) if network.loops else network.pattern
    every = np.arange(len(network))
    # on one side of a two-mode network, none are tied to each other
    model, of = _alike(pattern) if network.side is None else (every, every)
    if 10 * len(model) > 9 * len(network):  # to join a few takes longer than to search them
        model, of = every, every
    else:
        pattern = pattern[model][:, model].tocsr()
    members = np.bincount(of, minlength=len(model)).astype(np.float64)
    found = blocks.split(pattern.indptr, pattern.indices, members)
    start, other = blocks.tie(found, pattern.indptr, pattern.indices)
    sizes = np.bincount(found.first, minlength=1)
    if (sizes[found.first] * np.diff(start)).sum() > _STEPS:
        return None
    scores = np.zeros(len(model))
    blocks.pass_between(found, members, scores)
    blocks.pass_within(found, start, other, members, scores)
    return scores[of]


def _without_loops(pattern: sparse.csr_array) -> sparse.csr_array:
    pattern = pattern.copy()
    pattern.setdiag(0)
    pattern.eliminate_zeros()
    return pattern


def _alike(pattern: sparse.csr_array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """A node of each class that has the same ties, also to each other, and the class of each."""
    from missiongraph.networks.kernels import blocks

    n = pattern.shape[0]
    key = np.random.default_rng(0).integers(0, 2**64, n, np.uint64)
    hashes = blocks.hashed(pattern.indptr, pattern.indices, key)
    _, first, of = np.unique(hashes, return_index=True, return_inverse=True)
    like = first[of].astype(np.int32)
    blocks.confirm(pattern.indptr, pattern.indices, like)
    model = np.flatnonzero(like == np.arange(n))
    return model, np.searchsorted(model, like)


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
    small = len(network) * matrix.nnz <= _SMALL
    for parts in spread(run, _pieces(matrix, ties), small=small):
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

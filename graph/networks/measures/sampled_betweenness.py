"""Estimates betweenness from a sample of shortest paths, with a bound on the error."""

from __future__ import annotations

import math

import numpy as np

from missiongraph.errors import QueryError
from missiongraph.networks.model.network import Network, Scores

from .distance import lengths

_PATHS = 1024  # sampled per piece of work


def betweenness(
    network: Network, epsilon: float = 0.01, delta: float = 0.1, seed: int = 0
) -> Scores:
    """The share of random shortest paths that pass through each node: approximate betweenness.

    With probability 1 - ``delta`` every score is within ``epsilon`` of the exact one, normalised as
    in :func:`missiongraph.networks.measures.betweenness.betweenness`. :func:`sample_size` paths are
    drawn as in Riondato & Kornaropoulos (2016), by steps; in a directed network along the ties.
    Only nodes whose scores are well above ``epsilon`` are ranked reliably; others may have 0. The
    same ``seed`` gives the same scores on any number of cores. Raises
    :class:`QueryError` for an ``epsilon`` or ``delta`` that is not between 0 and 1.
    """
    size = sample_size(len(network), epsilon, delta)
    scores = np.zeros(len(network))
    if len(network) < 3:
        return scores
    from missiongraph.networks.kernels.brandes import rows
    from missiongraph.networks.kernels.compiled import spread
    from missiongraph.networks.kernels.path_sampling import draw_paths

    matrix = lengths(network, "steps")
    out = rows(matrix)
    into = rows(network.transposed) if network.directed else out

    def draw(piece: tuple[int, int]) -> Scores:
        counts = np.zeros(len(network))
        draw_paths(out, into, *piece, counts)
        return counts

    sizes = [min(_PATHS, size - start) for start in range(0, size, _PATHS)]
    seeds = np.random.SeedSequence(seed).generate_state(len(sizes)).tolist()
    for counts in spread(draw, zip(sizes, seeds, strict=True)):
        scores += counts
    return scores / size * _scale(len(network))


def sample_size(nodes: int, epsilon: float, delta: float) -> int:
    """The number of paths: ln(2 n / delta) / (2 e²), by Hoeffding's inequality for each node.

    e is ``epsilon`` as a share of all paths, including those that start or end at a node.
    """
    for name, share in (("epsilon", epsilon), ("delta", delta)):
        if not 0 < share < 1:
            raise QueryError(f"{name} is between 0 and 1, not {share}")
    if nodes < 3:
        return 0
    return math.ceil(math.log(2 * nodes / delta) / 2 * (_scale(nodes) / epsilon) ** 2)


def _scale(nodes: int) -> float:
    """The factor from a share of all pairs of nodes to a share of pairs of other nodes."""
    return nodes / (nodes - 2)

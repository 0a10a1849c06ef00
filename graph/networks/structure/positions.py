"""Finds positions: nodes with the same ties to the same others, and the ties between positions.

Two nodes are structurally equivalent if they have the same ties to all others (Lorrain & White
1971); most are so only more or less. CONCOR puts those with similar ties into positions, and block
densities tell how positions are tied (Breiger, Boorman & Arabie 1975).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

from missiongraph.errors import LimitExceeded, QueryError
from missiongraph.networks.measures.cohesion import without_loops
from missiongraph.networks.measures.paths import place
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node, Scores

Floats = npt.NDArray[np.float64]
Members = npt.NDArray[np.int64]

LIMIT = 5000
"""Nodes of which positions are found; their correlations are held in full, 200 MB."""

_CUT = 0.9999999  # correlations beyond this have converged
_STEPS = 50
ISOLATED = -1


@dataclass(frozen=True, eq=False)
class Positions:
    """The position of each node, numbered from 0; -1 for a node without ties.

    ``densities`` (k x k) are the shares of pairs tied from the position of the row to that of the
    column, 0 to 1, NaN without pairs. ``fit`` is the share of the variance of ties that they
    explain, 0 to 1; NaN if all pairs are alike.
    """

    members: Members
    densities: Floats
    fit: float

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """The number of nodes in each position."""
        held = self.members[self.members >= 0]
        return np.bincount(held, minlength=len(self.densities)).astype(np.int64)


def concor(network: Network | nx.Graph[Any], splits: int = 2) -> Positions:
    """Split the nodes in two by the similarity of their ties, and each part again (CONCOR).

    The columns of ties, from and to each node, are correlated, pair by pair without the ties of
    either to itself; then the correlations are correlated again and again, until all are near 1 or
    -1, which divides the nodes. ``splits`` times this gives at most 2^splits positions; a part that
    does not divide stays whole (Breiger, Boorman & Arabie 1975, Journal of Mathematical Psychology
    12, 328; R's ``concorR``). Ties count, whatever their strength. Nodes without ties have no
    position. Raises :class:`QueryError` for a negative number of splits, and
    :class:`LimitExceeded` for more than 5,000 nodes.
    """
    if splits < 0:
        raise QueryError(f"splits are 0 or more, not {splits}")
    drawn = from_networkx(network)
    pattern = without_loops(drawn.pattern)
    tied = np.flatnonzero(
        np.diff(pattern.indptr) + np.bincount(pattern.indices, minlength=len(drawn))
    )
    if len(tied) > LIMIT:
        raise LimitExceeded(
            "limit", f"{len(tied):,} nodes are too many to correlate; the most are {LIMIT:,}"
        )
    matrix = pattern[tied][:, tied].toarray()
    profiles, known = np.vstack([matrix, matrix.T]), np.vstack([~np.eye(len(tied), dtype=bool)] * 2)
    parts = [np.arange(len(tied))] if len(tied) else []
    for _ in range(splits):
        parts = [half for part in parts for half in _halves(part, profiles, known)]
    members = np.full(len(drawn), ISOLATED, np.int64)
    for number, part in enumerate(parts):
        members[tied[part]] = number
    densities, fit = block_densities(drawn, members)
    return Positions(members, densities, fit)


def block_densities(
    network: Network | nx.Graph[Any], members: npt.ArrayLike
) -> tuple[Floats, float]:
    """The shares of pairs that are tied from group to group (k x k), and the fit of the blocks.

    ``members`` has the group of each node, from 0; nodes with -1 are left out, and so are loops.
    The fit is as in :class:`Positions`.
    """
    pattern = without_loops(from_networkx(network).pattern)
    of = np.asarray(members, np.int64)
    k = int(of.max(initial=-1)) + 1
    ties = pattern.tocoo()
    kept = (of[ties.row] >= 0) & (of[ties.col] >= 0)
    numbers = np.zeros((k, k))
    np.add.at(numbers, (of[ties.row[kept]], of[ties.col[kept]]), 1)
    sizes = np.bincount(of[of >= 0], minlength=k)
    pairs = np.outer(sizes, sizes) - np.diag(sizes)
    densities = np.full((k, k), np.nan)
    np.divide(numbers, pairs, out=densities, where=pairs > 0)
    every, tied = pairs.sum(), numbers.sum()
    mean = tied / every if every else 0.0
    variance = tied - every * mean**2
    explained = float(np.nansum(pairs * (densities - mean) ** 2))
    return densities, explained / float(variance) if variance > 1e-12 else np.nan


def profile_distances(network: Network | nx.Graph[Any], node: Node) -> Scores:
    """How far the ties of each node differ from those of ``node``: 0 if structurally equivalent.

    The Euclidean distance of strengths from and to all third nodes (Lorrain & White 1971). 0 and
    up, in the unit of strengths. Raises :class:`QueryError` for a node that is not in the network.
    """
    drawn = from_networkx(network)
    here = place(drawn, node)
    squares: Scores = np.zeros(len(drawn))
    whole = without_loops(drawn.strengths)
    for matrix in (whole, whole.T.tocsr()):
        own = matrix[[here]].toarray().ravel()
        length = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
        squares += own @ own + length - 2 * (matrix @ own)
        squares -= own**2  # the tie to the other, which has none to itself
        squares -= matrix[:, [here]].toarray().ravel() ** 2
    squares[here] = 0
    return np.sqrt(np.maximum(np.where(squares < 1e-12, 0, squares), 0))


def _halves(
    part: npt.NDArray[np.intp], profiles: Floats, known: npt.NDArray[np.bool_]
) -> Sequence[npt.NDArray[np.intp]]:
    if len(part) < 2:
        return [part]
    alike = _correlated(profiles[:, part], known[:, part])
    for _ in range(_STEPS):
        if np.all(np.abs(alike) > _CUT):
            break
        alike = _correlated(alike, np.ones_like(alike, bool))
    first = alike[0] > 0
    first[0] = True
    return [part] if first.all() else [part[first], part[~first]]


def _correlated(columns: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    """The correlations of all pairs of columns, over the rows where both are known.

    Where one does not vary, 1 if both are the same and 0 otherwise.
    """
    x, there = np.where(known, columns, 0), known.astype(np.float64)
    number = there.T @ there
    sums = x.T @ there
    squares = (x**2).T @ there
    spread = np.maximum(number * squares - sums**2, 0)
    scale = np.sqrt(spread * spread.T)
    together = x.T @ x
    products = number * together - sums * sums.T
    alike: Floats = (np.abs(squares + squares.T - 2 * together) < 1e-9).astype(np.float64)
    np.divide(products, scale, out=alike, where=scale > 1e-9)
    return np.clip(alike, -1, 1)

"""Computes a reproducible position on the page for each node.

Forces as in ForceAtlas2 (Jacomy, Venturini, Heymann & Bastian 2014, with strong gravity): nodes
repel each other by their mass over their distance, ties attract by strength times distance, and
all are pulled to the centre. The mass of a node is one plus the strength of its ties, so that the
hub of a star does not cover its leaves. Each component is laid out on its own; then they are packed
side by side, with rows of isolates below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network

Positions = npt.NDArray[np.float64]
"""The positions of nodes (n x 2) in the unit square; y grows downwards."""

_STEPS = 300
_LONG = 1.2  # longest side of a component, as a multiple of that of a square of its area
_GAP = 0.6  # between components, where a node has an area of 1 x 1


def layout(network: Network | nx.Graph[Any], seed: int = 0) -> Positions:
    """A position in the unit square for each node (n x 2), in node order.

    The same network and ``seed`` give the same positions. Direction is ignored, distances count as
    their inverses. Time grows with the square of the largest component: about two seconds of
    processor time for 2,000 nodes.
    """
    drawn = from_networkx(network)
    ties = sparse.csr_array(drawn.undirected.strengths, copy=True)
    ties.setdiag(0)
    ties.eliminate_zeros()
    components = list(_components(ties))
    alone = [members[0] for members in components if len(members) == 1]
    tied = [members for members in components if len(members) > 1]
    chance = np.random.default_rng(seed)
    parts = [_settled(ties[members][:, members].tocsr(), chance) for members in tied]
    places = np.zeros((len(drawn), 2))
    corners = _packed([part.max(axis=0) + _GAP for part in parts])
    for members, part, corner in zip(tied, parts, corners, strict=True):
        places[members] = part + corner
    width, height = places.max(axis=0, initial=0)
    columns = _columns(len(alone), width, height)
    rows, column = np.divmod(np.arange(len(alone)), columns)
    places[alone] = np.c_[column, rows + height + 1]
    return _in_unit_square(places)


def _columns(alone: int, width: float, height: float) -> int:
    """The number of isolates per row below the components that makes the whole a square.

    With c of them per row there are alone / c rows, so c = height + alone / c, but no less than
    the width of the components.
    """
    square = (height + np.sqrt(height**2 + 4 * alone)) / 2
    return int(np.ceil(max(square, width + 1)))


def _components(ties: sparse.csr_array) -> Iterator[npt.NDArray[np.intp]]:
    """The members of each component, the largest first."""
    if not ties.shape[0]:
        return
    _, component = connected_components(ties, directed=False)
    members = np.split(np.argsort(component, kind="stable"), np.cumsum(np.bincount(component))[:-1])
    yield from sorted(members, key=len, reverse=True)


def _settled(ties: sparse.csr_array, chance: np.random.Generator) -> Positions:
    """The layout of one component, with its long axis horizontal and an area of 1 per node."""
    from missiongraph.networks.kernels.forces import settle

    n = ties.shape[0]
    pull = ties.data / ties.data.mean()
    mass = 1 + np.add.reduceat(pull, ties.indptr[:-1])
    width = np.sqrt(mass.sum())
    places = chance.uniform(-width / 2, width / 2, (n, 2))
    settle(places, ties.indptr, ties.indices, pull, mass, _STEPS, width / 10)
    places -= places.mean(axis=0)
    _, axes = np.linalg.eigh(places.T @ places)
    long = axes[:, 1] * np.where(axes[0, 1] < 0, -1, 1)
    places = np.c_[places @ long, places @ (-long[1], long[0])]
    places -= places.min(axis=0)
    length, breadth = places.max(axis=0)
    scaled: Positions = places * np.sqrt(n) / max(np.sqrt(length * breadth), length / _LONG)
    return scaled


def _packed(sizes: Sequence[Positions]) -> list[Positions]:
    """The upper left corners of boxes, the largest first, packed without overlap."""
    corners: list[Positions] = []
    low = high = np.zeros((0, 2))
    free = np.zeros((1, 2))
    for size in sizes:
        ends = free + size
        apart = np.any((ends[:, None] <= low + 1e-9) | (free[:, None] >= high - 1e-9), axis=2)
        fits = np.flatnonzero(np.all(apart, axis=1))
        best = min(fits, key=lambda place: (ends[place].max(), *free[place]))
        corner = free[best]
        corners.append(corner)
        low, high = np.vstack([low, corner]), np.vstack([high, corner + size])
        beside_and_below = corner + np.diag(size)
        free = np.vstack([np.delete(free, best, axis=0), beside_and_below])
    return corners


def _in_unit_square(places: Positions) -> Positions:
    """Scale and centre positions to fill the unit square."""
    if not len(places):
        return places
    low, high = places.min(axis=0), places.max(axis=0)
    size = (high - low).max()
    if not size:
        return np.full_like(places, 0.5)
    centred: Positions = (places - (low + high) / 2) / size + 0.5
    return centred

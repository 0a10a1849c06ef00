"""Projects a two-mode network: ties nodes of one side by the nodes they share on the other.

===============  =================================================================================
``count``        the number of shared nodes
``newman``       each shared node counts 1 / (d - 1), where d is its degree (Newman 2001, Physical
                 Review E 64, 016132)
``hyperbolic``   each shared node counts 1 / d (Giatsidis, Thilikos & Vazirgiannis 2011)
``jaccard``      the number of shared nodes over that of nodes that either is tied to: 0 to 1
``cosine``       the number of shared nodes over the root of the product of both degrees: 0 to 1
``product``      the product of both strengths, summed over shared nodes
``minimum``      the smaller of both strengths, summed over shared nodes: in their own unit
===============  =================================================================================

The literature disagrees about ``hyperbolic``: some texts mean 1 / (d - 1) by it, which is
``newman`` here. ``product`` and ``minimum`` are the cross-products and minimums of valued
affiliations in UCINET (Borgatti, Everett & Freeman 2002); the other methods ignore strengths. Nodes
that share none are not tied by any method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import LimitExceeded, QueryError, UnknownQuery

from .convert import from_networkx
from .definition import Method
from .network import Network, Node, with_data

Floats = npt.NDArray[np.float64]
Matrix: TypeAlias = sparse.csr_array

LIMIT = 100_000_000
"""Ties that a projection may store, counted in both directions; each takes 12 bytes."""


def project(affiliations: Matrix, method: str = "count", *, limit: int = LIMIT) -> Matrix:
    """The ties (n x n, symmetric, empty diagonal) between the rows of ``affiliations`` (n x k).

    ``affiliations`` holds strengths above 0. Raises :class:`UnknownQuery` for a method that is not
    in :data:`METHODS`, and :class:`LimitExceeded`, before computing, if there could be more than
    ``limit`` ties.
    """
    if method not in METHODS:
        raise UnknownQuery(
            f"no method of projection is named '{method}'; there are: {', '.join(METHODS)}"
        )
    if (most := most_ties(affiliations)) > limit:
        raise LimitExceeded(
            "limit",
            f"the projection could have {most:,} ties, more than its limit of {limit:,}; leave out "
            "nodes that very many are tied to, choose a shorter time, or raise the limit",
        )
    return METHODS[method](_narrow(affiliations))


def most_ties(affiliations: Matrix) -> int:
    """An upper bound on the ties of a projection: d (d - 1) for each column of d entries.

    Overlapping columns give fewer, and there are never more than all pairs of rows.
    """
    degrees = np.bincount(affiliations.indices, minlength=affiliations.shape[1]).astype(np.int64)
    rows = int(np.count_nonzero(np.diff(affiliations.indptr)))
    return min(int(np.sum(degrees * (degrees - 1))), rows * (rows - 1))


def projection(
    network: Network | nx.Graph[Any],
    nodes: Iterable[Node],
    method: str = "count",
    *,
    limit: int = LIMIT,
) -> Network:
    """The network of some ``nodes`` of a two-mode network, tied by the nodes they share.

    Direction is ignored. Raises :class:`QueryError` if two of ``nodes`` are tied, and so are not
    on one side, or if one is not in the network.
    """
    whole = from_networkx(network).undirected
    chosen = list(dict.fromkeys(nodes))
    if lost := [node for node in chosen if node not in whole.index]:
        raise QueryError(f"{lost[0]} is not in the network")
    ours = np.array([whole.index[node] for node in chosen], dtype=np.intp)
    theirs = np.setdiff1d(np.arange(len(whole)), ours)
    rows = whole.strengths[ours]
    if rows[:, ours].nnz:
        raise QueryError("two of the nodes are tied, so they are not on one side of the network")
    affiliations = rows[:, theirs].tocsr()
    return replace(
        whole,
        nodes=chosen,
        matrix=project(affiliations, method, limit=limit),
        weighed="strength",
        side=None,
        affiliations=affiliations,
        events=affiliations,
        about={**whole.about, "method": method},
    )


def shared(network: Network) -> Floats | None:
    """How many nodes the two ends of each tie share, in the order of the matrix.

    None for a network that is no projection. It is the strength by ``count``, and is known beside
    that of any other method, in a backbone, too.
    """
    if network.events is None:
        return None
    ones, tied = network.pattern, _narrow(network.events)
    counts = (_shared(tied).multiply(ones) + ones).tocsr()  # no entry is lost to a zero
    counts.sort_indices()
    numbers: Floats = counts.data - 1
    return numbers


def weighing(about: Mapping[str, Any]) -> str:
    """How shared nodes add up to strengths, from a network's ``about``: «Projected by newman: …».

    Empty for a network that is no projection.
    """
    method = about.get("method", "")
    return f"Projected by {method}: {SAYS[method]}" if method else ""


def _shared(affiliations: Matrix, share: Callable[[Floats], Floats] | None = None) -> Matrix:
    """For two rows, the sum over shared columns of ``share`` of the column's degree, or of 1."""
    if share is None:  # integers of four bytes are as exact, and faster
        belongs = with_data(affiliations, np.ones(affiliations.nnz, np.int32))
        shared = _untied_to_self(belongs @ belongs.T)
        return with_data(shared, shared.data.astype(np.float64))
    belongs = with_data(affiliations, np.ones(affiliations.nnz))
    degrees = np.bincount(belongs.indices, minlength=belongs.shape[1]).astype(np.float64)
    return _untied_to_self(with_data(belongs, share(degrees)[belongs.indices]) @ belongs.T)


def _newman(affiliations: Matrix) -> Matrix:
    return _shared(affiliations, lambda degrees: 1 / np.maximum(degrees - 1, 1))


def _hyperbolic(affiliations: Matrix) -> Matrix:
    return _shared(affiliations, lambda degrees: 1 / np.maximum(degrees, 1))


def _jaccard(affiliations: Matrix) -> Matrix:
    shared, one, other = _with_degrees(affiliations)
    return with_data(shared, shared.data / (one + other - shared.data))


def _cosine(affiliations: Matrix) -> Matrix:
    shared, one, other = _with_degrees(affiliations)
    return with_data(shared, shared.data / np.sqrt(one * other))


def _product(affiliations: Matrix) -> Matrix:
    return _untied_to_self(affiliations @ affiliations.T)


def _minimum(affiliations: Matrix) -> Matrix:
    """Sorted by strength, each entry is the smaller of its pairs with all before in its column."""
    columns = affiliations.tocsc()
    column = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
    order = np.lexsort((-columns.data, column))
    row, strength = columns.indices[order], columns.data[order]
    before = np.arange(len(row)) - columns.indptr[column]
    smaller = np.repeat(np.arange(len(row)), before)
    larger = np.arange(len(smaller)) - np.repeat(np.cumsum(before) - before, before)
    larger += columns.indptr[column[smaller]]
    n = affiliations.shape[0]
    half = sparse.csr_array((strength[smaller], (row[smaller], row[larger])), shape=(n, n))
    return _untied_to_self(half + half.T)


METHODS: dict[Method, Callable[[Matrix], Matrix]] = {
    "count": _shared,
    "newman": _newman,
    "hyperbolic": _hyperbolic,
    "jaccard": _jaccard,
    "cosine": _cosine,
    "product": _product,
    "minimum": _minimum,
}
"""The methods of projection, by name."""

SAYS: dict[Method, str] = {
    "count": "each shared node counts 1, however many share it",
    "newman": (
        "each shared node counts 1 / (n - 1), where n nodes share it, so that large ones do not "
        "outweigh small ones (Newman 2001)"
    ),
    "hyperbolic": "each shared node counts 1 / n, where n nodes share it",
    "jaccard": "the number of shared nodes over that of all that either of the two has",
    "cosine": "the number of shared nodes over the root of the product of what both have",
    "product": "the product of both strengths, summed over shared nodes",
    "minimum": "the smaller of both strengths, summed over shared nodes",
}
"""What each method counts, and why, in words."""


def _with_degrees(affiliations: Matrix) -> tuple[Matrix, Floats, Floats]:
    """The numbers of shared columns, and for each of them the degrees of its two rows."""
    shared = _shared(affiliations)
    degrees = np.diff(affiliations.indptr).astype(np.float64)
    return shared, np.repeat(degrees, np.diff(shared.indptr)), degrees[shared.indices]


def _untied_to_self(square: Matrix) -> Matrix:
    """A symmetric matrix without its diagonal; transposing it to CSC sorts its columns."""
    ordered = square.tocsc()
    rows = np.repeat(np.arange(ordered.shape[0], dtype=np.int32), np.diff(ordered.indptr))
    tied = rows != ordered.indices
    lost = np.bincount(rows[~tied], minlength=ordered.shape[0])
    pointers = ordered.indptr - np.r_[0, np.cumsum(lost)].astype(ordered.indptr.dtype)
    return sparse.csr_array((ordered.data[tied], ordered.indices[tied], pointers), square.shape)


def _narrow(matrix: Matrix) -> Matrix:
    """The matrix with indices of four bytes, which halve the time and memory of a product."""
    arrays = matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return sparse.csr_array(arrays, matrix.shape)

"""Projection: those of one side of a two-mode network, tied by whom they share on the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..errors import UnknownQuery

Degrees = npt.NDArray[np.float64]
"""How many belong to each column of the affiliations."""


def _count(degrees: Degrees) -> Degrees:
    return np.ones_like(degrees)


def _newman(degrees: Degrees) -> Degrees:
    return 1 / np.maximum(degrees - 1, 1)


METHODS: dict[str, Callable[[Degrees], Degrees]] = {"count": _count, "newman": _newman}
"""What each shared column adds to the strength of a tie, by how many share it."""


def project(affiliations: sparse.csr_array, method: str = "count") -> sparse.csr_array:
    """The ties (n x n, symmetric, empty diagonal) of the rows of ``affiliations`` (n x k)."""
    if method not in METHODS:
        raise UnknownQuery(
            f"no method of projection is '{method}'; there are: {', '.join(METHODS)}"
        )
    belongs = sparse.csr_array(affiliations != 0, dtype=np.float64)
    shares = METHODS[method](np.asarray(belongs.sum(axis=0), dtype=np.float64))
    matrix = ((belongs * shares[np.newaxis, :]).tocsr() @ belongs.T).tocsr()
    matrix.setdiag(0)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix

"""Measures nestedness: whether who has few ties is tied to a part of those with more.

NODF, nestedness by overlap and decreasing fill (Almeida-Neto, Guimarães, Guimarães, Loyola & Ulrich
2008, Oikos 117, 1227), is computed from each pair of rows, and each pair of columns, of a two-mode
matrix. If one of the pair has more ties than the other, it scores the share of the other's ties
that both have, in percent; if both have as many, or one has none, 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.errors import QueryError
from missiongraph.networks.analysis.null_models import Comparison, Progress, dealt_affiliations
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network

Null = Literal["fixed", "equiprobable"]


@dataclass(frozen=True)
class Nestedness:
    """The means over all pairs, 0 to 100: ``nodf`` of both sides, ``rows`` and ``columns``.

    NaN if there are no pairs. ``fill`` is the share of possible ties that exist, 0 to 1.
    """

    nodf: float
    rows: float
    columns: float
    fill: float


def nestedness(network: Network | nx.Graph[Any]) -> Nestedness:
    """The nestedness of a two-mode network, whose rows are the sources, or of a projection.

    A projection has the nestedness of its affiliations, whose rows are its nodes. Ties count,
    whatever their strength. As R's ``vegan::nestednodf``. Raises :class:`QueryError` for a network
    of one mode.
    """
    return _of(_affiliations(from_networkx(network)))


def nestedness_by_chance(
    network: Network | nx.Graph[Any],
    null: Null = "fixed",
    runs: int = 100,
    seed: int = 0,
    *,
    progress: Progress | None = None,
) -> list[Comparison]:
    """Compare ``nodf``, ``rows`` and ``columns`` with those of ``runs`` random matrices.

    With ``null`` ``fixed``, each row and each column has as many ties (Curveball, Strona et al.
    2014); with ``equiprobable``, all have together. Degrees alone make a matrix nested, so most are
    more nested than equiprobable ones, and few more than fixed ones. Raises :class:`QueryError` as
    :func:`nestedness`, for another null model and for fewer than two runs.
    """
    if null not in _NULLS:
        raise QueryError(f"null is {' or '.join(_NULLS)}, not '{null}'")
    if runs < 2:
        raise QueryError(f"a deviation needs at least two runs, not {runs}")
    matrix = _affiliations(from_networkx(network))
    actual = _of(matrix)
    random = []
    for run, other in enumerate(_NULLS[null](matrix, runs, np.random.default_rng(seed))):
        if progress:
            progress(f"run {run + 1}", run, runs)
        random.append(_of(other))
    return [
        Comparison.of(name, getattr(actual, name), [getattr(each, name) for each in random])
        for name in ("nodf", "rows", "columns")
    ]


def _affiliations(network: Network) -> sparse.csr_array:
    if network.affiliations is not None:
        matrix = network.affiliations
    elif network.side is not None:
        source, target = (np.flatnonzero(network.side == side) for side in (0, 1))
        matrix = network.matrix[source][:, target].tocsr()
    else:
        raise QueryError(f"{network.name} has one mode; nestedness is of two-mode networks")
    return sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), matrix.shape)


def _of(matrix: sparse.csr_array) -> Nestedness:
    rows, of_rows = _pairs(matrix)
    columns, of_columns = _pairs(matrix.T.tocsr())
    cells = matrix.shape[0] * matrix.shape[1]
    return Nestedness(
        _mean(rows + columns, of_rows + of_columns),
        _mean(rows, of_rows),
        _mean(columns, of_columns),
        matrix.nnz / cells if cells else np.nan,
    )


def _pairs(matrix: sparse.csr_array) -> tuple[float, float]:
    """The sum of the scores of all pairs of rows, and the number of pairs."""
    n = matrix.shape[0]
    ties = np.diff(matrix.indptr)
    both = (matrix @ matrix.T).tocoo()
    more = ties[both.row] > ties[both.col]
    scores = both.data[more] / ties[both.col[more]]
    return 100 * float(scores.sum()), n * (n - 1) / 2


def _mean(total: float, number: float) -> float:
    return total / number if number else np.nan


def _scattered(
    matrix: sparse.csr_array, runs: int, random: np.random.Generator
) -> Iterator[sparse.csr_array]:
    """Matrices with as many ties, anywhere."""
    rows, columns = matrix.shape
    for _ in range(runs):
        cells = random.choice(rows * columns, matrix.nnz, replace=False)
        yield sparse.csr_array(
            (np.ones(len(cells)), (cells // columns, cells % columns)), shape=matrix.shape
        )


_NULLS: Mapping[
    str, Callable[[sparse.csr_array, int, np.random.Generator], Iterator[sparse.csr_array]]
] = {"fixed": dealt_affiliations, "equiprobable": _scattered}

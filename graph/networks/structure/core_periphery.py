"""Splits a network into a core and a periphery.

In the ideal network, all nodes of the core are tied to each other and to the periphery, whose nodes
are not tied to each other. The core is the one for which this pattern correlates most with the
actual ties (Borgatti & Everett 2000, Social Networks 21, 375, the discrete model).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError
from missiongraph.networks.measures.cohesion import without_loops
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

SMALL = 12
"""Nodes up to which all cores are tried."""

UNDEFINED = -2.0
"""Instead of a correlation, if the pattern of a core does not vary."""


@dataclass(frozen=True, eq=False)
class CorePeriphery:
    """The nodes in the core, and how well the pattern fits.

    ``fit`` is the correlation of the ideal with the actual ties, -1 to 1; NaN if no core can be
    told. The densities are shares of tied pairs, or with strengths their means, NaN without pairs.
    ``exact`` is whether all cores were tried, so that none fits better.
    """

    core: Mask
    fit: float
    within_core: float
    between: float
    within_periphery: float
    exact: bool


def core_periphery(
    network: Network | nx.Graph[Any],
    *,
    by: Literal["steps", "strength"] = "steps",
    runs: int = 10,
    seed: int = 0,
) -> CorePeriphery:
    """The core whose pattern correlates most with the ties of a network, or their strengths.

    All cores are tried up to :data:`SMALL` nodes. In larger networks, nodes change sides as in
    Kernighan and Lin's algorithm, from the core of most ties and from ``runs`` random ones;
    another core may fit better. All pairs of two nodes count, in both directions; loops do not. If
    all pairs are alike, no core can be told: it has no node, and the fit is NaN. The same ``seed``
    gives the same core. Raises :class:`QueryError` for fewer than 0 runs.
    """
    if runs < 0:
        raise QueryError(f"runs are 0 or more, not {runs}")
    if by not in ("steps", "strength"):
        raise QueryError(f"by is steps or strength, not '{by}'")
    drawn = from_networkx(network)
    pattern = _Pattern(without_loops(drawn.pattern if by == "steps" else drawn.strengths))
    n = len(drawn)
    if not pattern.varies:
        return _described(pattern, np.zeros(n, bool), exact=True)
    if n <= SMALL:
        return _described(pattern, pattern.best(), exact=True)
    random = np.random.default_rng(seed)
    starts = [pattern.ranked(), *(random.random(n) < random.random() for _ in range(runs))]
    cores = [pattern.improved(start) for start in starts]
    return _described(pattern, max(cores, key=pattern.fit), exact=False)


class _Pattern:
    """A matrix of ties, compared with the patterns of cores."""

    def __init__(self, matrix: sparse.csr_array) -> None:
        self.n = n = matrix.shape[0]
        self.matrix = matrix
        self.both = (matrix + matrix.T).tocsr()
        self.pairs = n * (n - 1)
        self.total = float(matrix.sum())
        squares = float((matrix.data**2).sum())
        mean = self.total / self.pairs if self.pairs else 0.0
        self.deviation = np.sqrt(max(squares / max(self.pairs, 1) - mean**2, 0))

    @property
    def varies(self) -> bool:
        return bool(self.deviation > 1e-12)

    def fit(self, core: Mask) -> float:
        outside = ~core
        between = float(self.matrix[outside][:, outside].sum())
        return float(self.correlation(np.array([between]), np.array([outside.sum()]))[0])

    def best(self) -> Mask:
        """The best of all cores."""
        every = (np.arange(1, 2**self.n - 1)[:, None] >> np.arange(self.n)) & 1 == 1
        outside = 1.0 - every
        between = np.asarray(((outside @ self.matrix.toarray()) * outside).sum(axis=1), np.float64)
        core: Mask = every[int(np.argmax(self.correlation(between, outside.sum(axis=1))))]
        return core

    def correlation(self, between: Floats, outside: Any) -> Floats:
        """The fit, by the ties within the periphery and its number of nodes; -2 if undefined."""
        share = 1 - outside * (outside - 1) / self.pairs  # of pairs with an end in the core
        spread = np.sqrt(np.maximum(share * (1 - share), 0))
        above = (self.total - between) / self.pairs - self.total / self.pairs * share
        fit: Floats = np.full(len(between), UNDEFINED)
        np.divide(above, self.deviation * spread, out=fit, where=spread > 1e-12)
        return fit

    def ranked(self) -> Mask:
        """The best core of the nodes with most ties."""
        degree = np.asarray(self.both.sum(axis=1)).ravel()
        order = np.argsort(-degree, kind="stable")
        rank = np.empty(self.n, np.intp)
        rank[order] = np.arange(self.n)
        ties = self.matrix.tocoo()
        first = np.minimum(rank[ties.row], rank[ties.col])
        added = np.bincount(first, ties.data, self.n)
        within = np.asarray(self.total - np.cumsum(added), np.float64)
        fits = self.correlation(within, self.n - 1 - np.arange(self.n))
        core: Mask = rank <= int(np.argmax(fits))
        return core

    def improved(self, core: Mask) -> Mask:
        """The core after passes in which each node changes sides once, up to the best moment."""
        best, fit = core, self.fit(core)
        while True:
            core, better = self._passed(best)
            if better <= fit + 1e-12:
                return best
            best, fit = core, better

    def _passed(self, core: Mask) -> tuple[Mask, float]:
        core = core.copy()
        free = np.ones(self.n, bool)
        outer = np.asarray(self.both @ (~core).astype(np.float64))  # ties with the periphery
        between = float(outer[~core].sum()) / 2
        outside = int((~core).sum())
        moved, fits = [], []
        for _ in range(self.n):
            change = np.where(core, outer, -outer)
            fit = self.correlation(between + change, outside + np.where(core, 1, -1))
            node = int(np.argmax(np.where(free, fit, -np.inf)))
            between += float(change[node])
            outside += 1 if core[node] else -1
            row = slice(self.both.indptr[node], self.both.indptr[node + 1])
            outer[self.both.indices[row]] += self.both.data[row] * (1 if core[node] else -1)
            core[node] = not core[node]
            free[node] = False
            moved.append(node)
            fits.append(float(fit[node]))
        last = int(np.argmax(fits))
        core[moved[last + 1 :]] ^= True
        return core, fits[last]


def _described(pattern: _Pattern, core: Mask, *, exact: bool) -> CorePeriphery:
    fit = pattern.fit(core) if pattern.varies else UNDEFINED
    core = core & (fit > UNDEFINED)
    ties, periphery = pattern.matrix, ~core
    return CorePeriphery(
        core,
        fit if fit > UNDEFINED else np.nan,
        _density(ties, core, core),
        (_density(ties, core, periphery) + _density(ties, periphery, core)) / 2,
        _density(ties, periphery, periphery),
        exact,
    )


def _density(matrix: sparse.csr_array, rows: Mask, columns: Mask) -> float:
    pairs = int(rows.sum()) * int(columns.sum()) - int((rows & columns).sum())
    return float(matrix[rows][:, columns].sum()) / pairs if pairs else np.nan

"""Spectral measures: PageRank, eigenvector centrality, Katz, hubs and authorities.

They use strengths, which for distances are their inverses. All start from a fixed vector, so the
same network gives the same digits. An iteration ends when a step changes the scores by no more than
rounding errors, or goes round within them, or, as in networkx, changes them by a sum below
``tolerance`` times the number of nodes. If that takes more than ``most`` steps, they raise
:class:`Unsuited`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import ArpackError, eigs, eigsh

from missiongraph.errors import QueryError, UnknownQuery, Unsuited
from missiongraph.networks.model.network import Network, Node, Scores

Values = Mapping[Node, float]
"""A number for each node."""

_ROUNDING = 16 * np.finfo(np.float64).eps
_MOST = 10_000
_ALIKE = 1e-9  # largest relative difference of equal eigenvalues
_SHARE = 0.85  # of the largest alpha for which convergence is certain


def pagerank(
    network: Network,
    damping: float = 0.85,
    personal: Values | None = None,
    dangling: Values | None = None,
    *,
    start: Values | None = None,
    tolerance: float = 0,
    most: int = _MOST,
) -> Scores:
    """The share of time that a random walker spends at each node (Page et al. 1999).

    With probability ``damping`` the walker follows a tie, in proportion to its strength; otherwise
    it restarts at a random node, or in proportion to ``personal``. From a node without outgoing
    ties it continues in proportion to ``dangling``, by default as at a restart. 0 to 1, sums to 1.
    Nodes missing from a mapping have 0. Raises :class:`UnknownQuery` for a node that is not in the
    network, :class:`QueryError` if all values are 0 and :class:`Unsuited` for a ``damping`` outside
    0 to 1.
    """
    if not 0 <= damping <= 1:
        raise Unsuited(f"damping is a probability, from 0 to 1, not {damping:g}")
    if not len(network):
        return np.zeros(0)
    even = np.full(len(network), 1 / len(network))
    anew = _shares(network, personal, even)
    stuck = _shares(network, dangling, anew)
    strengths = np.asarray(network.strengths.sum(axis=1), dtype=np.float64)
    ends = strengths == 0
    per_strength = np.divide(1, strengths, out=np.zeros_like(strengths), where=~ends)
    from missiongraph.networks.kernels.random_walk import walk

    into, scores = _into(network), _shares(network, start, even).copy()
    limits = float(damping), float(tolerance * len(network)), float(_ROUNDING), most
    ties = into.indptr.astype(np.uint64), into.indices.astype(np.uint32), into.data
    if not walk(ties, per_strength, np.flatnonzero(ends), stuck, anew, scores, limits):
        raise _unsettled(most)
    return scores


def eigenvector(network: Network) -> Scores:
    """Eigenvector centrality: the leading eigenvector of the strengths (Bonacich 1972).

    It is computed on the largest component (among equal ones, that of the first node) and 0
    elsewhere, as the vector is unique only on connected networks. Direction is ignored and opposite
    ties are added, as the directed vector of a network without cycles is 0 everywhere. 0 to 1,
    squares sum to 1; all 0 without ties.
    """
    scores: Scores = np.zeros(len(network))
    whole = network.undirected
    _, component = csgraph.connected_components(whole.matrix, directed=False)
    kept = component == np.bincount(component, minlength=1).argmax()
    if kept.sum() > 1:
        scores[kept] = leading(whole.part(kept))
    return scores


def leading(network: Network, most: int = _MOST, tolerance: float = 0) -> Scores:
    """The leading eigenvector, normalised to length 1, of a connected network, with direction.

    A node's score is proportional to the sum of scores of the nodes with ties to it, times the
    strengths, as in networkx's ``eigenvector_centrality_numpy``. Raises :class:`QueryError` if some
    node does not reach another, as the vector is then not unique.
    """
    parts, _ = csgraph.connected_components(network.matrix, network.directed, "strong")
    if parts != 1:
        raise QueryError(f"{network.name} has {parts} parts that do not all reach each other")
    if len(network) < 2 + network.directed:
        raise QueryError(f"{network.name} has too few nodes for an eigenvector")
    into = _into(network)
    options = {"k": 1, "v0": np.ones(len(network)), "maxiter": most, "tol": tolerance}
    try:
        if network.directed:
            _, vectors = eigs(into, which="LR", **options)
        else:
            _, vectors = eigsh(into, which="LA", **options)
    except ArpackError as error:
        raise Unsuited(f"the eigenvector of {network.name} did not converge") from error
    vector = vectors[:, 0].real
    scores: Scores = vector / (np.sign(vector.sum()) * np.linalg.norm(vector))
    return scores


def walked(
    network: Network, start: Values | None = None, tolerance: float = 1e-6, most: int = 100
) -> Scores:
    """The leading eigenvector by power iteration, as in networkx's ``eigenvector_centrality``.

    Each step adds to a node's score those of the nodes tied to it, times the strengths. On
    disconnected networks the result depends on ``start`` (default: equal) and on when it ends;
    :func:`eigenvector` does not.
    """
    into = _into(network)

    def step(scores: Scores) -> Scores:
        return _normal(scores + into @ scores)

    first = _shares(network, start, np.full(len(network), 1 / max(len(network), 1)), whole=True)
    return _settled(step, first, tolerance, most)


def katz(
    network: Network,
    alpha: float | None = None,
    beta: float | Values = 1.0,
    *,
    normalized: bool = True,
    start: Values | None = None,
    tolerance: float = 0,
    most: int = _MOST,
) -> Scores:
    """The number of walks that end at a node, each step weighted by ``alpha`` times its strength.

    x = alpha · (sum of strength · x over the nodes tied to it) + beta (Katz 1953). By default,
    ``alpha`` is 0.85 over the largest sum of strengths into or out of one node, whichever is less:
    no eigenvalue is larger than that sum, so the series converges. An ``alpha`` above the inverse
    of the largest eigenvalue does not converge. 0 to 1, squares sum to 1 if ``normalized``; before
    that, isolates have ``beta``.
    """
    into = _into(network)
    rate = _SHARE / (_bound(into) or 1) if alpha is None else alpha
    base = (
        _vector(network, beta, whole=True)
        if isinstance(beta, Mapping)
        else np.full(len(network), float(beta))
    )
    first = np.zeros(len(network)) if start is None else _vector(network, start, whole=True)
    scores = _settled(lambda scores: rate * (into @ scores) + base, first, tolerance, most)
    return _normal(scores) if normalized else scores


def katz_exact(network: Network, alpha: float, beta: float | Values, *, normalized: bool) -> Scores:
    """Katz's measure to machine precision, as in networkx's ``katz_centrality_numpy``.

    Raises :class:`QueryError` for an ``alpha`` that may exceed the inverse of the largest
    eigenvalue, for which iteration cannot solve the equations.
    """
    if abs(alpha) * _bound(_into(network)) > _SHARE:
        raise QueryError(f"with alpha {alpha} Katz's measure may not converge in {network.name}")
    return katz(network, alpha, beta, normalized=normalized)


def hits(network: Network) -> tuple[Scores, Scores]:
    """The hub and authority scores of each node (Kleinberg 1999).

    Good hubs have strong ties to good authorities, which have strong ties from good hubs: the
    leading singular vectors of the strengths. Each 0 to 1, sums to 1; 0 for isolates, all 0 without
    ties. In an undirected network the two are equal. If several components have the same largest
    value, the result is the limit of Kleinberg's iteration from 1 everywhere; that of networkx is
    arbitrary.
    """
    n, strengths = len(network), network.strengths
    both = sparse.block_array([[None, strengths], [strengths.T, None]], format="csr")
    halves = Network(range(2 * n), both) if n else network  # each node as hub, then as authority
    scores, largest = np.zeros(2 * n), 0.0
    for part in _by_bound(halves):
        if _bound(part.matrix) < largest * (1 - _ALIKE):
            break
        vector = leading(part)
        value = float(vector @ part.matrix @ vector)
        if value > largest * (1 + _ALIKE):
            scores, largest = np.zeros(2 * n), value
        if value >= largest * (1 - _ALIKE):
            scores[np.array(part.nodes)] = vector * vector.sum()
    hub, authority = scores[:n], scores[n:]
    return hub / (hub.sum() or 1), authority / (authority.sum() or 1)


def hubs(network: Network) -> Scores:
    """The hub scores of :func:`hits`."""
    return hits(network)[0]


def authorities(network: Network) -> Scores:
    """The authority scores of :func:`hits`."""
    return hits(network)[1]


def _into(network: Network) -> sparse.csr_array:
    """The matrix of strengths with a row for each target."""
    return network.strengths.T.tocsr() if network.directed else network.strengths


def _by_bound(network: Network) -> Iterator[Network]:
    """The components of an undirected network that have ties, the largest bound first."""
    count, part = csgraph.connected_components(network.matrix, directed=False)
    bounds = np.zeros(count)
    np.maximum.at(bounds, part, np.asarray(abs(network.matrix).sum(axis=1)))
    order = np.argsort(part, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(part, minlength=count))[:-1])
    for number in np.argsort(-bounds, kind="stable"):
        if len(members[number]) > 1:
            yield network.part(members[number])


def _bound(matrix: sparse.csr_array) -> float:
    """A bound on all eigenvalues: the largest sum of a row or, if less, of a column."""
    sizes = abs(matrix)
    return min(float(np.max(sizes.sum(axis=axis), initial=0)) for axis in (0, 1))


def _settled(
    step: Callable[[Scores], Scores], scores: Scores, tolerance: float, most: int
) -> Scores:
    """Repeat ``step`` until the scores converge."""
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(most):
            before, scores = scores, step(scores)
            change, size = np.abs(scores - before).sum(), np.abs(scores).sum()
            if not np.isfinite(size):
                break
            if change < len(scores) * tolerance or change <= _ROUNDING * size:
                return scores
    raise _unsettled(most)


def _unsettled(most: int) -> Unsuited:
    return Unsuited(f"the scores did not converge in {most} steps")


def _normal(scores: Scores) -> Scores:
    return scores / (np.linalg.norm(scores) or 1)


def _shares(
    network: Network, values: Values | None, otherwise: Scores, *, whole: bool = False
) -> Scores:
    """``values`` as shares that sum to 1."""
    if values is None:
        return otherwise
    shares = _vector(network, values, whole=whole)
    if not (total := float(shares.sum())):
        raise QueryError("the numbers for nodes add up to 0; give some node a larger one")
    return shares / total


def _vector(network: Network, values: Values, *, whole: bool) -> Scores:
    """``values`` in the order of the nodes, 0 where missing; if ``whole``, that is an error."""
    if unknown := [node for node in values if node not in network.index]:
        raise UnknownQuery(f"{network.name} has no node '{unknown[0]}'")
    if whole and (missing := [node for node in network.nodes if node not in values]):
        raise QueryError(f"'{missing[0]}' has no number; every node needs one")
    return np.array([values.get(node, 0) for node in network.nodes], dtype=np.float64)

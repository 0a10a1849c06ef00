"""Measures mixing: whether ties connect similar nodes, by groups or by numbers.

Each tie counts once, whatever its strength. Ties with an end that has no group, or no number, are
left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import networkx as nx
import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Scores
from missiongraph.networks.model.partition import Groups, Partition, by_node

Ends = Literal["in", "out"]
Table = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Mixing:
    """The ties between groups, and indices of mixing.

    ``ties`` (k x k) counts those from the group of the row to that of the column; an undirected tie
    counts in both directions, a loop once. ``ei`` is the E-I index of the network, ``group_ei`` (k)
    that of each group, ``assortativity`` that of the network. ``ungrouped`` counts the nodes
    without a group, whose ties are left out.
    """

    groups: Sequence[Hashable]
    ties: Table
    ei: float
    group_ei: Scores
    assortativity: float
    ungrouped: int = 0


def mixing(network: Network | nx.Graph[Any], groups: Groups) -> Mixing:
    """The mixing matrix of ``groups`` with its indices, which are NaN without ties.

    The E-I index is the number of ties between groups less that of ties within groups, over the sum
    of both: from -1, all ties are internal, to 1, all are external (Krackhardt & Stern 1988). The
    index of a group is that of the ties with an end in it. More and smaller groups have a higher
    index by chance.

    Assortativity is the share of ties within groups less the share expected by chance, over its
    maximum: 1 if all ties are within groups, 0 if groups play no part (Newman 2003, equation 2).
    NaN if all ties are within one group.
    """
    network = from_networkx(network)
    partition = Partition.of(network, groups)
    members = partition.members
    ties = (members.T @ network.pattern @ members).toarray()
    once = ties
    if not network.directed:
        loops = members.T @ network.pattern.diagonal()
        once = np.triu(ties, 1) + np.diag((ties.diagonal() + loops) / 2)
    internal = once.diagonal()
    external = once.sum(axis=0) + once.sum(axis=1) - 2 * internal
    return Mixing(
        partition.names,
        ties,
        float(_index(external.sum() / 2, internal.sum())),
        _index(external, internal),
        _assortativity(ties),
        int(np.sum(~partition.grouped)),
    )


def node_ei(network: Network | nx.Graph[Any], groups: Groups) -> Scores:
    """The E-I index of the ties of each node, in and out: -1 if all are in its group, 1 if none.

    NaN for a node without a group, or without a tie to a node that has one (Krackhardt & Stern
    1988).
    """
    network = from_networkx(network)
    partition = Partition.of(network, groups)
    ties = network.pattern + network.pattern.T if network.directed else network.pattern
    reached = (ties @ partition.members).tocsr()
    internal = np.asarray(reached.multiply(partition.members).sum(axis=1))
    external = np.asarray(reached.sum(axis=1)) - internal
    return np.where(partition.grouped, _index(external, internal), np.nan)


def numeric_assortativity(network: Network | nx.Graph[Any], numbers: Mapping[Any, float]) -> float:
    """The correlation of the numbers at both ends of ties: -1 to 1.

    Pearson's correlation over ties, undirected ones in both directions (Newman 2003, equation 21).
    NaN without ties, or if all numbers at one end are equal.
    """
    network = from_networkx(network)
    known = by_node(network, numbers)
    values = np.array([known.get(node, np.nan) for node in network.nodes], dtype=np.float64)
    return _correlation(network, values, values)


def degree_assortativity(
    network: Network | nx.Graph[Any], source: Ends = "out", target: Ends = "in"
) -> float:
    """The correlation of the degrees at both ends of ties: -1 to 1.

    As :func:`numeric_assortativity`. In a directed network, ``source`` and ``target`` select the
    in- or out-degree of the nodes where ties start and end; otherwise they have no effect.
    """
    if unknown := {source, target} - {"in", "out"}:
        raise QueryError(f"a degree is 'in' or 'out', not '{unknown.pop()}'")
    network = from_networkx(network)
    pattern = network.pattern
    degrees = {"out": np.asarray(pattern.sum(axis=1)), "in": np.asarray(pattern.sum(axis=0))}
    if not network.directed:
        degrees = dict.fromkeys(degrees, degrees["out"] + pattern.diagonal())
    return _correlation(network, degrees[source], degrees[target])


def _index(external: Any, internal: Any) -> Any:
    with np.errstate(invalid="ignore"):
        return np.divide(external - internal, external + internal)


def _assortativity(ties: Table) -> float:
    if not ties.any():
        return np.nan
    shares = ties / ties.sum()
    chance = float(shares.sum(axis=0) @ shares.sum(axis=1))
    if np.count_nonzero(ties) == 1 and ties.trace():  # all ties are of one group
        return np.nan
    return float((shares.trace() - chance) / (1 - chance))


def _correlation(network: Network, sources: Scores, targets: Scores) -> float:
    rows = np.repeat(np.arange(len(network)), np.diff(network.matrix.indptr))
    x, y = sources[rows], targets[network.matrix.indices]
    known = ~(np.isnan(x) | np.isnan(y))
    x, y = x[known], y[known]
    if not len(x) or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.nan
    return float(np.corrcoef(x, y)[0, 1])

"""Counts brokerage by roles, which depend on groups (Gould & Fernandez 1989).

A node v brokers from a to b if a is tied to v and v to b, but a is not tied to b. Its role depends
on the groups of the three:

================  =========  ======================================================
coordinator       A → A → A  between two members of its own group
itinerant         A → B → A  between two members of another group; also called consultant
gatekeeper        A → B → B  from outside into its own group
representative    A → A → B  from its own group to outside
liaison           A → B → C  between two other groups
================  =========  ======================================================

An undirected tie is two arcs, so each pair is counted in both orders: coordinator, itinerant and
liaison are twice the number of pairs, and gatekeeper and representative are equal.

The counts expected by chance follow from the sizes of the groups and the density d of the network,
if all ties are equally likely (as in R's ``sna::brokerage``): each of M ordered pairs that a role
allows is brokered with probability p = d² (1 - d), and C pairs of these that share their first or
their last node have a covariance of q = d³ (1 - d)³. The expected count is M p, its variance
M p (1 - p) + C q. In an undirected network, the variance of counts in both orders is twice that;
sna treats arcs in both directions as independent, and so its scores of undirected networks are
larger by the square root of two.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks.measures.cohesion import without_loops
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, with_data
from missiongraph.networks.model.partition import Groups, Partition, by_node

Counts = npt.NDArray[np.int64]
Table = npt.NDArray[np.float64]

ROLES = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")
COLUMNS = (*ROLES, "total")
"""The roles, and all of them together."""

_BOTH_ORDERS = np.array([2, 2, 1, 1, 2, 2])
"""How often each pair is counted in an undirected network, by column."""


@dataclass(frozen=True, eq=False)
class Brokerage:
    """The brokerage of each node of ``network``, which contains the nodes that have a group.

    Tables have a row per node and a column for each of :data:`COLUMNS`: ``counts`` of ordered
    pairs, and the ``expected`` counts by chance and their ``deviation``. ``groups`` is the group of
    each node; ``ungrouped`` counts the nodes without one, which were left out.
    """

    network: Network
    groups: Sequence[Hashable]
    counts: Counts
    expected: Table
    deviation: Table
    ungrouped: int = 0

    @property
    def z(self) -> Table:
        """The z-scores: how many deviations each count is above the expected one.

        NaN if the deviation is 0, and in a two-mode network. Use z as a guide, not as a test:
        counts are not normally distributed, and random networks of this kind have no hubs.
        """
        z: Table = np.full(self.expected.shape, np.nan)
        above = self.counts - self.expected
        np.divide(above, self.deviation, out=z, where=self.deviation > 0)
        return z

    def rows(
        self, top: int | None = None, by: str = "total"
    ) -> Iterator[dict[str, Any]]:  # Any: a cell is of any type
        """A row for each node: node, label, group, and each count with its expected value and z.

        Columns: ``<role>``, ``<role>_expected`` and ``<role>_z``. Rows are sorted by the column
        ``by``, the largest first, then by label. Raises :class:`UnknownQuery` for an unknown role.
        """
        if by not in COLUMNS:
            raise UnknownQuery(f"no role is named '{by}'; there are: {', '.join(COLUMNS)}")
        first = self.counts[:, COLUMNS.index(by)]
        names = [(self.network.label(node), str(node)) for node in self.network.nodes]
        z = self.z
        for place in sorted(range(len(names)), key=lambda i: (-first[i], names[i]))[:top]:
            node = self.network.nodes[place]
            row: dict[str, Any] = {"node": node, "label": names[place][0]}
            row["group"] = self.groups[place]
            for column, name in enumerate(COLUMNS):
                row[name] = int(self.counts[place, column])
                row[f"{name}_expected"] = float(self.expected[place, column])
                row[f"{name}_z"] = float(z[place, column])
            yield row


def brokers(network: Network | nx.Graph[Any], groups: Groups) -> Brokerage:
    """Count the pairs that each node brokers, by role.

    ``groups`` has the group of each node, keyed by node or by label; raises :class:`QueryError` if
    it contains no node. Nodes without a group are left out: as one group they would count as alike,
    and alone as outsiders to all. Loops are left out, too.
    """
    network = from_networkx(network)
    groups = by_node(network, groups)
    grouped = Partition.of(network, groups).grouped
    network = network.part(grouped)
    partition = Partition.of(network, groups)
    pattern = without_loops(network.pattern)
    roles = _paths(pattern, partition.members) - _closed(pattern, partition)
    expected, deviation = _chance(partition, _density(network, pattern), network.directed)
    return Brokerage(
        network,
        [partition.names[code] for code in partition.codes],
        np.column_stack([roles, roles.sum(axis=1)]),
        expected[partition.codes],
        deviation[partition.codes],
        int(np.sum(~grouped)),
    )


@dataclass(frozen=True, eq=False)
class Between:
    """How many pairs each node of ``network`` brokers from one group to another.

    ``pairs`` counts those it stands between, ``alone`` those that nobody else does. ``untied`` is
    the number of all pairs of the two groups that are not tied, ``brokered`` of those that some
    node stands between.
    """

    network: Network
    pairs: Counts
    alone: Counts
    untied: int
    brokered: int

    def rows(
        self, top: int | None = None
    ) -> Iterator[dict[str, Any]]:  # Any: a cell is of any type
        """A row for each node that brokers a pair: node, label, pairs, alone; most pairs first."""
        names = [(self.network.label(node), str(node)) for node in self.network.nodes]
        order = sorted(
            np.flatnonzero(self.pairs).tolist(),
            key=lambda i: (-self.pairs[i], -self.alone[i], names[i]),
        )
        for place in order[:top]:
            yield {
                "node": self.network.nodes[place],
                "label": names[place][0],
                "pairs": int(self.pairs[place]),
                "alone": int(self.alone[place]),
            }


def brokers_between(
    network: Network | nx.Graph[Any], groups: Groups, one: Hashable, other: Hashable
) -> Between:
    """Count the pairs of two named groups between which each node stands.

    A node v brokers a pair if a of group ``one`` is tied to v, v to b of group ``other``, and a not
    to b: Gould and Fernandez's (1989) definition, for two groups and with brokers of any group or
    none. Strengths and loops are ignored; in an undirected network ``one`` and ``other`` may be
    exchanged. Raises :class:`UnknownQuery` for a group that no node has, and :class:`QueryError` if
    both are the same.
    """
    drawn = from_networkx(network)
    if one == other:
        raise QueryError(f"name two different groups, not '{one}' twice")
    partition = Partition.of(drawn, groups)
    for name in (one, other):
        if name not in partition.names:
            there = ", ".join(map(str, partition.names)) or "none"
            raise UnknownQuery(f"no node has the group '{name}'; there are: {there}")
    pattern = without_loops(drawn.pattern)
    first, last = (
        np.flatnonzero(partition.codes == partition.names.index(g)) for g in (one, other)
    )
    out, into = pattern[first].tocsr(), pattern[:, last].tocsr()
    tied = pattern[first][:, last].tocsr()
    brokers = (out @ into).tocsr()
    open_pairs = (brokers - brokers.multiply(tied)).tocsr()
    open_pairs.eliminate_zeros()
    single = with_data(open_pairs, (open_pairs.data == 1).astype(np.float64))
    pairs, alone = (
        np.asarray(out.multiply((where @ into.T).tocsr()).sum(axis=0)).ravel()
        for where in (with_data(open_pairs, np.ones(open_pairs.nnz)), single)
    )
    untied = len(first) * len(last) - tied.nnz
    return Between(
        drawn,
        np.rint(pairs).astype(np.int64),
        np.rint(alone).astype(np.int64),
        untied,
        int(open_pairs.nnz),
    )


def _paths(pattern: sparse.csr_array, members: sparse.csr_array) -> Counts:
    """The number of paths a → v → b through each node v, by role (n x 5); a and b differ."""
    into, out = (_by_group(ties, members) for ties in (pattern.T, pattern))
    mutual = _by_group(pattern.multiply(pattern.T), members)  # a and b are the same
    alike = _sums(into.table.multiply(out.table)) - into.own * out.own
    columns = [
        into.own * out.own - mutual.own,
        alike - mutual.other,
        into.other * out.own,
        into.own * out.other,
        into.other * out.other - alike,
    ]
    return np.rint(np.column_stack(columns)).astype(np.int64)


def _closed(pattern: sparse.csr_array, partition: Partition) -> Counts:
    """The number of those paths whose ends are tied, a → b."""
    from missiongraph.networks.kernels.triangles import closed

    return closed(pattern, partition.codes)


class _ByGroup(NamedTuple):
    """The ties of each node by the group of the other end (n x k), to its own group, and others."""

    table: sparse.csr_array
    own: Table
    other: Table


def _by_group(ties: sparse.csr_array, members: sparse.csr_array) -> _ByGroup:
    table = (ties @ members).tocsr()
    own = _sums(table.multiply(members))
    return _ByGroup(table, own, _sums(table) - own)


def _sums(matrix: sparse.csr_array) -> Table:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64)


def _density(network: Network, pattern: sparse.csr_array) -> float:
    """The number of arcs as a share of all possible ones between different nodes.

    NaN for two-mode networks, as the random networks here would have ties within a side.
    """
    n = len(network)
    return np.nan if network.side is not None else pattern.nnz / max(n * (n - 1), 1)


def _chance(partition: Partition, density: float, directed: bool) -> tuple[Table, Table]:
    """The expected counts and their deviation for a node of each group (k x 6).

    ``pairs`` and ``sharing`` are M and C above, from the numbers of other nodes in its own group
    and outside, and the sums of squares and cubes of the sizes of the other groups.
    """
    sizes = np.bincount(partition.codes, minlength=len(partition.names)).astype(np.float64)
    n, own = sizes.sum(), sizes - 1
    other, squares, cubes = (np.sum(sizes**power) - sizes**power for power in (1, 2, 3))
    pairs = [
        own * (own - 1),
        squares - other,
        other * own,
        own * other,
        other**2 - squares,
        np.full(len(sizes), (n - 1) * (n - 2)),
    ]
    sharing = [
        2 * own * (own - 1) * (own - 2),
        2 * (cubes - 3 * squares + 2 * other),
        other * own * (n - 3),
        own * other * (n - 3),
        2 * (other**3 - other**2 - (2 * other - 1) * squares + cubes),
        np.full(len(sizes), 2 * (n - 1) * (n - 2) * (n - 3)),
    ]
    p = density**2 * (1 - density)
    q = density**3 * (1 - density) ** 3
    expected = np.column_stack(pairs) * p
    variance = expected * (1 - p) + np.column_stack(sharing) * q
    return expected, np.sqrt(variance * (1 if directed else _BOTH_ORDERS))

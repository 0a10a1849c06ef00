"""Brokerage: who stands between whom, by the groups of the three (Gould & Fernandez 1989).

A node v brokers from a to b where a is tied to v and v to b, but a is not tied to b. What it is
in between them depends on their groups:

================  =========  ======================================================
coordinator       A → A → A  between two of its own group
itinerant         A → B → A  between two of another group; also called consultant
gatekeeper        A → B → B  from outside into its own group
representative    A → A → B  from its own group to outside
liaison           A → B → C  between two other groups
================  =========  ======================================================

An undirected tie is two arcs, so that each pair is counted in both orders: coordinator, itinerant
and liaison are twice the number of pairs, and gatekeeper and representative are the same.

How many pairs chance would leave to a node follows from the sizes of the groups and the density
d of the network, if all ties were as likely (as R's ``sna::brokerage`` has it): each of M ordered
pairs that a role allows is brokered with probability p = d² (1 - d), and two pairs that share
their first or their last node, C of them, are so together more often, by q = d³ (1 - d)³. The
expected count is M p, its variance M p (1 - p) + C q. In an undirected network the variance of
what is counted in both orders is twice that; sna takes arcs both ways for independent, and its
scores of undirected networks are larger, by the square root of two.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import UnknownQuery
from missiongraph.networks.measures.cohesion import without_loops
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.partition import Groups, Partition, by_node

Counts = npt.NDArray[np.int64]
Table = npt.NDArray[np.float64]

ROLES = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")
COLUMNS = (*ROLES, "total")
"""The roles, and all of them together."""

_BOTH_ORDERS = np.array([2, 2, 1, 1, 2, 2])
"""How often an undirected network has each pair of a column."""


@dataclass(frozen=True, eq=False)
class Brokerage:
    """The brokerage of each node of ``network``, which are those that have a group.

    Tables have a row to a node and a column to each of :data:`COLUMNS`: ``counts`` of ordered
    pairs, ``expected`` counts and their ``deviation`` by chance. ``groups`` is the group of each
    node; ``ungrouped`` counts the nodes without one, which were left out.
    """

    network: Network
    groups: Sequence[Hashable]
    counts: Counts
    expected: Table
    deviation: Table
    ungrouped: int = 0

    @property
    def z(self) -> Table:
        """By how many deviations each count is above what is expected.

        Not a number where chance leaves no choice, or in a two-mode network. Take z as a guide,
        not as a test: counts are not normally distributed, and chance makes no hubs.
        """
        z: Table = np.full(self.expected.shape, np.nan)
        above = self.counts - self.expected
        np.divide(above, self.deviation, out=z, where=self.deviation > 0)
        return z

    def rows(self, top: int | None = None, by: str = "total") -> Iterator[dict[str, Any]]:
        """A dictionary to a node: node, label, group, and each count, what is expected, and z.

        Columns: ``<role>``, ``<role>_expected`` and ``<role>_z``. Who has most of the column
        ``by`` comes first, equals by label. Raises :class:`UnknownQuery` for another column.
        """
        if by not in COLUMNS:
            raise UnknownQuery(f"no role is '{by}'; there are: {', '.join(COLUMNS)}")
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
    """Count the pairs between whom each node brokers, by role.

    ``groups`` has the group of each node, by the node or by its label; raises
    :class:`QueryError` where it names none. Nodes without a group are left out: as one group they
    would be taken to be alike, and alone for outsiders to all. Ties of a node to itself are left
    out.
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


def _paths(pattern: sparse.csr_array, members: sparse.csr_array) -> Counts:
    """How many paths a → v → b each node v is on, by role (n x 5); a and b differ."""
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
    """How many of those paths have ends that are tied, a → b."""
    from missiongraph.networks.kernels.triangles import closed

    return closed(pattern, partition.codes)


class _ByGroup(NamedTuple):
    """Ties of each node by the group of the other end (n x k), those to its own, and the rest."""

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
    """Share of the arcs between different nodes that there are.

    Not a number for two-mode networks: ties within a side cannot be, and chance here has them.
    """
    n = len(network)
    return np.nan if network.side is not None else pattern.nnz / max(n * (n - 1), 1)


def _chance(partition: Partition, density: float, directed: bool) -> tuple[Table, Table]:
    """Expected counts and their deviation for a node of each group (k x 6).

    ``pairs`` and ``sharing`` are M and C above, from how many others there are in its own group,
    how many outside, and the sums of squares and cubes of the sizes of the other groups.
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

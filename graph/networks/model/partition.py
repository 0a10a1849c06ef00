"""Partitions: a group for each node, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError

from .network import Network

Value = TypeVar("Value")
Groups = Mapping[Any, Hashable]
"""The group of each node that has one, by the node or by its label."""

Codes = npt.NDArray[np.int64]


def by_node(network: Network, values: Mapping[Any, Value]) -> Mapping[Any, Value]:
    """A value to a node, by what ``values`` says of nodes or, if it names none, of labels.

    What is said of nodes that are not in the network is left out. Raises :class:`QueryError`
    where nothing is said of any node, or of a label that several nodes have.
    """
    if hasattr(values, "to_dict"):  # a Series of pandas
        values = values.to_dict()
    if not isinstance(values, Mapping):
        raise QueryError(f"give a value to each node, as a mapping, not a {type(values).__name__}")
    if not values or not len(network) or any(node in network.index for node in values):
        return values
    labelled = [node for node in network.nodes if network.label(node) in values]
    called = Counter(map(network.label, labelled))
    if twice := [label for label, number in called.items() if number > 1]:
        raise QueryError(f"several nodes are called '{twice[0]}'; name nodes themselves")
    if not labelled:
        raise QueryError(
            f"'{next(iter(values))}' is no node of {network.name}, and none of the other "
            f"{len(values) - 1:,} is; nodes are named as in network.nodes, or by their label"
        )
    return {node: values[network.label(node)] for node in labelled}


class Partition(NamedTuple):
    """``names`` of groups, in order, and for each node the place of its group in them.

    ``codes`` are -1 for nodes without a group.
    """

    names: Sequence[Hashable]
    codes: Codes

    @classmethod
    def of(cls, network: Network, groups: Groups) -> Partition:
        """The groups of the nodes of ``network``; who is not in ``groups``, or None, has none.

        See :func:`by_node` for what ``groups`` may be keyed by.
        """
        known = by_node(network, groups)
        given = [known.get(node) for node in network.nodes]
        names = sorted({group for group in given if group is not None}, key=str)
        place = {name: code for code, name in enumerate(names)}
        return cls(names, np.array([place.get(group, -1) for group in given], np.int64))

    @property
    def grouped(self) -> npt.NDArray[np.bool_]:
        """Which nodes have a group."""
        return self.codes >= 0

    @property
    def members(self) -> sparse.csr_array:
        """A 1 for each node (row) in the column of its group."""
        rows = np.flatnonzero(self.grouped)
        shape = (len(self.codes), len(self.names))
        return sparse.csr_array((np.ones(len(rows)), (rows, self.codes[rows])), shape)

"""Assigns nodes to groups."""

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
"""The group of each node that has one, keyed by node or by label."""

Codes = npt.NDArray[np.int64]


def by_node(
    network: Network, values: Mapping[Any, Value]
) -> Mapping[Any, Value]:  # Any: networkx's nodes and graphs
    """The ``values`` keyed by node; keys that are labels are replaced by their nodes.

    If any key is a node, ``values`` is returned as it is; otherwise all keys are taken as labels,
    and unknown ones are left out. Raises :class:`QueryError` if no key is a node or label, or if
    several nodes have the same label.
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
        raise QueryError(f"several nodes have the label '{twice[0]}'; use the nodes as keys")
    if not labelled:
        raise QueryError(
            f"'{next(iter(values))}' is not a node of {network.name}, nor are the other "
            f"{len(values) - 1:,}; keys are nodes, as in network.nodes, or their labels"
        )
    return {node: values[network.label(node)] for node in labelled}


class Partition(NamedTuple):
    """The ``names`` of groups, sorted, and for each node the index of its group among them.

    ``codes`` are -1 for nodes without a group.
    """

    names: Sequence[Hashable]
    codes: Codes

    @classmethod
    def of(cls, network: Network, groups: Groups) -> Partition:
        """The partition of ``network``; a node not in ``groups``, or mapped to None, has no group.

        See :func:`by_node` for the keys of ``groups``.
        """
        known = by_node(network, groups)
        values = [known.get(node) for node in network.nodes]
        names = sorted({group for group in values if group is not None}, key=str)
        place = {name: code for code, name in enumerate(names)}
        return cls(names, np.array([place.get(group, -1) for group in values], np.int64))

    @property
    def grouped(self) -> npt.NDArray[np.bool_]:
        """A mask of the nodes that have a group."""
        return self.codes >= 0

    @property
    def members(self) -> sparse.csr_array:
        """A matrix (nodes x groups) with a 1 for each node in the column of its group."""
        rows = np.flatnonzero(self.grouped)
        shape = (len(self.codes), len(self.names))
        return sparse.csr_array((np.ones(len(rows)), (rows, self.codes[rows])), shape)

"""Partitions: a group for each node, or none."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .network import Network

Groups = Mapping[Any, Hashable]
"""The group of each node that has one."""

Codes = npt.NDArray[np.int64]


class Partition(NamedTuple):
    """``names`` of groups, in order, and for each node the place of its group in them.

    ``codes`` are -1 for nodes without a group.
    """

    names: Sequence[Hashable]
    codes: Codes

    @classmethod
    def of(cls, network: Network, groups: Groups) -> Partition:
        """The groups of the nodes of ``network``; who is not in ``groups``, or None, has none."""
        given = [groups.get(node) for node in network.nodes]
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

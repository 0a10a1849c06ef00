"""Defines a network: nodes in order, and their ties as a sparse matrix.

All measures work on this form, which can be converted to and from networkx.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .definition import NetworkQuery, Weight

Scores = npt.NDArray[np.float64]
"""One number for each node, in the order of :attr:`Network.nodes`."""

Node = Hashable
"""An IRI in our networks; any hashable value in those from networkx."""

Attributes = Mapping[str, Mapping[Node, Any]]
"""Attributes of nodes: by name, the value for each node that has one."""


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes and the matrix of their ties.

    ``matrix`` (n x n, CSR, sorted, without duplicates or stored zeros) holds the weight of the
    tie from row to column; in an undirected network both ways. ``weighed`` is whether weights are
    strengths (more is closer) or distances. In a two-mode network ``side`` is 0 for sources and 1
    for targets. ``affiliations`` of a projection is the two-mode matrix (n x k) it was computed
    from: nodes that share a column are tied; ``events`` is the same matrix, kept by a backbone,
    too, to count what two nodes share. ``labels`` are the names of nodes, ``attributes``
    their kinds, countries and so on. ``about`` records how the network was built: date, layer,
    method, and how many statements were used, ``undated``, ``left_out``, ``rejected`` or
    ``joined``, and why.
    """

    nodes: Sequence[Node]
    matrix: sparse.csr_array
    directed: bool = False
    weighed: Weight = "strength"
    side: npt.NDArray[np.int8] | None = None
    affiliations: sparse.csr_array | None = None
    labels: Mapping[Node, str] = field(default_factory=dict)
    attributes: Attributes = field(default_factory=dict)
    name: str = "network"
    definition: NetworkQuery | None = None
    events: sparse.csr_array | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        return f"<Network {self.name}: {len(self)} nodes, {self.size} ties, {kind}>"

    @cached_property
    def index(self) -> dict[Node, int]:
        """The index of each node in ``nodes``."""
        return {node: place for place, node in enumerate(self.nodes)}

    @cached_property
    def loops(self) -> int:
        """The number of ties from a node to itself."""
        return int(np.count_nonzero(self.matrix.diagonal()))

    @property
    def size(self) -> int:
        """The number of ties; in an undirected network each pair counts once."""
        stored = int(self.matrix.nnz)
        return stored if self.directed else (stored + self.loops) // 2

    @cached_property
    def pattern(self) -> sparse.csr_array:
        """The matrix with a 1 for each tie."""
        return with_data(self.matrix, np.ones(self.matrix.nnz))

    @cached_property
    def strengths(self) -> sparse.csr_array:
        """The matrix of strengths, which are the inverses of distances."""
        if self.weighed == "strength":
            return self.matrix
        return with_data(self.matrix, 1 / self.matrix.data)

    @cached_property
    def distances(self) -> sparse.csr_array:
        """The matrix of distances, which are the inverses of strengths (Newman 2001)."""
        if self.weighed == "distance":
            return self.matrix
        return with_data(self.matrix, 1 / self.matrix.data)

    @cached_property
    def transposed(self) -> sparse.csr_array:
        """The matrix with a row for each target, for loops over incoming ties."""
        return self.matrix.T.tocsr() if self.directed else self.matrix

    @cached_property
    def ends(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The indices of both ends of each tie, row by row; in an undirected network each pair
        once, the smaller index first. Measures of ties and the edges of the networkx graph have
        this order."""
        rows = np.repeat(np.arange(len(self)), np.diff(self.matrix.indptr))
        columns = self.matrix.indices.astype(np.intp)
        kept = slice(None) if self.directed else rows <= columns
        return rows[kept], columns[kept]

    @cached_property
    def undirected(self) -> Network:
        """The network without direction; strengths of opposite ties are added, of distances the
        shorter counts."""
        if not self.directed:
            return self
        whole = self.matrix
        if self.weighed == "strength":
            matrix = (whole + whole.T).tocsr()
            matrix.setdiag(whole.diagonal())
            matrix.eliminate_zeros()
        else:
            both = self.strengths.maximum(self.strengths.T).tocsr()
            matrix = with_data(both, 1 / both.data)
        matrix.sort_indices()
        return replace(self, matrix=matrix, directed=False)

    @property
    def sides(self) -> list[str]:
        """The kind of each node of a two-mode network; empty for any other."""
        if self.side is None:
            return []
        known = self.attributes.get("side", {})
        query = self.definition
        ends = (query.source, query.target) if query else ("sources", "targets")
        pairs = zip(self.nodes, self.side.tolist(), strict=True)
        return [str(known.get(node, ends[side])) for node, side in pairs]

    def label(self, node: Node) -> str:
        """The label of a node, or else the node as text."""
        return self.labels.get(node) or str(node)

    def part(self, kept: npt.ArrayLike) -> Network:
        """The network among the nodes of a mask or of indices; their order does not change."""
        places = np.arange(len(self))[np.asarray(kept)]
        matrix = self.matrix[places][:, places].tocsr()
        matrix.sort_indices()
        return replace(
            self,
            nodes=[self.nodes[place] for place in places],
            matrix=matrix,
            side=None if self.side is None else self.side[places],
            affiliations=None if self.affiliations is None else self.affiliations[places],
            events=None if self.events is None else self.events[places],
        )

    def networkx(self) -> Any:  # Any: networkx's nodes and graphs
        """Deprecated name of :func:`missiongraph.networks.to_networkx`."""
        warnings.warn(
            "Network.networkx() is now missiongraph.networks.to_networkx(network)",
            DeprecationWarning,
            stacklevel=2,
        )
        return import_module("missiongraph.networks.nx.graphs").to_networkx(self)


def with_data(matrix: sparse.csr_array, data: npt.NDArray[Any]) -> sparse.csr_array:
    """A matrix of the same pattern with other ``data``."""
    return sparse.csr_array((data, matrix.indices, matrix.indptr), matrix.shape)

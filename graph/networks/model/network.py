"""A network: nodes in order, and their ties as a sparse matrix.

All measures work on this form. It goes to networkx and comes from there at any time.
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
"""One number to a node, in the order of :attr:`Network.nodes`."""

Node = Hashable
"""An IRI in networks of ours; whatever networkx allows in those of others."""

Attributes = Mapping[str, Mapping[Node, Any]]
"""What is known of nodes: by its name, the value of each node that has one."""


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes and the matrix of their ties.

    ``matrix`` (n x n, CSR, sorted, without duplicates or stored zeros) holds the weight of the
    tie from row to column; in an undirected network both ways. ``weighed`` says whether weights
    are strengths (more is closer) or distances. In a two-mode network ``side`` is 0 for sources
    and 1 for targets. ``affiliations`` of a projection is the two-mode matrix (n x k) it comes
    from: whoever shares a column is tied. ``labels`` says what nodes are called, ``attributes``
    what else is known of them: kind and country, say. ``about`` notes how it was drawn: date,
    layer, method; how many statements there were, how many of them were ``undated``, ``rejected``
    or ``joined``, and why.
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
    about: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        kind = "directed" if self.directed else "undirected"
        return f"<Network {self.name}: {len(self)} nodes, {self.size} ties, {kind}>"

    @cached_property
    def index(self) -> dict[Node, int]:
        """The place of each node."""
        return {node: place for place, node in enumerate(self.nodes)}

    @cached_property
    def loops(self) -> int:
        """Ties of nodes to themselves."""
        return int(np.count_nonzero(self.matrix.diagonal()))

    @property
    def size(self) -> int:
        """Ties; in an undirected network each pair once."""
        stored = int(self.matrix.nnz)
        return stored if self.directed else (stored + self.loops) // 2

    @cached_property
    def pattern(self) -> sparse.csr_array:
        """The matrix with 1 for every tie."""
        return with_data(self.matrix, np.ones(self.matrix.nnz))

    @cached_property
    def strengths(self) -> sparse.csr_array:
        """The matrix of strengths; of distances, one over each."""
        if self.weighed == "strength":
            return self.matrix
        return with_data(self.matrix, 1 / self.matrix.data)

    @cached_property
    def distances(self) -> sparse.csr_array:
        """The matrix of distances; of strengths, one over each (Newman 2001)."""
        if self.weighed == "distance":
            return self.matrix
        return with_data(self.matrix, 1 / self.matrix.data)

    @cached_property
    def transposed(self) -> sparse.csr_array:
        """The matrix of ties by their target."""
        return self.matrix.T.tocsr() if self.directed else self.matrix

    @cached_property
    def ends(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The places at both ends of each tie, row by row; in an undirected network each pair
        once, the smaller place first. Measures of ties have this order, and so have the edges of
        :meth:`networkx`."""
        rows = np.repeat(np.arange(len(self)), np.diff(self.matrix.indptr))
        columns = self.matrix.indices.astype(np.intp)
        kept = slice(None) if self.directed else rows <= columns
        return rows[kept], columns[kept]

    @cached_property
    def undirected(self) -> Network:
        """The network without direction; the weights of opposite ties add up (distances: the
        shorter counts)."""
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
        """What the nodes of a two-mode network are; of one mode nothing."""
        if self.side is None:
            return []
        known = self.attributes.get("side", {})
        query = self.definition
        ends = (query.source, query.target) if query else ("sources", "targets")
        pairs = zip(self.nodes, self.side.tolist(), strict=True)
        return [str(known.get(node, ends[side])) for node, side in pairs]

    def label(self, node: Node) -> str:
        """What to call a node: its label, or else what it is."""
        return self.labels.get(node) or str(node)

    def part(self, kept: npt.ArrayLike) -> Network:
        """The network among some nodes: a mask or places, which keep their order."""
        places = np.arange(len(self))[np.asarray(kept)]
        matrix = self.matrix[places][:, places].tocsr()
        matrix.sort_indices()
        return replace(
            self,
            nodes=[self.nodes[place] for place in places],
            matrix=matrix,
            side=None if self.side is None else self.side[places],
            affiliations=None if self.affiliations is None else self.affiliations[places],
        )

    def networkx(self) -> Any:
        """As :func:`missiongraph.networks.to_networkx`, whose old name this is."""
        warnings.warn(
            "Network.networkx() is now missiongraph.networks.to_networkx(network)",
            DeprecationWarning,
            stacklevel=2,
        )
        return import_module("missiongraph.networks.nx.graphs").to_networkx(self)


def with_data(matrix: sparse.csr_array, data: npt.NDArray[Any]) -> sparse.csr_array:
    """The matrix with other numbers at the same places, in the order of its ``data``."""
    return sparse.csr_array((data, matrix.indices, matrix.indptr), matrix.shape)

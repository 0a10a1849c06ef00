"""A network: nodes in order, and their ties as a sparse matrix.

All measures work on this form. It goes to networkx and comes from there at any time.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from .definition import NetworkQuery, Weight

if TYPE_CHECKING:
    from .graphs import DirectedNetworkGraph, NetworkGraph

Scores = npt.NDArray[np.float64]
"""One number to a node, in the order of :attr:`Network.nodes`."""

Node = Hashable
"""An IRI in networks of ours; whatever networkx allows in those of others."""


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes and the matrix of their ties.

    ``matrix`` (n x n, CSR, sorted, without duplicates or stored zeros) holds the weight of the
    tie from row to column; in an undirected network both ways. ``weighed`` says whether weights
    are strengths (more is closer) or distances. In a two-mode network ``side`` is 0 for sources
    and 1 for targets. ``affiliations`` of a projection is the two-mode matrix (n x k) it comes
    from: whoever shares a column is tied. ``about`` notes how it was drawn: date, layer, method,
    statements left out.
    """

    nodes: Sequence[Node]
    matrix: sparse.csr_array
    directed: bool = False
    weighed: Weight = "strength"
    side: npt.NDArray[np.int8] | None = None
    affiliations: sparse.csr_array | None = None
    labels: Mapping[Node, str] = field(default_factory=dict)
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
        return self._with(np.ones(self.matrix.nnz))

    @cached_property
    def strengths(self) -> sparse.csr_array:
        """The matrix of strengths; of distances, one over each."""
        return self.matrix if self.weighed == "strength" else self._with(1 / self.matrix.data)

    @cached_property
    def distances(self) -> sparse.csr_array:
        """The matrix of distances; of strengths, one over each (Newman 2001)."""
        return self.matrix if self.weighed == "distance" else self._with(1 / self.matrix.data)

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
            matrix = sparse.csr_array((1 / both.data, both.indices, both.indptr), both.shape)
        matrix.sort_indices()
        return replace(self, matrix=matrix, directed=False)

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

    def networkx(self) -> NetworkGraph | DirectedNetworkGraph:
        """A networkx graph over the same arrays, which makes its dictionaries when asked for them.

        Nodes have a ``label`` where it is known, ties a ``strength`` or a ``distance``.
        """
        from .graphs import view

        return view(self)

    def _with(self, data: npt.NDArray[np.float64]) -> sparse.csr_array:
        return sparse.csr_array((data, self.matrix.indices, self.matrix.indptr), self.matrix.shape)


def from_networkx(
    graph: nx.Graph[Any] | Network, weight: str | None = None, *, weighed: Weight = "strength"
) -> Network:
    """The network of a networkx graph; ties without the attribute ``weight`` have weight 1.

    Without ``weight``, the attribute ``strength`` or ``distance`` counts where a tie has one. The
    weights of parallel ties of a multigraph add up. Nodes that all have a side as ``bipartite``, 0
    or 1, make an undirected network two-mode. A network is given back as it is.
    """
    if isinstance(graph, Network):
        return graph
    known = getattr(graph, "network", None)
    if isinstance(known, Network) and weight in (None, known.weighed):
        return known
    return read(graph, *(counted(graph) if weight is None else (weight, weighed)))


def counted(graph: nx.Graph[Any]) -> tuple[str | None, Weight]:
    """The attribute that counts, strength or distance, where a tie has one; and which it is."""
    first: dict[str, Any] = next((data for _, _, data in graph.edges(data=True)), {})
    if "strength" not in first and "distance" in first:
        return "distance", "distance"
    return ("strength" if "strength" in first else None), "strength"


def read(graph: nx.Graph[Any], weight: str | None, weighed: Weight = "strength") -> Network:
    """The network of a graph as it is now, where ties count what the attribute ``weight`` says.

    Ties without it count 1, and all do if ``weight`` is None.
    """
    nodes = list(graph)
    matrix = _summed(graph, nodes, weight) if graph.is_multigraph() else _matrix(graph, weight)
    matrix.sort_indices()
    side = _sides(graph, matrix)
    return Network(
        nodes, matrix, graph.is_directed(), weighed, side, labels=labelled(graph), name=graph.name
    )


def labelled(graph: nx.Graph[Any]) -> dict[Node, str]:
    """What nodes are called, where they have a label."""
    return {node: str(label) for node, label in graph.nodes(data="label") if label}


def _matrix(graph: nx.Graph[Any], weight: str | None) -> sparse.csr_array:
    """The ties of a graph, several times as fast as networkx does it, which goes edge by edge."""
    place = {node: number for number, node in enumerate(graph)}
    beside = dict(graph.adjacency())
    rows = [beside[node] for node in place]
    start = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    columns = np.fromiter((place[node] for row in rows for node in row), np.int32, start[-1])
    if weight is None:
        data = np.ones(len(columns))
    else:
        found = (tie.get(weight, 1) for row in rows for tie in row.values())
        data = np.fromiter(found, np.float64, start[-1])
    return sparse.csr_array((data, columns, start), (len(place), len(place)))


def _summed(graph: nx.Graph[Any], nodes: list[Node], weight: str | None) -> sparse.csr_array:
    if not nodes:
        return sparse.csr_array((0, 0))
    matrix = nx.to_scipy_sparse_array(
        graph, nodelist=nodes, weight=cast(Any, weight), dtype=np.dtype(float), format="csr"
    )
    return sparse.csr_array(matrix)


def _sides(graph: nx.Graph[Any], matrix: sparse.csr_array) -> npt.NDArray[np.int8] | None:
    """The side of each node, as networkx notes it; None where one has none or ties stay on one."""
    given = nx.get_node_attributes(graph, "bipartite")
    if graph.is_directed() or len(given) < max(len(graph), 1) or set(given.values()) - {0, 1}:
        return None
    sides = np.array([given[node] for node in graph], np.int8)
    ends = np.repeat(sides, np.diff(matrix.indptr)), sides[matrix.indices]
    return None if np.any(ends[0] == ends[1]) else sides

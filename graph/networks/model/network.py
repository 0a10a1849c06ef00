"""A network: nodes in order, and their ties as a sparse matrix.

All measures work on this form. It goes to networkx and comes from there at any time.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from .definition import NetworkQuery, Weight

if TYPE_CHECKING:
    from missiongraph.networks.nx.graphs import DirectedNetworkGraph, NetworkGraph

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

    def networkx(self) -> NetworkGraph | DirectedNetworkGraph:
        """A networkx graph over the same arrays, which makes its dictionaries when asked for them.

        Nodes have a ``label`` where it is known, and their ``attributes``; in two modes a ``side``
        and networkx's ``bipartite``. Ties have a ``strength`` or a ``distance``, and in ``weight``
        their strength, for functions that read what networkx, igraph and Gephi read.
        """
        from missiongraph.networks.nx.graphs import view

        return view(self)

    def _with(self, data: npt.NDArray[np.float64]) -> sparse.csr_array:
        return sparse.csr_array((data, self.matrix.indices, self.matrix.indptr), self.matrix.shape)


def from_networkx(
    graph: nx.Graph[Any] | Network | Any,
    weight: str | None = None,
    *,
    weighed: Weight = "strength",
) -> Network:
    """The network of a networkx graph, with what it says of its nodes.

    Ties count what their attribute ``weight`` says, those without it 1. Without a name, they
    count their ``strength`` or ``distance``, which say what they mean, or else their ``weight``,
    networkx's own, as a strength; with an empty one, they all count 1. Of parallel ties of a
    multigraph strengths add up, and the shortest distance counts; ``about["joined"]`` tells how
    many there were. Nodes that all have a side, as ``bipartite`` 0 or 1 or as one of two values
    of ``side``, make an undirected network two-mode.

    An igraph graph is taken, too, and a table of pandas, polars or MissionGraph whose columns
    ``source`` and ``target`` are the ends of undirected ties. A network is given back as it is.
    Raises :class:`QueryError` for anything else, and naming the tie for a weight that is no
    number above 0, and for a strength and a weight that do not agree.
    """
    if isinstance(graph, Network):
        return graph
    from missiongraph.networks.nx.graphs import Drawn  # which needs what is here

    from .convert import read, read_named, read_understood

    if isinstance(graph, Drawn) and weight is None:
        return graph.network
    if not isinstance(graph, nx.Graph):
        from .foreign_graphs import converted

        graph = converted(graph)
    if weight is None:
        return read_understood(graph)
    return read_named(graph, weight, weighed) if weight else read(graph, None)

"""The network of a networkx graph, of igraph's or of a table, with all that it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from .definition import Weight
from .foreign_graphs import converted
from .network import Attributes, Network, Node
from .weights import Floats, Places, column, named, understood

_OWN = ("label", "bipartite")  # what a network holds in fields of its own


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
    if weight is None and isinstance(own := getattr(graph, "network", None), Network):
        return own  # a graph over the arrays of a network: see missiongraph.networks.nx.graphs
    if not isinstance(graph, nx.Graph):
        graph = converted(graph)
    if weight is None:
        return read_understood(graph)
    return read_named(graph, weight, weighed) if weight else read(graph, None)


def read(graph: nx.Graph[Any], weight: str | None, weighed: Weight = "strength") -> Network:
    """The network of a graph as it is now, where ties count what the attribute ``weight`` says.

    As in networkx, ties without it count 1, and all do if ``weight`` is None. Raises
    :class:`TypeError` or :class:`ValueError` for what is no number.
    """
    entries = _entries(graph)
    return _network(graph, entries, column(entries.ties, weight), weighed)


def read_named(graph: nx.Graph[Any], weight: str, weighed: Weight = "strength") -> Network:
    """The same, by an attribute that ties must have, if there are any, as numbers above 0."""
    entries = _entries(graph)
    return _network(graph, entries, named(entries.ties, weight, entries.ends), weighed)


def read_understood(graph: nx.Graph[Any], drawn: Network | None = None) -> Network:
    """The same, by whatever says what ties weigh: see :func:`.weights.understood`.

    Of a graph that was ``drawn``, what was changed since counts.
    """
    entries = _entries(graph)
    known = drawn.weighed if drawn else None
    before = _before(entries, drawn) if drawn else None
    return _network(graph, entries, *understood(entries.ties, entries.ends, known, before))


def described(graph: nx.Graph[Any]) -> tuple[dict[Node, str], dict[str, dict[Node, Any]]]:
    """What nodes are called, where they have a label, and all else that is said of them."""
    labels: dict[Node, str] = {}
    attributes: dict[str, dict[Node, Any]] = {}
    for node, about in graph.nodes(data=True):
        for name, value in about.items():
            if name not in _OWN:
                attributes.setdefault(str(name), {})[node] = value
        if label := about.get("label"):
            labels[node] = str(label)
    return labels, attributes


class _Entries(NamedTuple):
    """The ties of a graph, row by row; of an undirected one those of different nodes twice.

    Of a multigraph each parallel tie once.
    """

    nodes: list[Node]
    rows: Places
    columns: Places
    ties: list[dict[str, Any]]

    def ends(self, place: int) -> tuple[Node, Node]:
        """The two nodes of the tie at a place."""
        return self.nodes[self.rows[place]], self.nodes[self.columns[place]]


def _entries(graph: nx.Graph[Any]) -> _Entries:
    """Several times as fast as networkx does it, which goes edge by edge."""
    nodes = list(graph)
    place = {node: number for number, node in enumerate(nodes)}
    if graph.is_multigraph():
        edges = list(graph.edges(data=True))
        return _Entries(
            nodes,
            _places(place[source] for source, _, _ in edges),
            _places(place[target] for _, target, _ in edges),
            [tie for _, _, tie in edges],
        )
    beside = dict(graph.adjacency())
    rows = [beside[node] for node in nodes]
    return _Entries(
        nodes,
        np.repeat(np.arange(len(nodes)), np.array([len(row) for row in rows], np.intp)),
        _places(place[node] for row in rows for node in row),
        [tie for row in rows for tie in row.values()],
    )


def _places(numbers: Iterable[int]) -> Places:
    return np.fromiter(numbers, np.intp)


def _network(graph: nx.Graph[Any], entries: _Entries, weights: Floats, weighed: Weight) -> Network:
    rows, columns, n = entries.rows, entries.columns, len(entries.nodes)
    about: dict[str, Any] = {}
    if graph.is_multigraph():
        given = len(weights)
        rows, columns, weights = _folded(graph, rows, columns, weights, weighed)
        if parallel := given - len(weights):
            how = "the shortest counts" if weighed == "distance" else "their strengths add up"
            about["joined"] = {f"parallel ties, of which {how}": parallel}
        if not graph.is_directed():
            other = rows != columns
            rows, columns = np.r_[rows, columns[other]], np.r_[columns, rows[other]]
            weights = np.r_[weights, weights[other]]
        order = np.lexsort((columns, rows))
        rows, columns, weights = rows[order], columns[order], weights[order]
    pointers = np.r_[0, np.cumsum(np.bincount(rows, minlength=n))].astype(np.int32)
    matrix = sparse.csr_array((weights, columns.astype(np.int32), pointers), (n, n))
    matrix.sort_indices()
    labels, attributes = described(graph)
    return Network(
        entries.nodes,
        matrix,
        graph.is_directed(),
        weighed,
        _sides(graph, matrix, attributes),
        labels=labels,
        attributes=attributes,
        name=graph.name,
        about=about,
    )


def _folded(
    graph: nx.Graph[Any], rows: Places, columns: Places, weights: Floats, weighed: Weight
) -> tuple[Places, Places, Floats]:
    """Parallel ties as one: strengths added up, of distances the shortest."""
    if not graph.is_directed():
        rows, columns = np.minimum(rows, columns), np.maximum(rows, columns)
    order = np.lexsort((columns, rows))
    rows, columns, weights = rows[order], columns[order], weights[order]
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    starts = np.flatnonzero(new)
    fold = np.minimum if weighed == "distance" else np.add
    return rows[starts], columns[starts], fold.reduceat(weights, starts) if len(starts) else weights


def _before(entries: _Entries, drawn: Network) -> Callable[[Places], Floats]:
    """What ties weighed in the network that was drawn."""
    index = np.array([drawn.index.get(node, -1) for node in entries.nodes], np.intp)

    def weighed(places: Places) -> Floats:
        rows, columns = index[entries.rows[places]], index[entries.columns[places]]
        found = np.full(len(places), np.nan)
        known = (rows >= 0) & (columns >= 0)
        found[known] = np.ravel(drawn.matrix[rows[known], columns[known]])
        return found

    return weighed


def _sides(
    graph: nx.Graph[Any], matrix: sparse.csr_array, attributes: Attributes
) -> npt.NDArray[np.int8] | None:
    """The side of each node: as networkx notes it, or by two values of ``side``.

    None where a node has none or ties stay on one.
    """
    given: dict[Node, Any] = nx.get_node_attributes(graph, "bipartite")
    if not given and len(names := set(map(str, attributes.get("side", {}).values()))) == 2:
        place = {name: number for number, name in enumerate(sorted(names))}
        given = {node: place[str(name)] for node, name in attributes["side"].items()}
    if graph.is_directed() or len(given) < max(len(graph), 1) or set(given.values()) - {0, 1}:
        return None
    sides = np.array([given[node] for node in graph], np.int8)
    ends = np.repeat(sides, np.diff(matrix.indptr)), sides[matrix.indices]
    return None if np.any(ends[0] == ends[1]) else sides

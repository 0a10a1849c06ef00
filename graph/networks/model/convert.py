"""Converts a networkx or igraph graph, or a table of ties, to a network."""

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

_OWN = ("label", "bipartite")  # attributes for which a network has its own fields


def from_networkx(
    graph: nx.Graph[Any] | Network | Any,
    weight: str | None = None,
    *,
    weighed: Weight = "strength",
) -> Network:
    """Convert a networkx graph to a network, with the attributes of its nodes.

    ``weight`` names the attribute with the weight of a tie, 1 where it is missing. With None, that
    is ``strength`` or ``distance``, or else networkx's ``weight``, as a strength; with an empty
    name, all ties weigh 1. Strengths of parallel ties in a multigraph are added, of distances the
    shortest counts; ``about["joined"]`` is their number. If all nodes have a side, as ``bipartite``
    0 or 1 or as one of two values of ``side``, an undirected network is two-mode.

    An igraph graph is accepted, too, and a table of pandas, polars, pyarrow or MissionGraph with
    undirected ties between the columns ``source`` and ``target``. A network is returned unchanged.
    Raises :class:`QueryError` for anything else, for a weight that is not a number above 0, and
    for a strength and a weight that disagree.
    """
    if isinstance(graph, Network):
        return graph
    if weight is None and isinstance(own := getattr(graph, "network", None), Network):
        return own  # a graph that wraps a network: see missiongraph.networks.nx.graphs
    if not isinstance(graph, nx.Graph):
        graph = converted(graph)
    if weight is None:
        return read_understood(graph)
    return read_named(graph, weight, weighed) if weight else read(graph, None)


def read(graph: nx.Graph[Any], weight: str | None, weighed: Weight = "strength") -> Network:
    """Convert the present state of a graph, with the attribute ``weight`` as the weight of ties.

    As in networkx, ties without it weigh 1, and all do if ``weight`` is None. Raises
    :class:`TypeError` or :class:`ValueError` for a value that is not a number.
    """
    entries = _entries(graph)
    return _network(graph, entries, column(entries.ties, weight), weighed)


def read_named(graph: nx.Graph[Any], weight: str, weighed: Weight = "strength") -> Network:
    """Convert a graph by an attribute that must exist, unless there are no ties, and be above 0."""
    entries = _entries(graph)
    return _network(graph, entries, named(entries.ties, weight, entries.ends), weighed)


def read_understood(graph: nx.Graph[Any], drawn: Network | None = None) -> Network:
    """Convert a graph by whichever attributes give the weight, see :func:`.weights.understood`.

    For a graph of the network ``drawn``, attributes that were changed since then take precedence.
    """
    entries = _entries(graph)
    known = drawn.weighed if drawn else None
    before = _before(entries, drawn) if drawn else None
    return _network(graph, entries, *understood(entries.ties, entries.ends, known, before))


def described(
    graph: nx.Graph[Any],
) -> tuple[dict[Node, str], dict[str, dict[Node, Any]]]:  # Any: networkx's nodes and graphs
    """The labels of nodes that have one, and all their other attributes."""
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
    """The ties of a graph, row by row; undirected ties come in both directions, loops once.

    In a multigraph each parallel tie comes once.
    """

    nodes: list[Node]
    rows: Places
    columns: Places
    ties: list[dict[str, Any]]

    def ends(self, place: int) -> tuple[Node, Node]:
        """The two nodes of the tie with index ``place``."""
        return self.nodes[self.rows[place]], self.nodes[self.columns[place]]


def _entries(graph: nx.Graph[Any]) -> _Entries:
    """Read rows at once, which is several times as fast as networkx's loop over edges."""
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
        before = len(weights)
        rows, columns, weights = _folded(graph, rows, columns, weights, weighed)
        if parallel := before - len(weights):
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
    """Combine parallel ties: strengths are added, of distances the shortest counts."""
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
    """A function that looks up the weights of ties in the network ``drawn``."""
    index = np.array([drawn.index.get(node, -1) for node in entries.nodes], np.intp)

    def weighed(places: Places) -> Floats:
        rows, columns = index[entries.rows[places]], index[entries.columns[places]]
        weights = np.full(len(places), np.nan)
        known = (rows >= 0) & (columns >= 0)
        weights[known] = np.ravel(drawn.matrix[rows[known], columns[known]])
        return weights

    return weighed


def _sides(
    graph: nx.Graph[Any], matrix: sparse.csr_array, attributes: Attributes
) -> npt.NDArray[np.int8] | None:
    """The side of each node, by networkx's attribute ``bipartite`` or by two values of ``side``.

    None if a node has no side or a tie joins two nodes of one.
    """
    side: dict[Node, Any] = nx.get_node_attributes(graph, "bipartite")
    if not side and len(names := set(map(str, attributes.get("side", {}).values()))) == 2:
        place = {name: number for number, name in enumerate(sorted(names))}
        side = {node: place[str(name)] for node, name in attributes["side"].items()}
    if graph.is_directed() or len(side) < max(len(graph), 1) or set(side.values()) - {0, 1}:
        return None
    sides = np.array([side[node] for node in graph], np.int8)
    ends = np.repeat(sides, np.diff(matrix.indptr)), sides[matrix.indices]
    return None if np.any(ends[0] == ends[1]) else sides

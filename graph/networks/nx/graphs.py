"""Wraps networks as networkx graphs, whose dictionaries are built when they are first used.

Until then, ``nx.pagerank(graph)`` and others run on the arrays of the network (:mod:`.backend`).
Afterwards the dictionaries are authoritative, so that any change to them, by networkx or a caller,
counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.networks.model.convert import described, read, read_understood
from missiongraph.networks.model.network import Attributes, Network, Node, with_data
from missiongraph.networks.model.projection import shared
from missiongraph.networks.model.weights import SHARED, WEIGHT

if TYPE_CHECKING:
    Graph: TypeAlias = nx.Graph[Any]
    DiGraph: TypeAlias = nx.DiGraph[Any]
else:
    Graph, DiGraph = nx.Graph, nx.DiGraph

_STEPS = "missiongraph"  # our key in the cache that networkx clears when a graph changes


class _Later:
    """A dictionary of a graph that is built when it is first used.

    networkx stores it in the instance, behind a descriptor that only has a setter.
    """

    def __init__(self, setter: Any) -> None:
        self.setter = setter

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, graph: Any, owner: type | None = None) -> Any:
        if graph is None:
            return self
        if self.name not in graph.__dict__:
            graph._make(self.name)
        return graph.__dict__[self.name]

    def __set__(self, graph: Any, value: Any) -> None:
        self.setter.__set__(graph, value)


class ArrayGraph(Graph):
    """The base of both kinds of graph, with the network that they wrap."""

    __networkx_backend__ = "missiongraph"

    drawn: Network | None = None
    attribute: str | None = None
    """The attribute of ties with their weight; if it is a strength or distance, they also have
    ``weight``."""

    @property
    def network(self) -> Network:
        """The network of the graph in its present state, including changes to its dictionaries."""
        if self.untouched:
            assert self.drawn is not None
            return _named_anew(self, self.drawn) if "_node" in self.__dict__ else self.drawn
        drawn, attribute = self._origin
        if drawn is None:
            return read_understood(self)
        if attribute == drawn.weighed:
            return _as_drawn(read_understood(self, drawn), drawn)
        return _as_drawn(read(self, attribute, drawn.weighed), drawn)

    @property
    def untouched(self) -> bool:
        """Whether the dictionaries of ties have not been built, so ties cannot have changed."""
        return self.drawn is not None and "_adj" not in self.__dict__

    def copy(self, as_view: bool = False) -> Any:  # Any: networkx's nodes and graphs
        """A copy, or a view, as in networkx."""
        copied: Any = super().copy(as_view)
        if not as_view:
            copied.drawn, copied.attribute = self._origin
        return copied

    def number_of_edges(self, u: Any = None, v: Any = None) -> int:
        """The number of ties, or of those between ``u`` and ``v``."""
        if u is None and self.untouched and self.drawn is not None:
            return self.drawn.size
        return int(super().number_of_edges(u, v))

    def to_directed_class(self) -> Any:  # Any: networkx's nodes and graphs
        """The class of a directed copy."""
        return DirectedNetworkGraph

    def to_undirected_class(self) -> Any:  # Any: networkx's nodes and graphs
        """The class of an undirected copy."""
        return NetworkGraph

    @property
    def _origin(self) -> tuple[Network | None, str | None]:
        """The network and attribute of this graph, or of the graph that it is a view of."""
        graph = self if self.drawn is not None else getattr(self, "_graph", self)
        return (graph.drawn, graph.attribute) if isinstance(graph, ArrayGraph) else (None, None)

    def _make(self, name: str) -> None:
        assert self.drawn is not None
        if name == "_node":
            self._node = _about_nodes(self.drawn)
        else:
            self._make_ties(self.drawn)

    def _make_ties(self, drawn: Network) -> None:
        raise NotImplementedError


class NetworkGraph(ArrayGraph):
    """An undirected networkx graph over the arrays of a network."""

    _adj = _Later(vars(nx.Graph)["_adj"])
    _node = _Later(vars(nx.Graph)["_node"])

    def _make_ties(self, drawn: Network) -> None:
        columns = drawn.matrix.indices
        rows = np.repeat(np.arange(len(drawn)), np.diff(drawn.matrix.indptr))
        first, again = rows <= columns, np.flatnonzero(rows > columns)
        # Both entries of a pair share a dictionary: the second entries, sorted by column, are in
        # the order of the first ones.
        place = np.cumsum(first) - 1
        place[again[np.lexsort((rows[again], columns[again]))]] = place[rows < columns]
        ties = _ties(drawn.matrix.data[first], self.attribute, drawn)
        if self.attribute == drawn.weighed and (counts := shared(drawn)) is not None:
            for tie, number in zip(ties, _plain(counts[first]), strict=True):
                tie[SHARED] = number
        self._adj = _beside(drawn, drawn.matrix, [ties[number] for number in place.tolist()])


class DirectedNetworkGraph(ArrayGraph, DiGraph):
    """A directed networkx graph over the arrays of a network."""

    _adj = _Later(vars(nx.DiGraph)["_adj"])
    _succ = _Later(vars(nx.DiGraph)["_succ"])
    _pred = _Later(vars(nx.DiGraph)["_pred"])
    _node = _Later(vars(nx.Graph)["_node"])

    def _make_ties(self, drawn: Network) -> None:
        matrix = drawn.matrix
        ties = _ties(matrix.data, self.attribute, drawn)
        places = np.arange(len(ties)), matrix.indices, matrix.indptr
        back = sparse.csr_array(places, matrix.shape).T.tocsr()
        self._adj = _beside(drawn, matrix, ties)
        self._pred = _beside(drawn, back, [ties[number] for number in back.data.tolist()])


KINDS = NetworkGraph, DirectedNetworkGraph


def to_networkx(network: Network) -> NetworkGraph | DirectedNetworkGraph:
    """Wrap a network as a networkx graph, whose dictionaries are built when they are first used.

    Nodes have a ``label`` if it is known, and their ``attributes``; in a two-mode network also a
    ``side`` and networkx's ``bipartite``. Ties have a ``strength`` or a ``distance``, and their
    strength also as ``weight``, which networkx, igraph and Gephi use; in a projection also
    ``shared``, the number of nodes that both ends share.
    """
    return view(network)


def view(
    network: Network,
    attribute: str | None = "",
    kinds: tuple[type[NetworkGraph], type[DirectedNetworkGraph]] = KINDS,
) -> NetworkGraph | DirectedNetworkGraph:
    """Wrap ``network`` as a networkx graph, whose ties have their weight in ``attribute``.

    By default, that is ``strength`` or ``distance``; with None, ties have no attributes. The graph
    is of one of ``kinds``, undirected or directed.
    """
    graph = kinds[network.directed]()
    for name in ("_node", "_adj", "_succ", "_pred"):
        graph.__dict__.pop(name, None)
    if network.name:
        graph.graph["name"] = network.name
    graph.drawn = network
    graph.attribute = network.weighed if attribute == "" else attribute
    return graph


def own(graph: ArrayGraph) -> nx.Graph[Any]:  # Any: networkx's nodes and graphs
    """A graph of networkx's own class that shares the dictionaries, which are built if needed."""
    plain: Any = nx.DiGraph() if graph.is_directed() else nx.Graph()
    for name in ("graph", "_node", "_adj", "_pred", "__networkx_cache__"):
        if hasattr(graph, name):
            setattr(plain, name, getattr(graph, name))
    return cast("nx.Graph[Any]", plain)


def seen(graph: ArrayGraph, attribute: str | None) -> Network:
    """The network for a function of networkx that reads the weight of ties from ``attribute``.

    Ties without it weigh 1, and all do if it is None. Callers can change values without notice, so
    once the dictionaries are built, they are read each time.
    """
    drawn = graph.drawn if graph.untouched else None
    if drawn is not None and attribute == WEIGHT != graph.attribute == drawn.weighed:
        return replace(drawn, matrix=drawn.strengths, weighed="strength")
    if drawn is not None and attribute == SHARED and graph.attribute == drawn.weighed:
        counts = shared(drawn)
        if counts is not None:
            return replace(drawn, matrix=with_data(drawn.matrix, counts), weighed="strength")
    if attribute is None or (drawn is not None and attribute != graph.attribute):
        return _steps(graph)
    return read(graph, attribute) if drawn is None else replace(drawn, weighed="strength")


def _steps(graph: ArrayGraph) -> Network:
    """The network in which every tie weighs 1, cached until networkx clears the graph's cache."""
    is_view = "_graph" in graph.__dict__  # a change of its graph does not clear its cache
    cache: dict[str, Any] | None = None if is_view else graph.__networkx_cache__
    if cache is not None and _STEPS in cache:
        known: Network = cache[_STEPS]
        return known
    network = graph.network
    unweighted = replace(network, matrix=network.pattern, weighed="strength")
    if cache is not None:
        cache[_STEPS] = unweighted
    return unweighted


def _as_drawn(network: Network, drawn: Network) -> Network:
    """A network read from a graph, with what only the original network ``drawn`` knows."""
    if network.directed != drawn.directed or any(node not in drawn.index for node in network.nodes):
        return network
    part = drawn.part([drawn.index[node] for node in network.nodes])
    same = all(
        np.array_equal(getattr(part.matrix, name), getattr(network.matrix, name))
        for name in ("indptr", "indices")
    )
    known = replace(
        part,
        matrix=network.matrix,
        labels=network.labels,
        attributes=network.attributes,
        name=network.name,
    )
    return known if same else replace(network, side=part.side)


def _named_anew(graph: ArrayGraph, drawn: Network) -> Network:
    """The original network, with the present attributes of its nodes."""
    labels, attributes = described(graph)
    if drawn.side is not None and "side" not in drawn.attributes:
        attributes.pop("side", None)
    if labels == drawn.labels and attributes == _of(drawn.attributes, drawn.nodes):
        return drawn
    return replace(drawn, labels=labels, attributes=attributes)


def _of(attributes: Attributes, nodes: Sequence[Node]) -> dict[str, dict[Node, Any]]:
    """The attributes of these nodes."""
    known = {name: {n: of[n] for n in nodes if n in of} for name, of in attributes.items()}
    return {name: of for name, of in known.items() if of}


def _about_nodes(drawn: Network) -> dict[Node, dict[str, Any]]:
    """A dictionary for each node: its label and attributes, and its side in a two-mode network."""
    about: dict[Node, dict[str, Any]] = {node: {} for node in drawn.nodes}
    for name, of in {"label": drawn.labels, **drawn.attributes}.items():
        for node in drawn.nodes:
            if node in of:
                about[node][name] = of[node]
    if drawn.side is not None:
        for node, side, name in zip(drawn.nodes, drawn.side.tolist(), drawn.sides, strict=True):
            about[node] |= {"side": name, "bipartite": side}
    return about


def _ties(weights: Any, attribute: str | None, drawn: Network) -> list[dict[str, float]]:
    """A dictionary for each tie, with ``weight`` if ``attribute`` is the strength or distance.

    Weights are integers if all of them are whole.
    """
    if attribute is None:
        return [{} for _ in range(len(weights))]
    values = _plain(weights)
    if attribute != drawn.weighed:
        return [{attribute: value} for value in values]
    strengths = values if drawn.weighed == "strength" else _plain(1 / weights)
    pairs = zip(values, strengths, strict=True)
    return [{attribute: value, WEIGHT: strength} for value, strength in pairs]


def _plain(weights: Any) -> list[float]:
    whole = np.all((weights == np.rint(weights)) & (np.abs(weights) < 2**53))
    values: list[float] = (weights.astype(np.int64) if whole else weights).tolist()
    return values


def _beside(
    drawn: Network, matrix: sparse.csr_array, ties: list[dict[str, float]]
) -> dict[Node, dict[Node, dict[str, float]]]:
    """The adjacency dictionary, with one of ``ties`` for each entry of ``matrix``."""
    nodes = list(drawn.nodes)
    others = [nodes[place] for place in matrix.indices.tolist()]
    ends = matrix.indptr.tolist()
    return {
        node: dict(zip(others[start:end], ties[start:end], strict=True))
        for node, start, end in zip(nodes, ends[:-1], ends[1:], strict=True)
    }

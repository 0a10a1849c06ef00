"""The networkx backend: runs ``nx.pagerank(graph)`` and others on our arrays.

networkx calls :data:`BackendInterface` when a function gets a graph of ours, or any other graph if
``backend="missiongraph"`` or ``nx.config.backend_priority`` selects this backend. Functions in
:data:`~missiongraph.networks.nx.dispatch.SERVED` are computed on the sparse matrix. All others, and
those that fail, run in networkx itself on the graph's dictionaries, so that errors are networkx's
own. Graphs of other kinds are converted only for functions in ``SERVED``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import Any

import networkx as nx
import numpy as np
from networkx.utils import backends

from missiongraph.errors import MissionGraphError
from missiongraph.networks.model.convert import read
from missiongraph.networks.model.network import Network

from .dispatch import SERVED, get_info
from .graphs import ArrayGraph, own, seen, view

__all__ = ["BackendInterface", "get_info"]

Given = dict[str, Any]

_functions: Mapping[str, Any] = vars(backends)["_registered_algorithms"]
"""All functions that networkx dispatches, by name. This is private in networkx, but the only way
to its own implementations."""


class _Backend:
    """Has an attribute for every function that networkx dispatches."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in _functions:
            raise AttributeError(name)
        return partial(_run, name)

    def can_run(self, name: str, args: tuple[Any, ...], kwargs: Given) -> bool:
        """Whether a graph is ours, or we compute the function with these arguments."""
        if any(_is_ours(value) for value in (*args, *kwargs.values())):
            return True
        if name not in SERVED:
            return False
        graph, arguments = _bound(name, args, kwargs)
        return not graph.is_multigraph() and _parameters(name, graph, arguments) is not None

    def should_run(self, name: str, args: tuple[Any, ...], kwargs: Given) -> bool:
        """Whether the function is faster even with the conversion of a graph."""
        return name in SERVED and not SERVED[name].cheap

    def convert_from_nx(
        self, graph: nx.Graph[Any], *, edge_attrs: Mapping[str, Any] | None = None, **_: Any
    ) -> ArrayGraph:
        """Convert a graph, with the one attribute of ties that the function needs."""
        if isinstance(graph, ArrayGraph):
            return graph
        attribute = next(iter(edge_attrs or {}), None)
        try:
            return view(read(graph, attribute), attribute)
        except (TypeError, ValueError):
            message = f"some tie has a '{attribute}' that is not a number"
            raise NotImplementedError(message) from None

    def convert_to_nx(self, result: Any, **_: Any) -> Any:
        """Copy a graph of ours to one of networkx's own; other results are returned unchanged.

        A copy, as networkx caches it and would not notify us of changes.
        """
        if not isinstance(result, ArrayGraph):
            return result
        return nx.DiGraph(result) if result.is_directed() else nx.Graph(result)


BackendInterface = _Backend()


def _is_ours(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(isinstance(each, ArrayGraph) for each in value)
    return isinstance(value, ArrayGraph)


def _run(name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Run the function ``name`` on our arrays if possible, or else in networkx itself."""
    if name in SERVED:
        graph, arguments = _bound(name, args, kwargs)
        parameters = _parameters(name, graph, arguments)
        if parameters is not None and isinstance(graph, ArrayGraph):
            served = SERVED[name]
            try:
                attribute = arguments.get(served.weight, served.weight) or None
                network = _sound(seen(graph, attribute))
                result = _kernel(name)(network, **parameters)
                return _GIVES[served.gives](network, result)
            except (MissionGraphError, TypeError, ValueError):
                pass
    function = _functions[name]
    if not function.mutates_input:
        args, kwargs = tuple(map(_own, args)), {key: _own(kwargs[key]) for key in kwargs}
    return function.orig_func(*args, **kwargs)


def _sound(network: Network) -> Network:
    """The network if all weights are numbers above 0; networkx itself handles others."""
    if not np.all((network.matrix.data > 0) & np.isfinite(network.matrix.data)):
        raise ValueError("some tie has a weight that is not a number above 0")
    return network


def _own(value: Any) -> Any:
    """The arguments for networkx, with its own graphs over the same dictionaries for ours.

    It may combine them with graphs that it creates, and does not accept different kinds.
    """
    if isinstance(value, list | tuple) and _is_ours(value):
        return type(value)(map(_own, value))
    return own(value) if isinstance(value, ArrayGraph) else value


_MEASURES = "missiongraph.networks.measures"


@cache
def _signature(name: str) -> inspect.Signature:
    return inspect.signature(_functions[name].orig_func)


def _bound(name: str, args: tuple[Any, ...], kwargs: Given) -> tuple[Any, Given]:
    """The graph, and the other arguments by networkx's names for them."""
    bound = _signature(name).bind(*args, **kwargs)
    bound.apply_defaults()
    arguments = dict(bound.arguments)
    return arguments.pop("G"), arguments


def _parameters(name: str, graph: nx.Graph[Any], arguments: Given) -> Given | None:
    """The arguments for our function; None if it does not support this call."""
    served = SERVED[name]
    if not graph.number_of_edges() or (served.undirected and graph.is_directed()):
        return None
    defaults = _signature(name).parameters
    for parameter, value in arguments.items():
        other = parameter not in served.takes and parameter not in (*served.idle, served.weight)
        if other and value is not defaults[parameter].default:
            return None
    if _kernel(name) is None or (served.simple and _loops(graph)):
        return None
    return {ours: arguments[theirs] for theirs, ours in served.takes.items()}


def _loops(graph: nx.Graph[Any]) -> int:
    if isinstance(graph, ArrayGraph) and graph.untouched and graph.drawn is not None:
        return graph.drawn.loops
    return sum(1 for node, beside in graph.adjacency() if node in beside)


@cache
def _kernel(name: str) -> Any:
    """Our function; None if it is missing."""
    served = SERVED[name]
    try:
        return getattr(import_module(f"{_MEASURES}.{served.module}"), served.function)
    except (ImportError, AttributeError):
        return None


def _scores(network: Network, values: Any) -> dict[Any, Any]:
    return dict(zip(network.nodes, values.tolist(), strict=True))


def _sets(network: Network, numbers: Any) -> Any:
    """The nodes with each number as sets, in the order of their first nodes."""
    sets: dict[int, set[Any]] = {}
    for node, number in zip(network.nodes, numbers.tolist(), strict=True):
        sets.setdefault(number, set()).add(node)
    return iter(sets.values())


_GIVES: Mapping[str, Callable[[Network, Any], Any]] = {
    "scores": _scores,
    "counts": lambda network, counts: _scores(network, np.asarray(counts).astype(np.int64)),
    "two": lambda network, both: tuple(_scores(network, scores) for scores in both),
    "ties": lambda network, values: {
        (network.nodes[source], network.nodes[target]): value
        for source, target, value in zip(*network.ends, values.tolist(), strict=True)
    },
    "sets": _sets,
    "number": lambda network, numbers: len(np.unique(numbers)),
    "nodes": lambda network, places: (network.nodes[place] for place in places),
    "pairs": lambda network, pairs: ((network.nodes[a], network.nodes[b]) for a, b in pairs),
}
"""Converts each form of result to the type that networkx returns."""

"""The networkx backend: ``nx.pagerank(graph)`` and others run on our arrays, unchanged.

networkx asks :data:`BackendInterface` whenever a function is given a graph of ours, or one of
another kind if ``backend="missiongraph"`` or ``nx.config.backend_priority`` say so. What
:data:`~missiongraph.networks.nx.dispatch.SERVED` lists is computed on the sparse matrix; everything
else, and whatever does not go well, networkx does itself with the graph's dictionaries, and so says
in its own words what is wrong. Graphs of other kinds are converted for what is served only.
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
"""All that networkx dispatches, by name; private, and the one way to what it would run itself."""


class _Backend:
    """Answers to the name of every function that networkx dispatches."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in _functions:
            raise AttributeError(name)
        return partial(_answer, name)

    def can_run(self, name: str, args: tuple[Any, ...], kwargs: Given) -> bool:
        """Whether a graph is ours, or we serve the function with these arguments."""
        if any(_is_ours(value) for value in (*args, *kwargs.values())):
            return True
        if name not in SERVED:
            return False
        graph, given = _bound(name, args, kwargs)
        return not graph.is_multigraph() and _parameters(name, graph, given) is not None

    def should_run(self, name: str, args: tuple[Any, ...], kwargs: Given) -> bool:
        """Whether converting a graph pays."""
        return name in SERVED and not SERVED[name].cheap

    def convert_from_nx(
        self, graph: nx.Graph[Any], *, edge_attrs: Mapping[str, Any] | None = None, **_: Any
    ) -> ArrayGraph:
        """A graph of ours with the one attribute of ties that a function that we serve needs."""
        if isinstance(graph, ArrayGraph):
            return graph
        attribute = next(iter(edge_attrs or {}), None)
        try:
            return view(read(graph, attribute), attribute)
        except (TypeError, ValueError):
            raise NotImplementedError(f"some tie has a '{attribute}' that is no number") from None

    def convert_to_nx(self, result: Any, **_: Any) -> Any:
        """A copy of a graph of ours as one of networkx's own; other answers as they are.

        A copy, for networkx keeps it, and would not tell us of its changes.
        """
        if not isinstance(result, ArrayGraph):
            return result
        return nx.DiGraph(result) if result.is_directed() else nx.Graph(result)


BackendInterface = _Backend()


def _is_ours(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(isinstance(each, ArrayGraph) for each in value)
    return isinstance(value, ArrayGraph)


def _answer(name: str, /, *args: Any, **kwargs: Any) -> Any:
    """What ``name`` answers, served by us or else by networkx itself."""
    if name in SERVED:
        graph, given = _bound(name, args, kwargs)
        parameters = _parameters(name, graph, given)
        if parameters is not None and isinstance(graph, ArrayGraph):
            served = SERVED[name]
            try:
                network = _sound(seen(graph, given.get(served.weight, served.weight) or None))
                found = _kernel(name)(network, **parameters)
                return _GIVES[served.gives](network, found)
            except (MissionGraphError, TypeError, ValueError):
                pass
    function = _functions[name]
    if not function.mutates_input:
        args, kwargs = tuple(map(_own, args)), {key: _own(kwargs[key]) for key in kwargs}
    return function.orig_func(*args, **kwargs)


def _sound(network: Network) -> Network:
    """The same, if all weights are numbers above 0; what others mean, networkx decides."""
    if not np.all((network.matrix.data > 0) & np.isfinite(network.matrix.data)):
        raise ValueError("some tie has a weight that is not a number above 0")
    return network


def _own(value: Any) -> Any:
    """What networkx works on: its own graphs instead of ours, over the same dictionaries.

    It may pass them on together with graphs that it makes, and takes no mixture of kinds.
    """
    if isinstance(value, list | tuple) and _is_ours(value):
        return type(value)(map(_own, value))
    return own(value) if isinstance(value, ArrayGraph) else value


_MEASURES = "missiongraph.networks.measures"


@cache
def _signature(name: str) -> inspect.Signature:
    return inspect.signature(_functions[name].orig_func)


def _bound(name: str, args: tuple[Any, ...], kwargs: Given) -> tuple[Any, Given]:
    """The graph and the parameters, each by networkx's name for it."""
    bound = _signature(name).bind(*args, **kwargs)
    bound.apply_defaults()
    given = dict(bound.arguments)
    return given.pop("G"), given


def _parameters(name: str, graph: nx.Graph[Any], given: Given) -> Given | None:
    """What our function is given; None if it cannot serve this."""
    served = SERVED[name]
    if not graph.number_of_edges() or (served.undirected and graph.is_directed()):
        return None
    defaults = _signature(name).parameters
    for parameter, value in given.items():
        other = parameter not in served.takes and parameter not in (*served.idle, served.weight)
        if other and value is not defaults[parameter].default:
            return None
    if _kernel(name) is None or (served.simple and _loops(graph)):
        return None
    return {ours: given[theirs] for theirs, ours in served.takes.items()}


def _loops(graph: nx.Graph[Any]) -> int:
    if isinstance(graph, ArrayGraph) and graph.untouched and graph.drawn is not None:
        return graph.drawn.loops
    return sum(1 for node, beside in graph.adjacency() if node in beside)


@cache
def _kernel(name: str) -> Any:
    """The function that serves; None where it is not there."""
    served = SERVED[name]
    try:
        return getattr(import_module(f"{_MEASURES}.{served.module}"), served.function)
    except (ImportError, AttributeError):
        return None


def _scores(network: Network, found: Any) -> dict[Any, Any]:
    return dict(zip(network.nodes, found.tolist(), strict=True))


def _sets(network: Network, found: Any) -> Any:
    """The nodes of each number, in the order of the first ones."""
    sets: dict[int, set[Any]] = {}
    for node, number in zip(network.nodes, found.tolist(), strict=True):
        sets.setdefault(number, set()).add(node)
    return iter(sets.values())


_GIVES: Mapping[str, Callable[[Network, Any], Any]] = {
    "scores": _scores,
    "counts": lambda network, found: _scores(network, np.asarray(found).astype(np.int64)),
    "two": lambda network, found: tuple(_scores(network, scores) for scores in found),
    "ties": lambda network, found: {
        (network.nodes[source], network.nodes[target]): value
        for source, target, value in zip(*network.ends, found.tolist(), strict=True)
    },
    "sets": _sets,
    "number": lambda network, found: len(np.unique(found)),
    "nodes": lambda network, found: (network.nodes[place] for place in found),
    "pairs": lambda network, found: ((network.nodes[a], network.nodes[b]) for a, b in found),
}
"""How each form of answer is given, as networkx gives it."""

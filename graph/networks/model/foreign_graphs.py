"""Converts igraph graphs and tables of ties to networkx graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx

from missiongraph.errors import QueryError

from .weights import WEIGHT

_ENDS = ("source", "target")
_WEIGHTS = ("strength", "distance", WEIGHT)


def converted(graph: Any) -> nx.Graph[Any]:  # Any: networkx's nodes and graphs
    """A networkx multigraph from an igraph graph or a table with ``source`` and ``target``.

    Nodes of igraph are named by their ``name`` or else numbered, and a boolean ``type`` gives their
    side. A table may be from pandas, polars, pyarrow or MissionGraph. Raises :class:`QueryError`
    for anything else.
    """
    if type(graph).__module__.partition(".")[0] == "igraph" and hasattr(graph, "es"):
        return _from_igraph(graph)
    if columns := _columns(graph):
        return _from_table(graph, columns)
    raise QueryError(
        f"a {type(graph).__name__} cannot be converted to a network; give a network, a graph of "
        "networkx or igraph, or a table with the columns source and target; to use a network by "
        "its name, load it first: graph.network('funding')"
    )


def _from_igraph(graph: Any) -> nx.Graph[Any]:
    result: nx.Graph[Any] = nx.MultiDiGraph() if graph.is_directed() else nx.MultiGraph()
    known = set(graph.vs.attributes())
    names = list(graph.vs["name"]) if "name" in known else list(range(graph.vcount()))
    if len(set(names)) < len(names):
        raise QueryError("two nodes of the igraph graph have the same name; give each its own")
    sides = {"bipartite": list(map(int, graph.vs["type"]))} if _has_sides(graph) else {}
    others = {name: graph.vs[name] for name in known - {"name", *sides.keys()}}
    if sides:
        others.pop("type")
    for place, node in enumerate(names):
        about = {name: values[place] for name, values in (others | sides).items()}
        result.add_node(node, **{name: value for name, value in about.items() if value is not None})
    for edge in graph.es:
        source, target = edge.tuple
        result.add_edge(names[source], names[target], **edge.attributes())
    return result


def _has_sides(graph: Any) -> bool:
    known = "type" in graph.vs.attributes()
    return known and all(isinstance(value, bool) for value in graph.vs["type"])


def _columns(table: Any) -> list[str]:
    """The names of the columns of a table; empty for anything else."""
    names = getattr(table, "column_names", None) or getattr(table, "columns", None)
    return [] if names is None or callable(names) else list(map(str, names))


def _from_table(table: Any, columns: Sequence[str]) -> nx.Graph[Any]:
    if lost := [name for name in _ENDS if name not in columns]:
        raise QueryError(
            f"the table has no column {lost[0]}; a table of ties has source, target and, if ties "
            f"have a weight, one of {', '.join(_WEIGHTS)}; this one has {', '.join(columns)}"
        )
    weights = [name for name in _WEIGHTS if name in columns]
    names = [*_ENDS, *weights]
    graph: nx.Graph[Any] = nx.MultiGraph()
    for row, (source, target, *values) in enumerate(zip(*_values(table, names), strict=True)):
        for name, node in zip(_ENDS, (source, target), strict=True):
            if node is None or node != node:
                raise QueryError(f"row {row} of the table has no {name}; leave such rows out")
        graph.add_edge(source, target, **dict(zip(weights, values, strict=True)))
    return graph


def _values(table: Any, names: Sequence[str]) -> list[list[Any]]:
    """The values of the columns with these names, for any kind of table."""
    if hasattr(table, "rows") and not callable(table.rows):  # our own tables store rows
        places = [list(table.columns).index(name) for name in names]
        return [[row[place] for row in table.rows] for place in places]
    return [list(_plain(table[name])) for name in names]


def _plain(column: Any) -> Any:
    """A column as values of Python, if it can convert them."""
    for name in ("tolist", "to_list", "to_pylist"):
        if hasattr(column, name):
            return getattr(column, name)()
    return column

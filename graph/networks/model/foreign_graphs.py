"""Conversion: graphs of igraph and tables of ties as networkx graphs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx

from missiongraph.errors import QueryError

from .weights import WEIGHT

_ENDS = ("source", "target")
_WEIGHTS = ("strength", "distance", WEIGHT)


def converted(given: Any) -> nx.Graph[Any]:
    """A networkx multigraph of an igraph graph, or of a table with ``source`` and ``target``.

    Nodes of igraph are named by their ``name``, or else numbered, and their ``type`` is their
    side. A table may be one of pandas, polars, pyarrow or MissionGraph. Raises
    :class:`QueryError` for what is neither, saying what is.
    """
    if type(given).__module__.partition(".")[0] == "igraph" and hasattr(given, "es"):
        return _from_igraph(given)
    if columns := _columns(given):
        return _from_table(given, columns)
    raise QueryError(
        f"no network is made of a {type(given).__name__}; give a network, a graph of networkx or "
        "igraph, or a table with the columns source and target; what is called by a name is drawn "
        "first: graph.network('funding')"
    )


def _from_igraph(given: Any) -> nx.Graph[Any]:
    made: nx.Graph[Any] = nx.MultiDiGraph() if given.is_directed() else nx.MultiGraph()
    known = set(given.vs.attributes())
    names = list(given.vs["name"]) if "name" in known else list(range(given.vcount()))
    if len(set(names)) < len(names):
        raise QueryError("two nodes of the igraph graph have the same name; give each its own")
    sides = {"bipartite": list(map(int, given.vs["type"]))} if _has_sides(given) else {}
    others = {name: given.vs[name] for name in known - {"name", *sides.keys()}}
    if sides:
        others.pop("type")
    for place, node in enumerate(names):
        about = {name: values[place] for name, values in (others | sides).items()}
        made.add_node(node, **{name: value for name, value in about.items() if value is not None})
    for edge in given.es:
        source, target = edge.tuple
        made.add_edge(names[source], names[target], **edge.attributes())
    return made


def _has_sides(given: Any) -> bool:
    known = "type" in given.vs.attributes()
    return known and all(isinstance(value, bool) for value in given.vs["type"])


def _columns(given: Any) -> list[str]:
    """The names of the columns of a table; none of what is no table."""
    found = getattr(given, "column_names", None) or getattr(given, "columns", None)
    return [] if found is None or callable(found) else list(map(str, found))


def _from_table(given: Any, columns: Sequence[str]) -> nx.Graph[Any]:
    if lost := [name for name in _ENDS if name not in columns]:
        raise QueryError(
            f"the table has no column {lost[0]}; those of a table of ties are source, target and, "
            f"if ties have a weight, one of {', '.join(_WEIGHTS)}; it has {', '.join(columns)}"
        )
    weights = [name for name in _WEIGHTS if name in columns]
    names = [*_ENDS, *weights]
    made: nx.Graph[Any] = nx.MultiGraph()
    for row, (source, target, *values) in enumerate(zip(*_values(given, names), strict=True)):
        for name, node in zip(_ENDS, (source, target), strict=True):
            if node is None or node != node:
                raise QueryError(f"row {row} of the table has no {name}; leave such rows out")
        made.add_edge(source, target, **dict(zip(weights, values, strict=True)))
    return made


def _values(given: Any, names: Sequence[str]) -> list[list[Any]]:
    """The columns of these names, of whichever kind of table."""
    if hasattr(given, "rows") and not callable(given.rows):  # a table of ours is rows of its own
        places = [list(given.columns).index(name) for name in names]
        return [[row[place] for row in given.rows] for place in places]
    return [list(_plain(given[name])) for name in names]


def _plain(column: Any) -> Any:
    """A column as Python's own values, where it can tell them."""
    for name in ("tolist", "to_list", "to_pylist"):
        if hasattr(column, name):
            return getattr(column, name)()
    return column

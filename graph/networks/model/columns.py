"""Turns a network into two tables, of its nodes and its ties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError

from .network import Network
from .projection import shared
from .weights import SHARED, WEIGHT

if TYPE_CHECKING:
    import polars as pl

Attributes = Mapping[str, Sequence[Any] | npt.NDArray[Any]]
"""Columns of node attributes, in the order of the network's nodes."""

Columns = dict[str, list[Any]]
"""A table: values by the name of their column."""


def nodes(network: Network, attributes: Attributes | None = None) -> Columns:
    """The table of nodes: ``node``, ``label``, ``side`` in a two-mode network, ``attributes``.

    Raises :class:`QueryError` if two nodes are the same as text, or if an attribute does not have
    one value for each node.
    """
    names = [str(node) for node in network.nodes]
    if len(set(names)) < len(names):
        raise QueryError("two nodes have the same name as text; give them different names")
    table: Columns = {"node": names, "label": [network.label(node) for node in network.nodes]}
    if network.side is not None:
        table["side"] = list(network.sides)
    for name, values in (attributes or {}).items():
        table[name] = _column(values)
        if len(table[name]) != len(names):
            raise QueryError(f"{name}: {len(table[name])} values for {len(names)} nodes")
    return table


def _column(values: Sequence[Any] | npt.NDArray[Any]) -> list[Any]:
    if getattr(getattr(values, "dtype", None), "kind", "") == "M":  # numpy converts some to numbers
        values = np.asarray(values).astype("datetime64[us]")
    return [_plain(value) for value in list(values)]


def held(network: Network) -> Columns:
    """The attributes of nodes other than label and side, with None for missing values."""
    columns = {
        name: [of.get(node) for node in network.nodes]
        for name, of in network.attributes.items()
        if name != "side" or network.side is None
    }
    return {name: values for name, values in columns.items() if any(v is not None for v in values)}


def is_present(value: object) -> bool:
    """Whether a value is neither None nor NaN."""
    return value is not None and value == value


def _plain(value: Any) -> Any:
    """A value in a type that every format supports: numbers as int or float, missing as None."""
    if value is None or isinstance(value, str | float | bool):
        return float(value) if isinstance(value, np.floating) else value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral) and -(2**63) <= int(value) < 2**63:
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    known = isinstance(value, date | Decimal)
    return value if known else None if type(value).__name__ == "NAType" else str(value)


def ties(network: Network) -> Iterator[tuple[int, int, float]]:
    """Each tie as the indices of its nodes and its weight; undirected ties come once."""
    return zip(*(array.tolist() for array in _arrays(network)), strict=True)


def counts(network: Network) -> list[int] | None:
    """How many nodes the ends of each tie share, in the order of :func:`ties`.

    None for a network that is no projection.
    """
    numbers = shared(network)
    if numbers is None:
        return None
    whole: list[int] = numbers[_once(network)].astype(np.int64).tolist()
    return whole


def strength(network: Network, weight: float) -> float:
    """A weight as a strength, which files call ``weight``; the inverse of a distance."""
    return weight if network.weighed == "strength" else 1 / weight


def sides(network: Network) -> Sequence[str | None]:
    """The kind of each node of a two-mode network; None for each node of any other."""
    return network.sides or [None] * len(network)


def question(network: Network) -> str:
    """The question that the network answers, or else its name."""
    return (network.definition.question if network.definition else "") or network.name or "Network"


def node_frame(table: Columns) -> pl.DataFrame:
    """A table of nodes as a polars frame."""
    import polars as pl  # starts threads, which a process must not have when it forks

    return pl.DataFrame(table, strict=False)


def tie_frame(network: Network) -> pl.DataFrame:
    """The ties as a polars table: ``source``, ``target``, ``strength`` or ``distance``, ``weight``.

    ``weight`` is the strength, under the name that other programs read. A projection also has
    ``shared``, see :func:`counts`.
    """
    import polars as pl

    row, column, weight = _arrays(network)
    names = pl.Series("node", [str(node) for node in network.nodes], dtype=pl.String)
    table = {
        "source": names.gather(row),
        "target": names.gather(column),
        network.weighed: weight,
        WEIGHT: weight if network.weighed == "strength" else 1 / weight,
    }
    many = counts(network)
    return pl.DataFrame(table if many is None else table | {SHARED: many})


def _arrays(network: Network) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    coo, kept = network.matrix.tocoo(), _once(network)
    return coo.row[kept], coo.col[kept], coo.data[kept]


def _once(network: Network) -> npt.NDArray[np.bool_]:
    """A mask of the entries of the matrix in which an undirected tie comes once."""
    coo = network.matrix.tocoo()
    mask: npt.NDArray[np.bool_] = (coo.row <= coo.col) | network.directed
    return mask

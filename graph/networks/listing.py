"""Listing: a network as two tables, its nodes and its ties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import QueryError
from .network import Network

if TYPE_CHECKING:
    import polars as pl

Attributes = Mapping[str, Sequence[Any] | npt.NDArray[Any]]
"""Columns about nodes: a value to each, in the order of the network's nodes."""

Columns = dict[str, list[Any]]
"""A table by the names of its columns."""


def nodes(network: Network, attributes: Attributes | None = None) -> Columns:
    """The nodes: ``node``, ``label``, in two modes ``side``, then ``attributes``.

    Raises :class:`QueryError` where two nodes are the same as text, or an attribute has not one
    value to each node.
    """
    names = [str(node) for node in network.nodes]
    if len(set(names)) < len(names):
        raise QueryError("two nodes have the same name as text; give them names that differ")
    table: Columns = {"node": names, "label": [network.label(node) for node in network.nodes]}
    if network.side is not None:
        table["side"] = sides(network)
    for name, values in (attributes or {}).items():
        table[name] = np.asarray(values, dtype=object).tolist()
        if len(table[name]) != len(names):
            raise QueryError(f"{name}: {len(table[name])} values for {len(names)} nodes")
    return table


def there(value: object) -> bool:
    """Whether a value is there: neither None nor a number that is none."""
    return value is not None and value == value


def ties(network: Network) -> Iterator[tuple[int, int, float]]:
    """Each tie as the places of its two nodes and its weight, in order; of a pair one."""
    return zip(*(array.tolist() for array in _arrays(network)), strict=True)


def sides(network: Network) -> Sequence[str | None]:
    """What the nodes of a two-mode network are; None for those of others."""
    return network.sides or [None] * len(network)


def question(network: Network) -> str:
    """What the network answers, or else its name."""
    return (network.definition.question if network.definition else "") or network.name or "Network"


def node_frame(table: Columns) -> pl.DataFrame:
    """The nodes as a polars table."""
    import polars as pl  # starts threads, and a process that forks should have none

    return pl.DataFrame(table, strict=False)


def tie_frame(network: Network) -> pl.DataFrame:
    """The ties as a polars table: ``source``, ``target`` and ``strength`` or ``distance``."""
    import polars as pl

    row, column, weight = _arrays(network)
    names = pl.Series("node", [str(node) for node in network.nodes], dtype=pl.String)
    return pl.DataFrame(
        {"source": names.gather(row), "target": names.gather(column), network.weighed: weight}
    )


def _arrays(network: Network) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    coo = network.matrix.tocoo()
    kept = np.full(coo.nnz, True) if network.directed else coo.row <= coo.col
    return coo.row[kept], coo.col[kept], coo.data[kept]

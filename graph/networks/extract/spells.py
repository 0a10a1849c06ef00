"""Computes spells: the periods in which two nodes are tied, as far as statements are dated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from missiongraph.networks.model.columns import ties as pairs
from missiongraph.networks.model.network import Network, Node

from .ties import Ties

if TYPE_CHECKING:
    import polars as pl

Spells = Mapping[tuple[Node, Node], Sequence[tuple[int, int]]]
"""First and last days of each spell, counted from 1970-01-01, by the two nodes."""


def spells(ties: Ties, network: Network) -> Spells | None:
    """The spells of the ties of ``network``; None if no statement is dated.

    ``ties`` are those that it was built from. Undated statements have no spell, and none lasts
    beyond the days of which anything is known (:attr:`Ties.last`). Adjacent and overlapping spells
    are merged. In a projection, a spell is a time in which both nodes are tied to the same third,
    so a tie between people who were there one after the other has an empty list; a tie that rests
    on undated statements alone is not in the result.
    """
    if layers := network.about.get("layers"):
        ties = ties.where(ties.of_layer(*layers))
    if ties.undated == len(ties):
        return None
    kind = network.definition.kind if network.definition else ""
    frame = _statements(ties)
    if kind.startswith("projection"):
        frame = _together(frame, *("target", "source")[:: 1 if kind.endswith("sources") else -1])
    elif not network.directed:
        frame = _in_order(frame)
    rows = frame.unique().sort("source", "target", "start", "end").iter_rows()
    names = ties.nodes
    tied = {(network.nodes[row], network.nodes[column]) for row, column, _ in pairs(network)}
    return {
        pair: list(_merged(row[2:] for row in days if row[2] <= row[3]))
        for (source, target), days in groupby(rows, key=itemgetter(0, 1))
        if (pair := (names[source], names[target])) in tied
    }


def _statements(ties: Ties) -> pl.DataFrame:
    """The dated statements with both ends as rows of source, target, start and end."""
    import polars as pl  # starts threads, which a process must not have when it forks

    columns = {name: getattr(ties, name) for name in ("source", "target", "start")}
    tied = (pl.col("target") >= 0) & (pl.col("source") != pl.col("target"))
    return pl.DataFrame({**columns, "end": ties.last}).filter(tied & pl.Series(ties.dated))


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the smaller of both nodes as the source."""
    import polars as pl

    ends = ("source", "target")
    return frame.with_columns(
        pl.min_horizontal(ends).alias("source"), pl.max_horizontal(ends).alias("target")
    )


def _together(frame: pl.DataFrame, shared: str, member: str) -> pl.DataFrame:
    """Pairs of members with the same ``shared`` node, and the time in which both are tied to it.

    If it starts after its end, they never were at the same time.
    """
    import polars as pl

    pairs = frame.join(frame, on=shared, suffix="_2").filter(pl.col(member) < pl.col(f"{member}_2"))
    return pairs.select(
        source=pl.col(member),
        target=pl.col(f"{member}_2"),
        start=pl.max_horizontal("start", "start_2"),
        end=pl.min_horizontal("end", "end_2"),
    )


def _merged(spells: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """Merge adjacent or overlapping spells, which are sorted by their start."""
    first: int | None = None
    last = 0
    for start, end in spells:
        if first is not None and start <= last + 1:
            last = max(last, end)
            continue
        if first is not None:
            yield first, last
        first, last = start, end
    if first is not None:
        yield first, last

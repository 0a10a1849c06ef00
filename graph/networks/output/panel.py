"""Writes a network of several periods as the matrices that RSiena reads, one for each.

Source: R. M. Ripley, T. A. B. Snijders and others, Manual for RSiena, on data files and on
structurally determined values: 10 is a tie that cannot be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from missiongraph.errors import QueryError
from missiongraph.networks.model.columns import held, node_frame, nodes
from missiongraph.networks.model.network import Network
from missiongraph.system.files import replacing

from .text_files import MOST_CELLS

IMPOSSIBLE = 10
"""What stands for each tie to or from a node that a period lacks."""

Wave = tuple[date, Network, npt.NDArray[np.bool_]]
"""The first day of a period, the network in it, and which of its nodes are present."""


def write_panel(waves: Iterable[Wave], folder: Path | str) -> list[Path]:
    """Write ``wave-YYYY-MM-DD.csv`` for each period into a folder, and ``nodes.csv``.

    A wave is a matrix of numbers without labels: 1 for a tie, 0 for none, 10 in the row and column
    of a node that is not present. Only nodes that are present in some wave are written, in the
    order of ``nodes.csv``, whose columns ``present_DATE`` tell in which. Strengths and ties of a
    node to itself are not written. Raises :class:`QueryError` for fewer than two waves, for
    two-mode networks, for waves of different nodes, for matrices above
    :data:`~missiongraph.networks.output.text_files.MOST_CELLS` cells, and for a folder with waves
    of other periods, which R would read, too. Files appear together or not at all.
    """
    given = list(waves)
    _check(given)
    ever = np.logical_or.reduce([present for _, _, present in given])
    kept = np.flatnonzero(ever)
    if len(kept) ** 2 > MOST_CELLS:
        raise QueryError(f"{len(kept):,} nodes are too many for matrices: take a part of them")
    first = given[0][1]
    table = nodes(first, held(first) | {f"present_{day}": there for day, _, there in given})
    chosen = {name: [values[place] for place in kept] for name, values in table.items()}
    target = Path(folder)
    paths = [target / f"wave-{day}.csv" for day, _, _ in given]
    if others := sorted({*target.glob("wave-*.csv")} - {*paths}):
        raise QueryError(
            f"{target} holds waves of another panel, such as {others[0].name}: take an empty folder"
        )
    target.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        streams = [stack.enter_context(replacing(path)) for path in [*paths, target / "nodes.csv"]]
        for stream, (_, network, present) in zip(streams, given, strict=False):
            rows = _matrix(network, present, kept).tolist()
            stream.write(("\n".join(",".join(map(str, row)) for row in rows) + "\n").encode())
        streams[-1].write(node_frame(chosen).write_csv().encode())
    return [*paths, target / "nodes.csv"]


def _check(waves: Sequence[Wave]) -> None:
    if len(waves) < 2:
        raise QueryError("a panel has two waves or more: take a longer time or shorter periods")
    if any(network.side is not None for _, network, _ in waves):
        raise QueryError("a panel is of a one-mode network: take a projection of it")
    if any(list(network.nodes) != list(waves[0][1].nodes) for _, network, _ in waves):
        raise QueryError("the waves of a panel have the same nodes in the same order")


def _matrix(
    network: Network, present: npt.NDArray[np.bool_], kept: npt.NDArray[np.intp]
) -> npt.NDArray[np.int8]:
    """Ties as 1 among the nodes kept, 10 wherever one of both is not present; 0 to itself."""
    ties: npt.NDArray[np.int8] = network.pattern[kept][:, kept].toarray().astype(np.int8)
    there = present[kept]
    ties[~there, :] = IMPOSSIBLE
    ties[:, ~there] = IMPOSSIBLE
    np.fill_diagonal(ties, 0)
    return ties

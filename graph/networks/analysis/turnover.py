"""Compares a network from period to period: ties that come and go, communities that go on.

Communities are matched as by Greene, Doyle and Cunningham (2010, "Tracking the Evolution of
Communities in Dynamic Social Networks", section III): one goes on in the later one with which it
shares the largest part of their members (Jaccard's index), if that part is large enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from missiongraph.networks.model.network import Network

from .communities import communities

Slices = Iterable[tuple[date, Network]]
"""The first day of each period and its network, all with the same nodes."""

NONE = -1
"""The community of a node without ties."""


def turnover(slices: Slices) -> Iterator[dict[str, Any]]:  # Any: a cell is of any type
    """Nodes and ties of each period that came, went and stayed since the one before.

    Rows: ``period``, ``nodes`` with ties, ``ties``, ``nodes_came``, ``nodes_gone``, ``came`` and
    ``gone`` (ties), ``stayed``, and ``jaccard`` of the ties, the share of those of either period
    that are in both (0 to 1; None if neither has ties). The first period is compared with nothing:
    its differences are None.
    """
    before: tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]] | None = None
    for day, network in slices:
        ties, tied = _ties(network), present(network)
        row: dict[str, Any] = {"period": day, "nodes": int(tied.sum()), "ties": len(ties)}
        row |= dict.fromkeys(("nodes_came", "nodes_gone", "came", "gone", "stayed", "jaccard"))
        if before is not None:
            stayed = len(np.intersect1d(ties, before[0], assume_unique=True))
            either = len(ties) + len(before[0]) - stayed
            row |= {
                "nodes_came": int((tied & ~before[1]).sum()),
                "nodes_gone": int((before[1] & ~tied).sum()),
                "came": len(ties) - stayed,
                "gone": len(before[0]) - stayed,
                "stayed": stayed,
                "jaccard": stayed / either if either else None,
            }
        before = ties, tied
        yield row


def tracked(
    slices: Slices, *, resolution: float = 1.0, runs: int = 10, seed: int = 0, least: float = 0.3
) -> Iterator[tuple[date, Network, npt.NDArray[np.int64]]]:
    """The community of each node in each period, with one number while the community goes on.

    A community goes on in at most one later one, with which Jaccard's index of their members is
    ``least`` or more; pairs are chosen so that the sum of these indices is largest. Other
    communities get a new number. A node without ties is in none (:data:`NONE`).
    """
    known: dict[int, set[int]] = {}
    new = 0
    for day, network in slices:
        found = communities(network, resolution=resolution, runs=runs, seed=seed)
        members = np.where(present(network), found.members, NONE)
        sets = {code: {*np.flatnonzero(members == code)} for code in sorted({*members} - {NONE})}
        name = _matched(list(sets.values()), known, least)
        names: dict[int, int] = {}
        for place, code in enumerate(sets):
            if (old := name.get(place)) is None:
                old, new = new, new + 1
            names[int(code)] = old
        known |= {names[int(code)]: each for code, each in sets.items()}
        known = {number: known[number] for number in names.values()}
        yield day, network, np.array([names.get(int(m), NONE) for m in members], np.int64)


def present(network: Network) -> npt.NDArray[np.bool_]:
    """A mask of the nodes that have a tie."""
    matrix = network.matrix
    ends = np.diff(matrix.indptr) + np.bincount(matrix.indices, minlength=len(network))
    tied: npt.NDArray[np.bool_] = ends > 0
    return tied


def _matched(sets: Sequence[set[int]], known: dict[int, set[int]], least: float) -> dict[int, int]:
    """The old number of each set that goes on, by its place."""
    if not sets or not known:
        return {}
    old = list(known)
    shares = np.array([[_jaccard(new, known[number]) for number in old] for new in sets])
    pairs = zip(*linear_sum_assignment(np.where(shares >= least, -shares, 0.0)), strict=True)
    return {int(a): old[b] for a, b in pairs if shares[a, b] >= least}


def _jaccard(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other)


def _ties(network: Network) -> npt.NDArray[np.int64]:
    """A number for each tie, sorted."""
    one, other = network.ends
    return np.sort(one.astype(np.int64) * len(network) + other)

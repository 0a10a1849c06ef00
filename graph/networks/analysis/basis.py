"""Tells what the ties of a network rest on: how strong their sources are, and how many there are.

A pair is two nodes that a statement ties, before any projection; several statements of several
sources can say the same of one pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from missiongraph.networks.extract.construct import View, shown
from missiongraph.networks.extract.ties import Ties
from missiongraph.networks.model.definition import NetworkQuery

UNKNOWN = "Unknown"
"""The strength of sources that state none."""


@dataclass(frozen=True)
class Share:
    """What rests on the sources of one ``strength``.

    ``pairs`` are those that such a source states, ``alone`` those that only such sources state.
    """

    strength: str
    sources: int
    statements: int
    pairs: int
    alone: int


@dataclass(frozen=True)
class Basis:
    """What the ties of a network rest on: ``shares`` by strength, the most statements first.

    ``pairs`` counts all pairs, ``single`` those that one source alone states, ``sources`` the
    sources, and ``unsourced`` the statements without any.
    """

    shares: list[Share]
    pairs: int
    single: int
    sources: int
    unsourced: int


def basis(
    ties: Ties, query: NetworkQuery, view: View | None = None, strengths: Mapping[str, str] = {}
) -> Basis:
    """What the ties in a ``view`` rest on, by the strength of the source of each graph.

    A statement of two sources counts at both. Without statements, or without a ``?graph`` in the
    query, there are no shares.
    """
    tied = shown(ties, query, view or View()) & (ties.target >= 0)
    pair, number = _pairs(ties.where(tied), directed=query.kind != "undirected")
    graph = ties.graph[tied] if len(ties.graph) else np.full(len(pair), -1, np.int32)
    known = graph >= 0
    pair, graph = pair[known], graph[known]
    said = np.unique(np.stack([pair, graph]), axis=1)
    names = [strengths.get(name, UNKNOWN) for name in ties.graphs]
    there = sorted({names[code] for code in np.unique(graph).tolist()})
    of = np.array([there.index(name) if name in there else -1 for name in names], np.int64)
    strength = of[graph] if len(graph) else graph
    kinds = np.unique(np.stack([pair, strength]), axis=1)
    several = np.bincount(kinds[0], minlength=number) > 1
    shares = [
        Share(
            name,
            len(np.unique(graph[strength == code])),
            int(np.sum(strength == code)),
            len(own := kinds[0][kinds[1] == code]),
            int(np.sum(~several[own])),
        )
        for code, name in enumerate(there)
    ]
    return Basis(
        sorted(shares, key=lambda share: (-share.statements, share.strength)),
        number,
        int(np.sum(np.bincount(said[0], minlength=number) == 1)),
        len(np.unique(graph)),
        int(np.sum(~known)),
    )


def _pairs(ties: Ties, *, directed: bool) -> tuple[npt.NDArray[np.intp], int]:
    """The number of the pair of each statement, from 0, and how many pairs there are."""
    one, other = ties.source.astype(np.int64), ties.target.astype(np.int64)
    if not directed:
        one, other = np.minimum(one, other), np.maximum(one, other)
    pairs, numbers = np.unique(one * len(ties.nodes) + other, return_inverse=True)
    return numbers, len(pairs)

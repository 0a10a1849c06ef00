"""Tells what statements tell of ties: first and last day, layers and sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import numpy as np

from missiongraph.networks.model.columns import ties as pairs
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network, Node

from .construct import View, shown
from .ties import OPEN, Ties

_EPOCH = date(1970, 1, 1)


def tie_facts(
    ties: Ties, network: Network, view: View
) -> Mapping[tuple[Node, Node], dict[str, str]]:
    """``from``, ``to``, ``layer`` and ``sources`` of the ties of ``network``, by both nodes.

    It was built from ``ties`` in the given ``view``. ``from`` is the first day of any
    statement, ``to`` the last that is stated, both as ISO texts; each is left out where a statement
    leaves it open, and both for undated ties. Several layers are joined by commas, the IRIs of
    source graphs by blanks. Ties of a projection rest on pairs of statements, and have none.
    """
    query = network.definition
    if query is None or query.kind.startswith("projection"):
        return {}
    tied = {(network.nodes[a], network.nodes[b]) for a, b, _ in pairs(network)}
    facts: dict[tuple[Node, Node], _Said] = {}
    for place in np.flatnonzero((ties.target >= 0) & shown(ties, query, view)).tolist():
        ends = ties.nodes[ties.source[place]], ties.nodes[ties.target[place]]
        pair = ends if ends in tied or network.directed else ends[::-1]
        if pair in tied:
            facts.setdefault(pair, _Said()).add(ties, place)
    return {pair: said.facts(ties) for pair, said in facts.items()}


def resting_on(
    ties: Ties, query: NetworkQuery, view: View, nodes: Collection[Node]
) -> dict[str, int]:
    """The source graphs of the statements in ``view`` about any of ``nodes``, the most first.

    The values are numbers of statements. Empty if the query names no graphs.
    """
    if not len(ties.graph):
        return {}
    ours = np.fromiter((node in nodes for node in ties.nodes), bool, len(ties.nodes))
    about = ours[ties.source] | (ours[ties.target] & (ties.target >= 0))
    counts = np.bincount(ties.graph[about & shown(ties, query, view) & (ties.graph >= 0)])
    order = np.argsort(-counts, kind="stable")
    return {ties.graphs[code]: int(counts[code]) for code in order.tolist() if counts[code]}


class _Said:
    """What the statements of one tie say."""

    def __init__(self) -> None:
        self.start, self.end = int(OPEN.max), int(OPEN.min)
        self.dated = False
        self.layers: dict[int, None] = {}
        self.graphs: dict[int, None] = {}

    def add(self, ties: Ties, place: int) -> None:
        if ties.dated[place]:
            self.dated = True
            self.start = min(self.start, int(ties.start[place]))
            self.end = max(self.end, int(ties.end[place]))
        for codes, known in ((ties.layer, self.layers), (ties.graph, self.graphs)):
            if len(codes) and codes[place] >= 0:
                known[int(codes[place])] = None

    def facts(self, ties: Ties) -> dict[str, str]:
        facts: dict[str, str] = {}
        if self.dated and self.start != OPEN.min:
            facts["from"] = _day(self.start)
        if self.dated and self.end != OPEN.max:
            facts["to"] = _day(self.end)
        if self.layers:
            facts["layer"] = ", ".join(sorted(ties.layers[code] for code in self.layers))
        if self.graphs:
            facts["sources"] = " ".join(sorted(ties.graphs[code] for code in self.graphs))
        return facts


def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()

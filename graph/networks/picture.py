"""A picture of the foremost nodes of a network, as SVG or as what a viewer draws from.

Nodes are those that rank first by a measure of the whole network; communities are of the whole
network, too, so that a picture of fewer nodes shows the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from . import listing
from .centrality import ranks
from .drawn import Drawn
from .layout import layout
from .measures import MEASURES, find_measure
from .network import Network, Scores

SVG = "image/svg+xml"
SIZES = tuple(name for name, m in MEASURES.items() if not m.approximate and not m.two_mode)
"""Measures that may size nodes."""


@dataclass(frozen=True)
class Picture:
    """The first ``top`` nodes by ``measure``, coloured by community, kind or country."""

    drawn: Drawn
    measure: str
    colour: str
    top: int

    def encode(self, media_type: str) -> bytes:
        """SVG, or JSON: nodes (id, label, x, y in the unit square, group, score, rank), groups,
        ties (places of two nodes and the strength), and what the network is."""
        if media_type == SVG:
            return self._svg()
        network, places = self._shown, layout(self._shown)
        groups = self._groups
        names = [str(name) for name in dict.fromkeys(g for g in groups if g is not None)]
        nodes = [
            [
                str(node),
                network.label(node),
                round(float(x), 4),
                round(float(y), 4),
                names.index(str(group)) if group is not None else -1,
                float(score),
                int(rank),
            ]
            for node, (x, y), group, score, rank in zip(
                network.nodes,
                places,
                groups,
                self._scores[self._first],
                self._ranks[self._first],
                strict=True,
            )
        ]
        ties = [[source, target, weight] for source, target, weight in listing.ties(network)]
        facts = self.drawn.about() | {"measure": self.measure, "colour": self.colour}
        told = {**facts, "all": len(self._whole), "groups": names, "nodes": nodes, "ties": ties}
        return json.dumps(told, ensure_ascii=False, allow_nan=False).encode()

    def _svg(self) -> bytes:
        from .plot import Look, svg

        look = Look(self.measure, self._scores[self._first], self._groups, self.colour)
        return svg(self._shown, look).encode()

    @property
    def _whole(self) -> Network:
        return self.drawn.network

    @cached_property
    def _scores(self) -> Scores:
        return np.nan_to_num(find_measure(self.measure).scores(self._whole))

    @cached_property
    def _ranks(self) -> Any:
        return ranks(self._scores, low=find_measure(self.measure).low)

    @cached_property
    def _first(self) -> Any:
        """The places of the nodes that are shown, in their order."""
        return np.sort(np.argsort(self._ranks, kind="stable")[: self.top])

    @cached_property
    def _shown(self) -> Network:
        return self._whole.part(self._first)

    @cached_property
    def _groups(self) -> Sequence[object]:
        if self.colour == "community":
            from .communities import communities

            found = communities(self._whole)
            names = [f"{number + 1}: {label}" for number, label in enumerate(found.labels)]
            return [names[found.members[place]] for place in self._first]
        known = self.drawn.attribute(self.colour)
        return [known[place] for place in self._first]

"""Pictures the highest ranked nodes of a network, as SVG or as data for a viewer.

The nodes are those that rank first by a measure, in the whole network or around one node; among
equal ranks, those with most ties. Ranks and communities are always computed on the whole network,
so they are the same in a picture of fewer nodes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from missiongraph.networks.measures.ranking import ranks
from missiongraph.networks.measures.registry import MEASURES, find_measure
from missiongraph.networks.model import columns
from missiongraph.networks.model.network import Network, Scores
from missiongraph.networks.output.layout import layout

from .loaded import LoadedNetwork
from .neighbourhood import near
from .result import CSV, Result

if TYPE_CHECKING:
    from missiongraph.networks.analysis.communities import Communities

SVG = "image/svg+xml"
SIZES = tuple(name for name, m in MEASURES.items() if not m.approximate and not m.two_mode)
"""Measures that can determine the size of nodes."""


@dataclass(frozen=True)
class Picture:
    """The first ``top`` nodes by ``measure``, coloured by community, kind or country.

    With a ``focus``, only those within ``depth`` steps of that node. Without ``words`` the SVG
    has no title, labels and legend.
    """

    drawn: LoadedNetwork
    measure: str
    colour: str
    top: int
    focus: str | None = None
    depth: int = 1
    words: bool = True

    def encode(self, media_type: str) -> bytes:
        """SVG; CSV of the nodes; or JSON: nodes (id, label, x, y in the unit square, index of the
        group, score, rank), groups, ties (indices of two nodes and the weight), and facts."""
        if media_type == SVG:
            return self._svg()
        if media_type == CSV:
            return Result({}, self._table()).encode(CSV)
        return json.dumps(self._data(), ensure_ascii=False, allow_nan=False).encode()

    def _data(self) -> dict[str, Any]:
        """The data for a viewer; groups are sorted by size."""
        network, groups = self._shown, self._groups
        counts = Counter(str(group) for group in groups if group is not None)
        names = sorted(counts, key=lambda name: (-counts[name], name))
        numbers = {name: number for number, name in enumerate(names)}
        nodes = [
            [
                str(node),
                network.label(node),
                round(float(x), 4),
                round(float(y), 4),
                -1 if group is None else numbers[str(group)],
                float(score),
                int(rank),
            ]
            for node, (x, y), group, score, rank in zip(
                network.nodes,
                layout(network),
                groups,
                self._scores[self._first],
                self._ranks[self._first],
                strict=True,
            )
        ]
        ties = [[source, target, weight] for source, target, weight in columns.ties(network)]
        return {
            **self.drawn.about(),
            "measure": self.measure,
            "colour": self.colour,
            "layers": list(self.drawn.ties.layers),
            "directed": network.directed,
            "all": len(self._around),
            "focus": self._near[0] if self._near else None,
            **self._grouping(),
            "groups": names,
            "sides": None if network.side is None else network.side.tolist(),
            "nodes": nodes,
            "ties": ties,
        }

    def _grouping(self) -> dict[str, Any]:
        """The algorithm and modularity of communities; empty for other colours."""
        if self.colour != "community":
            return {}
        modularity = self._communities.modularity
        known = float(modularity) if np.isfinite(modularity) else None
        return {"algorithm": self._communities.method, "modularity": known}

    def _table(self) -> columns.Columns:
        return columns.nodes(
            self._shown,
            {
                self.colour: list(self._groups),
                self.measure: self._scores[self._first],
                f"{self.measure}_rank": self._ranks[self._first],
            },
        )

    def _svg(self) -> bytes:
        from missiongraph.networks.output.svg import Look, svg

        look = Look(
            self.measure,
            self._scores[self._first],
            self._groups,
            self.colour,
            words=self.words,
        )
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
    def _near(self) -> tuple[str, Any] | None:
        """The node in focus, and the indices of the nodes around it."""
        if self.focus is None:
            return None
        node, places = near(self._whole, self.focus, self.depth)
        return str(node), places

    @property
    def _around(self) -> Any:
        """The indices of the nodes from which those that are shown are selected."""
        return self._near[1] if self._near else np.arange(len(self._whole))

    @cached_property
    def _first(self) -> Any:
        """The sorted indices of the nodes that are shown, always including the one in focus."""
        around = self._around
        tied = np.diff(self._whole.undirected.strengths.indptr)
        before = np.zeros(len(self._whole), int)
        if self._near:
            before[self._whole.index[self._near[0]]] = -1
        order = np.lexsort((-tied[around], self._ranks[around], before[around]))
        return np.sort(around[order[: self.top]])

    @cached_property
    def _shown(self) -> Network:
        return self._whole.part(self._first)

    @cached_property
    def _communities(self) -> Communities:
        from missiongraph.networks.analysis.communities import communities

        return communities(self._whole)

    @cached_property
    def _groups(self) -> Sequence[object]:
        if self.colour == "community":
            communities = self._communities
            names = [f"{number + 1}: {label}" for number, label in enumerate(communities.labels)]
            return [names[communities.members[place]] for place in self._first]
        known = self.drawn.attribute(self.colour)
        return [known[place] for place in self._first]

"""Loads a network when it is first needed, within limits on its size."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

from missiongraph.errors import LimitExceeded, UnknownQuery
from missiongraph.networks.extract.attributes import known
from missiongraph.networks.extract.construct import View, build_network
from missiongraph.networks.extract.load import read_ties
from missiongraph.networks.extract.ties import Ties
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network, Node
from missiongraph.networks.model.projection import weighing
from missiongraph.sparql.engine import Engine

from .neighbourhood import near

WHOLE = View()


_COUNTS = ("statements", "undated", "single_day", "left_out", "dates", "rejected", "joined")


@dataclass(frozen=True)
class LoadedNetwork:
    """The network of ``query`` in the given ``view``.

    With a ``focus``, a node and a number of steps, only the nodes around it.

    ``most_nodes``, and ``most_ties`` for ties and for their statements, limit its size (0: no
    limit). Larger networks raise :class:`LimitExceeded`, with the limit ``network_nodes`` or
    ``network_ties``.
    """

    engine: Engine
    query: NetworkQuery
    view: View = WHOLE
    most_nodes: int = 0
    most_ties: int = 0
    focus: tuple[str, int] | None = None

    @cached_property
    def ties(self) -> Ties:
        """The statements of its ties."""
        ties = read_ties(self.engine, self.query, merged=not self.view.unmerged)
        self._check("network_nodes", len(ties.nodes), self.most_nodes, "nodes")
        self._check("network_ties", len(ties), self.most_ties, "statements of ties")
        return ties

    @cached_property
    def whole(self) -> Network:
        """The network without a focus, with the attributes of its nodes."""
        drawn = build_network(self.ties, self.query, self.view)
        self._check("network_ties", drawn.size, self.most_ties, "ties")
        return known(self.engine, drawn)

    @cached_property
    def network(self) -> Network:
        """The network, with the attributes of its nodes."""
        whole = self.whole
        return whole.part(near(whole, *self.focus)[1]) if self.focus else whole

    def attribute(self, name: str) -> list[str | None]:
        """The ``kind`` or ``country`` of each node, None if it is unknown.

        Raises :class:`UnknownQuery` for another attribute.
        """
        values = self.groups(name)
        return [values.get(node) for node in self.network.nodes]

    def groups(self, name: str) -> dict[Node, Any]:  # Any: an attribute is of any type
        """The value of an attribute for each node that has one; raises :class:`UnknownQuery`."""
        attributes = self.network.attributes
        if name not in attributes:
            there = ", ".join(attributes) or "none"
            raise UnknownQuery(f"nodes have no attribute '{name}'; there are: {there}")
        return dict(attributes[name])

    def about(self) -> dict[str, Any]:  # Any: JSON
        """The facts in every response: name, view, size and counts of rows of the network."""
        query, network = self.query, self.network
        words = weighing(network.about)
        view = asdict(self.view) | {"layers": network.about["layers"]}  # including a default
        return {
            "network": query.name,
            "question": query.question,
            "view": {name: _plain(value) for name, value in view.items() if value},
            "nodes": len(network),
            "ties": network.size,
            **{name: network.about[name] for name in _COUNTS},
            **({"method": network.about["method"], "weighing": words} if words else {}),
        }

    def _check(self, limit: str, number: int, most: int, what: str) -> None:
        if most and number > most:
            raise LimitExceeded(
                limit,
                f"{self.query.name} has {number:,} {what}, more than the limit of {most:,}; "
                "choose a day, a layer or a backbone",
            )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

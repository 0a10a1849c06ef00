"""A network that was given, not loaded from the graph, as operations take it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from missiongraph.errors import UnknownQuery
from missiongraph.networks.extract.ties import Ties
from missiongraph.networks.model.definition import NetworkQuery
from missiongraph.networks.model.network import Network
from missiongraph.networks.operations.loaded import LoadedNetwork
from missiongraph.sparql.engine import Engine


class _NoEngine:
    """Stands for the store that a given network does not have."""

    def __getattr__(self, name: str) -> Any:
        raise UnknownQuery(NO_SOURCES)


NO_SOURCES = (
    "this network is not as it was loaded from a graph, so its statements and their sources are "
    "not known: ask the network that graph.network(…) gives"
)


@dataclass(frozen=True)
class GivenNetwork(LoadedNetwork):
    """A network without statements: a changed copy, or one made from a table, matrix or graph."""

    given: Network | None = None

    @classmethod
    def of(cls, network: Network) -> GivenNetwork:
        """The network, with a definition that names its kind."""
        query = network.definition or NetworkQuery(
            network.name,
            "",
            network.name,
            "directed" if network.directed else "undirected",
            weighed=network.weighed,
        )
        engine: Any = _NoEngine()
        held: Engine = engine
        return cls(held, query, given=network)

    @property
    def ties(self) -> Ties:
        """Raises :class:`UnknownQuery`: its statements are not known."""
        raise UnknownQuery(NO_SOURCES)

    @cached_property
    def whole(self) -> Network:
        """The network."""
        assert self.given is not None
        return self.given

    def about(self) -> dict[str, Any]:  # Any: JSON
        """Its name and size, and how many parallel ties were joined."""
        network = self.network
        joined = network.about.get("joined")
        facts = {"network": network.name, "nodes": len(network), "ties": network.size}
        return facts | ({"joined": joined} if joined else {})

"""Builds and measures networks: centrality, brokerage, communities, and how robust ranks are.

>>> import missiongraph as mg
>>> network = mg.open().network("shared-missions", at="2022-01-01")  # a networkx graph
>>> ranking = network.centrality(["betweenness", "pagerank"], top=3)
>>> [row["betweenness_rank"] for row in ranking]
[1, 2, 3]

A definition (:mod:`.model.definition`) gives ties (:mod:`.extract.ties`), from which a network
(:mod:`.model.network`) is built (:mod:`.extract.construct`) and measured
(:mod:`.measures.registry`).
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .analysis.brokerage import Brokerage, brokers
    from .extract.construct import View, build_network
    from .extract.load import left_out, load_network, read_ties
    from .extract.ties import Ties
    from .measures.ranking import Interval, Ranking, centrality, scores
    from .measures.registry import MEASURES, Measure, find_measure
    from .model.convert import from_networkx
    from .model.definition import NetworkQuery, find_network, network_queries, read_definition
    from .model.network import Network
    from .nx.graphs import to_networkx

__all__ = [
    "MEASURES",
    "Brokerage",
    "Interval",
    "Measure",
    "Network",
    "NetworkQuery",
    "Ranking",
    "Ties",
    "View",
    "brokers",
    "build_network",
    "centrality",
    "find_measure",
    "find_network",
    "from_networkx",
    "left_out",
    "load_network",
    "network_queries",
    "read_definition",
    "read_ties",
    "scores",
    "to_networkx",
]

# networkx imports this package for its backend, so slow imports wait until they are needed.
_HOMES = {
    "MEASURES": "measures.registry",
    "Brokerage": "analysis.brokerage",
    "Interval": "measures.ranking",
    "Measure": "measures.registry",
    "Network": "model.network",
    "NetworkQuery": "model.definition",
    "Ranking": "measures.ranking",
    "Ties": "extract.ties",
    "View": "extract.construct",
    "brokers": "analysis.brokerage",
    "centrality": "measures.ranking",
    "build_network": "extract.construct",
    "load_network": "extract.load",
    "find_measure": "measures.registry",
    "find_network": "model.definition",
    "from_networkx": "model.convert",
    "to_networkx": "nx.graphs",
    "left_out": "extract.load",
    "network_queries": "model.definition",
    "read_definition": "model.definition",
    "read_ties": "extract.load",
    "scores": "measures.ranking",
}

_RENAMED = {"draw": "build_network", "draw_from": "load_network"}
"""Old names of version 0.1, which will be removed in the release after the next."""


def __getattr__(name: str) -> Any:
    if new := _RENAMED.get(name):
        message = f"missiongraph.networks.{name}() is now {new}()"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return getattr(import_module(__name__), new)
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})

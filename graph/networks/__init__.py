"""Networks: who is central, who brokers, who funds whom, and how sure we are.

>>> import missiongraph as mg
>>> from missiongraph.networks import centrality
>>> network = mg.open().network("shared-missions", at="2022-01-01")  # a networkx graph
>>> centrality(network, ["betweenness", "pagerank"], top=10)

A definition (:mod:`.definition`) gives ties (:mod:`.ties`), which are drawn (:mod:`.drawing`)
as a network (:mod:`.network`), which is measured (:mod:`.measures`).
"""

from __future__ import annotations

from typing import Any

from ..engine import Engine
from .brokerage import Brokerage, brokers
from .centrality import Interval, Ranking, centrality, scores
from .definition import NetworkQuery, find_network, network_queries, read_definition
from .drawing import View, draw
from .measures import MEASURES, Measure, find_measure
from .network import Network, from_networkx
from .ties import Ties

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
    "centrality",
    "draw",
    "draw_from",
    "find_measure",
    "find_network",
    "from_networkx",
    "network_queries",
    "read_definition",
    "read_ties",
    "scores",
]


def read_ties(engine: Engine, name_or_query: str | NetworkQuery) -> Ties:
    """The ties of a network, from the store or, where this state of it was asked before, kept."""
    from .snapshots import ties

    return ties(engine, read_definition(name_or_query))


def draw_from(engine: Engine, name_or_query: str | NetworkQuery, **view: Any) -> Network:
    """The network of a shipped name or of a query's text, with what is known of its nodes.

    ``view`` holds the fields of :class:`View`; days may be texts.
    """
    from .labels import known

    query = read_definition(name_or_query)
    return known(engine, draw(read_ties(engine, query), query, View.of(**view)))

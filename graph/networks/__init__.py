"""Networks: who is central, who brokers, who funds whom, and how sure we are.

>>> import missiongraph as mg
>>> from missiongraph.networks import centrality
>>> network = mg.open().network("shared-missions", at="2022-01-01")  # a networkx graph
>>> ranking = centrality(network, ["betweenness", "pagerank"])
>>> [row["betweenness_rank"] for row in ranking.rows(top=3)]
[1, 2, 3]

A definition (:mod:`.definition`) gives ties (:mod:`.ties`), which are drawn (:mod:`.drawing`)
as a network (:mod:`.network`), which is measured (:mod:`.measures`).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ..engine import Engine
from ..errors import NetworkWarning
from .brokerage import Brokerage, brokers
from .centrality import Interval, Ranking, scores
from .definition import NetworkQuery, find_network, network_queries, read_definition
from .drawing import View, draw
from .measures import MEASURES, Measure, find_measure
from .network import Network, from_networkx
from .ties import Ties

if TYPE_CHECKING:
    from .centrality import centrality
else:
    from . import centrality  # the module, which can be called as its function can

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
    "left_out",
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

    ``view`` holds the fields of :class:`View`; days may be texts or years. Warns, with a
    :class:`~missiongraph.errors.NetworkWarning`, of a network without nodes and of rows that are
    left out; all that became of the rows is in the network's ``about``.
    """
    from .labels import known

    query = read_definition(name_or_query)
    network = draw(read_ties(engine, query), query, View.of(**view))
    for line in left_out(network):
        warnings.warn(f"{query.name}: {line}", NetworkWarning, stacklevel=2)
    return known(engine, network)


def left_out(network: Network) -> list[str]:
    """What a network was drawn without, in words: rows that are no good, or all of them."""
    said = [
        f"{number:,} {'row' if number == 1 else 'rows'} left out: {reason}"
        for reason, number in network.about.get("rejected", {}).items()
    ]
    nothing = "there are no nodes: nothing in the graph is what its query asks for"
    return said if len(network) else [*said, nothing]

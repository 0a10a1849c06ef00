"""Loads the ties of a network, and the network with the attributes of its nodes."""

from __future__ import annotations

import warnings
from typing import Any

from missiongraph.errors import NetworkWarning
from missiongraph.networks.model.definition import NetworkQuery, read_definition
from missiongraph.networks.model.network import Network
from missiongraph.sparql.engine import Engine

from .attributes import known
from .construct import View, build_network
from .counts import in_words
from .tie_cache import ties as cached
from .ties import Ties

__all__ = ["left_out", "load_network", "read_ties", "warn"]


def read_ties(engine: Engine, name_or_query: str | NetworkQuery, *, merged: bool = True) -> Ties:
    """The ties of a network, from the cache for this state of the data or else from the engine.

    Nodes that are matched as the same are one if ``merged``.
    """
    return cached(engine, read_definition(name_or_query), merged=merged)


def load_network(engine: Engine, name_or_query: str | NetworkQuery, **view: Any) -> Network:
    """Load the network of a shipped name or of a query's text, with the attributes of its nodes.

    ``view`` holds the fields of :class:`View`; days may be texts or years. Issues a
    :class:`~missiongraph.errors.NetworkWarning` for a network without nodes, for rows that are
    left out, and for a time in which nothing is tied; ``about`` has all counts of rows.
    """
    query = read_definition(name_or_query)
    chosen = View.of(**view)
    ties = read_ties(engine, query, merged=not chosen.unmerged)
    network = build_network(ties, query, chosen)
    warn(network, stacklevel=2)
    return known(engine, network)


def warn(network: Network, *, stacklevel: int) -> None:
    """Issue a :class:`~missiongraph.errors.NetworkWarning` for what a caller may not expect."""
    nothing = network.about["left_out"] and not network.about["statements"]
    for line in [*left_out(network), *([in_words(network.about)] if nothing else [])]:
        warnings.warn(f"{network.name}: {line}", NetworkWarning, stacklevel=stacklevel + 1)


def left_out(network: Network) -> list[str]:
    """The rows that were left out of a network, by reason, in words; or that it has no nodes."""
    lines = [
        f"{number:,} {'row' if number == 1 else 'rows'} left out: {reason}"
        for reason, number in network.about.get("rejected", {}).items()
    ]
    nothing = "there are no nodes: nothing in the graph matches its query"
    return lines if len(network) else [*lines, nothing]

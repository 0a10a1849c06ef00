"""Filing: a network as a file with all that is known of its nodes, their community and scores too.

The command line and HTTP write the same files, and Python does by :func:`described`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import networkx as nx

from missiongraph.errors import UnknownQuery
from missiongraph.networks.extract.spells import Spells, spells
from missiongraph.networks.measures.ranking import centrality
from missiongraph.networks.model.columns import Columns, held
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network
from missiongraph.networks.output.writers import write

from .loaded import LoadedNetwork

FILES: Mapping[str, str] = {
    "application/graphml+xml": "graphml",
    "application/gexf+xml": "gexf",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
    "text/plain": "pajek",
    "application/json": "json",
}
"""The formats of :mod:`~missiongraph.networks.output.writers` by media type."""

GROUPS = ("kind", "country", "community")
"""The groups of nodes that a file has."""

SCORES = ("degree", "strength", "pagerank")
"""The scores of nodes that a file has: those that take no time."""

NONE = "none"
"""Stands for no groups, or no scores, where some are asked for by name."""

BESIDE = ("csv", "parquet", "pajek")
"""The formats that hold the ties, and the nodes in a file beside it."""


def described(
    network: Network | nx.Graph[Any],
    groups: Sequence[str] = GROUPS,
    scores: Sequence[str] = SCORES,
) -> Columns:
    """What a file says of the nodes of a network beside label and side: a column to each.

    Of ``groups`` the ``community`` is its number, as in ``analysis/communities``; others
    are attributes of the nodes, and left out where no node has them. ``scores`` are measures.
    ``none`` stands for none. Raises :class:`UnknownQuery` for a group or measure that is not
    there.
    """
    drawn = from_networkx(network)
    groups, scores = ([name for name in names if name != NONE] for names in (groups, scores))
    if unknown := [name for name in groups if name not in (*GROUPS, *drawn.attributes)]:
        raise UnknownQuery(f"nodes have no '{unknown[0]}'; there are: {', '.join(GROUPS)}")
    known = held(drawn)
    columns: Columns = {name: known[name] for name in groups if name in known}
    if "community" in groups:
        from missiongraph.networks.analysis.communities import communities  # takes long to import

        columns["community"] = communities(drawn).members.tolist()
    found = centrality(drawn, scores).scores
    return columns | {name: values.tolist() for name, values in found.items()}


@dataclass(frozen=True)
class File:
    """A drawn network with some groups and scores of its nodes, which are those of the whole."""

    drawn: LoadedNetwork
    groups: Sequence[str] = GROUPS
    scores: Sequence[str] = SCORES

    def columns(self) -> Columns:
        """What is said of the nodes, see :func:`described`."""
        whole = described(self.drawn.whole, self.groups, self.scores)
        places = [self.drawn.whole.index[node] for node in self.drawn.network.nodes]
        return {name: [values[place] for place in places] for name, values in whole.items()}

    def encode(self, media_type: str) -> bytes:
        """The file of one of :data:`FILES`; a GEXF says when ties hold."""
        stream, format = BytesIO(), FILES[media_type]
        self.write(stream, format, self.days() if format == "gexf" else None)
        return stream.getvalue()

    def days(self) -> Spells | None:
        """When the ties hold; nothing where no tie has a date."""
        return spells(self.drawn.ties, self.drawn.network)

    def write(
        self, target: Path | BinaryIO, format: str = "", days: Spells | None = None
    ) -> list[Path]:
        """Write it as ``networks.output.writers.write`` does, and give the paths.

        A stream of one of :data:`BESIDE` holds the ties alone: nothing is measured for it.
        """
        alone = format in BESIDE and not isinstance(target, Path)
        bare = replace(self.drawn.network, attributes={})
        columns = {} if alone else self.columns()
        return write(bare, target, format, attributes=columns, spells=days)

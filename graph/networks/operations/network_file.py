"""Writes a network to a file with the attributes, communities and scores of its nodes.

The command line and HTTP write the same files, as does Python with :func:`described`.
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
"""The groups of nodes that a file contains by default."""

SCORES = ("degree", "strength", "pagerank")
"""The scores of nodes that a file contains by default: those that are fast to compute."""

NONE = "none"
"""The name for no groups, or no scores, in lists of names."""

BESIDE = ("csv", "parquet", "pajek", "dl", "matrix")
"""The formats whose file contains only the ties; most have the nodes in a second file."""


def described(
    network: Network | nx.Graph[Any],
    groups: Sequence[str] = GROUPS,
    scores: Sequence[str] = SCORES,
) -> Columns:
    """The columns about nodes in a file, other than label and side.

    Among ``groups``, ``community`` is a number, as in ``analysis/communities``; others are
    attributes of the nodes, left out if no node has them. ``scores`` are names of measures. The
    name ``none`` is ignored. Raises :class:`UnknownQuery` for an unknown group or measure.
    """
    drawn = from_networkx(network)
    groups, scores = ([name for name in names if name != NONE] for names in (groups, scores))
    if unknown := [name for name in groups if name not in (*GROUPS, *drawn.attributes)]:
        there = ", ".join(GROUPS)
        raise UnknownQuery(f"nodes have no attribute '{unknown[0]}'; there are: {there}")
    known = held(drawn)
    columns: Columns = {name: known[name] for name in groups if name in known}
    if "community" in groups:
        from missiongraph.networks.analysis.communities import communities  # takes long to import

        columns["community"] = communities(drawn).members.tolist()
    by_measure = centrality(drawn, scores).scores
    return columns | {name: values.tolist() for name, values in by_measure.items()}


@dataclass(frozen=True)
class File:
    """A loaded network with groups and scores of its nodes, computed on the whole network."""

    drawn: LoadedNetwork
    groups: Sequence[str] = GROUPS
    scores: Sequence[str] = SCORES

    def columns(self) -> Columns:
        """The columns about nodes, see :func:`described`."""
        whole = described(self.drawn.whole, self.groups, self.scores)
        places = [self.drawn.whole.index[node] for node in self.drawn.network.nodes]
        return {name: [values[place] for place in places] for name, values in whole.items()}

    def encode(self, media_type: str) -> bytes:
        """The bytes of a file in one of the formats :data:`FILES`; GEXF includes spells."""
        stream, format = BytesIO(), FILES[media_type]
        self.write(stream, format, self.days() if format == "gexf" else None)
        return stream.getvalue()

    def days(self) -> Spells | None:
        """The spells of the ties; None if no statement is dated."""
        return spells(self.drawn.ties, self.drawn.network)

    def write(
        self, target: Path | BinaryIO, format: str = "", days: Spells | None = None
    ) -> list[Path]:
        """Write it as ``networks.output.writers.write`` does, and return the paths of all files.

        A stream in one of the formats :data:`BESIDE` contains only the ties, so no scores are
        computed for it.
        """
        alone = format in BESIDE and not isinstance(target, Path)
        bare = replace(self.drawn.network, attributes={})
        columns = {} if alone else self.columns()
        return write(bare, target, format, attributes=columns, spells=days)

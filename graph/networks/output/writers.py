"""Exports a network to a file that other programs read.

========== =========================================================== =======================
format     content                                                     read by
========== =========================================================== =======================
graphml    nodes with their attributes; ties                           networkx, igraph, Gephi
gexf       the same; with spells also the days on which ties hold      Gephi
json       the same, as networkx's node-link data                      networkx, D3
pajek      nodes and ties, two-mode as two-mode; each attribute in a   Pajek, igraph; of one
           file of its own: a partition (.clu) of whole numbers or     mode also networkx
           words, else a vector (.vec)
dl         nodes and ties, two-mode as two-mode                        UCINET; of one mode
                                                                       also igraph, Gephi
gml        nodes with their attributes; ties                           networkx, igraph, Gephi
matrix     a table of strengths (CSV), sources by targets if           R (statnet, sna)
           two-mode; nodes in a file of their own
csv        ties; nodes with their attributes in a file of their own    spreadsheets, R
parquet    the same                                                    polars, DuckDB, Spark
========== =========================================================== =======================

A tie has a ``weight``, which networkx, igraph and Gephi take as its strength, and, except in
pajek, dl and matrix, also its ``strength`` or ``distance``, which is unambiguous. Ties of a
projection have ``shared``, too, the number of nodes that both ends share. The same network gives
the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from math import isinf
from pathlib import Path
from typing import Any, BinaryIO

import networkx as nx

from missiongraph.errors import NotAcceptable, QueryError
from missiongraph.networks.extract.spells import Spells
from missiongraph.networks.model.columns import (
    Attributes,
    Columns,
    counts,
    held,
    is_present,
    node_frame,
    nodes,
    question,
    strength,
    tie_frame,
    ties,
)
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.weights import SHARED, WEIGHT
from missiongraph.system.files import replacing, suffix

from . import graph_xml, text_files

Files = dict[str, bytes]
"""The bytes of each file, by the end of its name."""

_ALIASES = {"net": "pajek"}


def write(
    network: Network | nx.Graph[Any],
    target: Path | str | BinaryIO,
    format: str = "",
    *,
    attributes: Attributes | None = None,
    spells: Spells | None = None,
) -> list[Path]:
    """Write ``network`` to a file or an open binary stream; returns the paths of all files.

    ``format`` is one of :data:`FORMATS`, by default the suffix of the path; a further ``.gz``
    compresses the file. The network's own attributes of nodes are written, and further
    ``attributes`` such as scores or communities, see
    :func:`missiongraph.networks.operations.network_file.described`. ``spells``
    (:func:`missiongraph.networks.extract.spells.spells`) make a GEXF dynamic. A second file, such
    as ``ties.nodes.csv`` beside ``ties.csv``, is written only for a path. Files appear complete or
    not at all. Raises :class:`NotAcceptable` for an unknown format.
    """
    drawn = from_networkx(network)
    name = format or ("" if not isinstance(target, str | Path) else suffix(Path(target)))
    files = written(drawn, name, attributes=attributes, spells=spells)
    if not isinstance(target, str | Path):
        target.write(files.pop(""))
        return []
    path = Path(target)
    paths = [_beside(path, part) for part in files]
    with ExitStack() as stack:
        streams = [stack.enter_context(replacing(path)) for path in paths]
        for stream, data in zip(streams, files.values(), strict=True):
            stream.write(data)
    return paths


def written(
    network: Network,
    format: str,
    *,
    attributes: Attributes | None = None,
    spells: Spells | None = None,
) -> Files:
    """The bytes of the network's file (under ``""``) and of further files, by suffix."""
    name = _ALIASES.get(format, format)
    if name not in FORMATS:
        raise NotAcceptable(f"networks have no format '{name}'; there are: {', '.join(FORMATS)}")
    return FORMATS[name](network, nodes(network, {**held(network), **(attributes or {})}), spells)


def _graphml(network: Network, table: Columns, spells: Spells | None) -> Files:
    return {"": text_files.joined(graph_xml.graphml(network, table))}


def _gexf(network: Network, table: Columns, spells: Spells | None) -> Files:
    return {"": text_files.joined(graph_xml.gexf(network, table, spells))}


def _json(network: Network, table: Columns, spells: Spells | None) -> Files:
    """For ``networkx.node_link_graph``; values that JSON does not have are text or left out."""
    names = table["node"]
    columns = {name: values for name, values in table.items() if name != "node"}
    if "id" in columns:
        raise QueryError("in JSON 'id' is the name of a node; rename the attribute 'id'")
    document = {
        "directed": network.directed,
        "multigraph": False,
        "graph": {"name": network.name, "question": question(network), **_dates(network)},
        "nodes": [
            {"id": name} | {key: of[place] for key, of in columns.items() if _is_json(of[place])}
            for place, name in enumerate(names)
        ],
        "edges": [
            {
                "source": names[source],
                "target": names[target],
                network.weighed: weight,
                WEIGHT: strength(network, weight),
                **also,
            }
            for (source, target, weight), also in zip(ties(network), _shared(network), strict=True)
        ],
    }
    return {"": json.dumps(document, ensure_ascii=False, allow_nan=False, default=str).encode()}


def _dates(network: Network) -> dict[str, Any]:
    """How many statements the ties rest on, what is known of their dates, and the method."""
    counted = ("statements", "undated", "single_day", "left_out", "dates", "method")
    return {name: network.about[name] for name in counted if name in network.about}


def _shared(network: Network) -> list[dict[str, int]]:
    """For each tie, what its ends share; nothing in a network that is no projection."""
    many = counts(network)
    return [{}] * network.size if many is None else [{SHARED: number} for number in many]


def _is_json(value: object) -> bool:
    return is_present(value) and not (isinstance(value, float) and isinf(value))


def _csv(network: Network, table: Columns, spells: Spells | None) -> Files:
    return {
        "": tie_frame(network).write_csv().encode(),
        "nodes.csv": node_frame(table).write_csv().encode(),
    }


def _parquet(network: Network, table: Columns, spells: Spells | None) -> Files:
    files = {"": tie_frame(network), "nodes.parquet": node_frame(table)}
    streams = {name: BytesIO() for name in files}
    for name, frame in files.items():
        frame.write_parquet(streams[name])
    return {name: stream.getvalue() for name, stream in streams.items()}


def _text(writer: Callable[[Network, Columns], Files]) -> Callable[..., Files]:
    """A writer of a format that knows no days."""
    return lambda network, table, spells: writer(network, table)


FORMATS: dict[str, Callable[[Network, Columns, Spells | None], Files]] = {
    "graphml": _graphml,
    "gexf": _gexf,
    "json": _json,
    "pajek": _text(text_files.pajek),
    "dl": _text(text_files.dl),
    "gml": _text(text_files.gml),
    "matrix": _text(text_files.matrix),
    "csv": _csv,
    "parquet": _parquet,
}
"""The formats by name, which is also the suffix of their files, except ``net`` for ``pajek``."""


def _beside(path: Path, part: str) -> Path:
    """``ties.nodes.csv`` for ``ties.csv`` and ``nodes.csv``, with ``.gz`` if the first has it."""
    if not part:
        return path
    packed = ".gz" if path.suffix == ".gz" else ""
    stem = Path(path.name.removesuffix(".gz")).stem
    return path.with_name(f"{stem}.{part}{packed}")

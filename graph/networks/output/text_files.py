"""Writes networks in the text formats of Pajek, UCINET and GML, and as matrices.

Sources: the manual of Pajek (two-mode networks), UCINET's description of its DL language
(http://www.analytictech.com/ucinet/help/hs5000.htm), and networkx's writer of GML.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import networkx as nx
import numpy as np

from missiongraph.errors import QueryError
from missiongraph.networks.model.columns import (
    Columns,
    counts,
    is_present,
    node_frame,
    strength,
    ties,
)
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.weights import SHARED, WEIGHT

MOST_CELLS = 25_000_000
"""Cells of the largest matrix that is written: 5,000 by 5,000."""

_UNQUOTED = str.maketrans({'"': "'", "\\": "/", "\n": " ", "\r": " "})
_PARTS = re.compile(r"[\s,;=:\"'\\]+")


def pajek(network: Network, table: Columns) -> dict[str, bytes]:
    """The network, with labels made unique, and a file for each attribute.

    Those of a two-mode network are numbered from its sources on, as Pajek asks.
    """
    order = _sources_first(network)
    number = {place: n for n, place in enumerate(order, start=1)}
    labels = [label.translate(_UNQUOTED) for label in table["label"]]
    seen = Counter(labels)
    sources = "" if network.side is None else f" {int(np.count_nonzero(network.side == 0))}"
    lines = [f"*Vertices {len(network)}{sources}"]
    for place in order:
        name = table["node"][place].translate(_UNQUOTED)
        unique = labels[place] if seen[labels[place]] == 1 else f"{labels[place]} ({name})"
        lines.append(f'{number[place]} "{unique}"')
    lines.append("*Arcs" if network.directed else "*Edges")
    lines += [f"{number[a]} {number[b]} {strength(network, w)!r}" for a, b, w in ties(network)]
    files = {"": joined(lines)}
    for name, values in table.items():
        if name not in ("node", "label"):
            kind, column = _pajek_column([values[place] for place in order])
            files[f"{name}.{kind}"] = joined([f"*Vertices {len(network)}", *column])
    return files


def dl(network: Network, table: Columns) -> dict[str, bytes]:
    """A list of ties in UCINET's DL; each tie of an undirected network both ways.

    UCINET knows no attributes in such a file, splits labels at blanks and commas, and ignores
    their case: words are joined by underscores, and labels that recur are numbered.
    """
    labels = _single_words(table["label"])
    if network.side is not None:
        rows, columns = _modes(network)
        place = {p: n for side in (rows, columns) for n, p in enumerate(side, start=1)}
        head = [f"dl nr={len(rows)} nc={len(columns)}", "format = edgelist2", "row labels:"]
        head += [*(labels[p] for p in rows), "column labels:", *(labels[p] for p in columns)]
        pairs: Iterable[tuple[int, int, float]] = (
            (*_from_source(network, a, b), w) for a, b, w in ties(network)
        )
    else:
        place = {p: p + 1 for p in range(len(network))}
        head = [f"dl n={len(network)}", "format = edgelist1", "labels:", *labels]
        pairs = _both_ways(network)
    data = [f"{place[a]} {place[b]} {strength(network, w)!r}" for a, b, w in pairs]
    return {"": joined([*head, "data:", *data])}


def gml(network: Network, table: Columns) -> dict[str, bytes]:
    """A GML document: ``label`` identifies a node, ``name`` is what it is called.

    Names of attributes have letters, digits and underscores only. Raises :class:`QueryError` for
    two that would be the same then, or that GML needs itself.
    """
    graph: nx.Graph[str] = nx.DiGraph() if network.directed else nx.Graph()
    names = table["node"]
    columns = _gml_columns(table)
    for place, name in enumerate(names):
        values = {key: of[place] for key, of in columns.items() if is_present(of[place])}
        graph.add_node(name, **{key: _gml_value(value) for key, value in values.items()})
    many = counts(network)
    for number, (a, b, weight) in enumerate(ties(network)):
        values = {network.weighed: weight, WEIGHT: strength(network, weight)}
        also = {} if many is None else {SHARED: many[number]}
        graph.add_edge(names[a], names[b], **values, **also)
    lines = nx.generate_gml(graph)  # with entities by number, of which igraph knows only names
    return {"": joined(each.replace("&#34;", "&quot;").replace("&#38;", "&amp;") for each in lines)}


def matrix(network: Network, table: Columns) -> dict[str, bytes]:
    """Strengths as a table: a row and a column for each node, or sources by targets.

    Beside it, the nodes in a file of their own. R's ``statnet`` and ``sna`` read it as
    ``as.matrix(read.csv(file, row.names = 1, check.names = FALSE))``. Raises
    :class:`QueryError` for more than :data:`MOST_CELLS` cells.
    """
    everyone = list(range(len(network)))
    rows, columns = (everyone, everyone) if network.side is None else _modes(network)
    if (cells := len(rows) * len(columns)) > MOST_CELLS:
        raise QueryError(
            f"a matrix of {cells:,} cells; at most {MOST_CELLS:,} are written: take a part of "
            "the network, or a format that lists ties"
        )
    names = table["node"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["", *(names[place] for place in columns)])
    strengths = network.strengths
    if network.side is not None and network.directed:
        strengths = strengths + strengths.T
    for place in rows:
        values = strengths[[place], :].toarray()[0][columns]
        writer.writerow([names[place], *(f"{value:.12g}" for value in values)])
    return {"": text.getvalue().encode(), "nodes.csv": node_frame(table).write_csv().encode()}


def _sources_first(network: Network) -> list[int]:
    """The places of all nodes, those of the first side before the others."""
    if network.side is None:
        return list(range(len(network)))
    return [int(place) for place in np.argsort(network.side, kind="stable")]


def _modes(network: Network) -> tuple[list[int], list[int]]:
    """The places of the sources and of the targets of a two-mode network."""
    side = network.side
    assert side is not None
    first, second = (np.flatnonzero(side == value).tolist() for value in (0, 1))
    return first, second


def _from_source(network: Network, a: int, b: int) -> tuple[int, int]:
    assert network.side is not None
    return (a, b) if network.side[a] == 0 else (b, a)


def _both_ways(network: Network) -> Iterable[tuple[int, int, float]]:
    for a, b, weight in ties(network):
        yield a, b, weight
        if not network.directed and a != b:
            yield b, a, weight


def _single_words(labels: Sequence[str]) -> list[str]:
    """Labels without blanks, different from each other whatever their case."""
    taken: set[str] = set()
    words = []
    for label in labels:
        word = stem = _PARTS.sub("_", label).strip("_") or "_"
        number = 1
        while word.casefold() in taken:
            number += 1
            word = f"{stem}_{number}"
        taken.add(word.casefold())
        words.append(word)
    return words


def _gml_columns(table: Columns) -> Columns:
    columns: Columns = {}
    for name, values in table.items():
        key = "name" if name == "label" else _key(name)
        if name == "node":
            continue
        if key in columns or key in ("id", "label"):
            raise QueryError(f"in GML '{key}' would stand for two things: rename '{name}'")
        columns[key] = values
    return columns


def _key(name: str) -> str:
    """A name that GML allows: letters, digits and underscores, a letter first."""
    key = re.sub(r"[^0-9A-Za-z_]", "_", name)
    return key if key[:1].isalpha() else f"a{key}"


def _gml_value(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value if isinstance(value, int | float) else str(value)


def _pajek_column(values: list[Any]) -> tuple[str, list[str]]:
    """A vector of numbers, or a partition: integers as they are, words numbered from 1."""
    if any(isinstance(value, float) for value in values):
        return "vec", [repr(float(value)) if is_present(value) else "0.0" for value in values]
    if all(isinstance(value, int) for value in values):
        return "clu", [str(int(value)) for value in values]
    words = {word: n for n, word in enumerate(sorted({str(v) for v in values if v is not None}), 1)}
    return "clu", [str(words.get(str(value), 0)) for value in values]


def joined(lines: Iterable[str]) -> bytes:
    """Lines as the bytes of a file."""
    return ("\n".join(lines) + "\n").encode()

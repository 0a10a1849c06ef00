"""Networks: a network is a query whose rows are ties.

A network query selects ``?source ?target`` and, if ties differ, ``?strength``;
its header says ``# network: directed`` or ``# network: undirected``. The shipped ones
are ``queries/networks/*.rq``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeAlias

import networkx as nx

from .errors import QueryError, UnknownQuery
from .results import Table

if TYPE_CHECKING:
    from . import MissionGraph

Network: TypeAlias = "nx.Graph[str]"
"""Any network; a directed one is a :class:`networkx.DiGraph`."""

_LABELS = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?node ?label WHERE { ?node rdfs:label ?label }
"""


@dataclass(frozen=True)
class NetworkQuery:
    """A query that draws a network, with what its header says about it."""

    name: str
    text: str
    question: str
    directed: bool
    nodes: str
    strength: str

    @classmethod
    def parse(cls, text: str, name: str = "query") -> NetworkQuery:
        """Read the header of ``text``; without a ``# network:`` line the network is undirected."""
        question, fields = _header(text)
        direction = fields.get("network", "undirected")
        if direction not in ("directed", "undirected"):
            raise QueryError(f"{name}: '# network: {direction}' is neither directed nor undirected")
        nodes, strength = fields.get("nodes", ""), fields.get("strength", "")
        return cls(name, text, question, direction == "directed", nodes, strength)


def network_queries() -> list[NetworkQuery]:
    """The networks that ship with MissionGraph, by name."""
    folder = resources.files("missiongraph.queries") / "networks"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".rq")), key=lambda f: f.name)
    return [NetworkQuery.parse(f.read_text("utf-8"), f.name.removesuffix(".rq")) for f in files]


def find_network(name: str) -> NetworkQuery:
    """The shipped network called ``name``; raises :class:`UnknownQuery` naming the others."""
    shipped = {query.name: query for query in network_queries()}
    if name not in shipped:
        raise UnknownQuery(f"no network called '{name}'; there are: {', '.join(shipped)}")
    return shipped[name]


def network(graph: MissionGraph, name_or_query: str) -> Network:
    """Draw the network of a shipped name or of a query's text.

    Nodes are IRIs with a ``label``; edges have a ``strength``, 1 where the query gives none
    (a strength, never a distance: more is closer). A row without ``?target`` adds a lone
    node; whoever is in no row is not in the network. A tie to oneself is left out, its node
    stays. Each pair may come once, in an undirected network in one order only.

    Raises :class:`UnknownQuery` for a name that does not ship, :class:`QueryError` for a
    query without ``?source ?target``, a repeated pair or a strength that is no positive number.
    """
    query = _read(name_or_query)
    table = graph.query(query.text)
    if not isinstance(table, Table) or not {"source", "target"} <= set(table.columns):
        raise QueryError(f"{query.name}: a network query selects ?source ?target [?strength]")
    drawn = draw(_ties(table), directed=query.directed, name=query.name)
    _label(drawn, graph)
    return drawn


def draw(
    ties: Iterable[tuple[str, str | None, float]], *, directed: bool, name: str = "network"
) -> Network:
    """Make a graph of ``(source, target, strength)`` ties; see :func:`network` for the rules."""
    drawn: Network = nx.DiGraph(name=name) if directed else nx.Graph(name=name)
    for source, target, strength in ties:
        drawn.add_node(source)
        if target is None or target == source:
            continue
        if not (math.isfinite(strength) and strength > 0):
            raise QueryError(f"{name}: {source} to {target} has strength {strength}, not above 0")
        if drawn.has_edge(source, target):
            once = "" if directed else "; add FILTER(STR(?source) < STR(?target))"
            raise QueryError(f"{name}: {source} to {target} comes twice{once}")
        drawn.add_edge(source, target, strength=strength)
    return drawn


def _read(name_or_query: str) -> NetworkQuery:
    """A name is one word; anything longer is a query."""
    if re.fullmatch(r"[\w-]+", name_or_query):
        return find_network(name_or_query)
    return NetworkQuery.parse(name_or_query)


def _header(text: str) -> tuple[str, dict[str, str]]:
    """The question (first comment line) and the ``# key: value`` lines of a query's header."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    pairs = (re.fullmatch(r"(\w+):\s*(.*)", line) for line in lines)
    return (lines[0] if lines else ""), {p[1]: p[2] for p in pairs if p}


def _ties(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str | None, float]]:
    for row in rows:
        target, strength = row["target"], row.get("strength")
        yield (
            str(row["source"]),
            None if target is None else str(target),
            1 if strength is None else _number(strength),
        )


def _number(strength: Any) -> float:
    """Keep whole numbers whole: most strengths are counts."""
    try:
        value = float(strength)
    except (TypeError, ValueError):
        raise QueryError(f"a network's ?strength is a number, not '{strength}'") from None
    return int(value) if value.is_integer() else value


def _label(drawn: Network, graph: MissionGraph) -> None:
    """Give every node one label: the first in alphabetical order, or else its slug."""
    nodes = set(drawn)
    labels: dict[str, str] = {}
    found = graph.query(_LABELS)
    for node, label in found.rows if isinstance(found, Table) else ():
        if node in nodes:
            labels[node] = min(labels.get(node, str(label)), str(label))
    slugs = {node: re.split(r"[/#]", node.rstrip("/#"))[-1] for node in nodes}
    nx.set_node_attributes(drawn, slugs | labels, "label")

"""Reads network definitions: queries whose rows are ties, with a header that explains them.

::

    # Which organisations take part in the same missions?
    # keywords: organisations, missions, participation
    # network: projection of sources
    # source: organisations
    # target: missions
    # strength: missions that both take part in
    # method: newman
    # layer: role
    PREFIX …
    SELECT ?source ?target ?from ?to ?layer ?via ?graph …

``network`` is ``undirected``, ``directed``, ``two-mode`` (sources on one side, targets on the
other) or ``projection of sources`` (or ``of targets``), which ties nodes of one side that share a
node on the other. ``method`` is how shared nodes add up to a strength, unless a view says otherwise
(:mod:`missiongraph.networks.model.projection`); without it, they are counted. A weight is a
``strength`` (more is closer) or a ``distance`` (more is farther), never just a weight. With
``rows: mean``, rows with the same ends are repeated statements of one tie; with ``rows: sum``, each
is a tie of its own. The columns are described in
:mod:`missiongraph.networks.extract.ties`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal, get_args

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.sparql.dataset_clause import FORMS
from missiongraph.sparql.scanner import tokens, unmarked

Kind = Literal[
    "undirected", "directed", "two-mode", "projection of sources", "projection of targets"
]
KINDS: tuple[Kind, ...] = (
    "undirected",
    "directed",
    "two-mode",
    "projection of sources",
    "projection of targets",
)
Weight = Literal["strength", "distance"]
Method = Literal["count", "newman", "hyperbolic", "jaccard", "cosine", "product", "minimum"]
METHODS: tuple[Method, ...] = get_args(Method)

_LINE = re.compile(
    r"#\s*(network|keywords|nodes|source|target|strength|distance|method|layer|apart|unit|rows):\s*(.*)"
)


@dataclass(frozen=True)
class NetworkQuery:
    """A query that defines a network, with the fields of its header.

    ``source`` and ``target`` name the kinds of node at the two ends. ``weight`` explains the weight
    of a tie, and ``weighed`` is whether it is a strength or a distance. ``method`` is the default
    method of a projection. ``layer`` explains what distinguishes
    layers; if each has its own unit (``unit: layer``), weights of different layers are never added
    up. ``apart`` are layers that count only where a view names them. ``rows`` is how rows without
    ``?via`` are combined, see :mod:`missiongraph.networks.extract.ties`.
    """

    name: str
    text: str
    question: str
    kind: Kind = "undirected"
    keywords: tuple[str, ...] = ()
    source: str = "nodes"
    target: str = "nodes"
    weighed: Weight = "strength"
    weight: str = "ties"
    layer: str = ""
    unit: str = ""
    rows: str = ""
    apart: tuple[str, ...] = ()
    method: Method = "count"

    @classmethod
    def parse(cls, text: str, name: str = "query") -> NetworkQuery:
        """Parse a query and its header; raises :class:`QueryError` with file and line."""
        text = unmarked(text)
        fields: dict[str, str] = {}
        question = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.startswith("#"):
                break
            if match := _LINE.fullmatch(line.rstrip()):
                _check(match[1], match[2], f"{name}.rq, line {number}")
                fields[match[1]] = match[2]
            elif not question:
                question = line.lstrip("# ").rstrip()
        if {"strength", "distance"} <= set(fields):
            raise QueryError(f"{name}.rq: a weight is a strength or a distance, not both")
        form = next((token.text.upper() for token in tokens(text) if token.is_word(*FORMS)), "")
        if form not in ("", "SELECT"):
            raise QueryError(f"{name}.rq: a network is a SELECT of ?source and ?target, not {form}")
        projected = fields.get("network", "").startswith("projection")
        if "method" in fields and not projected:
            raise QueryError(
                f"{name}.rq: '# method: {fields['method']}' is for projections; leave it out, or "
                "write '# network: projection of sources'"
            )
        weighed: Weight = "distance" if "distance" in fields else "strength"
        nodes = fields.get("nodes", "nodes")
        return cls(
            name,
            text,
            question,
            fields.get("network", "undirected"),  # type: ignore[arg-type]  # checked above
            _listed(fields.get("keywords", "")),
            fields.get("source", nodes),
            fields.get("target", fields.get("source", nodes)),
            weighed,
            fields.get(weighed, "ties"),
            fields.get("layer", ""),
            fields.get("unit", ""),
            fields.get("rows", ""),
            _listed(fields.get("apart", "")),
            fields.get("method", "count"),  # type: ignore[arg-type]  # checked above
        )

    @property
    def projected(self) -> bool:
        """Whether it ties nodes of one side by the nodes they share on the other."""
        return self.kind.startswith("projection")

    @property
    def directed(self) -> bool:
        """Whether ties have a direction, from source to target."""
        return self.kind == "directed"

    @property
    def nodes(self) -> str:
        """The kinds of the nodes, in words."""
        if self.kind == "projection of targets":
            return self.target
        if self.kind == "projection of sources" or self.source == self.target:
            return self.source
        return f"{self.source} and {self.target}"


@cache
def network_queries() -> tuple[NetworkQuery, ...]:
    """The networks that ship with MissionGraph, sorted by name."""
    folder = Path(str(resources.files("missiongraph.queries"))) / "networks"
    return tuple(
        NetworkQuery.parse(path.read_text("utf-8"), path.stem)
        for path in sorted(folder.glob("*.rq"))
    )


def find_network(name: str) -> NetworkQuery:
    """The shipped network ``name``; raises :class:`UnknownQuery`, which lists the names."""
    shipped = {query.name: query for query in network_queries()}
    if name not in shipped:
        raise UnknownQuery(f"no network is named '{name}'; there are: {', '.join(shipped)}")
    return shipped[name]


def read_definition(name_or_query: str | NetworkQuery) -> NetworkQuery:
    """The definition of a shipped name (one word) or of a query's text; returns one unchanged.

    Raises :class:`UnknownQuery` for a name and :class:`QueryError` for a text.
    """
    if isinstance(name_or_query, NetworkQuery):
        return name_or_query
    if not isinstance(name_or_query, str):
        kind = type(name_or_query).__name__
        raise QueryError(f"give the name of a shipped network or a query's text, not a {kind}")
    if re.fullmatch(r"[\w-]+", name_or_query):
        return find_network(name_or_query)
    return NetworkQuery.parse(name_or_query)


def _listed(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


def _check(field: str, value: str, where: str) -> None:
    if field == "network" and value not in KINDS:
        raise QueryError(f"{where}: no network is '{value}'; write one of: {', '.join(KINDS)}")
    if field == "unit" and value != "layer":
        raise QueryError(f"{where}: write '# unit: layer' when each layer has a unit of its own")
    if field == "method" and value not in METHODS:
        raise QueryError(f"{where}: no method is '{value}'; write one of: {', '.join(METHODS)}")
    if field == "rows" and value not in ("sum", "mean"):
        raise QueryError(f"{where}: rows are combined by sum or mean, not by '{value}'")

"""Queries the attributes of nodes: labels, kinds and countries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from missiongraph.errors import UnknownQuery
from missiongraph.namespaces import NETWORK
from missiongraph.networks.model.network import Network, Node
from missiongraph.sparql.engine import Engine, Query

_PREFIXES = """
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
ATTRIBUTES: Mapping[str, str] = {
    "label": "?node rdfs:label|skos:prefLabel ?value",
    "kind": "?node org:classification|moi:hasKind ?concept . ?concept skos:prefLabel ?value",
    "country": "?node moi:hasCountry ?concept . ?concept skos:prefLabel ?value",
}
"""The attributes of nodes, each with the graph pattern that matches it."""


def attribute(engine: Engine, nodes: Sequence[str], name: str = "label") -> dict[str, str]:
    """The value of an attribute for those of ``nodes`` that have one; the first of several.

    Raises :class:`UnknownQuery` for a name that is not in :data:`ATTRIBUTES`.
    """
    import polars as pl  # starts threads, which a process must not have when it forks

    if name not in ATTRIBUTES:
        raise UnknownQuery(f"nodes have no attribute '{name}'; there are: {', '.join(ATTRIBUTES)}")
    text = f"{_PREFIXES} SELECT ?node ?value {{ {ATTRIBUTES[name]} {_others(nodes)} }}"
    data = engine.run(Query(text), solutions="text/csv", triples=None).read()
    rows = pl.read_csv(BytesIO(data), infer_schema=False)
    wanted = pl.DataFrame({"node": list(nodes)}, schema={"node": pl.String})
    known = rows.join(wanted, on="node", how="semi").group_by("node").agg(pl.col("value").min())
    return dict(known.iter_rows())


def _others(nodes: Iterable[str]) -> str:
    """A filter without what observations describe, unless nodes are such: they need not be made."""
    if any(node.startswith(NETWORK) for node in nodes):
        return ""
    return f'FILTER(!STRSTARTS(STR(?node), "{NETWORK}"))'


def known(engine: Engine, network: Network) -> Network:
    """A network with labels for its nodes; other attributes are queried when first used."""
    nodes = [str(node) for node in network.nodes]
    labels: dict[Node, str] = dict(attribute(engine, nodes).items())
    return replace(network, labels=labels, attributes=_Known(engine, nodes))


@dataclass(frozen=True, eq=False)
class _Known(Mapping[str, Mapping[Node, Any]]):
    """The attributes of nodes other than labels, each queried when it is first used."""

    engine: Engine
    nodes: Sequence[str]
    cached: dict[str, Mapping[Node, Any]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Mapping[Node, Any]:
        if name not in ATTRIBUTES or name == "label":
            raise KeyError(name)
        if name not in self.cached:
            self.cached[name] = dict(attribute(self.engine, self.nodes, name).items())
        return self.cached[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in ATTRIBUTES if name != "label")

    def __len__(self) -> int:
        return len(ATTRIBUTES) - 1

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies hold all values instead of the engine."""
        return dict, ({name: dict(self[name]) for name in self},)

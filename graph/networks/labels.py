"""What is known of the nodes of a network: what they are called, their kinds and countries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

from ..engine import Engine, Query
from ..errors import UnknownQuery

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
"""What may be asked about nodes, as the pattern that finds it."""


def attribute(engine: Engine, nodes: Sequence[str], name: str = "label") -> dict[str, str]:
    """The value of an attribute for those of ``nodes`` that have one; of several, the first.

    Raises :class:`UnknownQuery` for one that is not in :data:`ATTRIBUTES`.
    """
    import polars as pl  # starts threads, and a process that forks should have none

    if name not in ATTRIBUTES:
        raise UnknownQuery(f"nodes have no '{name}'; there are: {', '.join(ATTRIBUTES)}")
    text = f"{_PREFIXES} SELECT ?node ?value {{ {ATTRIBUTES[name]} }}"
    data = engine.run(Query(text), solutions="text/csv", triples=None).read()
    found = pl.read_csv(BytesIO(data), infer_schema=False)
    wanted = pl.DataFrame({"node": list(nodes)}, schema={"node": pl.String})
    known = found.join(wanted, on="node", how="semi").group_by("node").agg(pl.col("value").min())
    return dict(known.iter_rows())

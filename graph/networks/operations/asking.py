"""Asks the store what operations tell beside a network, such as of its sources."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from missiongraph.sparql.engine import Engine, Query

_PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


def rows(engine: Engine, text: str) -> list[dict[str, Any]]:  # Any: a text, or None
    """The rows of a SELECT as texts, None where a variable has no value."""
    import polars as pl  # starts threads, which a process must not have when it forks

    data = engine.run(Query(_PREFIXES + text), solutions="text/csv", triples=None).read()
    return pl.read_csv(BytesIO(data), infer_schema=False).to_dicts()

"""An engine as a store of rdflib, read-only: rdflib asks, the engine answers."""

from __future__ import annotations

from io import BytesIO

from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import Result

from .engine import Engine, Query

_SOLUTIONS, _TRIPLES = "application/sparql-results+json", "application/n-triples"


class EngineStore(SPARQLStore):
    """rdflib's SPARQLStore, with the limits, credentials and default graph of an engine."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def _query(
        self, query: str, default_graph: str | None = None, named_graph: str | None = None
    ) -> Result:
        """Ask the engine; rdflib's name for "the default graph" is no graph's name there."""
        names_one = default_graph and default_graph != str(DATASET_DEFAULT_GRAPH_ID)
        asked = Query(query, default_graphs=[str(default_graph)] if names_one else ())
        answer = self._engine.run(asked, solutions=_SOLUTIONS, triples=_TRIPLES)
        return Result.parse(BytesIO(answer.read()), content_type=answer.media_type)

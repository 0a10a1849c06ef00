"""An engine as a store of rdflib, read-only: rdflib asks, the engine answers."""

from __future__ import annotations

from collections.abc import Generator
from io import BytesIO

from rdflib.exceptions import ParserError
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID, Graph
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import Result
from rdflib.term import Identifier, Node, Variable

from .engine import Engine, Query
from .errors import NotAcceptable

_Pattern = tuple[Node | None, Node | None, Node | None]
_SOLUTIONS, _TRIPLES = "application/sparql-results+json", "application/n-triples"


class EngineStore(SPARQLStore):
    """rdflib's SPARQLStore, with the limits, credentials and default graph of an engine."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def add_graph(self, graph: Graph) -> None:
        """Do nothing: ``Dataset.graph(name)`` adds the graph that it gives."""

    def contexts(  # type: ignore[override]
        self, triple: _Pattern | None = None
    ) -> Generator[Identifier, None, None]:
        """The named graphs that hold ``triple``, or any statement.

        Not every service knows ``GRAPH ?graph {}``, and Virtuoso hangs on SELECT DISTINCT here.
        """
        pattern = " ".join(
            self.node_to_sparql(term or Variable(name))
            for term, name in zip(triple or (None,) * 3, "spo", strict=True)
        )
        text = f"SELECT ?graph {{ GRAPH ?graph {{ {pattern} }} }} GROUP BY ?graph"
        yield from (binding[Variable("graph")] for binding in self._query(text).bindings)

    def _query(
        self, query: str, default_graph: str | None = None, named_graph: str | None = None
    ) -> Result:
        """Ask the engine; rdflib's name for "the default graph" is no graph's name there."""
        graph = str(default_graph or DATASET_DEFAULT_GRAPH_ID)
        named = graph != str(DATASET_DEFAULT_GRAPH_ID)
        asked = Query(query, default_graphs=[graph] if named else ())
        answer = self._engine.run(asked, solutions=_SOLUTIONS, triples=_TRIPLES)
        try:
            return Result.parse(BytesIO(answer.read()), content_type=answer.media_type)
        except (NotImplementedError, ParserError) as error:
            raise NotAcceptable("rdflib has no triple terms: ask the engine itself") from error

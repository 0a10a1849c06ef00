"""rdflib stores over an engine, so that rdflib code can query it.

Methods and parameters have rdflib's names.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from io import BytesIO
from typing import Any

import oxrdflib
from rdflib.exceptions import ParserError
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID, Graph
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.query import Result
from rdflib.term import BNode, Identifier, Node, Variable

from missiongraph.errors import NotAcceptable
from missiongraph.rdf.formats import N_TRIPLES

from .bindings import bind, term
from .engine import Engine, Query
from .local import LocalEngine
from .media_types import JSON
from .scanner import variables

_Pattern = tuple[Node | None, Node | None, Node | None]


class OxigraphStore(oxrdflib.OxigraphStore):
    """oxrdflib's store over the store of an engine; a write first calls ``hand_out``.

    ``initBindings`` may bind any variable, selected or not.
    """

    def __init__(self, engine: LocalEngine) -> None:
        super().__init__(store=engine.held)
        self._engine = engine

    def query(
        self,
        query: Any,
        initNs: Mapping[str, Any],
        initBindings: Mapping[str, Identifier],
        queryGraph: str,
        **options: object,
    ) -> Result:
        """Run a query; rdflib itself runs prepared queries and those with blank node values."""
        if any(isinstance(value, BNode) for value in initBindings.values()):
            raise NotImplementedError("Oxigraph binds no blank nodes")  # rdflib then runs the query
        if not isinstance(query, str):
            return super().query(query, initNs, initBindings, queryGraph, **options)
        return super().query(_bound(query, initBindings), initNs, {}, queryGraph, **options)

    def _take_out(self) -> None:
        """Write to the store that the engine hands out, which need not be the one it held."""
        self._store = self._engine.hand_out()

    def add(self, *args: Any, **options: Any) -> None:
        """Add a triple."""
        self._take_out()
        super().add(*args, **options)

    def addN(self, quads: Iterable[Any]) -> None:
        """Add some quads."""
        self._take_out()
        super().addN(list(quads))

    def remove(self, *args: Any, **options: Any) -> None:
        """Remove what matches a pattern."""
        self._take_out()
        super().remove(*args, **options)

    def update(self, *args: Any, **options: Any) -> None:
        """Run an update."""
        self._take_out()
        super().update(*args, **options)

    def add_graph(self, graph: Graph) -> None:
        """Add an empty graph, unless it exists: ``Dataset.graph(name)`` adds what it returns."""
        if graph.identifier not in {each.identifier for each in self.contexts()}:
            self._take_out()
            super().add_graph(graph)

    def remove_graph(self, graph: Graph) -> None:
        """Remove a graph."""
        self._take_out()
        super().remove_graph(graph)


class EngineStore(SPARQLStore):
    """rdflib's SPARQLStore, read-only, with the limits, credentials and graphs of an engine."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def query(  # type: ignore[override]
        self,
        query: Any,
        initNs: Mapping[str, Any] | None = None,
        initBindings: Mapping[str, Identifier] | None = None,
        queryGraph: str | None = None,
        DEBUG: bool = False,
    ) -> Result:
        """Run a query on the engine; values are bound before aggregation."""
        if isinstance(query, str):
            query = _bound(query, initBindings or {})
        return super().query(query, initNs, None, queryGraph, DEBUG)

    def add_graph(self, graph: Graph) -> None:
        """Do nothing: ``Dataset.graph(name)`` adds the graph that it returns."""

    def contexts(  # type: ignore[override]
        self, triple: _Pattern | None = None
    ) -> Generator[Identifier, None, None]:
        """The named graphs that hold ``triple``, or any statement if it is None.

        Not every service supports ``GRAPH ?graph {}``, and Virtuoso hangs on SELECT DISTINCT here.
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
        """Run a query on the engine; rdflib's IRI for "the default graph" is not passed on."""
        graph = str(default_graph or DATASET_DEFAULT_GRAPH_ID)
        named = graph != str(DATASET_DEFAULT_GRAPH_ID)
        request = Query(query, default_graphs=[graph] if named else ())
        answer = self._engine.run(request, solutions=JSON, triples=N_TRIPLES.media_type)
        try:
            return Result.parse(BytesIO(answer.read()), content_type=answer.media_type)
        except (NotImplementedError, ParserError) as error:
            raise NotAcceptable("rdflib has no triple terms: query the engine itself") from error


def _bound(text: str, values: Mapping[str, Identifier]) -> str:
    """The query with its variables bound; as in rdflib, unknown variables are ignored."""
    known = variables(text)
    named = {str(name).lstrip("?"): value for name, value in values.items()}
    return bind(text, {name: term(value) for name, value in named.items() if name in known})

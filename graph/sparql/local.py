"""The engine that runs Oxigraph in this process."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.errors import NotAcceptable, QueryError, Unsupported
from missiongraph.rdf.serialization import write_triples
from missiongraph.rdf.store import default_graph

from .bindings import bind
from .dataset_clause import from_clauses
from .engine import SOLUTIONS, TRIPLES, Answer, Query, graph_names
from .outline import Outline, outline
from .result_formats import write_solutions
from .scanner import explain

_Graphs = list[ox.NamedNode]
_CHUNK = 64 * 1024
_SOON = 0.1  # seconds; before that, the quads are not counted, which takes a while on disk
_COPYING = 2e-6  # seconds that it takes to copy the default graph, for each quad in the store


class LocalEngine:
    """Oxigraph in this process.

    Queries that name no graph run on ``default``, a copy of the default graph alone, if there is
    one: they take a fifth to a third less time. If the store is ``exclusive`` (no other code writes
    to it), the engine makes that copy itself, once such queries have taken as long as copying.
    """

    def __init__(
        self,
        store: ox.Store,
        fingerprint: str = "",
        default: ox.Store | None = None,
        *,
        exclusive: bool = False,
    ) -> None:
        self._store, self._default = store, default
        self._fingerprint, self._exclusive = fingerprint, exclusive
        self._spent = 0.0  # seconds, on plain queries without the copy
        self.handed_out = False

    def switch(self, store: ox.Store, fingerprint: str) -> None:
        """Answer from another store from now on, to which no other code writes."""
        self._store, self._default, self._fingerprint = store, None, fingerprint
        self._spent, self._exclusive = 0.0, True

    @property
    def fingerprint(self) -> str:
        """Identifies the state of the data; writes after :meth:`hand_out` do not change it."""
        return self._fingerprint

    @property
    def held(self) -> ox.Store:
        """The store, for reading only; callers that write must use :meth:`hand_out`."""
        return self._store

    def hand_out(self) -> ox.Store:
        """The store, for writing; it is no longer exclusive, and its copy is dropped."""
        self.handed_out = True
        self._default, self._exclusive = None, False
        return self._store

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Run ``query``; see :class:`Engine`. It cannot be stopped: ``gone`` is ignored."""
        output = io.BytesIO()
        media_type, form = self.write(query, output, solutions=solutions, triples=triples)
        data = output.getvalue()
        return Answer(media_type, form, _pieces(data), len(data), self._fingerprint)

    def prepare(self, query: Query) -> None:
        """Called before each query; an engine makes here what the answer needs."""

    def write(
        self,
        query: Query,
        output: BinaryIO,
        *,
        solutions: str | None,
        triples: str | None,
        begin: Callable[[str, str], None] | None = None,
    ) -> tuple[str, str]:
        """Stream the result to ``output``; returns the media type and the query's form.

        ``begin`` is called with both before the first byte. An exception of ``output.write``
        ends the query and is raised here.
        """
        outlined = outline(query.text)
        self.prepare(query)
        form = outlined.form.lower()
        text = bind(query.text, query.parameters)
        begun = time.perf_counter()
        try:
            default, named = _dataset(query, outlined)
            plain = not (default or named or outlined.names_graphs)
            store = self._plain() if plain else self._store
            again = partial(ask, store, text, default, named, base=query.base)
            result = again()
            graph = isinstance(result, ox.QueryTriples)
            media_type = _chosen(triples, TRIPLES) if graph else _chosen(solutions, SOLUTIONS)
            if begin:
                begin(media_type, form)
            if isinstance(result, ox.QueryTriples):
                write_triples(result, TRIPLES[media_type], output)
            else:
                write_solutions(result, SOLUTIONS[media_type], output, cast(Any, again))
        except SyntaxError as error:
            raise QueryError(explain(error.msg, text)) from error
        except ConnectionError:
            raise
        except RuntimeError as error:
            raise Unsupported(f"the query cannot be run: {error}") from error
        except (OSError, ValueError) as error:
            raise QueryError(f"the query failed: {error}") from error
        if plain:
            self._spent += time.perf_counter() - begun
        return media_type, form

    def _plain(self) -> ox.Store:
        """The store for queries that name no graph; makes the copy when it is due."""
        if self._default is None and self._exclusive and self._is_copy_due():
            self._default = default_graph(self._store)
        return self._store if self._default is None else self._default

    def _is_copy_due(self) -> bool:
        """Whether plain queries have taken as long as copying takes."""
        return self._spent > _SOON and self._spent > len(self._store) * _COPYING


def ask(
    store: ox.Store, text: str, default: _Graphs, named: _Graphs, *, base: str = ""
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    """Run a query over a dataset of these graphs, or over all graphs if none are given."""
    iri = base or None
    if not default and not named:
        return store.query(text, base_iri=iri)
    if len(default) < 2:
        return store.query(text, base_iri=iri, default_graph=[*default], named_graphs=[*named])
    # Oxigraph counts a triple once for each default graph that holds it; a dataset is a set
    chosen = ox.Store()
    for graph in default:
        quads = store.quads_for_pattern(None, None, None, graph)
        chosen.extend(ox.Quad(*quad.triple) for quad in quads)
    for graph in named:
        chosen.extend(store.quads_for_pattern(None, None, None, graph))
    everything = ox.DefaultGraph()
    return chosen.query(text, base_iri=iri, default_graph=everything, named_graphs=[*named])


def _dataset(query: Query, outlined: Outline) -> tuple[_Graphs, _Graphs]:
    """The default and the named graphs of a query: from the protocol, or else from FROM."""
    default, named = list(query.default_graphs), list(query.named_graphs)
    if not default and not named and outlined.scanned:
        default, named = from_clauses(outlined.scanned, query.base)
    return graph_names(default), graph_names(named)


def _chosen(wanted: str | None, formats: Mapping[str, object]) -> str:
    if wanted is not None and wanted in formats:
        return wanted
    forms = "SELECT and ASK" if formats is SOLUTIONS else "CONSTRUCT and DESCRIBE"
    raise NotAcceptable(f"results of {forms} come as {', '.join(formats)}")


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK))

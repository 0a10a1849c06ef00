"""Oxigraph in this process, as an engine."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO, cast

import pyoxigraph as ox

from missiongraph.errors import NotAcceptable, QueryError, Unsupported
from missiongraph.rdf.serialization import write_triples
from missiongraph.rdf.store import default_graph

from .bindings import bind
from .dataset_clause import from_clauses, names_graphs
from .engine import SOLUTIONS, TRIPLES, Answer, Query, graph_names, query_form
from .result_formats import write_solutions
from .scanner import Token, explain
from .screening import screen

_Graphs = list[ox.NamedNode]
_CHUNK = 64 * 1024
_COPYING = 2e-6  # seconds that it takes to copy the default graph, for each quad in the store


class LocalEngine:
    """Oxigraph in this process.

    Queries that name no graph are asked of ``default``, a copy of the default graph alone, if there
    is one: they take a fifth to a third less time. Of an ``exclusive`` store, which nobody else
    writes to, the engine makes one by itself, once such queries have taken as long as that takes.
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
        self._fingerprint = fingerprint
        self._seconds_until_copy = len(store) * _COPYING if exclusive else float("inf")
        self.handed_out = False

    @property
    def fingerprint(self) -> str:
        """Names the state of the data, as it was if the store was lent since."""
        return self._fingerprint

    @property
    def held(self) -> ox.Store:
        """The store, to read from; who may write to it borrows it by :meth:`hand_out`."""
        return self._store

    def hand_out(self) -> ox.Store:
        """The store itself; nobody knows what is written to it from now on."""
        self.handed_out = True
        self._default, self._seconds_until_copy = None, float("inf")
        return self._store

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Answer ``query``; see :class:`Engine`. It cannot be stopped: ``gone`` is not asked."""
        output = io.BytesIO()
        media_type, form = self.write(query, output, solutions=solutions, triples=triples)
        data = output.getvalue()
        return Answer(media_type, form, _pieces(data), len(data), self._fingerprint)

    def write(
        self,
        query: Query,
        output: BinaryIO,
        *,
        solutions: str | None,
        triples: str | None,
        begin: Callable[[str, str], None] | None = None,
    ) -> tuple[str, str]:
        """Write the answer to ``output`` as the rows come; the media type and the form.

        ``begin`` is told both before the first byte. What ``output.write`` raises ends the
        query and comes out of here.
        """
        scanned = screen(query.text, "a query")
        form = query_form(scanned).lower()
        text = bind(query.text, query.parameters)
        begun = time.perf_counter()
        try:
            default, named = _dataset(query, scanned)
            plain = not (default or named or names_graphs(scanned))
            store = self._plain() if plain else self._store
            again = partial(ask, store, text, default, named, base=query.base)
            found = again()
            graph = isinstance(found, ox.QueryTriples)
            media_type = _chosen(triples, TRIPLES) if graph else _chosen(solutions, SOLUTIONS)
            if begin:
                begin(media_type, form)
            if isinstance(found, ox.QueryTriples):
                write_triples(found, TRIPLES[media_type], output)
            else:
                write_solutions(found, SOLUTIONS[media_type], output, cast(Any, again))
        except SyntaxError as error:
            raise QueryError(explain(error.msg, text)) from error
        except ConnectionError:
            raise
        except RuntimeError as error:
            raise Unsupported(f"the query cannot be run: {error}") from error
        except (OSError, ValueError) as error:
            raise QueryError(f"the query failed: {error}") from error
        if plain:
            self._seconds_until_copy -= time.perf_counter() - begun
        return media_type, form

    def _plain(self) -> ox.Store:
        """What to ask a query that names no graph."""
        if self._default is None and self._seconds_until_copy < 0:
            self._default = default_graph(self._store)
        return self._store if self._default is None else self._default


def ask(
    store: ox.Store, text: str, default: _Graphs, named: _Graphs, *, base: str = ""
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    """Run a query over a dataset of these graphs, or over all if none is given."""
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


def _dataset(query: Query, scanned: Sequence[Token]) -> tuple[_Graphs, _Graphs]:
    """The default and the named graphs that are asked for: by the protocol, or else by FROM."""
    default, named = list(query.default_graphs), list(query.named_graphs)
    if not default and not named:
        default, named = from_clauses(scanned, query.base)
    return graph_names(default), graph_names(named)


def _chosen(wanted: str | None, formats: Mapping[str, object]) -> str:
    if wanted is not None and wanted in formats:
        return wanted
    forms = "SELECT and ASK" if formats is SOLUTIONS else "CONSTRUCT and DESCRIBE"
    raise NotAcceptable(f"results of {forms} come as {', '.join(formats)}")


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK))

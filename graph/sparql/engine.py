"""Engines answer one query: strings in, bytes out.

The contract is narrow on purpose: a :class:`Query` and an :class:`Answer` hold nothing but strings
and bytes, so that an engine may as well live in another process or on another machine.
:class:`LocalEngine` runs Oxigraph in this process, without limits of time;
:class:`~missiongraph.isolation.engine.IsolatedEngine` runs it in processes of its own, within
limits.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, Protocol, cast, runtime_checkable

import pyoxigraph as ox

from missiongraph.errors import NotAcceptable, QueryError, Unsupported
from missiongraph.rdf.serialization import write_triples
from missiongraph.rdf.store import default_graph

from .bindings import bind
from .dataset_clause import FORMS, from_clauses, names_graphs
from .result_formats import write_solutions
from .scanner import Token, explain, unmarked
from .screening import screen

SOLUTIONS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
"""Media types for the results of SELECT and ASK."""

TRIPLES = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}
"""Media types for the results of CONSTRUCT and DESCRIBE."""

_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
_Graphs = list[ox.NamedNode]
_CHUNK = 64 * 1024
_COPYING = 2e-6  # seconds that it takes to copy the default graph, for each quad in the store


@dataclass(frozen=True)
class Query:
    """A SPARQL query with what the protocol may add to it.

    ``default_graphs`` and ``named_graphs``, if any, replace the dataset that the query itself
    names (SPARQL 1.1 Protocol, section 2.1.4). ``parameters`` gives variables their value, as
    an RDF term in the syntax of N-Triples. ``base`` is what relative IRIs are relative to. A byte
    order mark before the text is no part of it.
    """

    text: str
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    base: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", unmarked(self.text))


@runtime_checkable
class Closable(Protocol):
    """What holds something that it can let go of."""

    def close(self) -> None:
        """Let go."""


@dataclass(frozen=True)
class Answer:
    """A serialised result: its media type, the form of the query, and its bytes in pieces.

    ``size`` is the number of bytes where it is known beforehand, ``fingerprint`` the state of
    the data that was asked. Whoever does not read all of ``chunks`` calls :meth:`close`.
    """

    media_type: str
    form: str
    chunks: Iterator[bytes]
    size: int | None = None
    fingerprint: str = ""

    def read(self) -> bytes:
        """All the bytes; they can be had once."""
        return b"".join(self.chunks)

    def close(self) -> None:
        """Give up what is not read yet, and free what works on it."""
        if isinstance(self.chunks, Closable):
            self.chunks.close()


class Engine(Protocol):
    """Whatever answers queries over one state of the data."""

    @property
    def fingerprint(self) -> str:
        """Names the state of the data: another state, another fingerprint."""

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Answer ``query`` in one of two media types, by what it asks for.

        ``gone`` tells whether the asker has left; an engine that can stop a query asks it now
        and then, and raises :class:`ClientGone`.

        Raises :class:`QueryError` for a query that cannot be run, :class:`NotAcceptable` if
        its form's media type is ``None`` or not one of :data:`SOLUTIONS` or :data:`TRIPLES`.
        """


class LocalEngine:
    """Oxigraph in this process.

    Queries that name no graph are asked of ``default``, a copy of the default graph alone, if
    there is one: they take a fifth to a third less time. Of a store that is ``kept`` from all
    others the engine makes one by itself, once such queries have taken as long as that takes.
    """

    def __init__(
        self,
        store: ox.Store,
        fingerprint: str = "",
        default: ox.Store | None = None,
        *,
        kept: bool = False,
    ) -> None:
        self._store, self._default = store, default
        self._fingerprint = fingerprint
        self._patience = len(store) * _COPYING if kept else float("inf")
        self.lent = False

    @property
    def fingerprint(self) -> str:
        """Names the state of the data, as it was if the store was lent since."""
        return self._fingerprint

    @property
    def held(self) -> ox.Store:
        """The store, to read from; who may write to it borrows it by :meth:`lend`."""
        return self._store

    def lend(self) -> ox.Store:
        """The store itself; nobody knows what is written to it from now on."""
        self.lent = True
        self._default, self._patience = None, float("inf")
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
        form = _form(scanned).lower()
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
            self._patience -= time.perf_counter() - begun
        return media_type, form

    def _plain(self) -> ox.Store:
        """What to ask a query that names no graph."""
        if self._default is None and self._patience < 0:
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


def check(text: str) -> str:
    """The form of a query that may be run; raises :class:`QueryError` for any other text.

    Refuses what the engine's parser would not survive, updates, and SERVICE, which would
    send requests from this machine to wherever the query says.
    """
    return _form(screen(text, "a query"))


def _form(scanned: Iterable[Token]) -> str:
    form = ""
    for token in scanned:
        if not form and token.is_word(*_UPDATES):
            raise QueryError(f"{token.text.upper()} is an update; only queries can be run here")
        if not form and token.is_word(*FORMS):
            form = token.text.upper()
    if not form:
        raise QueryError("not SPARQL: a query says SELECT, ASK, CONSTRUCT or DESCRIBE")
    return form


def _dataset(query: Query, scanned: Sequence[Token]) -> tuple[_Graphs, _Graphs]:
    """The default and the named graphs that are asked for: by the protocol, or else by FROM."""
    default, named = list(query.default_graphs), list(query.named_graphs)
    if not default and not named:
        default, named = from_clauses(scanned, query.base)
    return graph_names(default), graph_names(named)


def graph_names(iris: Iterable[str]) -> list[ox.NamedNode]:
    """Graphs by their absolute IRI; raises :class:`QueryError` for what is none."""
    try:
        return [ox.NamedNode(iri) for iri in iris]
    except ValueError as error:
        raise QueryError(f"a graph's name is an absolute IRI: {error}") from error


def _chosen(wanted: str | None, formats: Mapping[str, object]) -> str:
    if wanted is not None and wanted in formats:
        return wanted
    forms = "SELECT and ASK" if formats is SOLUTIONS else "CONSTRUCT and DESCRIBE"
    raise NotAcceptable(f"results of {forms} come as {', '.join(formats)}")


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK))

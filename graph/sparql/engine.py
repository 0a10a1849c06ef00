"""The contract of query engines: a query goes in as strings, an answer comes out as bytes.

It is narrow on purpose: a :class:`Query` and an :class:`Answer` hold only strings and bytes, so
that an engine may run in another process or on another machine.

:class:`InProcessEngine`, :class:`SupervisedEngine` and
:class:`~missiongraph.writing.request.WritableEngine` describe what only some engines can do.

:class:`~missiongraph.sparql.local.LocalEngine` runs Oxigraph in this process, without a time limit;
:class:`~missiongraph.isolation.engine.IsolatedEngine` runs it in worker processes, within limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pyoxigraph as ox

from missiongraph.errors import QueryError
from missiongraph.rdf.formats import (
    JSON_LD,
    N_QUADS,
    N_TRIPLES,
    RDF_XML,
    TRIG,
    TURTLE,
    by_media_type,
)

from .dataset_clause import FORMS
from .media_types import CSV, JSON, TSV, XML
from .scanner import Token, unmarked
from .screening import screen

SOLUTIONS = {
    JSON: ox.QueryResultsFormat.JSON,
    XML: ox.QueryResultsFormat.XML,
    CSV: ox.QueryResultsFormat.CSV,
    TSV: ox.QueryResultsFormat.TSV,
}
"""Media types for the results of SELECT and ASK."""

TRIPLES = by_media_type(TURTLE, N_TRIPLES, RDF_XML, JSON_LD, TRIG, N_QUADS)
"""Media types for the results of CONSTRUCT and DESCRIBE."""

HOLD = 256 * 1024
"""Bytes of a result that are buffered before the response starts as a success."""

_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")


@dataclass(frozen=True)
class Query:
    """A SPARQL query with the parameters of the protocol.

    ``default_graphs`` and ``named_graphs``, if any, replace the dataset of the query itself
    (SPARQL 1.1 Protocol, section 2.1.4). ``parameters`` binds variables to RDF terms in
    N-Triples. ``base`` is the base of relative IRIs. A byte order mark before ``text`` is
    removed.
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
    """An object that holds resources."""

    def close(self) -> None:
        """Release them."""


@dataclass(frozen=True)
class Answer:
    """A serialised result: its media type, the query's form (in lower case), and its bytes.

    ``size`` is the number of bytes if known in advance, ``fingerprint`` the state of the data
    that was queried. A caller that does not read all ``chunks`` must call :meth:`close`.
    """

    media_type: str
    form: str
    chunks: Iterator[bytes]
    size: int | None = None
    fingerprint: str = ""

    def read(self) -> bytes:
        """All bytes; they can be read only once."""
        return b"".join(self.chunks)

    def close(self) -> None:
        """Discard the rest, and release the worker or connection that sends it."""
        if isinstance(self.chunks, Closable):
            self.chunks.close()


class Engine(Protocol):
    """Runs queries over one state of the data."""

    @property
    def fingerprint(self) -> str:
        """Identifies the state of the data; it changes whenever the data change."""

    def run(
        self,
        query: Query,
        *,
        solutions: str | None,
        triples: str | None,
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Run ``query``; ``solutions`` and ``triples`` are the media types for tables and graphs.

        ``gone`` returns whether the client has disconnected; an engine that can stop a query
        calls it from time to time, and raises :class:`ClientGone`.

        Raises :class:`QueryError` for a query that cannot be run, :class:`NotAcceptable` if
        its form's media type is ``None`` or not one of :data:`SOLUTIONS` or :data:`TRIPLES`.
        """


@runtime_checkable
class InProcessEngine(Protocol):
    """An engine whose data is in the memory of this process."""

    @property
    def held(self) -> ox.Store:
        """The store, for reading only."""


class Load(Protocol):
    """How many queries have a slot, and how many wait for one."""

    @property
    def running(self) -> int:
        """Queries that have a slot."""

    @property
    def waiting(self) -> int:
        """Queries that wait for a slot."""


@runtime_checkable
class SupervisedEngine(Protocol):
    """An engine that runs queries in worker processes and reports their state."""

    @property
    def admission(self) -> Load:
        """How many queries run and wait."""

    @property
    def federates(self) -> bool:
        """Whether queries may use SERVICE (SPARQL 1.1 Federated Query)."""

    def known(self) -> Mapping[str, Any]:  # Any: JSON
        """The state of the engine: ``fingerprint``, ``workers``, ``statements``, ``merged`` …

        Raises :class:`EngineFailed` if the processes do not answer.
        """

    def reload(self, paths: Sequence[Path] = ()) -> str:
        """Load the files as they are now; returns the new fingerprint."""


def check(text: str) -> str:
    """The form of a query that may be run; raises :class:`QueryError` for any other text.

    Refuses updates, SERVICE (which would send requests from this machine to any address), and
    text that would crash the engine's parser.
    """
    return query_form(screen(text, "a query"))


def query_form(scanned: Iterable[Token]) -> str:
    """``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``; raises :class:`QueryError` otherwise."""
    form = ""
    for token in scanned:
        if not form and token.is_word(*_UPDATES):
            raise QueryError(f"{token.text.upper()} is an update; only queries can be run here")
        if not form and token.is_word(*FORMS):
            form = token.text.upper()
    if not form:
        raise QueryError("not SPARQL: a query needs SELECT, ASK, CONSTRUCT or DESCRIBE")
    return form


def graph_names(iris: Iterable[str]) -> list[ox.NamedNode]:
    """The IRIs as nodes; raises :class:`QueryError` for one that is not an absolute IRI."""
    try:
        return [ox.NamedNode(iri) for iri in iris]
    except ValueError as error:
        raise QueryError(f"a graph name must be an absolute IRI: {error}") from error

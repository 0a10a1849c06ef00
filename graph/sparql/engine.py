"""Engines answer one query: strings in, bytes out.

The contract is narrow on purpose: a :class:`Query` and an :class:`Answer` hold nothing but strings
and bytes, so that an engine may as well live in another process or on another machine.

Beside it, :class:`InProcessEngine`, :class:`SupervisedEngine` and
:class:`~missiongraph.writing.request.WritableEngine` say what only some engines can do.

:class:`~missiongraph.sparql.local.LocalEngine` runs Oxigraph in this process, without limits of
time; :class:`~missiongraph.isolation.engine.IsolatedEngine` runs it in processes of its own, within
limits.
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
"""Bytes that are waited for before an answer is said to be good."""

_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")


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


@runtime_checkable
class InProcessEngine(Protocol):
    """An engine whose data is in the memory of this process."""

    @property
    def held(self) -> ox.Store:
        """The store, to read from."""


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
    """An engine that keeps processes of its own at work, and can tell of them."""

    @property
    def admission(self) -> Load:
        """Who is let in."""

    @property
    def federates(self) -> bool:
        """Whether queries may ask other services (SPARQL 1.1 Federated Query)."""

    def known(self) -> Mapping[str, Any]:
        """Its state from memory: ``fingerprint``, ``workers``, ``statements``, ``merged`` …

        Raises :class:`EngineFailed` where the processes do not answer.
        """

    def reload(self, paths: Sequence[Path] = ()) -> str:
        """Answer from the files as they are now; the fingerprint."""


def check(text: str) -> str:
    """The form of a query that may be run; raises :class:`QueryError` for any other text.

    Refuses what the engine's parser would not survive, updates, and SERVICE, which would
    send requests from this machine to wherever the query says.
    """
    return query_form(screen(text, "a query"))


def query_form(scanned: Iterable[Token]) -> str:
    """``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``; raises :class:`QueryError` for none."""
    form = ""
    for token in scanned:
        if not form and token.is_word(*_UPDATES):
            raise QueryError(f"{token.text.upper()} is an update; only queries can be run here")
        if not form and token.is_word(*FORMS):
            form = token.text.upper()
    if not form:
        raise QueryError("not SPARQL: a query says SELECT, ASK, CONSTRUCT or DESCRIBE")
    return form


def graph_names(iris: Iterable[str]) -> list[ox.NamedNode]:
    """Graphs by their absolute IRI; raises :class:`QueryError` for what is none."""
    try:
        return [ox.NamedNode(iri) for iri in iris]
    except ValueError as error:
        raise QueryError(f"a graph's name is an absolute IRI: {error}") from error

"""Defines a write as a client requests it, its result, and the engines that accept writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

UPDATE, PUT, POST, DELETE = "update", "put", "post", "delete"
"""The kinds of writes."""


@dataclass(frozen=True)
class Write:
    """A SPARQL Update (``body`` is its text), or an operation on one graph of the store.

    ``graph`` is the IRI of that graph, ``None`` for the default graph; ``body`` is the data to put
    or post, in ``media_type``. ``who`` is recorded with the change. ``graphs`` are those that the
    client may write to (``writing/permission``), ``None`` for all. ``if_match`` and
    ``if_none_match`` are states, or ``*``, in which the graph must or must not be
    (``writing/preconditions``).
    """

    kind: str
    who: str
    body: bytes = b""
    media_type: str = ""
    graph: str | None = None
    base: str = ""
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    graphs: tuple[str, ...] | None = None
    if_match: tuple[str, ...] | None = None
    if_none_match: tuple[str, ...] | None = None

    @property
    def what(self) -> str:
        """The write in a few words, for the journal."""
        if self.kind == UPDATE:
            return UPDATE
        return f"{self.kind} {self.graph or 'the default graph'}"


@dataclass(frozen=True)
class Written:
    """The result of a write, with its validation report as JSON and as N-Triples.

    ``added`` and ``removed`` count quads, without those that rules derive, which are counted apart.
    ``fingerprint`` names the state of all data served now, ``state`` that of the graph that was
    written to, if it still exists, or, for an update, of the dataset.
    """

    added: int = 0
    removed: int = 0
    existed: bool = False
    validation_seconds: float = 0.0
    fingerprint: str = ""
    state: str = ""
    report_json: bytes = b""
    report_triples: bytes = b""
    derived_added: int = 0
    derived_removed: int = 0


@runtime_checkable
class WritableEngine(Protocol):
    """An engine that can carry out writes, if its graph is writable."""

    @property
    def writable(self) -> bool:
        """Whether the graph accepts writes."""

    def version(self, graph: str | None) -> str | None:
        """The version of a graph, ``None`` for the default graph; ``None`` if it does not exist."""

    def write(self, write: Write, gone: Callable[[], bool] | None = None) -> Written:
        """Carry out a write completely or not at all; every later query sees it.

        Raises :class:`~missiongraph.errors.MissionGraphError` for a write that is refused.
        """

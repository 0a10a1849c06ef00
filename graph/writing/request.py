"""What a client asks to be written, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

UPDATE, PUT, POST, DELETE = "update", "put", "post", "delete"
"""The kinds of writes."""


@dataclass(frozen=True)
class Write:
    """A SPARQL Update (``body`` is its text), or an operation on one graph of the store.

    ``graph`` is the IRI of that graph, or nothing for the default graph; ``body`` is what is
    put or posted, in ``media_type``. ``who`` is written down with the change. ``graphs`` are
    those that may be written to (``writing/permission``), all if it is nothing. ``if_match`` and
    ``if_none_match`` are states, or ``*``, that what is written to must be in, or must not
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
    """What a write did, and what the shapes say of it: a report as JSON and as N-Triples.

    ``fingerprint`` names all that is served now, ``state`` what was written to: the graph, if it
    is still there, or for an update the data.
    """

    added: int = 0
    removed: int = 0
    existed: bool = False
    validation_seconds: float = 0.0
    fingerprint: str = ""
    state: str = ""
    report_json: bytes = b""
    report_triples: bytes = b""


@runtime_checkable
class WritableEngine(Protocol):
    """An engine that can carry out writes, if its graph takes any."""

    @property
    def writable(self) -> bool:
        """Whether the graph takes writes."""

    def version(self, graph: str | None) -> str | None:
        """The version of a graph, by default of the default graph; nothing if it is not there."""

    def write(self, write: Write, gone: Callable[[], bool] | None = None) -> Written:
        """Carry out a write, or none of it; every query after this sees it.

        Raises :class:`~missiongraph.errors.MissionGraphError` for a write that is refused.
        """

"""The messages between front, supervisor, workers, and the processes that try writes and measure.

The front is the process that calls the engine. A piece is a frame of bytes after a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from missiongraph.limits import Limits
from missiongraph.sparql.engine import Query
from missiongraph.system import framing
from missiongraph.system.messages import Message
from missiongraph.writing.request import Write

# --- from the front to the supervisor


@dataclass(frozen=True)
class Configuration:
    """What a supervisor serves: files, or a directory that takes writes.

    Passed to the daemon at its start, not sent as a message.
    """

    paths: Sequence[str]
    fingerprint: str
    directory: str
    shapes: bool
    networks: bool
    limits: Limits
    folder: str = ""

    def settings(self) -> dict[str, Any]:  # Any: JSON
        """The fields, for JSON."""
        limits = {field.name: getattr(self.limits, field.name) for field in fields(Limits)}
        return vars(self) | {"limits": limits}

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """The configuration with these settings."""
        return cls(**{**settings, "limits": Limits(**settings["limits"])})


@dataclass(frozen=True)
class AskState(Message):
    """Request for the state of the supervisor; the response is :class:`State`."""


@dataclass(frozen=True)
class AskVersion(Message):
    """Request for the :class:`Version` of a graph; ``None`` is the default graph."""

    graph: str | None


@dataclass(frozen=True)
class AskEnd(Message):
    """Request for the exit code of a worker; :class:`Ended` comes once the worker has ended."""

    pid: int


@dataclass(frozen=True)
class AskWrite(Message):
    """A write, with its body as a piece.

    The response is :class:`Committed`, :class:`Rejected` or a ``Failure``.
    """

    write: Write

    def values(self) -> list[Any]:  # Any: JSON
        """The fields of the write without its body."""
        return [{name: value for name, value in vars(self.write).items() if name != "body"}]

    @classmethod
    def of(cls, *values: Any) -> Self:
        """The write with these fields and an empty body."""
        (saved,) = values
        write: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in saved.items()
        }
        return cls(Write(**write))

    def encode(self) -> bytes:
        """The frames of the write and its body."""
        return super().encode() + framing.piece(self.write.body)


# --- from the supervisor to the front


@dataclass(frozen=True)
class State(Message):
    """What is served, and by how many workers; ``fault`` is why writes fail, or empty."""

    fingerprint: str
    generation: int
    workers: int
    retiring: int
    quads: int
    statements: int
    merged: bool
    written: str
    fault: str


@dataclass(frozen=True)
class Version(Message):
    """The version of a graph; ``None`` if there is no such graph."""

    version: str | None


@dataclass(frozen=True)
class Ended(Message):
    """The exit code of a process, as of :mod:`subprocess`; ``None`` if it is not known."""

    code: int | None


# --- between the front and a worker


@dataclass(frozen=True)
class Hello(Message):
    """The process id of a worker, and the thread whose priority the front may lower."""

    pid: int
    thread: int


@dataclass(frozen=True)
class RunQuery(Message):
    """A query, the accepted media types, and its limits of time; 0 seconds mean no limit."""

    query: Query
    solutions: str | None
    triples: str | None
    seconds: float = 0
    cpu_seconds: float = 0

    def values(self) -> list[Any]:  # Any: JSON
        """The fields in order, for JSON."""
        query = self.query
        graphs = [*query.default_graphs], [*query.named_graphs]
        parameters = [query.text, *graphs, dict(query.parameters), query.base]
        return [parameters, self.solutions, self.triples, self.seconds, self.cpu_seconds]

    @classmethod
    def of(cls, *values: Any) -> Self:
        """The message with these fields, as decoded from JSON."""
        query, *others = values
        return cls(Query(*query), *others)


@dataclass(frozen=True)
class AnswerHead(Message):
    """The kind of an answer, which follows in pieces, and the state of the data that it is of."""

    media_type: str
    form: str
    fingerprint: str


@dataclass(frozen=True)
class Done(Message):
    """The end of a complete answer."""


# --- from a process that tries a write to the committer, and on to the front


@dataclass(frozen=True)
class Tried(Message):
    """The effect of a write. Removed and added quads follow in two pieces, and any report.

    The pieces include what rules derive; ``added`` and ``removed`` do not count it.
    """

    added: int
    removed: int
    existed: bool
    validation_seconds: float
    created: Sequence[str]
    dropped: Sequence[str]
    derived_added: int = 0
    derived_removed: int = 0


@dataclass(frozen=True)
class Committed(Message):
    """The effect of a committed write. Of a report, ``reports`` pieces follow: JSON, N-Triples."""

    added: int
    removed: int
    existed: bool
    validation_seconds: float
    fingerprint: str
    state: str
    reports: int
    derived_added: int = 0
    derived_removed: int = 0


@dataclass(frozen=True)
class Rejected(Message):
    """A write that violates a shape. The report follows in two pieces: JSON, N-Triples."""

    message: str
    reports: int = 2


# --- from a process that measures to the refresher


@dataclass(frozen=True)
class Measured(Message):
    """The digest of new observations. Removed and added quads follow in two pieces."""

    digest: str

"""The messages between front, supervisor and workers, and of the processes that try and measure.

What is called a piece is a frame of bytes that follows a message.
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
    """What a supervisor is to serve: files, or a directory that takes writes.

    It is told at its start, as any daemon, and not as a message.
    """

    paths: Sequence[str]
    fingerprint: str
    directory: str
    shapes: bool
    networks: bool
    limits: Limits
    folder: str = ""

    def settings(self) -> dict[str, Any]:
        """The fields, for JSON."""
        limits = {field.name: getattr(self.limits, field.name) for field in fields(Limits)}
        return vars(self) | {"limits": limits}

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """The configuration with these settings."""
        return cls(**{**settings, "limits": Limits(**settings["limits"])})


@dataclass(frozen=True)
class AskState(Message):
    """How is the supervisor? Answered by :class:`State`."""


@dataclass(frozen=True)
class AskVersion(Message):
    """What is the version of a graph, by default of the default graph? See :class:`Version`."""

    graph: str | None


@dataclass(frozen=True)
class AskEnd(Message):
    """How did a worker end? Answered by :class:`Ended`, if need be once it has."""

    pid: int


@dataclass(frozen=True)
class AskWrite(Message):
    """A write; its body follows as a piece. Answered by what :class:`Tried` may become."""

    write: Write

    def values(self) -> list[Any]:
        """The fields of the write but its body."""
        return [{name: value for name, value in vars(self.write).items() if name != "body"}]

    @classmethod
    def of(cls, *values: Any) -> Self:
        """The write with these fields, still without its body."""
        (given,) = values
        write: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in given.items()
        }
        return cls(Write(**write))

    def encode(self) -> bytes:
        """The frames of the write and its body."""
        return super().encode() + framing.piece(self.write.body)


# --- from the supervisor to the front


@dataclass(frozen=True)
class State(Message):
    """What is served by how many workers; ``fault`` is why no write can be kept."""

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
    """The version of a graph; nothing if it is not there."""

    version: str | None


@dataclass(frozen=True)
class Ended(Message):
    """The exit code of a process; nothing if it is not known."""

    code: int | None


# --- between the front and a worker


@dataclass(frozen=True)
class Hello(Message):
    """Which worker answers, and which of its threads can be made to give way."""

    pid: int
    thread: int


@dataclass(frozen=True)
class RunQuery(Message):
    """A query, the media types wanted, and how long it may take; 0 seconds are any."""

    query: Query
    solutions: str | None
    triples: str | None
    seconds: float = 0
    cpu_seconds: float = 0

    def values(self) -> list[Any]:
        """The fields in order, for JSON."""
        query = self.query
        graphs = [*query.default_graphs], [*query.named_graphs]
        said = [query.text, *graphs, dict(query.parameters), query.base]
        return [said, self.solutions, self.triples, self.seconds, self.cpu_seconds]

    @classmethod
    def of(cls, *values: Any) -> Self:
        """The message with these values, as JSON had them."""
        query, *others = values
        return cls(Query(*query), *others)


@dataclass(frozen=True)
class AnswerHead(Message):
    """What kind of answer follows in pieces, and of which state of the data."""

    media_type: str
    form: str
    fingerprint: str


@dataclass(frozen=True)
class Done(Message):
    """The answer was whole."""


# --- from a process that tries a write to the committer, and on to the front


@dataclass(frozen=True)
class Tried(Message):
    """What a write does; what it removes and adds follows in two pieces, then a report, if any."""

    added: int
    removed: int
    existed: bool
    validation_seconds: float
    created: Sequence[str]
    dropped: Sequence[str]


@dataclass(frozen=True)
class Committed(Message):
    """What a write did; so many pieces of a report follow, as JSON and as N-Triples."""

    added: int
    removed: int
    existed: bool
    validation_seconds: float
    fingerprint: str
    state: str
    reports: int


@dataclass(frozen=True)
class Rejected(Message):
    """A write that breaks a shape; a report follows in two pieces."""

    message: str
    reports: int = 2


# --- from a process that measures to the refresher


@dataclass(frozen=True)
class Measured(Message):
    """The digest of observations; what they remove and add follows in two pieces."""

    digest: str

"""What can go wrong, as a tree of exceptions that say where and what to do about it.

::

    MissionGraphError
    ├── MappingError        a mapping's header or query
    ├── TableError          cells of a table; ``faults`` lists them
    ├── BuildError          tables that do not fit together
    ├── DataError           an RDF file that cannot be read
    ├── JournalError        a journal whose chain of writes is broken
    ├── QueryError          a query that cannot be run; the caller's fault
    │   ├── UnknownQuery    a name that the library does not hold
    │   ├── Refused         what is SPARQL, yet not allowed here: SERVICE, LOAD
    │   ├── Unsupported     what is SPARQL, yet not known to the engine: its functions
    │   ├── Unsuited        values or weights that a measure cannot work with
    │   └── UpdateError     an update that is SPARQL and yet cannot be carried out
    │       └── Reserved    a write to a graph that follows from others
    ├── PreconditionFailed  a write to what is not as its writer thinks; ``state`` says what it is
    ├── NoSuchGraph         a graph that is not there
    ├── UnsupportedFormat   data in a format that is not read here
    ├── NotAcceptable       a result format that the engine does not write
    ├── LimitExceeded       a query that took more than it may; ``limit`` names the setting
    │   └── Busy            no slot came free in time; ``retry_seconds`` says when to come back
    ├── StateGone           a state of the data that is not served any more
    ├── EngineFailed        the engine broke off; another try may do
    │   ├── NotKept         a write that cannot be kept, as its files were changed by others
    │   ├── RemoteError     a SPARQL service elsewhere that fails; the message names it
    │   └── ServiceFailed   another service that a query asks did not answer as it should
    ├── ClientGone          whoever asked does not wait for the answer any more
    └── ValidationFailed    data that break a shape; ``report`` says which

A :class:`NetworkWarning` tells what a network that could be drawn was drawn without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 20
"""Faults spelled out in the message of one error."""


class MissionGraphError(Exception):
    """Base of every error that MissionGraph raises on purpose."""


class MappingError(MissionGraphError):
    """A mapping that cannot be understood; the message names file and line."""


class NetworkWarning(UserWarning):
    """A network without nodes, or without some rows of its query; the message says why."""


@dataclass(frozen=True, order=True)
class Fault:
    """One bad cell. ``row`` is the number a spreadsheet shows: the header is row 1."""

    file: str
    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, row {self.row}"
        if self.column:
            place += f", column {self.column}"
        return f"{place}: {self.value!r} {self.reason}" if self.value else f"{place}: {self.reason}"


class _Faults(MissionGraphError):
    """An error that lists what is wrong cell by cell."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        if more := len(self.faults) - SHOWN:
            lines += [f"… and {more} more"] if more > 0 else []
        super().__init__("\n".join(lines))


class TableError(_Faults):
    """Cells that fail their cast; nothing was written."""


class BuildError(_Faults):
    """Tables that do not fit together, such as a reference to a thing that no table describes."""


class DataError(MissionGraphError):
    """An RDF file that is missing or cannot be parsed; the message names file and line."""


class JournalError(MissionGraphError):
    """A journal that is not what was written; the message names the file and the bytes.

    The first byte that is not lies between ``first``, where its write begins, and ``last``.
    """

    def __init__(self, message: str, first: int = 0, last: int | None = None) -> None:
        super().__init__(message)
        self.first, self.last = first, first if last is None else last


class QueryError(MissionGraphError):
    """A query that is not SPARQL, asks for what is refused, or lacks a parameter."""


class UnknownQuery(QueryError):
    """No query or network has this name; the message names some that do."""


class NoSuchGraph(MissionGraphError):
    """A graph that is asked for or to be removed, and is not there."""


class UnsupportedFormat(MissionGraphError):
    """Data in a media type that is not read here."""


class Refused(QueryError):
    """A query or update that is SPARQL and asks for what is not allowed here."""


class Unsupported(QueryError):
    """A query that is SPARQL and asks for what the engine has not, such as a function."""


class Unsuited(QueryError):
    """A value of a parameter, or weights of ties, that a measure cannot work with."""


class UpdateError(QueryError):
    """An update that is SPARQL and yet refused, or wrong about which graphs there are."""


class Reserved(UpdateError):
    """A write to a graph that nobody writes to; the message names it and says why."""


class PreconditionFailed(MissionGraphError):
    """A write to a graph or dataset that is in another ``state``, or (empty) is not there."""

    def __init__(self, message: str, state: str = "") -> None:
        super().__init__(message)
        self.state = state


class NotAcceptable(MissionGraphError):
    """The engine does not write this media type for this form of query."""


class LimitExceeded(MissionGraphError):
    """A query that took more time, memory or room than ``limit``, the setting's name, allows."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class Busy(LimitExceeded):
    """Every slot is taken and so is the queue, or none came free in time."""

    def __init__(self, limit: str, message: str, retry_seconds: float) -> None:
        super().__init__(limit, message)
        self.retry_seconds = retry_seconds


class StateGone(MissionGraphError):
    """Data that are asked for as they were, and have changed since."""


class EngineFailed(MissionGraphError):
    """The engine broke off for no fault of the query; another try may do."""


class NotKept(EngineFailed):
    """A write that is not kept: the files it would go to are not as the server left them."""


class RemoteError(EngineFailed):
    """A SPARQL service that cannot be reached, refuses or breaks off; the message names it."""


class ServiceFailed(EngineFailed):
    """A service that a query's SERVICE asks did not answer as it should; the message names it."""


class ClientGone(MissionGraphError):
    """Whoever asked has left; nobody reads the answer."""


class ValidationFailed(MissionGraphError):
    """The data break a shape; ``report`` holds the validation report."""

    def __init__(self, message: str, report: object = None) -> None:
        super().__init__(message)
        self.report = report


REBUILT: Mapping[str, type[MissionGraphError]] = {
    error.__name__: error
    for error in (
        MissionGraphError,
        MappingError,
        DataError,
        JournalError,
        QueryError,
        UnknownQuery,
        Refused,
        Unsupported,
        Unsuited,
        UpdateError,
        Reserved,
        NoSuchGraph,
        UnsupportedFormat,
        NotAcceptable,
        EngineFailed,
        StateGone,
        NotKept,
        RemoteError,
        ServiceFailed,
        ClientGone,
    )
}
"""The errors that another process can rebuild from their name and message: they hold no more.

Whoever adds an error that crosses processes adds it here.
"""


def packed(error: MissionGraphError) -> dict[str, Any]:
    """An error as JSON, for another process.

    One that holds more than a message is told as the nearest of its bases in :data:`REBUILT`;
    a limit keeps its name, :class:`Busy` when to come back, :class:`PreconditionFailed` its state.
    """
    said: dict[str, Any] = {"message": str(error)}
    if isinstance(error, LimitExceeded):
        said["limit"] = error.limit
        if isinstance(error, Busy):
            said["retry_seconds"] = error.retry_seconds
        return said
    if isinstance(error, PreconditionFailed):
        return said | {"state": error.state}
    names = (kind.__name__ for kind in type(error).__mro__)
    return said | {"error": next(name for name in names if name in REBUILT)}


def rebuilt(said: Mapping[str, Any]) -> MissionGraphError:
    """The error of which :func:`packed` tells; an unknown name is a failure of the engine."""
    if "retry_seconds" in said:
        return Busy(said["limit"], said["message"], said["retry_seconds"])
    if "limit" in said:
        return LimitExceeded(said["limit"], said["message"])
    if "state" in said:
        return PreconditionFailed(said["message"], said["state"])
    return REBUILT.get(said["error"], EngineFailed)(said["message"])

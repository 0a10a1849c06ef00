"""The exceptions that MissionGraph raises; their messages say where and what to do about it.

::

    MissionGraphError
    ├── MappingError        a mapping's header or query
    ├── TableError          cells of a table; ``faults`` lists them
    ├── BuildError          tables that do not fit together
    ├── DataError           an RDF file that cannot be read
    ├── JournalError        a journal whose chain of writes is broken
    ├── QueryError          a query that cannot be run; the caller's fault
    │   ├── UnknownQuery    no query or network of this name in the library
    │   ├── Refused         valid SPARQL that is not allowed here: SERVICE, LOAD
    │   ├── Unsupported     valid SPARQL that the engine does not implement: functions
    │   ├── Unsuited        values or weights that a measure cannot work with
    │   └── UpdateError     a valid update that cannot be carried out
    │       └── Reserved    a write to a graph that is derived from others
    ├── PreconditionFailed  the data are in another ``state`` than the request expects
    ├── NoSuchGraph         a named graph that does not exist
    ├── UnsupportedFormat   input data in a format that is not supported
    ├── NotAcceptable       a result format that the engine does not write
    ├── LimitExceeded       a query over a limit; ``limit`` names the setting
    │   └── Busy            no slot came free in time; retry after ``retry_seconds``
    ├── StateGone           a state of the data that is no longer served
    ├── EngineFailed        the engine failed; a retry may succeed
    │   ├── NotKept         a write that was not saved: its files were changed by others
    │   ├── RemoteError     a remote SPARQL service failed; the message names it
    │   └── ServiceFailed   the service of a SERVICE block failed; the message names it
    ├── ClientGone          the client closed its connection before the response
    └── ValidationFailed    data that break a shape; ``report`` says which

A :class:`NetworkWarning` says what a network was extracted without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

SHOWN = 20
"""The most faults listed in the message of one error."""


class MissionGraphError(Exception):
    """Base of every error that MissionGraph raises on purpose."""


class MappingError(MissionGraphError):
    """A mapping that cannot be parsed; the message names file and line."""


class NetworkWarning(UserWarning):
    """A network without nodes, or without some rows of its query; the message says why."""


class CacheWarning(UserWarning):
    """The user's cache cannot hold what later calls would need; the message says why."""


class Fault(NamedTuple):
    """One invalid cell. ``row`` counts as spreadsheets do: the header is row 1."""

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
    """An error that lists its faults cell by cell."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[:SHOWN]]
        if more := len(self.faults) - SHOWN:
            lines += [f"… and {more} more"] if more > 0 else []
        super().__init__("\n".join(lines))


class TableError(_Faults):
    """Cells whose cast failed; nothing was written."""


class BuildError(_Faults):
    """Tables that contradict each other, such as a reference to an entity no table describes."""


class DataError(MissionGraphError):
    """An RDF file that is missing or cannot be parsed; the message names file and line."""


class JournalError(MissionGraphError):
    """A journal that is damaged; the message names the file and the bytes.

    The first damaged byte lies between ``first``, where its write begins, and ``last``.
    """

    def __init__(self, message: str, first: int = 0, last: int | None = None) -> None:
        super().__init__(message)
        self.first, self.last = first, first if last is None else last


class QueryError(MissionGraphError):
    """A query that is not valid SPARQL, is not allowed, or lacks a parameter."""


class UnknownQuery(QueryError):
    """No query or network has this name; the message lists some that exist."""


class NoSuchGraph(MissionGraphError):
    """A named graph that is read or removed and does not exist."""


class UnsupportedFormat(MissionGraphError):
    """Input data in a media type that is not supported."""


class Refused(QueryError):
    """A query or update that is valid SPARQL but not allowed here."""


class Unsupported(QueryError):
    """A query that is valid SPARQL but uses what the engine lacks, such as a function."""


class Unsuited(QueryError):
    """A value of a parameter, or weights of ties, that a measure cannot work with."""


class UpdateError(QueryError):
    """An update that is valid SPARQL but refused, or that assumes graphs that do not exist."""


class Reserved(UpdateError):
    """A write to a graph that is computed; the message names it and says why."""


class PreconditionFailed(MissionGraphError):
    """A write whose target is now in another ``state``; empty if it does not exist."""

    def __init__(self, message: str, state: str = "") -> None:
        super().__init__(message)
        self.state = state


class NotAcceptable(MissionGraphError):
    """The engine does not write this media type for this form of query."""


class LimitExceeded(MissionGraphError):
    """A query that exceeded a limit of time, memory or size; ``limit`` is the setting's name."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(message)
        self.limit = limit


class Busy(LimitExceeded):
    """All slots and the queue are full, or no slot came free in time."""

    def __init__(self, limit: str, message: str, retry_seconds: float) -> None:
        super().__init__(limit, message)
        self.retry_seconds = retry_seconds


class StateGone(MissionGraphError):
    """A request for an earlier state of the data, which have changed since."""


class EngineFailed(MissionGraphError):
    """The engine failed through no fault of the query; a retry may succeed."""


class NotKept(EngineFailed):
    """A write that was not saved: another program changed the files since the last write."""


class RemoteError(EngineFailed):
    """A SPARQL service that is unreachable, refuses or breaks off; the message names it."""


class ServiceFailed(EngineFailed):
    """The service of a SERVICE block failed or sent an invalid response; the message names it."""


class ClientGone(MissionGraphError):
    """The client closed its connection before the response was complete."""


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
"""The errors that another process can rebuild from their name and message alone.

A new error that crosses process boundaries must be added here.
"""


def packed(error: MissionGraphError) -> dict[str, Any]:  # Any: JSON
    """An error as a JSON object, to be sent to another process.

    An error that is not in :data:`REBUILT` becomes the nearest of its bases that is; a
    :class:`LimitExceeded` keeps ``limit``, a :class:`Busy` also ``retry_seconds``, a
    :class:`PreconditionFailed` its ``state``.
    """
    content: dict[str, Any] = {"message": str(error)}
    if isinstance(error, LimitExceeded):
        content["limit"] = error.limit
        if isinstance(error, Busy):
            content["retry_seconds"] = error.retry_seconds
        return content
    if isinstance(error, PreconditionFailed):
        return content | {"state": error.state}
    names = (kind.__name__ for kind in type(error).__mro__)
    return content | {"error": next(name for name in names if name in REBUILT)}


def rebuilt(content: Mapping[str, Any]) -> MissionGraphError:
    """The error from the object that :func:`packed` made; an unknown name gives EngineFailed."""
    if "retry_seconds" in content:
        return Busy(content["limit"], content["message"], content["retry_seconds"])
    if "limit" in content:
        return LimitExceeded(content["limit"], content["message"])
    if "state" in content:
        return PreconditionFailed(content["message"], content["state"])
    return REBUILT.get(content["error"], EngineFailed)(content["message"])

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
    │   └── UpdateError     an update that is SPARQL and yet cannot be carried out
    ├── NoSuchGraph         a graph that is not there
    ├── UnsupportedFormat   data in a format that is not read here
    ├── NotAcceptable       a result format that the engine does not write
    ├── LimitExceeded       a query that took more than it may; ``limit`` names the setting
    │   └── Busy            no slot came free in time; ``retry_seconds`` says when to come back
    ├── EngineFailed        the engine broke off; another try may do
    │   ├── NotKept         a write that cannot be kept, as its files were changed by others
    │   ├── RemoteError     a SPARQL service elsewhere that fails; the message names it
    │   └── ServiceFailed   another service that a query asks did not answer as it should
    ├── ClientGone          whoever asked does not wait for the answer any more
    └── ValidationFailed    data that break a shape; ``report`` says which
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 20
"""Faults spelled out in the message of one error."""


class MissionGraphError(Exception):
    """Base of every error that MissionGraph raises on purpose."""


class MappingError(MissionGraphError):
    """A mapping that cannot be understood; the message names file and line."""


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


class UpdateError(QueryError):
    """An update that is SPARQL and yet refused, or wrong about which graphs there are."""


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

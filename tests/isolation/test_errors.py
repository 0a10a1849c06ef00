"""Errors on their way between processes: the same kind, and the same words, not letters."""

from __future__ import annotations

import json

import pytest

from missiongraph import errors
from missiongraph.errors import (
    REBUILT,
    BuildError,
    Busy,
    EngineFailed,
    Fault,
    LimitExceeded,
    MissionGraphError,
    PreconditionFailed,
    TableError,
    ValidationFailed,
    packed,
    rebuilt,
)

TEXT = "line 3: no such thing"
FAULTS = [Fault("a.csv", row, "year", "x", "is not a year") for row in (2, 3)]
MORE = {
    "TableError": TableError(FAULTS),
    "BuildError": BuildError(FAULTS),
    "LimitExceeded": LimitExceeded("query_seconds", TEXT),
    "Busy": Busy("queue_length", TEXT, 2.5),
    "PreconditionFailed": PreconditionFailed(TEXT, "a-state"),
    "ValidationFailed": ValidationFailed(TEXT, {"conforms": False}),
}
"""Errors that hold more than a message."""

KINDS = sorted(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, MissionGraphError) and not name.startswith("_")
)


@pytest.mark.parametrize("name", KINDS)
def test_every_error_crosses_with_its_words(name: str) -> None:
    error = MORE[name] if name in MORE else REBUILT[name](TEXT)
    again = rebuilt(json.loads(json.dumps(packed(error))))
    assert str(again) == str(error)
    assert isinstance(error, type(again)) and (type(again) is type(error) or name in MORE)


def test_limits_keep_their_name_and_when_to_come_back() -> None:
    limit, busy = rebuilt(packed(MORE["LimitExceeded"])), rebuilt(packed(MORE["Busy"]))
    assert isinstance(limit, LimitExceeded) and limit.limit == "query_seconds"
    assert isinstance(busy, Busy) and busy.retry_seconds == 2.5


def test_an_error_of_a_module_of_its_own_crosses_as_its_base() -> None:
    class Special(errors.QueryError):
        """One that other processes do not know."""

    assert type(rebuilt(packed(Special(TEXT)))) is errors.QueryError


def test_a_name_that_nobody_knows_is_a_failure() -> None:
    assert type(rebuilt({"error": "Unheard", "message": TEXT})) is EngineFailed

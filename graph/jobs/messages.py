"""The messages between the front and a job, besides those of its queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from missiongraph.system.messages import Message


@dataclass(frozen=True)
class BeginJob(Message):
    """A task, the state of the data that it refers to, and its limits."""

    task: Mapping[str, Any]
    fingerprint: str
    seconds: int
    megabytes: int

    def values(self) -> list[Any]:  # Any: JSON
        """The fields in order, for JSON."""
        return [dict(self.task), self.fingerprint, self.seconds, self.megabytes]


@dataclass(frozen=True)
class ResultHead(Message):
    """The media type of the result of a job, which follows in pieces."""

    media_type: str

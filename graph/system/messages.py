"""Base classes of the messages between our processes: frozen dataclasses, one frame each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from missiongraph.errors import MissionGraphError, packed, rebuilt

from . import framing


class Message:
    """Base of all messages. Fields must be JSON values unless a class converts them."""

    def values(self) -> list[Any]:  # Any: JSON
        """The fields in order, for JSON."""
        return [*vars(self).values()]

    @classmethod
    def of(cls, *values: Any) -> Self:
        """The message with these fields, as decoded from JSON; the inverse of :meth:`values`."""
        return cls(*values)

    def encode(self) -> bytes:
        """The frame to send: a JSON list of the class name and the fields in order."""
        return framing.message([type(self).__name__, *self.values()])


M = TypeVar("M", bound=Message)


def decode(frame: framing.Frame | None, *kinds: type[M]) -> M | None:
    """The message in a frame if it is of one of these ``kinds``, else ``None``."""
    if isinstance(frame, list) and frame:
        for kind in kinds:
            if frame[0] == kind.__name__:
                return kind.of(*frame[1:])
    return None


@dataclass(frozen=True)
class Failure(Message):
    """An error on its way to another process, :func:`~missiongraph.errors.packed`."""

    said: Mapping[str, Any]

    @classmethod
    def because(cls, error: MissionGraphError) -> Failure:
        """The message that carries ``error``."""
        return cls(packed(error))

    @property
    def error(self) -> MissionGraphError:
        """The error that the message carries."""
        return rebuilt(self.said)

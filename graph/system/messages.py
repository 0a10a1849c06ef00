"""Messages between our processes: a frozen dataclass each, and on the wire one frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from missiongraph.errors import MissionGraphError, packed, rebuilt

from . import framing


class Message:
    """Base of all messages; their fields are what JSON can hold, unless they say how."""

    def values(self) -> list[Any]:
        """The fields in order, for JSON."""
        return [*vars(self).values()]

    @classmethod
    def of(cls, *values: Any) -> Self:
        """The message with these values, as JSON had them."""
        return cls(*values)

    def encode(self) -> bytes:
        """The frame of the message: the name of its class, and its fields in order."""
        return framing.message([type(self).__name__, *self.values()])


M = TypeVar("M", bound=Message)


def decode(frame: framing.Frame | None, *kinds: type[M]) -> M | None:
    """The message in a frame, if it is one of these kinds; nothing for any other frame."""
    if isinstance(frame, list) and frame:
        for kind in kinds:
            if frame[0] == kind.__name__:
                return kind.of(*frame[1:])
    return None


@dataclass(frozen=True)
class Failure(Message):
    """Why something could not be done, as :func:`~missiongraph.errors.packed` says it."""

    said: Mapping[str, Any]

    @classmethod
    def because(cls, error: MissionGraphError) -> Failure:
        """The failure of which an error tells."""
        return cls(packed(error))

    @property
    def error(self) -> MissionGraphError:
        """The error again."""
        return rebuilt(self.said)

"""What an application makes of the data as it is now, and keeps until the data is another."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

Made = TypeVar("Made")

MOST = 64
"""Things that are kept at most: lists, facets and an index, some for each kind of thing."""


@dataclass
class _Slot:
    """A thing, once it is made; one thread makes it, and others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    values: list[Any] = field(default_factory=list)


class Memo:
    """What is costly to make of the data: once for each name, and again in another state.

    ``state`` names the state of the data; where it has no name, nothing is kept. Of more than
    ``most`` things the one that was asked for longest ago goes.
    """

    def __init__(self, state: Callable[[], str], most: int = MOST) -> None:
        self._state, self._most = state, most
        self._lock = threading.Lock()
        self._of = ""
        self._kept: OrderedDict[str, _Slot] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str, make: Callable[[], Made]) -> Made:
        """What is kept under ``name``, made if need be; raises what making it raises."""
        state = self._state()
        if not state:
            return make()
        slot = self._slot(state, name)
        with slot.lock:
            if not slot.values:
                slot.values.append(make())
            return cast(Made, slot.values[0])

    def _slot(self, state: str, name: str) -> _Slot:
        with self._lock:
            if state != self._of:
                self._kept, self._of = OrderedDict(), state
            slot = self._kept.setdefault(name, _Slot())
            self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return slot

"""A memo of results computed from the data, valid until the data changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

Value = TypeVar("Value")

MOST = 64
"""Most results held: lists, facets and an index, some for each kind of thing."""


@dataclass
class _Slot:
    """One result; one thread computes it while others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    values: list[Any] = field(default_factory=list)


class Memo:
    """Costly results by name, each computed once for a state of the data.

    ``state`` gives the name of the present state; if it is empty, nothing is remembered. Above
    ``most`` results, the least recently used is dropped.
    """

    def __init__(self, state: Callable[[], str], most: int = MOST) -> None:
        self._state, self._most = state, most
        self._lock = threading.Lock()
        self._of = ""
        self._slots: OrderedDict[str, _Slot] = OrderedDict()

    def __len__(self) -> int:
        return len(self._slots)

    def get(self, name: str, make: Callable[[], Value]) -> Value:
        """The result under ``name``, computed by ``make`` if need be; raises what ``make`` does."""
        state = self._state()
        if not state:
            return make()
        slot = self._slot(state, name)
        with slot.lock:
            if not slot.values:
                slot.values.append(make())
            return cast(Value, slot.values[0])

    def _slot(self, state: str, name: str) -> _Slot:
        with self._lock:
            if state != self._of:
                self._slots, self._of = OrderedDict(), state
            slot = self._slots.setdefault(name, _Slot())
            self._slots.move_to_end(name)
            while len(self._slots) > self._most:
                self._slots.popitem(last=False)
            return slot

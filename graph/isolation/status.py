"""Caches the state of another process, so that callers need not wait for its response."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from missiongraph.errors import EngineFailed, MissionGraphError

_SECONDS, _SOON = 1.0, 0.1  # between two requests, and between two while the state is changing
_SILENT = 30.0  # seconds without a response after which the process counts as failed


class Watch:
    """Requests the state of a process regularly, and whenever a caller knows of a change.

    ``look`` is a method that returns the state, and raises :class:`MissionGraphError` or
    :class:`OSError` if the process does not respond; ``settled`` returns whether a state is
    likely to last. Requests begin with the first call of :meth:`told`.
    """

    def __init__(
        self,
        look: Callable[[], Mapping[str, Any]],
        settled: Callable[[Mapping[str, Any]], bool],
    ) -> None:
        self._look = weakref.WeakMethod(look)  # weak: the thread ends when the owner is collected
        self._settled = settled
        self._state: Mapping[str, Any] = {}
        self._at = 0.0
        self._lock, self._looking = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted, self._closed = threading.Event(), False

    def told(self) -> Mapping[str, Any]:  # Any: JSON
        """The last known state; raises :class:`EngineFailed` if it is older than 30 seconds."""
        if not self._thread:
            self._begin()
        if not self._state or time.monotonic() - self._at > _SILENT:
            raise EngineFailed("the store does not answer")
        return self._state

    def changed(self, *, wait: bool = False) -> None:
        """Request the state soon, as it has changed; with ``wait``, before this returns."""
        if wait and self._thread:
            self._refresh()
        self._wanted.set()

    def close(self) -> None:
        """Stop requesting the state."""
        self._closed = True
        self._wanted.set()

    def _begin(self) -> None:
        with self._lock:
            if not self._thread:
                self._refresh()
                self._thread = threading.Thread(target=self._work, name="watch", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while not self._closed and self._look():
            self._wanted.wait(_SECONDS if self._settled(self._state) else _SOON)
            self._wanted.clear()
            self._refresh()

    def _refresh(self) -> None:
        look = self._look()
        with self._looking, suppress(MissionGraphError, OSError):
            if look and not self._closed:
                self._state = look()
                self._at = time.monotonic()

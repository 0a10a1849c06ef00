"""Watching: what a process tells of itself, kept in memory for those who must not wait for it."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from missiongraph.errors import EngineFailed, MissionGraphError

_SECONDS, _SOON = 1.0, 0.1  # between two looks, and while there is more to come
_SILENT = 30.0  # seconds after which it is not busy any more but out of order


class Watch:
    """Looks at a process as often as needs be, and whenever somebody knows of a change.

    ``look`` is a method that asks it and raises :class:`MissionGraphError` or :class:`OSError`
    where it does not answer, ``settled`` whether what it tells will stay for a while. Nothing
    is looked at before somebody asks for the first time.
    """

    def __init__(
        self,
        look: Callable[[], Mapping[str, Any]],
        settled: Callable[[Mapping[str, Any]], bool],
    ) -> None:
        self._look = weakref.WeakMethod(look)  # whose owner goes, and the thread with it
        self._settled = settled
        self._told: Mapping[str, Any] = {}
        self._at = 0.0
        self._lock, self._looking = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted, self._closed = threading.Event(), False

    def told(self) -> Mapping[str, Any]:
        """What it told last; raises :class:`EngineFailed` if it has been silent for long."""
        if not self._thread:
            self._begin()
        if not self._told or time.monotonic() - self._at > _SILENT:
            raise EngineFailed("the store does not answer")
        return self._told

    def changed(self, *, wait: bool = False) -> None:
        """Look again, as something has changed; with ``wait`` the caller does it."""
        if wait and self._thread:
            self._see()
        self._wanted.set()

    def close(self) -> None:
        """Look no more."""
        self._closed = True
        self._wanted.set()

    def _begin(self) -> None:
        with self._lock:
            if not self._thread:
                self._see()
                self._thread = threading.Thread(target=self._work, name="watch", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while not self._closed and self._look():
            self._wanted.wait(_SECONDS if self._settled(self._told) else _SOON)
            self._wanted.clear()
            self._see()

    def _see(self) -> None:
        look = self._look()
        with self._looking, suppress(MissionGraphError, OSError):
            if look and not self._closed:
                self._told = look()
                self._at = time.monotonic()

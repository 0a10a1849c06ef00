"""What pages keep for as long as the data is the same: themselves, and what is costly to make."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Generic, ParamSpec, TypeVar

from flask import Response, request

from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import acceptable
from missiongraph.server.state.context import context

_Given = ParamSpec("_Given")
_Kept = TypeVar("_Kept")
_Page = TypeVar("_Page", bound=Response | str)


def for_readers(view: Callable[_Given, _Page]) -> Callable[_Given, _Page | str]:
    """A page for those who may read; its text is kept for its address, the state and the day.

    The view is to depend on nothing else. Answers that are no text are not kept.
    """

    @wraps(view)
    def page(*given: _Given.args, **named: _Given.kwargs) -> _Page | str:
        acceptable(HTML)
        context().access.require("read")
        state, cache = context().graph.engine.fingerprint, context().cache
        said = f"readers\0{state}\0{datetime.now(UTC).date()}\0{request.url}"
        tag = hashlib.sha256(said.encode()).hexdigest()[:32]
        if state and (kept := cache.get(tag)):
            return kept[1].decode()
        made = view(*given, **named)
        if isinstance(made, str) and state == context().graph.engine.fingerprint:
            cache.put(tag, HTML, made.encode())
        return made

    return page


class Latest(Generic[_Kept]):
    """What is made of the data as it is now: once for each key, and again in another state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = ""
        self._kept: dict[str, _Kept] = {}

    def get(self, make: Callable[[], _Kept], key: str = "") -> _Kept:
        """What is kept under ``key``, made if need be; others wait for it."""
        state = context().graph.engine.fingerprint
        with self._lock:
            if state != self._state:
                self._kept, self._state = {}, state
            if key not in self._kept:
                made = make()
                if not state:
                    return made
                self._kept[key] = made
            return self._kept[key]

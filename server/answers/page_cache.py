"""Pages are kept for as long as the data is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, request

from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import acceptable
from missiongraph.server.state.context import context

_Given = ParamSpec("_Given")
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

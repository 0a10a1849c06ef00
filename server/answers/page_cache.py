"""Caches pages until the data changes."""

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

_Arguments = ParamSpec("_Arguments")
_Page = TypeVar("_Page", bound=Response | str)


def for_readers(view: Callable[_Arguments, _Page]) -> Callable[_Arguments, _Page | str]:
    """Decorate the view of a page: check access and cache its text by address, state and day.

    The view must not depend on anything else. A view's ``Response`` is not cached, only text.
    """

    @wraps(view)
    def page(*arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Page | str:
        acceptable(HTML)
        context().access.require("read")
        state, cache = context().graph.engine.fingerprint, context().cache
        key = f"readers\0{state}\0{datetime.now(UTC).date()}\0{request.url}"
        tag = hashlib.sha256(key.encode()).hexdigest()[:32]
        if state and (cached := cache.get(tag)):
            return cached[1].decode()
        rendered = view(*arguments, **named)
        if isinstance(rendered, str) and state == context().graph.engine.fingerprint:
            cache.put(tag, HTML, rendered.encode())
        return rendered

    return page

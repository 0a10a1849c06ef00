"""The context of an application, which every view uses: graph, settings, caches, jobs, access."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import cast

from flask import Flask, current_app

from missiongraph import Info, MissionGraph
from missiongraph.server.settings import Settings

from .access import Access
from .answer_cache import Cache
from .jobs import Jobs
from .memo import Memo
from .status import Store

_KEY = "missiongraph"


@dataclass(frozen=True)
class Context:
    """The inputs of the application, and its state that outlasts a request.

    ``memo`` holds results computed from the present data. A thread that makes a dump holds
    ``dumping``.
    """

    graph: MissionGraph
    settings: Settings
    cache: Cache
    access: Access
    writable: bool
    store: Store
    jobs: Jobs
    memo: Memo
    dumping: threading.Lock = field(default_factory=threading.Lock)

    @property
    def info(self) -> Info:
        """Present counts of things and statements."""
        return self.store.info()


def attach(
    app: Flask, graph: MissionGraph, settings: Settings, access: Access, writable: bool
) -> None:
    """Make the context and attach it to the application."""
    cache = Cache(settings.cache_megabytes)
    jobs = Jobs(graph.engine, cache, settings)
    memo = Memo(lambda: graph.engine.fingerprint)
    app.extensions[_KEY] = Context(
        graph, settings, cache, access, writable, Store(graph), jobs, memo
    )


def context() -> Context:
    """The context of the application that handles the current request."""
    return cast(Context, current_app.extensions[_KEY])

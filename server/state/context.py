"""What every view works with: the graph that is served, its numbers and the settings."""

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
    """The inputs of the application, and what it keeps from one request to the next.

    ``memo`` holds what was made of the data as it is now; who makes a dump holds ``dumping``.
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
        """The graph in numbers, as it is now."""
        return self.store.info()


def attach(
    app: Flask, graph: MissionGraph, settings: Settings, access: Access, writable: bool
) -> None:
    """Give the application its inputs."""
    cache = Cache(settings.cache_megabytes)
    jobs = Jobs(graph.engine, cache, settings)
    memo = Memo(lambda: graph.engine.fingerprint)
    app.extensions[_KEY] = Context(
        graph, settings, cache, access, writable, Store(graph), jobs, memo
    )


def context() -> Context:
    """The inputs of the application that answers the current request."""
    return cast(Context, current_app.extensions[_KEY])

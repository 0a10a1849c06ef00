"""The command line and the web server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from missiongraph import MissionGraph
    from missiongraph.server.state.access import Access

    from .settings import Settings

__all__ = ["create_app"]


def create_app(
    graph: MissionGraph | None = None,
    settings: Settings | None = None,
    access: Access | None = None,
    *,
    writable: bool = False,
) -> Flask:
    """Make the web application; see :func:`missiongraph.server.app.create_app`."""
    from .app import create_app  # here, so that the command line starts without Flask

    return create_app(graph, settings, access, writable=writable)

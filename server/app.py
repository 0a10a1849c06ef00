"""Builds the Flask application from a graph, its settings and its access rules."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from missiongraph import MissionGraph
from missiongraph import open as open_graph
from missiongraph.limits import MEGABYTE
from missiongraph.server.api import (
    dataset,
    dumps,
    graph_store,
    health,
    linked_data,
    metrics,
    networks,
    reconcile,
    sparql,
    well_known,
)
from missiongraph.server.api.openapi import document as openapi
from missiongraph.server.http import addresses, clients, logs, problems, request_record
from missiongraph.server.http.iris import take_any_path
from missiongraph.server.middleware import headers, rate_limit, request_checks, static_files
from missiongraph.server.middleware.application import Application
from missiongraph.server.state import access as tokens
from missiongraph.server.state.access import Access
from missiongraph.server.state.context import attach

from . import pages
from .settings import Settings


def create_app(
    graph: MissionGraph | None = None,
    settings: Settings | None = None,
    access: Access | None = None,
    *,
    writable: bool = False,
) -> Flask:
    """Make the application that serves ``graph``, by default the curated one.

    Any WSGI server can run ``missiongraph.server:create_app()``. ``settings`` default to those
    of the environment. ``access`` holds the tokens for reading and writing; the graph takes
    writes only if ``writable`` is true.
    """
    app = Application(__name__)
    take_any_path(app)
    settings = settings or Settings.read()
    app.config["MAX_CONTENT_LENGTH"] = settings.body_megabytes * MEGABYTE
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.body_megabytes * MEGABYTE
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    access = access or Access()
    attach(app, graph or open_graph(), settings, access, writable)
    rate_limit.register(app, settings)
    for module in (logs, problems, addresses, request_checks, clients):
        module.register(app)
    tokens.register(app, access)
    for module in (headers, static_files, sparql, graph_store, networks):
        module.register(app)
    for module in (pages, linked_data, dataset, dumps, reconcile, health, openapi):
        module.register(app)
    well_known.register(app, settings)
    request_record.register(app, metrics.register(app).count, logs.Log(settings).write)
    if proxies := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[proxies] * 5)  # type: ignore[method-assign]
    return app

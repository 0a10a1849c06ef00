"""The web application: a function of its inputs."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from missiongraph import MissionGraph
from missiongraph import open as open_graph

from . import (
    assets,
    catalogue,
    clients,
    dumps,
    graphstore,
    headers,
    health,
    intake,
    logs,
    metrics,
    networks,
    openapi,
    pages,
    places,
    problems,
    ratelimit,
    record,
    resources,
    sparql,
    tokens,
    wellknown,
)
from .context import attach
from .iris import take_any_path
from .settings import Settings
from .tokens import Access

_MEGABYTE = 1024 * 1024


def create_app(
    graph: MissionGraph | None = None,
    settings: Settings | None = None,
    access: Access | None = None,
    *,
    writable: bool = False,
) -> Flask:
    """Make the application that serves ``graph``, by default the curated one.

    Any WSGI server can run ``missiongraph.server:create_app()``. Without ``settings``
    they come from the environment. ``access`` says who may read and write; a graph can be
    written to only if it is ``writable``.
    """
    app = Flask(__name__)
    take_any_path(app)
    settings = settings or Settings.read()
    app.config["MAX_CONTENT_LENGTH"] = settings.body_megabytes * _MEGABYTE
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.body_megabytes * _MEGABYTE
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    access = access or Access()
    attach(app, graph or open_graph(), settings, access, writable)
    ratelimit.register(app, settings)
    for module in (logs, problems, places, intake, clients):
        module.register(app)
    tokens.register(app, access)
    for module in (headers, assets, sparql, graphstore, networks):
        module.register(app)
    for module in (pages, resources, catalogue, dumps, health, openapi):
        module.register(app)
    wellknown.register(app, settings)
    record.register(app, metrics.register(app).count, logs.Log(settings).write)
    if proxies := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[proxies] * 5)  # type: ignore[method-assign]
    return app

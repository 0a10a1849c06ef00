"""The web application: a function of its inputs."""

from __future__ import annotations

from flask import Flask, Response
from flask_compress import Compress

from missiongraph import MissionGraph
from missiongraph import open as open_graph

from . import graphstore, intake, pages, problems, sparql
from .context import attach
from .settings import Settings
from .tokens import Access

_MEGABYTE = 1024 * 1024
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type",
}


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
    settings = settings or Settings.read()
    app.config["MAX_CONTENT_LENGTH"] = settings.body_megabytes * _MEGABYTE
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.body_megabytes * _MEGABYTE
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    attach(app, graph or open_graph(), settings, access or Access(), writable)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(sparql.blueprint)
    app.register_blueprint(graphstore.blueprint)
    problems.register(app)
    intake.register(app)
    Compress(app)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.extend(_HEADERS)
        response.vary.add("Accept")
        if response.status_code == 200 and "Cache-Control" not in response.headers:
            response.cache_control.public = True
            response.cache_control.max_age = settings.cache_seconds
        return response

    return app

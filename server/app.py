"""The web application: a function of its inputs."""

from __future__ import annotations

from flask import Flask, Response
from flask_compress import Compress

from missiongraph import MissionGraph
from missiongraph import open as open_graph

from . import pages, problems, sparql
from .context import attach
from .settings import Settings

_MEGABYTE = 1024 * 1024
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Content-Type",
}


def create_app(graph: MissionGraph | None = None, settings: Settings | None = None) -> Flask:
    """Make the application that serves ``graph``, by default the curated one.

    Any WSGI server can run ``missiongraph.server:create_app()``. Without ``settings``
    they come from the environment.
    """
    app = Flask(__name__)
    settings = settings or Settings.read()
    app.config["MAX_CONTENT_LENGTH"] = settings.body_megabytes * _MEGABYTE
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.body_megabytes * _MEGABYTE
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    attach(app, graph or open_graph(), settings)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(sparql.blueprint)
    problems.register(app)
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

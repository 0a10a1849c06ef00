"""The pages: one module to each, over queries of the library; they work without JavaScript."""

from __future__ import annotations

from flask import Flask

from . import cite, ends, home, library, things


def register(app: Flask) -> None:
    """Serve the pages."""
    ends.register(app)
    for module in (home, library, cite, things):
        app.register_blueprint(module.blueprint)

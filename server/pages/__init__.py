"""The pages: one module to each, over queries of the library; they work without JavaScript."""

from __future__ import annotations

from flask import Flask

from . import (
    about,
    browse,
    cite,
    compare,
    ego,
    embedded,
    ends,
    home,
    library,
    mission,
    missions,
    network,
    ontology,
    own,
    rankings,
    search,
    special,
    things,
    toolkit,
    validate,
    workbench,
)

PAGES = (
    *(home, missions, browse, network, own, rankings, toolkit, compare, workbench, library),
    *(ontology, validate, search, about, cite, things),
)
"""The modules that have routes."""


def register(app: Flask) -> None:
    """Serve the pages."""
    assert mission and ego  # show themselves through things
    ends.register(app)
    embedded.register(app)
    special.register(app)
    for module in PAGES:
        app.register_blueprint(module.blueprint)

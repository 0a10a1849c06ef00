"""Pages for readers, one module each; they show library queries and work without JavaScript."""

from __future__ import annotations

from flask import Flask

from missiongraph.server.pages.lists import browse, missions, progress, search, toolkit
from missiongraph.server.pages.networks import limits, network, own_network, rankings
from missiongraph.server.pages.queries import library_query, query_editor
from missiongraph.server.pages.things import (
    agent,
    cite,
    compare,
    json_ld,
    mission,
    ontology,
    sections,
    thing,
)

from . import about, home, reconcile_help, sure, template_helpers, validate

PAGES = (
    *(
        home,
        missions,
        browse,
        network,
        own_network,
        rankings,
        limits,
        progress,
        toolkit,
        compare,
        query_editor,
        library_query,
    ),
    *(ontology, validate, search, about, sure, reconcile_help, cite, thing),
)
"""The modules that have routes."""


def register(app: Flask) -> None:
    """Add the routes of all pages."""
    assert mission and agent  # imported to add themselves to the views of things
    template_helpers.register(app)
    json_ld.register(app)
    sections.register(app)
    for module in PAGES:
        app.register_blueprint(module.blueprint)

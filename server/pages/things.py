"""The page of one thing: by its kind a page of its own, or else the one that fits all."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response

from missiongraph.namespaces import ID, KINDS

from ..negotiation import HTML
from ..problems import Problem, acceptable

blueprint = Blueprint("things", __name__)

View = Callable[[str], Response | str]

VIEWS: dict[str, View] = {}
"""What shows a thing, given its IRI, by its kind; modules of pages add theirs."""


def shows(kind: str) -> Callable[[View], View]:
    """Let a function show the things of a kind."""

    def register(view: View) -> View:
        VIEWS[kind] = view
        return view

    return register


@blueprint.get("/page/<kind>/<slug>")
def page(kind: str, slug: str) -> Response | str:
    """The page of a thing; raises :class:`Problem` where there is no such thing."""
    acceptable(HTML)
    if kind not in KINDS:
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no kind '{kind}' of things.")
    return VIEWS.get(kind, any_thing)(f"{ID}{kind}/{slug}")


def any_thing(iri: str) -> Response | str:
    """What the graph says of a thing."""
    raise NotImplementedError

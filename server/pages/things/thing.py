"""The page of one thing: by its kind a page of its own, or else the one that fits all."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request

from missiongraph.namespaces import MOI
from missiongraph.publishing.description import classes, describe
from missiongraph.publishing.entity import Portrait
from missiongraph.server.answers.gone import require
from missiongraph.server.answers.page_cache import for_readers
from missiongraph.server.answers.run import faults
from missiongraph.server.http.addresses import at, iri_of
from missiongraph.server.http.pagination import page_number, require_page
from missiongraph.server.http.signposts import PAGE, described, signposted
from missiongraph.server.state.context import context
from missiongraph.sparql.library import find

blueprint = Blueprint("things", __name__)

View = Callable[[str], Response | str]

VIEWS: dict[str, View] = {}
"""What shows a thing, given its IRI, by its kind; modules of pages add theirs."""


ASKED_OF = {
    MOI + "Network": (
        "body",
        ("network-members-on-date", "network-members-by-kind", "missions-of-members"),
    ),
    MOI + "Mission": ("initiative", ("mission-organisations", "money-by-mission")),
}
"""Questions of the library to ask of a thing, and the parameter that takes it, by its class."""


def shows(kind: str) -> Callable[[View], View]:
    """Let a function show the things of a kind."""

    def register(view: View) -> View:
        VIEWS[kind] = view
        return view

    return register


@blueprint.get("/page/<kind>/<path:slug>")
def page(kind: str, slug: str) -> Response:
    """The page of a thing; raises :class:`Problem` where there is no such thing."""
    return _signed(VIEWS.get(kind, any_thing), f"{kind}/{slug}")


@blueprint.get("/page/vocab/<scheme>")
@blueprint.get("/page/vocab/<scheme>/<path:code>")
@blueprint.get("/page/network/<path:place>")
def direct(**_: str) -> Response:
    """The page of a concept or its scheme, or of what was measured in a network."""
    return _signed(any_thing, request.path.removeprefix("/page/"))


def _signed(view: View, place: str) -> Response:
    """A page, which is kept, with its signposts."""
    iri = iri_of(place)
    response = make_response(for_readers(view)(iri))
    with faults():
        kinds = classes(context().graph.engine, iri)
    return signposted(response, described(iri, [PAGE, *kinds]))


def any_thing(iri: str) -> Response | str:
    """What the graph says of a thing: :class:`~missiongraph.publishing.entity.Portrait`."""
    return render_template("thing.html", thing=portrait(iri, page_number()))


def questions(thing: Portrait) -> list[tuple[str, str]]:
    """What the library asks of such a thing: each question, and where it is answered."""
    asked = [ASKED_OF[kind.iri] for kind in thing.kinds if kind.iri in ASKED_OF]
    return [
        (
            find(name).question,
            at(f"/queries/{name}?{urlencode({'run': 1, parameter: thing.iri})}"),
        )
        for parameter, names in [*asked, ("thing", ("who-says-what",))]
        for name in names
    ]


def portrait(iri: str, page: int = 1) -> Portrait:
    """The portrait of a thing; raises :class:`Problem` where there is no such thing."""
    with faults():
        found = describe(context().graph.engine, iri, page)
    require_page(page, found.pages)
    require(iri, found)
    return Portrait(found)

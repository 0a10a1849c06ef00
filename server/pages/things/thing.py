"""The page of a thing: a view for its kind if there is one, or else the general view."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request

from missiongraph.namespaces import INITIATIVES, MOI
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
"""Views of things by kind; each takes an IRI. Modules add theirs with :func:`shows`."""


ASKED_OF = {
    MOI + "Network": (
        "body",
        ("network-members-on-date", "network-members-by-kind", "missions-of-members"),
    ),
    **{
        MOI + name: (
            "initiative",
            ("mission-organisations", "money-by-mission", "trust-by-mission"),
        )
        for name in INITIATIVES.values()
    },
}
"""Library queries about things of a class, and the parameter that takes the thing."""


def shows(*kinds: str) -> Callable[[View], View]:
    """Decorate the view for things of some kinds."""

    def register(view: View) -> View:
        VIEWS.update(dict.fromkeys(kinds, view))
        return view

    return register


@blueprint.get("/page/<kind>/<path:slug>")
def page(kind: str, slug: str) -> Response:
    """The page of a thing; raises :class:`Problem` if there is no such thing."""
    return _signed(VIEWS.get(kind, any_thing), f"{kind}/{slug}")


@blueprint.get("/page/vocab/<scheme>")
@blueprint.get("/page/vocab/<scheme>/<path:code>")
@blueprint.get("/page/network/<path:place>")
def direct(**_: str) -> Response:
    """The page of a concept, a concept scheme, or a measured network or a part of it."""
    return _signed(any_thing, request.path.removeprefix("/page/"))


def _signed(view: View, place: str) -> Response:
    """A cached page with its signposting links."""
    iri = iri_of(place)
    response = make_response(for_readers(view)(iri))
    with faults():
        kinds = classes(context().graph.engine, iri)
    return signposted(response, described(iri, [PAGE, *kinds]))


def any_thing(iri: str) -> Response | str:
    """The general view: all facts about a thing."""
    return render_template("thing.html", thing=portrait(iri, page_number()))


def questions(thing: Portrait) -> list[tuple[str, str]]:
    """Library queries about a thing: (question, address of the answer)."""
    groups = [ASKED_OF[kind.iri] for kind in thing.kinds if kind.iri in ASKED_OF]
    return [
        (
            find(name).question,
            at(f"/queries/{name}?{urlencode({'run': 1, parameter: thing.iri})}"),
        )
        for parameter, names in [*groups, ("thing", ("who-says-what",))]
        for name in names
    ]


def portrait(iri: str, page: int = 1, cited: Iterable[str] = ()) -> Portrait:
    """The portrait of a thing, with the sources that its view cites besides.

    Raises :class:`Problem` if there is no such thing or page.
    """
    with faults():
        description = describe(context().graph.engine, iri, page, cited)
    require_page(page, description.pages)
    require(iri, description)
    return Portrait(description)

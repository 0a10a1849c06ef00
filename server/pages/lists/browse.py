"""Browse: all things of a kind, by what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, render_template

from missiongraph.namespaces import FOAF, MOI, ORG
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.answers.page_cache import for_readers
from missiongraph.server.http.addresses import at
from missiongraph.server.http.problems import Problem
from missiongraph.server.state.context import context

from .facets import Chosen, Entry, Facets, listed

blueprint = Blueprint("browse", __name__)

KINDS = {
    "organisations": (ORG + "Organization", "Who sets, funds, delivers and studies missions."),
    "people": (FOAF + "Person", "Persons in their public roles."),
    "instruments": (MOI + "PolicyInstrument", "Programmes, funds, laws, purchases and prizes."),
    "networks": (MOI + "Network", "Networks of organisations, with their members and aims."),
    "projects": (MOI + "Project", "Projects that missions are made of."),
    "programmes": (MOI + "Programme", "Programmes and frameworks that missions belong to."),
    "goals": (MOI + "Goal", "What missions want, in words."),
    "targets": (MOI + "Target", "What missions want, in numbers and by when."),
    "results": (MOI + "Result", "Outputs, outcomes and impacts."),
    "practices": (MOI + "Practice", "Lessons and good practices."),
    "challenges": (MOI + "Challenge", "Problems that no single actor can settle."),
    "events": (MOI + "Event", "Meetings, launches and workshops."),
    "sources": (MOI + "Source", "The documents that all of this rests on."),
}
"""What can be browsed: its class, and what it is in a line."""

FACETS = {
    "kind": "Kind",
    "country": "Country",
    "field": "Field",
    "theme": "Theme",
    "status": "Status",
    "site": "Site",
}
"""The parameters that choose, and what readers call them."""


SAID = ("countries", "kinds", "fields", "themes", "sites")
"""The columns that are shown with each name."""


@blueprint.get("/browse")
@for_readers
def browse() -> str:
    """What there is to browse, and how much of each."""
    counted = ask("things-by-class")
    counts = {row["class"]: row["things"] for row in counted}
    kinds = [
        (kind, about, counts.get(iri, 0)) for kind, (iri, about) in KINDS.items() if counts.get(iri)
    ]
    return render_template("kinds.html", kinds=kinds, asked=counted)


@blueprint.get("/browse/<kind>")
@for_readers
def things(kind: str) -> str | Response:
    """The things of a kind that the reader has chosen."""
    if kind == "missions":
        return Response(status=302, headers={"Location": at("/missions")})
    if kind not in KINDS:
        there = ", ".join(KINDS)
        raise Problem(HTTPStatus.NOT_FOUND, f"Nothing to browse is called '{kind}'; try {there}.")
    iri, about = KINDS[kind]
    known = ask("thing-facets", **{"class": iri})
    facets = context().memo.get(f"things, facets: {kind}", lambda: Facets(known, "thing"))
    chosen = Chosen.of_request(facets, FACETS)
    asked = ask("things", **{"class": iri}, **chosen.asked)

    def entries() -> list[Entry]:
        return [Entry(row["thing"], str(row["name"]), _said(row)) for row in asked]

    found = entries() if chosen else context().memo.get(f"things: {kind}", entries)
    return render_template(
        "browse.html",
        heading=kind.capitalize(),
        lead=about,
        many=kind,
        listed=listed(found, chosen, facets, FACETS),
        asked=asked,
        known=known,
    )


def _said(row: Mapping[str, Any]) -> str:
    return " · ".join(filter(None, (row[name] for name in SAID)))

"""Browse: all things of a kind, by what is known of them."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, render_template

from missiongraph.namespaces import MOI

from ..places import at
from ..problems import Problem
from .asking import ask
from .facets import Entry, chosen, with_facets
from .keeping import Latest, for_readers

blueprint = Blueprint("browse", __name__)

_ORG = "http://www.w3.org/ns/org#"
KINDS = {
    "organisations": (_ORG + "Organization", "Who sets, funds, delivers and studies missions."),
    "people": ("http://xmlns.com/foaf/0.1/Person", "Persons in their public roles."),
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


_entries = Latest[list[Entry]]()


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
        known = ", ".join(KINDS)
        raise Problem(HTTPStatus.NOT_FOUND, f"Nothing to browse is called '{kind}'; try {known}.")
    iri, about = KINDS[kind]
    listed, known_of = ask("things", **{"class": iri}), ask("thing-facets", **{"class": iri})

    def entries() -> list[Entry]:
        found = (Entry(row["thing"], str(row["name"])) for row in listed)
        return with_facets(found, known_of, "thing")

    return render_template(
        "browse.html",
        heading=kind.capitalize(),
        lead=about,
        many=kind,
        said=("country", "kind", "field", "theme", "site"),
        listed=chosen(_entries.get(entries, kind), FACETS),
        asked=listed,
        known=known_of,
    )

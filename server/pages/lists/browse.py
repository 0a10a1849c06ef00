"""Lists of all things of a kind, filtered by facets."""

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
from .missions import CLASSES, initiatives, path, title

blueprint = Blueprint("browse", __name__)

KINDS = {
    "organisations": (
        ORG + "Organization",
        "Organisations that set, fund, deliver and study missions.",
    ),
    "people": (FOAF + "Person", "People in their public roles."),
    "instruments": (MOI + "PolicyInstrument", "Programmes, funds, laws, procurement and prizes."),
    "networks": (MOI + "Network", "Networks of organisations, with their members and aims."),
    "goals": (MOI + "Goal", "What missions and other initiatives want to achieve, in words."),
    "targets": (
        MOI + "Target",
        "What missions and other initiatives want to achieve, in numbers and by when.",
    ),
    "results": (MOI + "Result", "Outputs, outcomes and impacts."),
    "practices": (MOI + "Practice", "Lessons and good practices."),
    "challenges": (MOI + "Challenge", "Problems that no single actor can solve."),
    "events": (MOI + "Event", "Meetings, launches and workshops."),
    "sources": (MOI + "Source", "The documents that every statement is based on."),
}
"""Kinds of things to browse beside initiatives: class and description of each."""

FACETS = {
    "kind": "Kind",
    "country": "Country",
    "field": "Field",
    "theme": "Theme",
    "status": "Status",
    "strength": "Strength",
    "site": "Site",
}
"""Parameters that filter the list, and their headings."""


SAID = ("countries", "kinds", "fields", "themes", "strengths", "sites")
"""The columns that are shown beside each name."""


@blueprint.get("/browse")
@for_readers
def browse() -> str:
    """The kinds of things, with their numbers."""
    counted = ask("things-by-class")
    counts = {row["class"]: row["things"] for row in counted}
    every = {kind: (MOI + name, about) for kind, (name, about) in CLASSES.items()} | KINDS
    kinds = [
        (title(kind), path(kind), about, counts[iri])
        for kind, (iri, about) in every.items()
        if counts.get(iri)
    ]
    return render_template("kinds.html", kinds=kinds, asked=counted)


@blueprint.get("/browse/<kind>")
@for_readers
def things(kind: str) -> str | Response:
    """The list of things of a kind that match the reader's filters."""
    if kind == "missions":
        return Response(status=302, headers={"Location": at("/missions")})
    if kind in CLASSES:
        return initiatives(kind)
    if kind not in KINDS:
        there = ", ".join([*CLASSES, *KINDS])
        raise Problem(HTTPStatus.NOT_FOUND, f"There is no list of '{kind}'; try {there}.")
    iri, about = KINDS[kind]
    known = ask("thing-facets", **{"class": iri})
    facets = context().memo.get(f"things, facets: {kind}", lambda: Facets(known, "thing"))
    chosen = Chosen.of_request(facets, FACETS)
    answer = ask("things", **{"class": iri}, **chosen.asked)

    def entries() -> list[Entry]:
        return [Entry(row["thing"], str(row["name"]), _said(row)) for row in answer]

    matches = entries() if chosen else context().memo.get(f"things: {kind}", entries)
    return render_template(
        "browse.html",
        heading=kind.capitalize(),
        lead=about,
        many=kind,
        listed=listed(matches, chosen, facets, FACETS),
        asked=answer,
        known=known,
    )


def _said(row: Mapping[str, Any]) -> str:
    return " · ".join(filter(None, (row[name] for name in SAID)))

"""Lists of missions and of other initiatives, one for each class, by what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template

from missiongraph.namespaces import MOI
from missiongraph.publishing.time_spans import span
from missiongraph.server.answers.library_queries import LibraryAnswer, ask
from missiongraph.server.answers.page_cache import for_readers
from missiongraph.server.state.context import context

from .facets import Chosen, Entry, Facets, listed

blueprint = Blueprint("missions", __name__)

CLASSES = {
    "missions": ("Mission", "What states, agencies, banks and foundations set out to reach."),
    "mission-frameworks": (
        "MissionFramework",
        "Strategies, plans and programmes that hold several missions.",
    ),
    "local-missions": (
        "LocalMission",
        "Contracts of single cities, each of which takes on a wider mission.",
    ),
    "programmes": ("Programme", "Research programmes, funds and large products beside missions."),
    "challenge-prizes": ("ChallengePrize", "Contests for the best answer to a set problem."),
    "strategies": ("Strategy", "Long-term policies and road maps of whole fields."),
    "agencies": ("Agency", "Mandates of agencies, told as initiatives."),
    "treaties": ("Treaty", "Agreements among states with goals or dates."),
    "projects": ("Project", "Bounded undertakings, most of them parts of missions."),
}
"""The lists: class of the initiatives, and a description."""

FACETS = {
    "field": "Field",
    "type": "Type",
    "country": "Country",
    "status": "Status",
    "sdg": "Sustainable Development Goal",
}
"""Parameters that filter a list, and their headings."""


def path(kind: str) -> str:
    """The path of the list of a kind."""
    return "/missions" if kind == "missions" else f"/browse/{kind}"


@blueprint.get("/missions", defaults={"kind": "missions"})
@for_readers
def initiatives(kind: str) -> str:
    """The initiatives of a class that match the reader's filters."""
    name, lead = CLASSES[kind]
    of = {"class": MOI + name}
    known = ask("mission-facets", **of)
    facets = context().memo.get(f"{kind}, facets", lambda: Facets(known, "mission"))
    chosen = Chosen.of_request(facets, FACETS)
    answer = ask("missions", **of, **chosen.asked)

    def entries() -> list[Entry]:
        return [Entry(row["mission"], str(row["name"]), _said(row), _note(row)) for row in answer]

    matches = entries() if chosen else context().memo.get(kind, entries)
    counted = ask("initiatives-by-class")
    return render_template(
        "browse.html",
        heading=title(kind),
        lead=lead,
        many=kind.replace("-", " "),
        beside=beside(counted),
        counted=counted,
        listed=listed(matches, chosen, facets, FACETS),
        asked=answer,
        known=known,
    )


def title(kind: str) -> str:
    """The heading of a list: ``Local missions``."""
    return kind.replace("-", " ").capitalize()


def beside(counted: LibraryAnswer) -> list[tuple[str, str, int]]:
    """The heading, path and number of entries of each list that has any."""
    counts = {row["class"].removeprefix(MOI): row["initiatives"] for row in counted}
    return [
        (title(kind), path(kind), counts[name])
        for kind, (name, _) in CLASSES.items()
        if counts.get(name)
    ]


def _said(row: Mapping[str, Any]) -> str:
    return " · ".join(filter(None, (row["countries"], row["fields"])))


def _note(row: Mapping[str, Any]) -> str:
    """The years of a mission and its number of aims, as a text."""
    first, last = ([str(row[name])[:4]] if row[name] else [] for name in ("from", "until"))
    years = span(first, last)
    aims = f"{row['aims']} aim{'s' if row['aims'] != 1 else ''}" if row["aims"] else ""
    return " · ".join(filter(None, [years, aims]))

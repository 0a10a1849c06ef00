"""The list of missions, by type, field, country, status and Sustainable Development Goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template

from missiongraph.publishing.time_spans import span
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.answers.page_cache import for_readers
from missiongraph.server.state.context import context

from .facets import Chosen, Entry, Facets, listed

blueprint = Blueprint("missions", __name__)

FACETS = {
    "field": "Field",
    "type": "Type",
    "country": "Country",
    "status": "Status",
    "sdg": "Sustainable Development Goal",
}
"""Parameters that filter the list, and their headings."""


@blueprint.get("/missions")
@for_readers
def missions() -> str:
    """The missions that match the reader's filters."""
    known = ask("mission-facets")
    facets = context().memo.get("missions, facets", lambda: Facets(known, "mission"))
    chosen = Chosen.of_request(facets, FACETS)
    answer = ask("missions", **chosen.asked)

    def entries() -> list[Entry]:
        return [Entry(row["mission"], str(row["name"]), _said(row), _note(row)) for row in answer]

    matches = entries() if chosen else context().memo.get("missions", entries)
    return render_template(
        "browse.html",
        heading="Missions",
        lead="What governments, cities, banks and foundations have set out to do, and by when.",
        many="missions",
        listed=listed(matches, chosen, facets, FACETS),
        asked=answer,
        known=known,
    )


def _said(row: Mapping[str, Any]) -> str:
    return " · ".join(filter(None, (row["countries"], row["fields"])))


def _note(row: Mapping[str, Any]) -> str:
    """The years of a mission and its number of aims, as a text."""
    first, last = ([str(row[name])[:4]] if row[name] else [] for name in ("from", "until"))
    years = span(first, last)
    aims = f"{row['aims']} aim{'s' if row['aims'] != 1 else ''}" if row["aims"] else ""
    return " · ".join(filter(None, [years, aims]))

"""Missions: all of them, by type, field, country, status and Sustainable Development Goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template

from .asking import ask
from .facets import Entry, chosen, with_facets
from .keeping import Latest, for_readers

blueprint = Blueprint("missions", __name__)

FACETS = {
    "field": "Field",
    "type": "Type",
    "country": "Country",
    "status": "Status",
    "sdg": "Sustainable Development Goal",
}
"""The parameters that choose, and what readers call them."""


_entries = Latest[list[Entry]]()


@blueprint.get("/missions")
@for_readers
def missions() -> str:
    """The missions that the reader has chosen."""
    listed, known = ask("missions"), ask("mission-facets")

    def entries() -> list[Entry]:
        found = (Entry(row["mission"], str(row["name"]), _note(row)) for row in listed)
        return with_facets(found, known, "mission")

    return render_template(
        "browse.html",
        heading="Missions",
        lead="What governments, cities, banks and foundations have set out to do, and by when.",
        many="missions",
        said=("country", "field"),
        listed=chosen(_entries.get(entries), FACETS),
        asked=listed,
        known=known,
    )


def _note(row: Mapping[str, Any]) -> str:
    """The years of a mission and how many aims it has, in words."""
    first, last = (str(row[name] or "")[:4] for name in ("from", "until"))
    years = f"since {first}" if first else f"until {last}" if last else ""
    if first and last:
        years = f"{first} to {last}"
    aims = f"{row['aims']} aim{'s' if row['aims'] != 1 else ''}" if row["aims"] else ""
    return " · ".join(filter(None, [years, aims]))

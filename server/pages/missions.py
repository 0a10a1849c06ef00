"""Missions: all of them, by type, field, country, status and Sustainable Development Goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template

from ..context import context
from ..negotiation import HTML
from ..problems import acceptable
from .asking import ask
from .facets import Entry, chosen, with_facets

blueprint = Blueprint("missions", __name__)

FACETS = {
    "field": "Field",
    "type": "Type",
    "country": "Country",
    "status": "Status",
    "sdg": "Sustainable Development Goal",
}
"""The parameters that choose, and what readers call them."""


@blueprint.get("/missions")
def missions() -> str:
    """The missions that the reader has chosen."""
    acceptable(HTML)
    context().access.require("read")
    listed, known = ask("missions"), ask("mission-facets")
    entries = [Entry(row["mission"], row["name"], _note(row)) for row in listed]
    return render_template(
        "browse.html",
        heading="Missions",
        lead="What governments, cities, banks and foundations have set out to do, and by when.",
        many="missions",
        said=("country", "field"),
        listed=chosen(with_facets(entries, known, "mission"), FACETS),
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

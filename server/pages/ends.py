"""What templates know besides their data: where things live here, and where a view comes from."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, request, url_for

from missiongraph.namespaces import BASE, ID

from ..resultpage import shortened
from .asking import Asked

NAVIGATION = (
    ("/missions", "Missions"),
    ("/network", "Network"),
    ("/toolkit", "Toolkit"),
    ("/query", "Query"),
    ("/ontology", "Ontology"),
    ("/validate", "Validate"),
)
"""The main places, in order: path and name."""


def register(app: Flask) -> None:
    """Give templates their functions and filters."""
    app.jinja_env.globals.update(
        navigation=NAVIGATION, local=local, here=here, cite=cite, changed=changed
    )
    app.jinja_env.filters.update(number=number, day=day, short=shortened)


def local(iri: str) -> str:
    """Where an IRI leads: what is ours to its page here, all else to where it lives."""
    if iri.startswith(ID):
        return "/page/" + iri.removeprefix(ID)
    return "/" + iri.removeprefix(BASE) if iri.startswith(BASE) else iri


def here(path: str) -> bool:
    """Whether the current page is ``path`` or below it."""
    return request.path == path or request.path.startswith(path + "/")


def cite(asked: Asked) -> str:
    """The address that tells how to cite an answer."""
    return url_for("cite.cite", query=asked.text)


def changed(**values: Any) -> str:
    """The current address with other values; an empty one is left out, and so is the page."""
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in values and name != "page"
    ]
    kept += [(name, str(value)) for name, value in values.items() if value not in (None, "")]
    return request.path + (f"?{urlencode(kept)}" if kept else "")


def number(value: Any, digits: int = 0) -> str:
    """A number for reading: thousands apart, at most so many decimals, none that is 0."""
    if value is None:
        return ""
    text = f"{float(value):,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: Any) -> str:
    """A date, month or year as the data has it."""
    return "" if value is None else str(value)

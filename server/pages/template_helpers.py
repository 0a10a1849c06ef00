"""What templates know besides their data: where things live here, and where a view comes from."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, request
from markupsafe import Markup

from missiongraph.server.answers.result_page import shortened
from missiongraph.server.http.addresses import at, local, place
from missiongraph.server.http.rdf_documents import TYPES
from missiongraph.server.pages.queries import snippets
from missiongraph.server.pages.things.thing import questions

NAVIGATION = (
    ("/missions", "Missions"),
    ("/network", "Network"),
    ("/toolkit", "Toolkit"),
    ("/query", "Query"),
    ("/terms", "Ontology"),
    ("/validate", "Validate"),
)
"""The main places, in order: path and name."""


def register(app: Flask) -> None:
    """Give templates their functions and filters."""
    app.jinja_env.globals.update(
        navigation=NAVIGATION,
        at=at,
        local=local,
        here=here,
        changed=changed,
        place=place,
        alternates=alternates,
        questions=questions,
        snippet=snippets,
    )
    app.jinja_env.tests.update(short_in=lambda iri, names: shortened(iri) in names)
    app.jinja_env.filters.update(
        number=number, short=shortened, host=host, heading=heading, bare=bare
    )


def here(path: str) -> bool:
    """Whether the current page is ``path`` or below it."""
    return request.path == path or request.path.startswith(path + "/")


def changed(**values: Any) -> str:
    """The current address with other values; an empty one is left out, and so is the page."""
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in values and name != "page"
    ]
    kept += [(name, str(value)) for name, value in values.items() if value not in (None, "")]
    return at(request.path) + (f"?{urlencode(kept)}" if kept else "")


def number(value: Any, digits: int = 0) -> str:
    """A number for reading: thousands apart, at most so many decimals, none that is 0."""
    if value is None or isinstance(value, str):
        return value or ""
    try:
        text = f"{float(value):,.{digits}f}"
    except (TypeError, OverflowError):  # a date, say, where data have one in place of a number
        return str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def alternates(iri: str) -> Markup:
    """Links in the head of a thing's page to the data about it."""
    data = at("/data/" + place(iri))
    return Markup("\n").join(
        Markup('<link rel="alternate" type="{}" href="{}.{}">').format(kind, data, end)
        for kind, end in TYPES.items()
    )


def host(address: str) -> str:
    """The host of an address, for reading."""
    return urlsplit(address).hostname or address


def heading(name: str) -> str:
    """The name of a property as a heading: ``has country`` is ``Country``."""
    bare = name.removeprefix("has ").removeprefix("is ")
    return bare[:1].upper() + bare[1:]


def bare(name: str) -> str:
    """A prefixed name without its prefix: the fragment of its IRI."""
    return name.rpartition(":")[2]

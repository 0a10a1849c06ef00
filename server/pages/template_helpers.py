"""Functions and filters for templates: navigation, addresses, numbers, headings."""

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
"""The main menu: path and name of each entry."""


def register(app: Flask) -> None:
    """Add functions, filters and tests to the templates."""
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
    """The current address with changed parameters; empty ones and the page number are dropped."""
    parameters = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in values and name != "page"
    ]
    parameters += [(name, str(value)) for name, value in values.items() if value not in (None, "")]
    return at(request.path) + (f"?{urlencode(parameters)}" if parameters else "")


def number(value: Any, digits: int = 0) -> str:
    """A number with thousands separators and at most ``digits`` decimals, without trailing zeros.

    None gives an empty text; texts and other values are returned as texts.
    """
    if value is None or isinstance(value, str):
        return value or ""
    try:
        text = f"{float(value):,.{digits}f}"
    except (TypeError, OverflowError):  # such as a date in place of a number
        return str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def alternates(iri: str) -> Markup:
    """The ``link`` elements from a thing's page to its data."""
    data = at("/data/" + place(iri))
    return Markup("\n").join(
        Markup('<link rel="alternate" type="{}" href="{}.{}">').format(kind, data, end)
        for kind, end in TYPES.items()
    )


def host(address: str) -> str:
    """The host of an address; the address itself if it has none."""
    return urlsplit(address).hostname or address


def heading(name: str) -> str:
    """The name of a property as a heading: ``has country`` is ``Country``."""
    bare = name.removeprefix("has ").removeprefix("is ")
    return bare[:1].upper() + bare[1:]


def bare(name: str) -> str:
    """A prefixed name without its prefix: the fragment of its IRI."""
    return name.rpartition(":")[2]

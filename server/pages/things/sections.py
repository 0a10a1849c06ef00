"""Extra sections of a thing's page, by class: members of a network, missions of an instrument,
things described by a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, render_template
from markupsafe import Markup

from missiongraph.namespaces import ID, MOI, SOURCE_GRAPH, SOURCE_ID
from missiongraph.publishing.entity import Portrait
from missiongraph.publishing.roster import roster
from missiongraph.server.answers.library_queries import LibraryAnswer, ask


def register(app: Flask) -> None:
    """Add the functions to the templates."""
    app.jinja_env.globals.update(special=special, relations_of=relations_of, facts_of=facts_of)


def special(thing: Portrait) -> Markup:
    """The extra section for the class of a thing; empty for most."""
    classes = {kind.iri for kind in thing.kinds}
    for known, section in _SECTIONS.items():
        if known in classes:
            name, values = section(thing)
            return Markup(render_template(f"_{name}.html", thing=thing, **values))
    return Markup()


def relations_of(thing: Portrait, kind: str) -> LibraryAnswer | None:
    """The query for a thing's relations of a class, to link to; None unless the IRI is ours."""
    if not thing.iri.startswith(ID):
        return None
    return ask("thing-relations", thing=thing.iri, **{"class": kind})


def facts_of(thing: Portrait) -> LibraryAnswer | None:
    """The query for the sources of a thing's facts, to link to; None unless the IRI is ours."""
    return ask("who-says-what", thing=thing.iri) if thing.iri.startswith(ID) else None


def _network(thing: Portrait) -> tuple[str, dict[str, Any]]:
    members = ask("network-members", body=thing.iri)
    return "network_members", {"asked": members, "roster": roster(members)}


def _instrument(thing: Portrait) -> tuple[str, dict[str, Any]]:
    return "instrument_missions", {"asked": ask("instrument-missions", instrument=thing.iri)}


def _source(thing: Portrait) -> tuple[str, dict[str, Any]]:
    graph = thing.iri.replace(SOURCE_ID, SOURCE_GRAPH)
    return "source_says", {"asked": ask("source-says", source=thing.iri), "graph": graph}


_SECTIONS: dict[str, Callable[[Portrait], tuple[str, dict[str, Any]]]] = {
    MOI + "Network": _network,
    MOI + "PolicyInstrument": _instrument,
    MOI + "FundingScheme": _instrument,
    MOI + "Call": _instrument,
    MOI + "Source": _source,
}

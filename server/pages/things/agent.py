"""Pages of organisations and people: facts, missions led, ranks in networks, nearest neighbours."""

from __future__ import annotations

from flask import render_template

from missiongraph.namespaces import NETWORK
from missiongraph.networks.observations.terms import SURE
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.http.pagination import page_number
from missiongraph.server.pages.networks.rankings import by_measure

from .star_chart import star
from .thing import portrait, shows


@shows("organisation")
@shows("person")
def agent(iri: str) -> str:
    """The page of an organisation or a person."""
    thing = portrait(iri, page_number())
    ranked, near = ask("ranks-in-networks", node=iri), ask("near-in-common", node=iri)
    networks = {row["network"]: row for row in ranked}
    central = [
        (
            network.removeprefix(NETWORK),
            about,
            by_measure(row for row in ranked if row["network"] == network),
        )
        for network, about in networks.items()
    ]
    return render_template(
        "agent.html",
        thing=thing,
        missions=ask("missions-led", body=iri),
        central=central,
        measures=SURE,
        star=star(near) if len(near) else None,
        ranked=ranked,
        near=near,
    )

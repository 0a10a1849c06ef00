"""The network: a picture, and the table of the same nodes; all that is chosen is in the address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from missiongraph.errors import UnknownQuery
from missiongraph.networks.definition import find_network, network_queries
from missiongraph.networks.operations import OPERATIONS
from missiongraph.networks.parameters import VIEW
from missiongraph.networks.picture import SIZES, SVG
from missiongraph.networks.projection import METHODS

from ..answers import faults
from ..context import context
from ..negotiation import HTML
from ..networkrequest import NetworkRequest
from ..problems import Problem, acceptable

blueprint = Blueprint("network", __name__)

SHOWN = 50
"""Nodes in the table."""

COLOURS = ("community", "kind", "country")
NODES = ("100", "250", "500", "1000", "2000")
_JSON = "application/json"
_AGAIN = 2  # seconds after which a page that waits looks again


@blueprint.get("/network")
def network() -> Response:
    """A network as the reader has chosen it."""
    acceptable(HTML)
    context().access.require("read")
    chosen = {
        "network": request.args.get("network", "shared-missions"),
        "measure": request.args.get("measure", "betweenness"),
        "colour": request.args.get("colour", "community"),
        "top": request.args.get("top", "250"),
    }
    view = {name: request.args[name] for name in VIEW if request.args.get(name)}
    ranking = _ranking(chosen, view)
    picture = dict(view, measure=chosen["measure"], colour=chosen["colour"], top=chosen["top"])
    body = render_template(
        "network.html",
        chosen=chosen,
        view=view,
        networks=network_queries(),
        measures=SIZES,
        methods=tuple(METHODS),
        colours=COLOURS,
        sizes=NODES,
        ranking=ranking,
        picture=f"/networks/{chosen['network']}/picture?{urlencode(picture)}",
        base=f"/networks/{chosen['network']}",
        rest=urlencode(view),
    )
    response = Response(body, mimetype=HTML)
    if ranking is None:
        response.headers["Refresh"] = str(_AGAIN)
        response.cache_control.no_store = True
    return response


def _ranking(chosen: Mapping[str, str], view: Mapping[str, str]) -> dict[str, Any] | None:
    """The first nodes by the measure; None while they are worked out."""
    if chosen["measure"] not in SIZES or chosen["colour"] not in COLOURS:
        detail = f"measure is one of {', '.join(SIZES)}; colour one of {', '.join(COLOURS)}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    try:
        query = find_network(chosen["network"])
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, f"{error}.") from error
    with faults():
        read = {name: VIEW[name].read(name, request.args.getlist(name)) for name in view}
        top = OPERATIONS["picture"].parameters["top"].read("top", [chosen["top"]])
    size = {"measure": chosen["measure"]}
    drawn = {**size, "colour": chosen["colour"], "top": top}
    picture = _made(NetworkRequest("picture", query, read, drawn, SVG))
    ranking = _made(NetworkRequest("centrality", query, read, size | {"top": SHOWN}, _JSON))
    return json.loads(ranking) if picture and ranking else None


def _made(asked: NetworkRequest) -> bytes:
    """What a job makes; nothing while it is at it. Raises :class:`Problem` if it fails."""
    if kept := context().cache.get(asked.tag(context().graph.fingerprint)):
        return kept[1]
    with faults():
        ticket = context().jobs.ask(asked)
        if not context().jobs.wait(ticket):
            return b""
        if ticket.error:
            raise ticket.error
    assert ticket.made
    return ticket.made.body

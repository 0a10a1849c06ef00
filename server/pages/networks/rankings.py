"""Rankings of the nodes of a network by a measure, with the uncertainty of each rank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from math import log
from typing import Any

from flask import Blueprint, Response, render_template, request

from missiongraph.errors import UnknownQuery
from missiongraph.namespaces import MOI, NETWORK
from missiongraph.networks.measures.registry import MEASURES
from missiongraph.networks.model.definition import NetworkQuery, find_network
from missiongraph.networks.model.projection import weighing
from missiongraph.networks.observations.terms import MEASURES as PUBLISHED
from missiongraph.networks.observations.terms import SURE
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context

from .parts import Part, part

blueprint = Blueprint("rankings", __name__)

FIRST = ("10", "20", "50", "100")
COMPARED = 10
"""Ranks shown with and without each large list."""

NEAR = 3
"""Ranks by which a node may move and still count as staying."""


@dataclass(frozen=True)
class Rank:
    """A rank, with its best and worst when the sources are left out one at a time.

    ``rests`` names the source without which the node falls farthest.
    """

    measure: str
    score: float
    rank: int
    best: int
    worst: int
    rests: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Rank:
        """Make a rank from a row of a query."""
        measure = str(row["measure"]).removeprefix(MOI)
        values = {name: row[name] for name in ("score", "rank", "best", "worst", "rests")}
        return cls(measure, **values)


def by_measure(rows: Iterable[Mapping[str, Any]]) -> dict[str, Rank]:
    """The ranks of a node in one network, by measure."""
    ranks = map(Rank.of, rows)
    return {rank.measure: rank for rank in sorted(ranks, key=lambda r: SURE.index(r.measure))}


@blueprint.get("/rankings")
def rankings() -> Response:
    """The page with the first ranks in a network by a measure."""
    acceptable(HTML)
    context().access.require("read")
    network = request.args.get("network") or "shared-missions"
    measure = request.args.get("measure") or "betweenness"
    first = request.args.get("first") or "20"
    if measure not in PUBLISHED or first not in FIRST:
        measures, counts = ", ".join(PUBLISHED), ", ".join(FIRST)
        detail = f"measure must be one of {measures}; first one of {counts}."
        raise Problem(HTTPStatus.BAD_REQUEST, detail)
    try:
        query = find_network(network)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, f"{error}.") from error
    networks = ask("measured-networks")
    known = {row["network"].removeprefix(NETWORK): row for row in networks}
    if known and network not in known:
        raise Problem(HTTPStatus.NOT_FOUND, f"The network '{network}' is not measured here.")
    ranked = ask("rankings", network=NETWORK + network, measure=MOI + measure, last=first)
    rows = [dict(row, span=span(row, nodes_of(known.get(network)))) for row in ranked]
    comparison = compare(query, measure) if rows else None
    body = render_template(
        "rankings.html",
        network=network,
        measure=MEASURES[measure],
        first=first,
        known=known,
        measures=PUBLISHED,
        firsts=FIRST,
        rows=rows,
        note=note(rows),
        near=NEAR,
        asked=ranked,
        networks=networks,
        compared=comparison,
        weighing=weighing({"method": query.method}) if query.projected else "",
    )
    response = Response(body, mimetype=HTML)
    if comparison and not comparison.ended:
        response.cache_control.no_store = True
    return response


def compare(query: NetworkQuery, measure: str) -> Part:
    """The first ranks in a network by a measure with and without each large list."""
    return part("rankings", query, {"measure": measure, "top": COMPARED})


def nodes_of(network: Mapping[str, Any] | None) -> int:
    """The number of nodes of a measured network; 0 for None."""
    return int(network["nodes"]) if network else 0


def span(row: Mapping[str, Any], nodes: int) -> tuple[float, float, float] | None:
    """Best rank, rank and worst rank on a logarithmic scale from 0 to 1; None if not measured."""
    if row["best"] is None or nodes < 2:
        return None
    best, rank, worst = (log(row[name]) / log(nodes) for name in ("best", "rank", "worst"))
    return best, rank, worst


def note(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:  # Any: a cell is of any type
    """How many nodes stay in place whichever source is left out, and which falls farthest.

    None if no rank has an uncertainty.
    """
    sure = [row for row in rows if row["best"] is not None]
    if not sure:
        return None
    stay = sum(row["worst"] - row["best"] <= NEAR for row in sure)
    lost = max(sure, key=lambda row: row["worst"] - row["rank"])
    return {"stay": stay, "of": len(sure), "lost": lost if lost["worst"] > lost["rank"] else None}

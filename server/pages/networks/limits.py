"""What networks can and can't say: how much of the field they hold, and how firm their ranks are.

All figures are those of one network of the graph, so that nothing is said that is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, render_template, request

from missiongraph.errors import UnknownQuery
from missiongraph.namespaces import MOI, NETWORK
from missiongraph.networks.measures.registry import MEASURES
from missiongraph.networks.model.definition import find_network, network_queries
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context

from .parts import Part, part
from .rankings import NEAR, compare, note

blueprint = Blueprint("limits", __name__)

MEASURE = "betweenness"
"""The measure of the ranks, for which intervals are published."""

FIRST = "10"

SHOWN = 10
"""Lists that are shown, of those that are not held in full."""


@blueprint.get("/network-limits")
def limits() -> Response:
    """The page about one network."""
    acceptable(HTML)
    context().access.require("read")
    name = request.args.get("network") or "shared-missions"
    try:
        query = find_network(name)
    except UnknownQuery as error:
        raise Problem(HTTPStatus.NOT_FOUND, f"{error}.") from error
    ranked = ask("rankings", network=NETWORK + name, measure=MOI + MEASURE, last=FIRST)
    coverage = ask("coverage")
    basis, lists = part("basis", query), compare(query, MEASURE)
    missing = part("missing-sources", query, {"measure": MEASURE})
    body = render_template(
        "network_limits.html",
        network=query,
        networks=network_queries(),
        measure=MEASURES[MEASURE],
        near=NEAR,
        coverage=coverage,
        held=held(coverage),
        least=least(coverage),
        basis=basis,
        weak=of_strength(basis, "Weak"),
        lists=lists,
        firsts=firsts(lists),
        missing=missing,
        ranked=ranked,
        note=note(list(ranked)),
    )
    response = Response(body, mimetype=HTML)
    if not all(each.ended for each in (basis, lists, missing)):
        response.cache_control.no_store = True
    return response


@dataclass(frozen=True)
class Held:
    """How much is held of the ``lists`` whose length is known: entries, and lists held in full.

    ``listed`` is the least number of entries that there are if any length is only bounded.
    """

    lists: int
    full: int
    held: int
    listed: int
    bounded: bool


def held(coverage: Iterable[Mapping[str, Any]]) -> Held:
    """What is held of all lists together; entries beyond a list's length do not count."""
    known = [row for row in coverage if row["listed"] is not None]
    return Held(
        len(known),
        sum(row["held"] >= row["listed"] and not row["bound"] for row in known),
        sum(min(row["held"], row["listed"]) for row in known),
        sum(row["listed"] for row in known),
        any(row["bound"] for row in known),
    )


def least(
    coverage: Iterable[Mapping[str, Any]], number: int = SHOWN
) -> list[Mapping[str, Any]]:  # Any: a cell is of any type
    """The lists of which most entries are not held, the longest gaps first."""
    gaps = [row for row in coverage if row["listed"] and row["held"] < row["listed"]]
    return sorted(gaps, key=lambda row: (row["held"] - row["listed"], row["list"]))[:number]


def of_strength(basis: Part, strength: str) -> Mapping[str, Any] | None:  # Any: JSON
    """What rests on sources of a strength; None if nothing does, or nothing is known yet."""
    rows = basis.data.get("rows", ())
    return next((row for row in rows if row["strength"] == strength), None)


def firsts(lists: Part) -> dict[str, str]:
    """Who ranks first as it is, under ``rank``, and in each variant, by its column."""
    columns = ["rank", *(variant["column"] for variant in lists.data.get("variants", ()))]
    rows = lists.data.get("rows", ())
    found = {
        column: " and ".join(row["label"] for row in rows if row[column] == 1) for column in columns
    }
    return {column: names for column, names in found.items() if names}

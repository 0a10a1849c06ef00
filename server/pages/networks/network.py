"""The network explorer: an interactive picture and the table of its nodes.

The address holds the whole state of the page, and the page works without JavaScript. With it,
``network.js`` fetches the page anew after each choice, replaces its parts, and draws the picture
on a canvas.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from missiongraph.errors import UnknownQuery
from missiongraph.namespaces import NETWORK
from missiongraph.networks.extract.counts import in_words
from missiongraph.networks.measures.registry import MEASURES
from missiongraph.networks.model.definition import METHODS, find_network, network_queries
from missiongraph.networks.operations.parameters import VIEW, Parameter
from missiongraph.networks.operations.picture import SIZES
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.server.answers.job_answers import soon_read
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.answers.run import faults
from missiongraph.server.api.network_request import NetworkRequest
from missiongraph.server.http.addresses import at
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.pagination import page_number
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context

from .parts import Part, part
from .rankings import by_measure

blueprint = Blueprint("network", __name__)

ROWS = 50
"""Nodes on one page of the table."""

COLOURED = 6
"""Number of groups with a colour of their own, the largest first."""

COLOURS = ("community", "kind", "country")
NODES = ("100", "250", "500", "1000", "5000")
DEFAULTS = {
    "network": "shared-missions",
    "measure": "betweenness",
    "colour": "community",
    "top": "250",
    "depth": "1",
}
_MOST = int(OPERATIONS["picture"].parameters["top"].most or 0)
_YEAR = Parameter("whole", "A year", least=1, most=9999)
_JSON = "application/json"
_GEPHI_LITE = "https://gephi.org/gephi-lite/"
"""The parameter is described at https://github.com/gephi/gephi-lite/issues/175."""


@dataclass(frozen=True)
class Node:
    """A node of the picture, and its row in the table."""

    iri: str
    label: str
    group: str
    score: float
    rank: int
    ties: int


ORDERS: dict[str, Callable[[Node], Any]] = {
    "rank": lambda node: (node.rank, node.label),
    "name": lambda node: (node.label.casefold(), node.iri),
    "group": lambda node: (node.group == "", node.group, node.rank),
    "ties": lambda node: (node.ties, node.label),
    "score": lambda node: (node.score, node.label),
}
"""Values of ``sort``, with the keys they sort by; a hyphen before a value reverses the order."""


@blueprint.get("/network")
def network() -> Response:
    """The page of the network that the reader has chosen."""
    acceptable(HTML)
    context().access.require("read")
    chosen = Chosen()
    picture = soon_read(chosen.asked)
    drawn = PictureData(json.loads(picture), chosen) if picture else None
    body = render_template(
        "network.html",
        chosen=chosen,
        drawn=drawn,
        networks=network_queries(),
        measures=SIZES,
        methods=METHODS,
        colours=COLOURS,
        sizes=NODES,
        defaults=DEFAULTS,
        most=_MOST,
        measure=MEASURES[chosen.values["measure"]],
        card=_card(drawn.node, chosen) if drawn and drawn.node else None,
        figures=chosen.figures if drawn and not chosen.focus else None,
    )
    response = Response(body, mimetype=HTML)
    if not drawn:
        response.cache_control.no_store = True
    return response


class Chosen:
    """The reader's choices, read from the address; raises :class:`Problem` for invalid ones."""

    def __init__(self) -> None:
        self.values = {name: request.args.get(name) or DEFAULTS[name] for name in DEFAULTS}
        self.focus = request.args.get("focus", "").strip()
        self.node = request.args.get("node", "").strip()
        self.years = {name: request.args.get(name, "").strip() for name in ("from", "to")}
        self.view = {n: texts for n in VIEW if (texts := [*filter(None, request.args.getlist(n))])}
        if self.values["measure"] not in SIZES or self.values["colour"] not in COLOURS:
            measures, colours = ", ".join(SIZES), ", ".join(COLOURS)
            detail = f"measure must be one of {measures}; colour one of {colours}."
            raise Problem(HTTPStatus.BAD_REQUEST, detail)
        try:
            self.query = find_network(self.values["network"])
        except UnknownQuery as error:
            raise Problem(HTTPStatus.NOT_FOUND, f"{error}.") from error
        if not self.query.projected:
            self.view.pop("method", None)  # sent by the form after a change of network
        for (name, year), day in zip(self.years.items(), ("since", "until"), strict=True):
            if year:
                with faults():
                    whole = _YEAR.read(name, [year])
                self.view[day] = [f"{whole:04}-{'01-01' if day == 'since' else '12-31'}"]

    @property
    def base(self) -> str:
        """Address of the network."""
        return at(f"/networks/{self.query.name}")

    @property
    def rest(self) -> str:
        """The choices that select a part of the network, as parameters of an address."""
        return urlencode(self.view, doseq=True)

    @property
    def more(self) -> bool:
        """Whether any of the advanced choices differs from its default."""
        plain = all(self.values[n] == DEFAULTS[n] for n in ("measure", "colour", "top"))
        return bool(self.view) or not plain

    @property
    def picture(self) -> str:
        """Address of the picture, without its format."""
        return f"{self.base}/picture?{urlencode({**self.view, **self._picture}, doseq=True)}"

    @property
    def file(self) -> str:
        """Address of this part of the network as a file, without its format."""
        return f"{self.base}/export?{urlencode({**self.view, **self._focus}, doseq=True)}"

    @property
    def gephi(self) -> str:
        """Address that opens this part of the network in Gephi Lite, which reads it from here."""
        there = f"{request.host_url.rstrip('/')}{self.file}&format=gexf"
        return f"{_GEPHI_LITE}?{urlencode({'gexf': there})}"

    @property
    def asked(self) -> NetworkRequest:
        """The request for the picture, equal to that of its address."""
        known = OPERATIONS["picture"].parameters
        with faults():
            values = {name: known[name].read(name, [text]) for name, text in self._picture.items()}
        return NetworkRequest("picture", self.query, self._read, values, _JSON)

    @property
    def figures(self) -> Part:
        """The figures of this part of the network as a whole."""
        return part("statistics", self.query, view=self._read, texts=self.view)

    @property
    def _read(self) -> dict[str, Any]:
        """The values of the view's parameters; raises :class:`Problem` for invalid ones."""
        with faults():
            return {name: VIEW[name].read(name, texts) for name, texts in self.view.items()}

    @property
    def _picture(self) -> dict[str, str]:
        return {name: self.values[name] for name in ("measure", "colour", "top")} | self._focus

    @property
    def _focus(self) -> dict[str, str]:
        return {"focus": self.focus, "depth": self.values["depth"]} if self.focus else {}


class PictureData:
    """A drawn picture, prepared for the page."""

    def __init__(self, data: Mapping[str, Any], chosen: Chosen) -> None:
        self.data, self._chosen = data, chosen

    @cached_property
    def nodes(self) -> list[Node]:
        """The nodes of the picture."""
        tied = Counter(place for tie in self.data["ties"] for place in tie[:2])
        groups = [*self.data["groups"], ""]
        return [
            Node(iri, label, groups[group], score, rank, tied[place])
            for place, (iri, label, _, _, group, score, rank) in enumerate(self.data["nodes"])
        ]

    @property
    def order(self) -> str:
        """The order of the table; raises :class:`Problem` for an unknown one."""
        order = request.args.get("sort") or "rank"
        if order.removeprefix("-") not in ORDERS:
            detail = f"sort must be one of {', '.join(ORDERS)}, with or without a hyphen before it."
            raise Problem(HTTPStatus.BAD_REQUEST, detail)
        return order

    def page(self, number: int) -> list[Node]:
        """One page of the table, from 1, in the order of the address."""
        way = ORDERS[self.order.removeprefix("-")]
        rows = sorted(self.nodes, key=way, reverse=self.order.startswith("-"))
        return rows[(number - 1) * ROWS : number * ROWS]

    @property
    def number(self) -> int:
        """The requested page of the table, at most the last."""
        return min(page_number(), self.pages)

    @property
    def pages(self) -> int:
        """The number of pages of the table, at least 1."""
        return max(1, -(-len(self.nodes) // ROWS))

    @cached_property
    def node(self) -> Node | None:
        """The node that the reader has picked by IRI, label or last part of the IRI, or None."""
        wanted = self._chosen.node.casefold()
        if not wanted:
            return None
        by_name = {node.iri.rpartition("/")[2].casefold(): node for node in self.nodes}
        by_name |= {node.label.casefold(): node for node in self.nodes}
        by_name |= {node.iri.casefold(): node for node in self.nodes}
        return by_name.get(wanted)

    @property
    def dates(self) -> str:
        """How many statements the ties rest on, and what is known of their dates, in words."""
        return in_words(self.data)

    @cached_property
    def focus(self) -> Node | None:
        """The node whose neighbourhood is shown, or None."""
        return next((node for node in self.nodes if node.iri == self.data["focus"]), None)

    def colour(self, node: Node) -> int:
        """The number of the colour of a node's group, from 1; 0 for the smaller groups."""
        groups = self.data["groups"][:COLOURED]
        return groups.index(node.group) + 1 if node.group in groups else 0

    @property
    def legend(self) -> list[tuple[int, str, int]]:
        """Colour number, name and number of nodes of each group; all smaller groups have 0."""
        counts = Counter(node.group for node in self.nodes)
        named = self.data["groups"][:COLOURED]
        rest = len(self.nodes) - sum(counts[name] for name in named)
        shown = [(number, name, counts[name]) for number, name in enumerate(named, start=1)]
        return [*shown, (0, "others", rest)] if rest else shown


def _card(node: Node, chosen: Chosen) -> dict[str, Any]:
    """The card of a picked node: its ranks, and how certain they are."""
    answer = ask("ranks-in-networks", node=node.iri)
    rows = [row for row in answer if row["network"] == NETWORK + chosen.query.name]
    return {"node": node, "ranks": by_measure(rows), "asked": answer}

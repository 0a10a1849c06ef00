"""How to cite an answer or a thing: a lasting address, BibTeX and CFF.

The address of an answer names the query and the state of the data (``state``). It gives the same
rows while the server has that state, and 410 afterwards. Library queries are named; any other
query is compressed into the address.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request, url_for

from missiongraph.errors import QueryError
from missiongraph.namespaces import BASE
from missiongraph.publishing.dataset import DATASET, TITLE
from missiongraph.resources import version
from missiongraph.server.answers.library_queries import asked_by_name, rows
from missiongraph.server.answers.result_page import result_page
from missiongraph.server.answers.run import faults
from missiongraph.server.http.addresses import at
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.http.short_addresses import packed, unpacked
from missiongraph.server.state.context import context
from missiongraph.sparql.engine import Query, check
from missiongraph.sparql.results import Table

from .citation import Citation

blueprint = Blueprint("cite", __name__)

_DAY = f"SELECT (MAX(?day) AS ?last) {{ ?source <{BASE}ontology#retrieved> ?day }}"


@blueprint.get("/cite")
def cite() -> str:
    """How to cite the answer to a query, a thing, or the whole graph."""
    acceptable(HTML)
    context().access.require("read")
    query, thing = request.args.get("query", ""), request.args.get("thing", "")
    if thing and not thing.startswith(("http://", "https://")):
        raise Problem(
            HTTPStatus.BAD_REQUEST, "thing must be an address that begins with http:// or https://."
        )
    if query:
        _check(query)
        title = query.lstrip("# ").splitlines()[0] if query.startswith("#") else "Result of a query"
        return _page(title, url_for("cite.result", q=packed(query), state=_short(_state())), query)
    return _page(thing, thing) if thing else _page(TITLE, DATASET)


@blueprint.get("/cite/<name>")
def cite_by_name(name: str) -> str:
    """How to cite the answer to a library query."""
    acceptable(HTML)
    context().access.require("read")
    answer = asked_by_name(name)
    values = {**answer.given, "name": name, "state": _short(_state())}
    return _page(answer.entry.question, url_for("cite.result_by_name", **values), answer.text)


@blueprint.get("/result")
def result() -> Response:
    """A cited answer, if the data are still in the cited state, else 410."""
    acceptable(HTML)
    context().access.require("read")
    query = request.args.get("query", "")
    if part := request.args.get("q", ""):
        try:
            query = unpacked(part, context().settings.query_characters)
        except ValueError as error:
            raise Problem(HTTPStatus.BAD_REQUEST, f"q is not a query: {error}.") from error
    _check(query)
    _require_state(url_for("workbench.workbench", query=query))
    return result_page(Query(query))


@blueprint.get("/result/<name>")
def result_by_name(name: str) -> Response:
    """A cited answer to a library query, if the data are still in the cited state, else 410."""
    acceptable(HTML)
    context().access.require("read")
    answer = asked_by_name(name, "state")
    _require_state(answer.page)
    return result_page(Query(answer.text))


def _page(title: str, address: str, query: str = "") -> str:
    """The page on how to cite an address, absolute or a path of this host."""
    here = request.host_url.rstrip("/") + address if address.startswith("/") else address
    local, site = is_local(request.host), request.root_url
    lasting = BASE + here.removeprefix(site) if local and here.startswith(site) else here
    today = datetime.now(UTC).date().isoformat()
    state = _state()
    citation = Citation(title, lasting, state, _day(), today, version("missiongraph"))
    return render_template(
        "cite.html", citation=citation, query=query, locally=here if lasting != here else ""
    )


def is_local(host: str) -> bool:
    """Whether a host can be reached only from this machine or its local network."""
    name = urlsplit(f"//{host}").hostname or ""
    with suppress(ValueError):
        return not ip_address(name).is_global
    return "." not in name or name.endswith((".localhost", ".local", ".internal"))


def _state() -> str:
    return context().graph.engine.fingerprint


def _short(state: str) -> str:
    """The name of a state, with the part for the data shortened to 12 characters."""
    data, dash, measured = state.partition("-")
    return data[:12] + dash + measured


def _day() -> str:
    """The ISO date of the state: of its last write, or else of the last retrieval of a source."""
    with faults():
        if written := context().store.state().written:
            return written[:10]
    (row,) = Table.from_json(rows(Query(_DAY)))
    return row["last"].isoformat() if isinstance(row["last"], date) else ""


def _require_state(instead: str) -> None:
    """Raise :class:`Problem` (410) unless the data are in the state that the address names.

    ``instead`` is the address of the same query on the present data.
    """
    state, now = request.args.get("state", ""), _state()
    if state in (now, _short(now)):
        return
    there = at("/dumps/missiongraph.nq.gz")
    detail = (
        f"This answer is from state {state[:21]} of the data, which this server no longer has; "
        f"the present state is {_short(now)}. All present data are at {there}."
    )
    raise Problem(HTTPStatus.GONE, detail, instead=instead)


def _check(query: str) -> None:
    try:
        check(query)
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error

"""How to cite an answer or a thing: an address that gives it again, BibTeX and CFF.

The address of an answer holds the query and the state of the data (``state``): it gives the same
rows as long as that state is served, and says so when it is not (410).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Response, render_template, request, url_for

from missiongraph.catalogue import AUTHORS, TITLE
from missiongraph.engine import Query, check
from missiongraph.errors import QueryError
from missiongraph.inputs import version

from ..context import context
from ..negotiation import HTML
from ..problems import Problem, acceptable
from ..resultpage import result_page

blueprint = Blueprint("cite", __name__)


@dataclass(frozen=True)
class Citation:
    """What is cited, where it is found again, and in which state of the data."""

    title: str
    address: str
    state: str
    day: str
    version: str

    @property
    def text(self) -> str:
        """The citation as a line."""
        year = self.day[:4]
        return (
            f"{AUTHORS} ({year}). {self.title}. MissionGraph {self.version}, "
            f"state {self.state[:12]}. {self.address} (retrieved {self.day}; CC BY 4.0)."
        )

    @property
    def bibtex(self) -> str:
        """The citation for BibTeX."""
        key = f"missiongraph-{self.state[:8] or 'live'}"
        return (
            f"@misc{{{key},\n  author = {{{{{AUTHORS}}}}},\n  title = {{{_plain(self.title)}}},\n"
            f"  year = {{{self.day[:4]}}},\n  version = {{{self.version}}},\n"
            f"  note = {{State {self.state}, retrieved {self.day}}},\n"
            f"  url = {{{self.address}}}\n}}"
        )

    @property
    def cff(self) -> str:
        """The citation as a file in the Citation File Format 1.2."""
        title = self.title.replace('"', "'")
        return (
            "cff-version: 1.2.0\nmessage: If you use this data, cite it as below.\ntype: dataset\n"
            f'title: "{title}"\nauthors:\n  - name: "{AUTHORS}"\nversion: "{self.version}"\n'
            f'date-released: "{self.day}"\nlicense: CC-BY-4.0\nurl: "{self.address}"\n'
        )


@blueprint.get("/cite")
def cite() -> str:
    """How to cite a query's answer, a thing, or all of it."""
    acceptable(HTML)
    query, thing = request.args.get("query", ""), request.args.get("thing", "")
    if thing and not thing.startswith(("http://", "https://")):
        raise Problem(HTTPStatus.BAD_REQUEST, "thing is an address: http:// or https://.")
    state = context().graph.engine.fingerprint
    if query:
        _check(query)
        title = query.lstrip("# ").splitlines()[0] if query.startswith("#") else "Result of a query"
        address = url_for("cite.result", query=query, state=state, _external=True)
    else:
        title, address = (thing, thing) if thing else (TITLE, request.host_url)
    day = datetime.now(UTC).date().isoformat()
    citation = Citation(title, address, state, day, version("missiongraph"))
    return render_template("cite.html", citation=citation, query=query)


@blueprint.get("/result")
def result() -> Response:
    """The answer that was cited, if the data is still in the state that it was asked in."""
    acceptable(HTML)
    context().access.require("read")
    query, state = request.args.get("query", ""), request.args.get("state", "")
    _check(query)
    now = context().graph.engine.fingerprint
    if state != now:
        raise Problem(
            HTTPStatus.GONE,
            f"This was asked of the state {state[:12]} of the data, which is not served any more; "
            f"the state now is {now[:12]}. Its dump may still be at /dumps/{state}/.",
        )
    return result_page(Query(query))


def _check(query: str) -> None:
    try:
        check(query)
    except QueryError as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error)) from error


def _plain(text: str) -> str:
    """Text without what BibTeX would read as a command."""
    return "".join(f"\\{char}" if char in "&%$#_{}" else char for char in text)

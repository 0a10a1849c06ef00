"""Validate: data that a reader pastes or uploads, against the shapes.

Nothing goes to the disk to stay; a report stays in memory as long as a job does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from missiongraph.checking import JSON, SUFFIXES, WHOLE_MEGABYTES

from ..answers import faults
from ..context import context
from ..jobs import Ticket
from ..negotiation import HTML
from ..problems import Problem, acceptable

blueprint = Blueprint("validate", __name__)

NAMES = {
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
    "trig": "TriG",
    "nq": "N-Quads",
    "csv": "CSV with a mapping",
}
"""The formats as readers know them."""

EXAMPLE = """\
@prefix moi: <https://w3id.org/missiongraph/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

<https://w3id.org/missiongraph/id/mission/my-mission> a moi:Mission ;
    rdfs:label "My mission"@en ;
    moi:hasStatus <https://w3id.org/missiongraph/vocab/mission-status/actve> .
"""

_AGAIN = 1  # seconds after which a page that waits looks again


@dataclass(frozen=True)
class CheckRequest:
    """Data to check: a job like those of networks."""

    data: str
    format: str
    mapping: str
    media_type: str = JSON
    filename: str = "report.json"

    def task(self, nodes: int, ties: int) -> dict[str, Any]:
        """The task for :func:`missiongraph.checking.perform`."""
        said = {"data": self.data, "format": self.format, "mapping": self.mapping}
        return {"room": "checking", **said}

    def tag(self, fingerprint: str) -> str:
        """What the answer depends on, hashed."""
        said = json.dumps([fingerprint, self.data, self.format, self.mapping])
        return hashlib.sha256(said.encode()).hexdigest()[:32]


@blueprint.get("/validate")
def form() -> str:
    """Where data are pasted or chosen."""
    acceptable(HTML)
    return _page(None, CheckRequest(EXAMPLE, "ttl", ""))


@blueprint.post("/validate")
def check() -> Response:
    """Take data in, and lead to what is found."""
    acceptable(HTML)
    context().access.require("read")
    asked = CheckRequest(_text("data"), request.form.get("format", "ttl"), _text("mapping"))
    if not asked.data.strip():
        raise Problem(HTTPStatus.BAD_REQUEST, "Paste data, or choose a file.")
    if asked.format not in SUFFIXES:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The format is one of {', '.join(SUFFIXES)}.")
    if asked.format == "csv" and not asked.mapping.strip():
        raise Problem(HTTPStatus.BAD_REQUEST, "A CSV needs the mapping that makes RDF of it.")
    with faults():
        ticket = context().jobs.ask(asked)
    there = url_for(".report", id=ticket.id)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})


@blueprint.get("/validate/<id>")
def report(id: str) -> Response:
    """What was found, as a page, JSON or, with ``.ttl`` behind it, as SHACL's report."""
    name, _, suffix = id.partition(".")
    ticket, asked = _ticket(name)
    context().jobs.wait(ticket)
    found = _found(ticket)
    if found is None:
        waiting = Response(_page(None, asked, waiting=True), mimetype=HTML)
        waiting.headers["Refresh"] = str(_AGAIN)
        waiting.cache_control.no_store = True
        return waiting
    if suffix == "ttl" and found.get("whole"):
        return Response(_whole(ticket), content_type="text/turtle; charset=utf-8")
    kind = acceptable(HTML, JSON)
    if kind == JSON:
        return Response(json.dumps(found), mimetype=JSON)
    return Response(_page(found, asked, name), mimetype=HTML)


def _ticket(id: str) -> tuple[Ticket, CheckRequest]:
    context().access.require("read")
    ticket = context().jobs.find(id)
    if ticket is None or not isinstance(ticket.asked, CheckRequest):
        raise Problem(HTTPStatus.NOT_FOUND, "There is no such report any more; check again.")
    return ticket, ticket.asked


def _found(ticket: Ticket) -> dict[str, Any] | None:
    if not ticket.ended.is_set():
        return None
    if ticket.error:
        with faults():
            raise ticket.error
    assert ticket.made
    found: dict[str, Any] = json.loads(ticket.made.body.partition(b"\n")[0])
    return found


def _whole(ticket: Ticket) -> bytes:
    """The report in Turtle, which is after the line of what is shown of it."""
    assert ticket.made
    return ticket.made.body.partition(b"\n")[2]


def _page(
    found: Mapping[str, Any] | None, asked: CheckRequest, name: str = "", *, waiting: bool = False
) -> str:
    return render_template(
        "validate.html",
        found=found,
        asked=asked,
        whole_megabytes=WHOLE_MEGABYTES,
        name=name,
        names=NAMES,
        waiting=waiting,
    )


def _text(name: str) -> str:
    """A field, or the file that was chosen instead."""
    if (file := request.files.get(f"{name}-file")) and file.filename:
        try:
            return str(file.read(), "utf-8-sig")
        except UnicodeDecodeError as error:
            detail = f"{file.filename} is not UTF-8 text: save it as UTF-8."
            raise Problem(HTTPStatus.BAD_REQUEST, detail) from error
    return request.form.get(name, "")

"""Validates data that a reader pastes or uploads against the SHACL shapes.

The data go into a file. It is removed after validation, or together with the report if it is
short enough to be shown beside it. A report stays as long as any job.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

from flask import Blueprint, Response, render_template, url_for

from missiongraph.errors import Busy
from missiongraph.jobs.validate_upload import JSON, SUFFIXES, WHOLE_MEGABYTES
from missiongraph.server.answers.job_answers import AGAIN_SECONDS
from missiongraph.server.answers.run import faults
from missiongraph.server.api.uploads import Form, received
from missiongraph.server.http.clients import client
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context
from missiongraph.server.state.jobs import SHOWN_BYTES
from missiongraph.server.state.tickets import Ticket

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
"""The names of the formats, by suffix."""

EXAMPLE = """\
@prefix moi: <https://w3id.org/missiongraph/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

<https://w3id.org/missiongraph/id/mission/my-mission> a moi:Mission ;
    rdfs:label "My mission"@en ;
    moi:hasStatus <https://w3id.org/missiongraph/vocab/mission-status/actve> .
"""

_PIECE = 256 * 1024  # bytes of a report read at a time


@dataclass(frozen=True)
class CheckRequest:
    """A job that validates an upload, run like those of networks."""

    path: Path
    digest: str
    format: str
    mapping: str
    media_type: str = JSON
    filename: str = "report.json"

    def task(self, nodes: int, ties: int) -> dict[str, Any]:  # Any: JSON
        """The task for :func:`missiongraph.jobs.validate_upload.perform`."""
        inputs = {"path": str(self.path), "format": self.format, "mapping": self.mapping}
        return {"handler": "checking", **inputs}

    def tag(self, fingerprint: str) -> str:
        """A hash of all that the report depends on."""
        key = json.dumps([fingerprint, self.digest, self.format, self.mapping])
        return hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Shown:
    """The content of the form; ``data`` is empty if they are too ``large`` to be shown."""

    data: str
    format: str
    mapping: str = ""
    large: bool = False


@blueprint.get("/validate")
def form() -> str:
    """The form, with example data."""
    acceptable(HTML)
    return _page(None, Shown(EXAMPLE, "ttl"))


@blueprint.post("/validate")
def check() -> Response:
    """Receive data, start a job and redirect to its report."""
    acceptable(HTML)
    context().access.require("read")
    most = {"format": 20, "mapping": 4 * context().settings.query_characters}
    with faults(), received("data", most) as sent:
        job = _read(sent)
        about = {"format": job.format, "mapping": job.mapping}
        jobs = context().jobs
        ticket = jobs.ask(job, client(), upload=sent.upload, about=about)
        jobs.expect(ticket)
    there = url_for(".report", id=ticket.id)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})


def _read(sent: Form) -> CheckRequest:
    """The job for a form; raises :class:`Problem` for missing data, format or mapping."""
    format, mapping = sent.fields.get("format") or "ttl", sent.fields.get("mapping", "")
    if not sent.upload:
        raise Problem(HTTPStatus.BAD_REQUEST, "Paste data, or choose a file.")
    if format not in SUFFIXES:
        raise Problem(HTTPStatus.BAD_REQUEST, f"The format must be one of {', '.join(SUFFIXES)}.")
    if format == "csv" and not mapping.strip():
        raise Problem(HTTPStatus.BAD_REQUEST, "A CSV file needs a mapping to RDF.")
    path = context().jobs.tickets.upload(sent.upload)
    return CheckRequest(path, sent.digest, format, mapping)


@blueprint.get("/validate/<id>")
def report(id: str) -> Response:
    """The report as a page or as JSON; with the suffix ``.ttl``, the SHACL report in Turtle."""
    name, _, suffix = id.partition(".")
    ticket = _waited_for(_ticket(name))
    result = _result(ticket)
    if result is None:
        position = context().jobs.position(ticket)
        page = _page(None, _shown(ticket), waiting=True, position=position)
        waiting = Response(page, mimetype=HTML)
        waiting.headers["Refresh"] = str(AGAIN_SECONDS)
        waiting.cache_control.no_store = True
        return waiting
    if suffix == "ttl" and result.get("whole"):
        return Response(_whole(ticket), content_type="text/turtle; charset=utf-8")
    kind = acceptable(HTML, JSON)
    if kind == JSON:
        return Response(json.dumps(result), mimetype=JSON)
    return Response(_page(result, _shown(ticket), name), mimetype=HTML)


def _ticket(id: str) -> Ticket:
    context().access.require("read")
    ticket = context().jobs.find(id)
    if ticket is None or "format" not in ticket.about:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "There is no such report, or it has expired; validate the data again.",
        )
    return ticket


def _waited_for(ticket: Ticket) -> Ticket:
    """The ticket after the time that a page waits, or at once if too many requests wait."""
    jobs = context().jobs
    jobs.keep(ticket)
    with suppress(Busy), jobs.waiting(client()):
        return jobs.wait(ticket, context().settings.network_wait_seconds)
    return ticket


def _result(ticket: Ticket) -> dict[str, Any] | None:
    """The summary of the report, which is the first line of the job's file."""
    if not ticket.ended:
        return None
    with faults(), context().jobs.made(ticket) as file:
        result: dict[str, Any] = json.loads(file.readline())
    return result


def _whole(ticket: Ticket) -> Iterator[bytes]:
    """The report in Turtle, which follows the first line of the job's file."""
    with faults():
        file = context().jobs.made(ticket)
    return _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.readline()
        while piece := file.read(_PIECE):
            yield piece


def _shown(ticket: Ticket) -> Shown:
    """The data that were sent, if short; longer ones are removed after validation."""
    path, about = context().jobs.tickets.upload(ticket.upload), ticket.about
    with suppress(FileNotFoundError):
        if path.stat().st_size <= SHOWN_BYTES:
            return Shown(path.read_text("utf-8"), about["format"], about["mapping"])
    return Shown("", about["format"], about["mapping"], large=True)


def _page(
    result: Mapping[str, Any] | None,
    shown: Shown,
    name: str = "",
    *,
    waiting: bool = False,
    position: int = 0,
) -> str:
    return render_template(
        "validate.html",
        found=result,
        asked=shown,
        whole_megabytes=WHOLE_MEGABYTES,
        name=name,
        names=NAMES,
        waiting=waiting,
        position=position,
    )

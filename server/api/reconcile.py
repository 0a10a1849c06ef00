"""The Reconciliation Service API 0.2, by which OpenRefine matches lists against the graph.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/

Other sites reach it by CORS, as all addresses here. JSONP, which the specification leaves to the
service, is not offered: it would run what is sent here as a program there.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, render_template, request, url_for

from missiongraph.namespaces import ID, ONTOLOGY
from missiongraph.publishing.reconciliation.candidates import Candidate, Question, Reconciler
from missiongraph.publishing.reconciliation.matchable import (
    INITIATIVE,
    KINDS,
    PROPERTIES,
    TYPES,
    Property,
    Thing,
    Value,
    iri_of,
    things,
)
from missiongraph.publishing.search import Index
from missiongraph.resources import version
from missiongraph.server.answers.library_queries import ask
from missiongraph.server.http.addresses import local
from missiongraph.server.http.negotiation import HTML
from missiongraph.server.http.problems import Problem, acceptable
from missiongraph.server.state.context import context

from .reconcile_request import BATCH, Extension, extension, field, kinds, questions, whole_number

blueprint = Blueprint("reconcile", __name__)

Object = dict[str, Any]  # Any: JSON

JSON = "application/json"
SUGGESTIONS = 20
"""Suggestions in one answer; ``cursor`` skips those before."""

VALUES = 100
"""Most values of a property that are sent for one thing."""

PREVIEW = {"width": 420, "height": 260}
"""The pixels for which a preview is made."""

_FRAMED = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
"""The policy of previews, which other sites show in a frame: styles only, no scripts."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""Batches that are compared at the same time, so that they leave time for other requests."""

_TYPE_NAMES = {INITIATIVE: "Mission or other initiative", **KINDS}
_SHOWN = ("kind", "country", "place", "field", "founded", "start", "end", "part-of", "publisher")


def register(app: Flask) -> None:
    """Add the routes of the service."""
    app.register_blueprint(blueprint)


@blueprint.get("/reconcile")
def manifest() -> Response:
    """The manifest or, with parameters, an answer as for POST."""
    acceptable(JSON)
    return service() if request.args else jsonify(_manifest())


@blueprint.post("/reconcile")
def service() -> Response:
    """The answer to a batch of queries, or to a request for values."""
    context().access.require("read")
    acceptable(JSON)
    queries, values = field("queries"), field("extend")
    if queries is not None and values is None:
        return jsonify(_results(questions(queries)))
    if values is not None and queries is None:
        return jsonify(_extended(extension(values)))
    detail = "Send one of 'queries' and 'extend', in the address or as a form."
    raise Problem(HTTPStatus.BAD_REQUEST, detail)


@blueprint.get("/reconcile/suggest/entity")
def suggest_entity() -> Response:
    """Things, of a ``type`` if it is given, for the ``prefix`` that was typed."""
    context().access.require("read")
    of = kinds(filter(None, request.args.getlist("type")))

    def found(prefix: str) -> Iterator[Object]:
        with _turn():
            yield from map(_suggestion, reconciler().begins(prefix, of))

    return _suggested(found)


@blueprint.get("/reconcile/suggest/type")
def suggest_type() -> Response:
    """Types for the ``prefix`` that was typed."""
    return _suggested(
        lambda prefix: (_type(n) for n, label in _TYPE_NAMES.items() if _begins(prefix, n, label))
    )


@blueprint.get("/reconcile/suggest/property")
def suggest_property() -> Response:
    """Properties for the ``prefix`` that was typed."""
    return _suggested(
        lambda prefix: (
            {"id": each.id, "name": each.name, "description": each.description}
            for each in PROPERTIES.values()
            if _begins(prefix, each.id, each.name)
        )
    )


@blueprint.get("/reconcile/properties")
def properties() -> Response:
    """The properties with which a list of things of a ``type`` can be extended."""
    acceptable(JSON)
    name = request.args.get("type", "")
    of, limit = kinds([name] if name else []), whole_number("limit", 0, least=1)
    listed = [{"id": each.id, "name": each.name} for each in PROPERTIES.values() if each.of & of]
    asked = {"limit": limit} if limit else {}
    return jsonify({"type": name, "properties": listed[: limit or None]} | asked)


@blueprint.get("/reconcile/preview")
def preview() -> Response:
    """A small page about the thing ``id``, which other sites may show in a frame."""
    context().access.require("read")
    acceptable(HTML)
    thing = _thing(request.args.get("id", ""))
    facts = {PROPERTIES[name].name: thing.values(name)[:3] for name in _SHOWN}
    page = render_template("reconcile_preview.html", thing=thing, facts=facts)
    response = Response(page, mimetype=HTML)
    response.headers["Content-Security-Policy"] = _FRAMED
    return response


@blueprint.get("/reconcile/view")
def view() -> Response:
    """Redirects to the page of the thing ``id``; no part of a path, as it has a slash."""
    context().access.require("read")
    there = local(_thing(request.args.get("id", "")).iri)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": there})


def reconciler() -> Reconciler:
    """The things that can be matched, in the present state of the data."""

    def make() -> Reconciler:
        names, memo = ask("names"), context().memo
        index = memo.get("names", lambda: Index(names))
        return Reconciler(things(names, ask("facts-to-match")), index)

    return context().memo.get("reconciler", make)


# --- the parts of answers


def _manifest() -> Object:
    manifest = {
        "versions": ["0.2"],
        "name": "MissionGraph: missions, organisations and their sources",
        "identifierSpace": ID,
        "schemaSpace": ONTOLOGY,
        "documentation": url_for("reconcile_help.steps", _external=True),
        "serviceVersion": version("missiongraph"),
        "logo": url_for("static", filename="icon.svg", _external=True),
        "defaultTypes": [_type(name) for name in TYPES],
        "view": {"url": url_for(".view", _external=True) + "?id={{id}}"},
        "preview": {"url": url_for(".preview", _external=True) + "?id={{id}}"} | PREVIEW,
        "suggest": {what: _place(f".suggest_{what}") for what in ("entity", "property", "type")},
        "extend": {"propose_properties": _place(".properties"), "property_settings": []},
        "batchSize": BATCH,
    }
    if context().access.read_takes_token:
        manifest["authentication"] = {"type": "apiKey", "name": "Authorization", "in": "header"}
    return manifest


def _place(endpoint: str) -> Object:
    """An address in two parts, as manifests have it: that of the site, and the rest."""
    root, address = request.root_url, url_for(endpoint, _external=True)
    return {"service_url": root, "service_path": address.removeprefix(root)}


def _results(asked: Mapping[str, tuple[Question, int]]) -> Object:
    with _turn():
        known = reconciler()
        return {
            key: {"result": [_candidate(each) for each in known.candidates(question, most)]}
            for key, (question, most) in asked.items()
        }


def _candidate(found: Candidate) -> Object:
    features: list[Object] = [{"id": "name", "value": found.likeness}]
    told = ((name, said) for name, said in found.agrees.items() if said is not None)
    return {
        "id": found.thing.id,
        "name": found.thing.name,
        "description": found.thing.description,
        "type": [_type(found.thing.kind)],
        "score": found.score,
        "match": found.match,
        "features": features + [{"id": name, "value": said} for name, said in told],
    }


def _extended(asked: Extension) -> Object:
    known = reconciler().things
    rows: Object = {}
    for id in asked.ids:
        thing = known.get(iri_of(id))
        rows[id] = {each.id: _cells(thing, each) if thing else [] for each in asked.properties}
    meta = [{"id": each.id, "name": each.name} for each in asked.properties]
    return {"meta": meta, "rows": rows}


def _cells(thing: Thing, property: Property) -> list[Object]:
    return [_cell(value, property) for value in thing.values(property.id)[:VALUES]]


def _cell(value: Value, property: Property) -> Object:
    """A value as the protocol has it: a thing, a year, a day or a text."""
    if value.id:
        return {"id": value.id, "name": value.text}
    if property.dated and re.fullmatch("[0-9]{4}", value.text):
        return {"int": int(value.text)}
    if property.dated and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value.text):
        return {"date": f"{value.text}T00:00:00Z"}
    return {"str": value.text}


def _type(name: str) -> Object:
    """A type; kinds of initiatives have a broader one."""
    whole = name != INITIATIVE and TYPES[name] <= TYPES[INITIATIVE]
    broader = {"broader": [{"id": INITIATIVE, "name": _TYPE_NAMES[INITIATIVE]}]} if whole else {}
    return {"id": name, "name": _TYPE_NAMES[name]} | broader


def _suggested(find: Callable[[str], Iterable[Object]]) -> Response:
    """The things found for the ``prefix``, without the first ``cursor``."""
    acceptable(JSON)
    found, cursor = find(request.args.get("prefix", "").strip()), whole_number("cursor", 0)
    return jsonify(result=[*found][cursor : cursor + SUGGESTIONS])


def _suggestion(thing: Thing) -> Object:
    return {
        "id": thing.id,
        "name": thing.name,
        "description": thing.description,
        "notable": [_type(thing.kind)],
    }


def _begins(prefix: str, *texts: str) -> bool:
    """Whether a word of a text begins with what was typed."""
    typed = f" {prefix.casefold()}"
    return any(typed in f" {text.casefold()}" for text in texts)


def _thing(id: str) -> Thing:
    if thing := reconciler().things.get(iri_of(id)):
        return thing
    detail = f"There is no thing '{id[:80]}'; identifiers are such as organisation/vinnova."
    raise Problem(HTTPStatus.NOT_FOUND, detail)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until fewer than two batches are being compared; else raises :class:`Problem` (503)."""
    allowed = context().settings.queue_seconds
    if not _AT_ONCE.acquire(timeout=allowed):
        detail = "Many lists are being matched now; send the batch again in a few seconds."
        problem = Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, detail, limit="queue_seconds", allowed=allowed
        )
        problem.headers["Retry-After"] = "5"
        raise problem
    try:
        yield
    finally:
        _AT_ONCE.release()

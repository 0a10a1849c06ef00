"""The description of ``/networks`` and ``/jobs``, made from the table of operations."""

from __future__ import annotations

from collections.abc import Iterable

from missiongraph.networks.measures.registry import MEASURES
from missiongraph.networks.model.definition import network_queries
from missiongraph.networks.operations.parameters import VIEW, Parameter, of_measure
from missiongraph.networks.operations.registry import OPERATIONS
from missiongraph.server.api.network_request import FORMATS, REPEATED
from missiongraph.server.api.networks import OWN
from missiongraph.server.api.sparql import DIRECT, FORM
from missiongraph.server.http.negotiation import HTML

from .parts import COUNT, JSON, OBJECT, STRING, Object, ok, operation, parameter, record, ref

_FAILING = (400, 401, 403, 404, 406, 413, 422, 502, 503, 504)
_PREFER = parameter(
    "Prefer",
    "header",
    STRING,
    "RFC 7240: respond-async, to hear 202 and the address of a job when it takes long; wait=N, to "
    "wait N seconds at most. Without respond-async, a request waits until the answer is there",
)
_APPLIED: Object = {"Preference-Applied": {"schema": STRING}}
_TYPES: Object = {
    "day": STRING
    | {
        "anyOf": [
            {"format": "date"},
            {"pattern": r"^\d{4}-(0[1-9]|1[0-2])$"},
            {"pattern": r"^\d{4}$"},
        ]
    },
    "iri": STRING,
    "number": {"type": "number"},
    "text": STRING,
    "whole": {"type": "integer"},
}

_ARRAY: Object = {"type": "array", "items": OBJECT}
_FILE: Object = record({"directed": {"type": "boolean"}}, nodes=_ARRAY, edges=_ARRAY)
"""A network as node-link data."""


def paths() -> Object:
    """The addresses of networks and of jobs."""
    others = sorted(set(OPERATIONS) - {"summary", "centrality"})
    listed = ok({JSON: ref("Networks")})
    return {
        "/networks": {"get": operation("The networks, and the measures", listed, 401, 403, 406)},
        "/networks/{name}": _operation("summary"),
        "/networks/{name}/centrality/{measure}": _operation("centrality", _measures()),
        **{f"/networks/{{name}}/{other}": _operation(other) for other in others},
        OWN: _own("summary") | {"get": operation("A form to ask of one", ok(HTML), 401, 403, 406)},
        f"{OWN}/centrality/{{measure}}": _own("centrality", _measures()),
        **{f"{OWN}/{other}": _own(other) for other in others},
        "/jobs/{id}": _job("How far a job is", ok({JSON: ref("Job"), HTML: STRING}) | _done()),
        "/jobs/{id}/result": _job("What a job made", _answers([*FORMATS.values()], OBJECT)),
    }


def _operation(name: str, more: list[Object] | None = None) -> Object:
    """An operation of the library, on a network that ships."""
    shipped = {"enum": [query.name for query in network_queries()]}
    which = parameter("name", "path", shipped, "Name of the network")
    return {"get": _described(name, [which, *(more or [])], *_FAILING)}


def _own(name: str, more: list[Object] | None = None) -> Object:
    """The same on a network that is posted."""
    text = STRING | {"format": "sparql-query", "minLength": 1}
    form = {"type": "object", "properties": {"query": text}, "required": ["query"]}
    body = {DIRECT: {"schema": text}, FORM: {"schema": form}}
    return {"post": _described(name, more or [], *_FAILING, 413, 415, body=body)}


def _described(name: str, more: list[Object], *failing: int, body: Object | None = None) -> Object:
    about = OPERATIONS[name]
    taken = {**VIEW, **about.parameters}
    names = [short for short, kind in FORMATS.items() if kind in about.formats]
    parameters = [
        *(_parameter(each, said) for each, said in taken.items()),
        parameter("format", "query", {"enum": names}, "Format of the answer, before Accept"),
        _PREFER,
        *more,
    ]
    later = {"description": "It comes later, as was preferred", "headers": _APPLIED}
    answers = _answers(about.formats, _FILE if name == "export" else ref("NetworkAnswer")) | {
        "202": later | {"content": {JSON: {"schema": ref("Job")}}},
        "303": {"description": "For readers of pages: to a page that waits for it"},
    }
    return operation(about.says, answers, *failing, parameters=parameters, body=body)


def _measures() -> list[Object]:
    """The measure, and the parameters that one or another of them takes."""
    names = {"enum": list(MEASURES)}
    taken = {n: p for measure in MEASURES.values() for n, p in of_measure(measure).items()}
    known = OPERATIONS["centrality"].parameters
    return [
        parameter("measure", "path", names, "Name of the measure"),
        *(_parameter(name, said) for name, said in taken.items() if name not in known),
    ]


def _parameter(name: str, said: Parameter) -> Object:
    schema: Object = dict(_TYPES[said.kind])
    bounds = {"minimum": said.least, "maximum": said.most}
    schema |= {bound: value for bound, value in bounds.items() if value is not None}
    if said.choices:
        schema["enum"] = list(said.choices)
    if said.many:
        schema = {"type": "array", "items": schema, "maxItems": REPEATED}
    needed = {"required": True} if said.needed else {}
    return parameter(name, "query", schema, said.says) | needed


def _answers(kinds: Iterable[str], json: Object) -> Object:
    return ok({kind: json if kind == JSON else STRING for kind in kinds})


def _job(summary: str, answers: Object) -> Object:
    id = parameter("id", "path", STRING, "Name of the job")
    return {"get": operation(summary, answers, *_FAILING, parameters=[id])}


def _done() -> Object:
    return {"303": {"description": "Done", "content": {JSON: {"schema": ref("Job")}}}}


SCHEMAS: Object = {
    "Networks": record({"networks": _ARRAY, "measures": OBJECT}),
    "NetworkAnswer": record(
        {
            "network": STRING,
            "question": STRING,
            "view": OBJECT,
            "nodes": COUNT,
            "ties": COUNT,
            "statements": COUNT | {"description": "Statements that the ties rest on"},
            "undated": COUNT | {"description": "Statements of these without any day"},
            "rejected": OBJECT | {"description": "Statements left out, by reason"},
            "joined": OBJECT | {"description": "Statements joined to others, by how"},
        },
        rows=_ARRAY,
    ),
    "Job": record(
        {
            "state": {"enum": ["waiting", "running", "done"]},
            "seconds": {"type": "number", "minimum": 0},
            "links": OBJECT,
        },
        position=COUNT | {"description": "Place in the queue: 1 is next"},
    ),
}
"""What networks and jobs answer with."""

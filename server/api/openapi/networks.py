"""The description of ``/networks`` and ``/jobs``, made from the table of operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

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
    "RFC 7240: respond-async, to get 202 and the address of a job if the answer takes long; wait=N "
    "to wait at most N seconds. Without respond-async, the request waits for the answer",
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
    "flag": {"type": "boolean"},
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
        OWN: _own("summary")
        | {"get": operation("A form for a network of your own", ok(HTML), 401, 403, 406)},
        f"{OWN}/centrality/{{measure}}": _own("centrality", _measures()),
        **{f"{OWN}/{other}": _own(other) for other in others},
        "/jobs/{id}": _job("Status of a job", ok({JSON: ref("Job"), HTML: STRING}) | _done()),
        "/jobs/{id}/result": _job("Result of a job", _answers([*FORMATS.values()], OBJECT)),
    }


def _operation(name: str, more: list[Object] | None = None) -> Object:
    """An operation on a network that ships."""
    shipped = {"enum": [query.name for query in network_queries()]}
    which = parameter("name", "path", shipped, "Name of the network")
    return {"get": _described(name, [which, *(more or [])], *_FAILING)}


def _own(name: str, more: list[Object] | None = None) -> Object:
    """An operation on a posted network."""
    text = STRING | {"format": "sparql-query", "minLength": 1}
    form = {"type": "object", "properties": {"query": text}, "required": ["query"]}
    body = {DIRECT: {"schema": text}, FORM: {"schema": form}}
    return {"post": _described(name, more or [], *_FAILING, 413, 415, body=body)}


def _described(name: str, more: list[Object], *failing: int, body: Object | None = None) -> Object:
    about = OPERATIONS[name]
    taken = {**VIEW, **about.parameters}
    names = [short for short, kind in FORMATS.items() if kind in about.formats]
    parameters = [
        *(_parameter(each, definition) for each, definition in taken.items()),
        parameter("format", "query", {"enum": names}, "Format of the answer; overrides Accept"),
        _PREFER,
        *more,
    ]
    later = {
        "description": "Accepted: the answer comes later, at the job's address",
        "headers": _APPLIED,
    }
    answers = _answers(about.formats, _FILE if name == "export" else ref("NetworkAnswer")) | {
        "202": later | {"content": {JSON: {"schema": ref("Job")}}},
        "303": {"description": "For browsers: redirect to a page that waits for the answer"},
    }
    return operation(about.says, answers, *failing, parameters=parameters, body=body)


def _measures() -> list[Object]:
    """The parameter for the measure, and the parameters of all measures."""
    names = {"enum": list(MEASURES)}
    taken: dict[str, Parameter] = {}
    for measure in MEASURES.values():
        for name, each in of_measure(measure).items():
            before = f"{taken[name].says}. " if name in taken else ""
            taken[name] = replace(each, says=before + each.says)
    known = OPERATIONS["centrality"].parameters
    return [
        parameter("measure", "path", names, "Name of the measure"),
        *(_parameter(name, each) for name, each in taken.items() if name not in known),
    ]


def _parameter(name: str, definition: Parameter) -> Object:
    schema: Object = dict(_TYPES[definition.kind])
    bounds = {"minimum": definition.least, "maximum": definition.most}
    schema |= {bound: value for bound, value in bounds.items() if value is not None}
    if definition.choices:
        schema["enum"] = list(definition.choices)
    if definition.many:
        schema = {"type": "array", "items": schema, "maxItems": REPEATED}
    needed = {"required": True} if definition.needed else {}
    return parameter(name, "query", schema, definition.says) | needed


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
            "undated": COUNT | {"description": "Those of these statements that have no date"},
            "single_day": COUNT | {"description": "Those of a single day"},
            "left_out": OBJECT
            | {"description": "Statements that the time or a layer apart leaves out, by reason"},
            "dates": {
                "type": "array",
                "items": STRING,
                "description": "The first and last day of which any tie is known",
            },
            "rejected": OBJECT | {"description": "Statements left out, by reason"},
            "joined": OBJECT | {"description": "Statements merged with others, and how"},
        },
        method=STRING | {"description": "How shared nodes add up; of a projection"},
        weighing=STRING | {"description": "The same in words, with the reason"},
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
"""The schemas of answers about networks and jobs."""

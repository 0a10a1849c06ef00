"""The interface described by OpenAPI 3.1, at ``/openapi.json``.

Each path is a function of its own below; whoever adds a route adds it to :func:`paths`, and a
test compares the two. https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, jsonify

from missiongraph.inputs import version
from missiongraph.library import queries

from .context import Context, context
from .negotiation import HTML, SHORT_NAMES, SOLUTIONS, TRIPLES
from .problems import acceptable
from .settings import Settings

blueprint = Blueprint("openapi", __name__)

Object = dict[str, Any]

PROBLEM = "application/problem+json"
TEXT = "text/plain"
JSON = "application/json"

_RDF = sorted(set(TRIPLES.values()))
_RESULTS = sorted(set(SOLUTIONS.values()))
_STRING: Object = {"type": "string"}
_COUNT: Object = {"type": "integer", "minimum": 0}
_RUNNING = (400, 401, 403, 406, 413, 501, 502, 503, 504)
_WRITING = (400, 401, 403, 404, 413, 415, 422, 501, 503, 504)


def register(app: Flask) -> None:
    """Serve the description."""
    app.register_blueprint(blueprint)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """This description."""
    acceptable(JSON)
    return jsonify(document(context()))


def document(served: Context) -> Object:
    """The description of the service that has these settings."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MissionGraph",
            "version": version("missiongraph"),
            "summary": "A sourced knowledge graph of mission-oriented innovation",
            "license": {"name": "Data: CC BY 4.0", "identifier": "CC-BY-4.0"},
        },
        "paths": paths(served.settings),
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def paths(settings: Settings) -> Object:
    """What can be asked, by path."""
    return {
        "/": {"get": _operation("Start page", _ok(HTML), 406)},
        "/queries/{name}": _library(),
        "/sparql": _sparql(settings),
        "/graphs": _graphs(named=True),
        "/graphs/{path}": _graphs(named=False),
        "/health": _health("State of the service and the limits that hold", _ref("Health")),
        "/health/live": _health("Whether the web server answers", _ref("Status")),
        "/health/ready": _health("Whether the store answers", _ref("Status")),
        "/metrics": {
            "get": _operation(
                "Metrics for Prometheus", _ok(TEXT, "application/openmetrics-text"), 401, 403, 406
            )
        },
        "/openapi.json": {"get": _operation("This description", _ok({JSON: _OBJECT}), 406)},
        "/robots.txt": {"get": _operation("What robots may read", _ok(TEXT), 406)},
        "/.well-known/security.txt": {
            "get": _operation("Whom to tell of a weakness", _ok(TEXT), 404, 406)
        },
    }


# --- the paths


def _library() -> Object:
    parameters = [
        _parameter("name", "path", {"enum": [q.name for q in queries()]}, "Name of the query"),
        _parameter("run", "query", _STRING, "Given, the page holds the answer"),
    ]
    return {
        "get": _operation(
            "A query of the library; its own parameters are given by name",
            _ok(HTML),
            404,
            *_RUNNING,
            parameters=parameters,
        )
    }


def _sparql(settings: Settings) -> Object:
    query = _STRING | {
        "format": "sparql-query",
        "minLength": 1,
        "maxLength": settings.query_characters,
    }
    update = _STRING | {"format": "sparql-update"}
    graphs = {"type": "array", "items": _iri(), "maxItems": settings.dataset_graphs}
    dataset = {name: graphs for name in ("default-graph-uri", "named-graph-uri")}
    using = {name: graphs for name in ("using-graph-uri", "using-named-graph-uri")}
    format = {"enum": list(SHORT_NAMES)}
    asked = [
        _parameter("query", "query", query, "SPARQL 1.1 query"),
        _parameter("format", "query", format, "Format of the answer, before Accept"),
        *(_parameter(name, "query", graphs, "Dataset to ask") for name in dataset),
    ]
    by_query = {
        "properties": {"query": query, "update": False, "format": format} | dataset,
        "required": ["query"],
    }
    by_update = {"properties": {"update": update, "query": False} | using, "required": ["update"]}
    body = {
        "application/x-www-form-urlencoded": {
            "schema": {"oneOf": [{"type": "object"} | form for form in (by_query, by_update)]}
        },
        "application/sparql-query": {"schema": query},
        "application/sparql-update": {"schema": update},
    }
    answers = _ok({kind: _STRING for kind in [*_RESULTS, *_RDF, HTML]} | _JSON_ANSWERS)
    return {
        "get": _operation(
            "Answer a query; without one, describe the service (RDF) or show a form (HTML)",
            answers,
            *_RUNNING,
            parameters=asked,
        ),
        "post": _operation(
            "Answer a query, or carry out an update",
            answers,
            *sorted({*_RUNNING, *_WRITING}),
            body=body,
        ),
    }


def _graphs(named: bool) -> Object:
    if named:
        parameters = [
            _parameter("graph", "query", _iri(), "The graph's name"),
            _parameter("default", "query", _STRING, "Given: the default graph"),
        ]
    else:
        parameters = [_parameter("path", "path", _STRING, "The graph's own address")]
    body = {kind: {"schema": _STRING} for kind in _RDF}
    written = _ok({JSON: _ref("Written")})
    created = {"201": written["200"] | {"description": "Created"}}
    return {
        "parameters": parameters,
        "get": _operation(
            "The triples of a graph",
            _ok({kind: _STRING for kind in _RDF} | {"application/ld+json": {}}),
            *(404, *_RUNNING),
        ),
        "put": _operation("Replace or make a graph", written | created, *_WRITING, body=body),
        "post": _operation("Add to a graph", written | created, *_WRITING, body=body),
        "delete": _operation("Remove a graph", written, *_WRITING),
    }


def _health(summary: str, schema: Object) -> Object:
    return {"get": _operation(summary, _ok({JSON: schema}), 406, 503)}


# --- the parts


def _operation(
    summary: str,
    answers: Object,
    *problems: int,
    parameters: list[Object] | None = None,
    body: Object | None = None,
) -> Object:
    """An operation; any may also answer 429, 431 and 500."""
    made: Object = {"summary": summary, "responses": dict(answers)}
    for status in sorted({*problems, 429, 431, 500}):
        made["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: {"schema": _ref("Problem")}, HTML: {"schema": _STRING}},
        }
    if 422 in problems:
        made["responses"]["422"]["content"] |= {kind: {"schema": {}} for kind in _RDF}
    if 401 in problems:
        made["security"] = [{}, {"token": []}]
    if parameters:
        made["parameters"] = parameters
    if body:
        made["requestBody"] = {"required": True, "content": body}
    return made


def _ok(*kinds: str | Object) -> Object:
    """The answer 200, with a schema for each media type or just with text."""
    schemas: Object = {}
    for kind in kinds:
        schemas |= {kind: _STRING} if isinstance(kind, str) else kind
    content = {kind: {"schema": schema} for kind, schema in schemas.items()}
    return {"200": {"description": "OK", "content": content}}


def _parameter(name: str, where: str, schema: Object, description: str) -> Object:
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, "schema": schema, "description": description} | required


def _iri() -> Object:
    return _STRING | {"format": "absolute-iri", "pattern": "^[A-Za-z][A-Za-z0-9+.-]*:"}


def _ref(name: str) -> Object:
    return {"$ref": f"#/components/schemas/{name}"}


def _record(required: Object, **more: Object) -> Object:
    return {"type": "object", "properties": required | more, "required": list(required)}


_OBJECT: Object = {"type": "object"}
_JSON_ANSWERS: Object = {
    "application/sparql-results+json": _ref("Results"),
    "application/ld+json": {},
    JSON: _ref("Written"),
}
_SCHEMAS: Object = {
    "Problem": _record(
        {
            "type": _STRING | {"format": "uri-reference"},
            "title": _STRING,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": _STRING,
        },
        request_id=_STRING | {"description": "Name of the request, also in the server's log"},
        limit=_STRING | {"description": "Name of the setting that was exceeded"},
        allowed=_COUNT | {"description": "Its value"},
        validation=_OBJECT | {"description": "The report of the shapes that were broken"},
    ),
    "Results": _record({"head": _OBJECT}, results=_OBJECT, boolean={"type": "boolean"}),
    "Written": _record(
        {
            "existed": {"type": "boolean"},
            "added": _COUNT,
            "removed": _COUNT,
            "fingerprint": _STRING,
        },
        validation=_OBJECT,
    ),
    "Status": _record({"status": {"const": "ok"}}),
    "Health": _record(
        {
            "status": {"const": "ok"},
            "version": _STRING,
            "fingerprint": _STRING,
            "statements": {"type": ["integer", "null"], "minimum": 0},
            "workers": _COUNT,
            "writable": {"type": "boolean"},
            "limits": {"type": "object", "additionalProperties": {"type": "boolean"}},
        }
    ),
}

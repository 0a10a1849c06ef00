"""The OpenAPI 3.1 description of the interface, at ``/openapi.json``.

A new route needs an entry in :func:`paths`; a test compares the two.
https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify

from missiongraph.resources import version
from missiongraph.server.http.addresses import at
from missiongraph.server.http.negotiation import (
    HTML,
    MEDIA_TYPES,
    OTHER_NAMES,
    SHORT_NAMES,
    SOLUTIONS,
)
from missiongraph.server.http.problems import acceptable
from missiongraph.server.settings import Settings
from missiongraph.server.state.context import Context, context
from missiongraph.sparql import media_types
from missiongraph.sparql.library import queries

from .networks import SCHEMAS as _NETWORK_SCHEMAS
from .networks import paths as _networks
from .pages import pages
from .parts import (
    COUNT,
    JSON,
    OBJECT,
    RDF,
    RUNNING,
    STRING,
    TEXT,
    Object,
    iri,
    ok,
    operation,
    parameter,
    record,
    ref,
)
from .reconcile import SCHEMAS as _RECONCILIATION_SCHEMAS
from .reconcile import paths as _reconcile

blueprint = Blueprint("openapi", __name__)

_RESULTS = sorted(set(SOLUTIONS.values()))
_WRITING = (400, 401, 403, 404, 409, 412, 413, 415, 422, 501, 503, 504)


def register(app: Flask) -> None:
    """Add the route of the description."""
    app.register_blueprint(blueprint)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of this server."""
    acceptable(JSON)
    return jsonify(document(context()) | {"servers": [{"url": at("") or "/"}]})


def document(served: Context) -> Object:
    """The description of a service with these settings."""
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
            "schemas": _SCHEMAS | _NETWORK_SCHEMAS | _RECONCILIATION_SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def paths(settings: Settings) -> Object:
    """The path items, by path."""
    return {
        **pages(),
        "/queries/{name}": _library(),
        "/queries/{name}.{extension}": _library_file(),
        "/sparql": _sparql(settings),
        "/graphs": _graphs(named=True),
        "/graphs/{path}": _graphs(named=False),
        **_networks(),
        **_reconcile(),
        "/health": _health("State of the service and the limits it enforces", ref("Health")),
        "/health/live": _health("Whether the web server answers", ref("Status")),
        "/health/ready": _health("Whether the store answers", ref("Status")),
        "/metrics": {
            "get": operation(
                "Metrics for Prometheus", ok(TEXT, "application/openmetrics-text"), 401, 403, 406
            )
        },
        "/openapi.json": {"get": operation("This description", ok({JSON: OBJECT}), 406)},
        "/robots.txt": {"get": operation("What robots may read", ok(TEXT), 406)},
        "/.well-known/security.txt": {
            "get": operation("Contact for security reports", ok(TEXT), 404, 406)
        },
    }


# --- the paths


def _library() -> Object:
    parameters = [
        parameter("name", "path", {"enum": [q.name for q in queries()]}, "Name of the query"),
        parameter("run", "query", STRING, "If given, the page shows the answer"),
    ]
    return {
        "get": operation(
            "The page of a library query; the query's parameters are given by name",
            ok(HTML),
            404,
            *RUNNING,
            parameters=parameters,
        )
    }


def _library_file() -> Object:
    parameters = [
        parameter("name", "path", {"enum": [q.name for q in queries()]}, "Name of the query"),
        parameter("extension", "path", {"enum": ["csv", "tsv", "json", "xml"]}, "Format"),
    ]
    return {
        "get": operation(
            "The answer to a library query as a file; the query's parameters are given by name",
            ok({kind: STRING for kind in _RESULTS} | _JSON_ANSWERS),
            404,
            *RUNNING,
            parameters=parameters,
        )
    }


def _sparql(settings: Settings) -> Object:
    query = STRING | {
        "format": "sparql-query",
        "minLength": 1,
        "maxLength": settings.query_characters,
    }
    update = STRING | {"format": "sparql-update"}
    graphs = {"type": "array", "items": iri(), "maxItems": settings.dataset_graphs}
    dataset = {name: graphs for name in ("default-graph-uri", "named-graph-uri")}
    using = {name: graphs for name in ("using-graph-uri", "using-named-graph-uri")}
    format = {"enum": [*SHORT_NAMES, *OTHER_NAMES, *MEDIA_TYPES]}
    parameters = [
        parameter("query", "query", query, "SPARQL 1.1 query"),
        parameter("format", "query", format, "Format of the answer; overrides Accept"),
        *(parameter(name, "query", graphs, "Graphs of the dataset") for name in dataset),
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
    answers = ok({kind: STRING for kind in [*_RESULTS, *RDF, HTML]} | _JSON_ANSWERS)
    return {
        "get": operation(
            "Answer a query; without one, describe the service (RDF) or show a form (HTML)",
            answers,
            *RUNNING,
            parameters=parameters,
        ),
        "post": operation(
            "Answer a query, or carry out an update",
            answers,
            *sorted({*RUNNING, *_WRITING}),
            parameters=_preconditions(
                "the state of the data: the ETag of any answer of this endpoint, or the etag in "
                "the response to the last update"
            ),
            body=body,
        ),
    }


def _graphs(named: bool) -> Object:
    if named:
        parameters = [
            parameter("graph", "query", iri(), "The graph's name"),
            parameter("default", "query", STRING, "If given, the default graph"),
        ]
    else:
        parameters = [parameter("path", "path", STRING, "The graph's own address")]
    body = {kind: {"schema": STRING} for kind in RDF}
    written = ok({JSON: ref("Written")})
    created = {"201": written["200"] | {"description": "Created"}}
    conditions = _preconditions(
        "the state of the graph: the ETag of a GET of it, in any format, or the etag in the "
        "response to the last write to it"
    )
    changed: Object = {"parameters": conditions, "body": body}
    return {
        "parameters": parameters,
        "get": operation(
            "The triples of a graph",
            ok({kind: STRING for kind in RDF} | {"application/ld+json": {}}),
            *(404, *RUNNING),
        ),
        "put": operation("Replace or make a graph", written | created, *_WRITING, **changed),
        "post": operation("Add to a graph", written | created, *_WRITING, **changed),
        "delete": operation("Remove a graph", written, *_WRITING, parameters=conditions),
    }


def _preconditions(state: str) -> list[Object]:
    """The headers of conditional writes (RFC 9110, section 13.1)."""
    return [
        parameter(
            "If-Match", "header", STRING, f"Write only to {state}; else 412 with the present ETag"
        ),
        parameter("If-None-Match", "header", STRING, "*: create, but do not overwrite"),
    ]


def _health(summary: str, schema: Object) -> Object:
    return {"get": operation(summary, ok({JSON: schema}), 406, 503)}


_JSON_ANSWERS: Object = {
    media_types.JSON: ref("Results"),
    "application/ld+json": {},
    JSON: ref("Written"),
}
_YES_OR_NO: Object = {"type": "object", "additionalProperties": {"type": "boolean"}}
_SCHEMAS: Object = {
    "Problem": record(
        {
            "type": STRING | {"format": "uri-reference"},
            "title": STRING,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": STRING,
        },
        request_id=STRING | {"description": "ID of the request, also in the server's log"},
        limit=STRING | {"description": "Name of the setting that was exceeded"},
        allowed=COUNT | {"description": "Its value"},
        validation=OBJECT | {"description": "The SHACL report on broken shapes"},
    ),
    "Results": record({"head": OBJECT}, results=OBJECT, boolean={"type": "boolean"}),
    "Written": record(
        {
            "existed": {"type": "boolean"},
            "added": COUNT,
            "removed": COUNT,
            "derived": record({"added": COUNT, "removed": COUNT})
            | {"description": "What the graph of derived statements gained and lost"},
            "fingerprint": STRING,
            "etag": {
                "type": ["string", "null"],
                "description": "Entity tag of the new state, for the next If-Match",
            },
        },
        validation=OBJECT,
    ),
    "Status": record({"status": {"const": "ok"}}),
    "Health": record(
        {
            "status": {"const": "ok"},
            "version": STRING,
            "fingerprint": STRING,
            "statements": {"type": ["integer", "null"], "minimum": 0},
            "workers": COUNT,
            "writable": {"type": "boolean"},
            "writes_refused": {"type": ["string", "null"]},
            "limits": _YES_OR_NO | {"description": "Whether the kernel enforces each limit"},
            "server": _YES_OR_NO
            | {
                "description": "Guarantees of the web server. totals: numbers in settings hold for "
                "all its processes together; departures: it notices when clients disconnect"
            },
        }
    ),
}

"""The parts that the description by OpenAPI is made of."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from missiongraph.server.http.negotiation import HTML, TRIPLES

Object = dict[str, Any]

PROBLEM = "application/problem+json"
PROBLEM_XML = "application/problem+xml"
TEXT = "text/plain"
JSON = "application/json"
RDF = sorted(set(TRIPLES.values()))

STRING: Object = {"type": "string"}
COUNT: Object = {"type": "integer", "minimum": 0}
OBJECT: Object = {"type": "object"}

RUNNING = (400, 401, 403, 406, 413, 501, 502, 503, 504)
"""Statuses that running a query may end with."""


def operation(
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
            "content": {PROBLEM: {"schema": ref("Problem")}}
            | {kind: {"schema": STRING} for kind in (PROBLEM_XML, HTML)},
        }
    if 422 in problems:
        made["responses"]["422"]["content"] |= {kind: {"schema": {}} for kind in RDF}
    if 401 in problems:
        made["security"] = [{}, {"token": []}]
    if parameters:
        made["parameters"] = parameters
    if body:
        made["requestBody"] = {"required": True, "content": body}
    return made


def ok(*kinds: str | Object) -> Object:
    """The answer 200, with a schema for each media type or just with text."""
    schemas: Object = {}
    for kind in kinds:
        schemas |= {kind: STRING} if isinstance(kind, str) else kind
    content = {kind: {"schema": schema} for kind, schema in schemas.items()}
    return {"200": {"description": "OK", "content": content}}


def parameter(name: str, where: str, schema: Object, description: str) -> Object:
    """A parameter in the query, the path or a header."""
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, "schema": schema, "description": description} | required


def iri() -> Object:
    """An absolute IRI."""
    return STRING | {"format": "absolute-iri", "pattern": "^[A-Za-z][A-Za-z0-9+.-]*:"}


def ref(name: str) -> Object:
    """A schema among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(required: Object, **more: Object) -> Object:
    """An object that has some members, and may have more."""
    return {"type": "object", "properties": required | more, "required": list(required)}

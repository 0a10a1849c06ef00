"""Building blocks of the OpenAPI description: operations, parameters, schemas."""

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
"""Error statuses of any operation that runs a query."""


def operation(
    summary: str,
    answers: Object,
    *problems: int,
    parameters: list[Object] | None = None,
    body: Object | None = None,
) -> Object:
    """An operation; 429, 431 and 500 are added to its ``problems``."""
    result: Object = {"summary": summary, "responses": dict(answers)}
    for status in sorted({*problems, 429, 431, 500}):
        result["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: {"schema": ref("Problem")}}
            | {kind: {"schema": STRING} for kind in (PROBLEM_XML, HTML)},
        }
    if 422 in problems:
        result["responses"]["422"]["content"] |= {kind: {"schema": {}} for kind in RDF}
    if 401 in problems:
        result["security"] = [{}, {"token": []}]
    if parameters:
        result["parameters"] = parameters
    if body:
        result["requestBody"] = {"required": True, "content": body}
    return result


def ok(*kinds: str | Object) -> Object:
    """The response 200: media types with their schemas, or names of media types of texts."""
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
    """A reference to a schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(required: Object, **more: Object) -> Object:
    """An object with required members, and optional ones (``more``)."""
    return {"type": "object", "properties": required | more, "required": list(required)}

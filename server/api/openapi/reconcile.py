"""The description of the reconciliation service at ``/reconcile``."""

from __future__ import annotations

from missiongraph.publishing.reconciliation.matchable import PROPERTIES, TYPES
from missiongraph.server.api.reconcile_request import BATCH, CANDIDATES, COLUMNS, IDS
from missiongraph.server.api.sparql import FORM
from missiongraph.server.http.negotiation import HTML

from .parts import (
    COUNT,
    JSON,
    OBJECT,
    RUNNING,
    STRING,
    Object,
    ok,
    operation,
    parameter,
    record,
    ref,
)

_IDS: Object = {"type": "array", "items": STRING, "maxItems": IDS}
_ID = parameter("id", "query", STRING, "Kind and key of a thing, such as organisation/vinnova") | {
    "required": True
}
_PREFIX = parameter("prefix", "query", STRING, "What was typed so far")
_CURSOR = parameter("cursor", "query", COUNT | {"maximum": 10**9 - 1}, "Suggestions to skip")
_TYPE = parameter("type", "query", {"enum": [*TYPES, ""]}, "Type of things; empty for all")


def paths() -> Object:
    """The addresses of the service."""
    answers = ok({JSON: {"anyOf": [ref("ReconciliationResults"), ref("ReconciliationValues")]}})
    manifest = ok({JSON: OBJECT})
    asked = {"queries": _sent("ReconciliationQueries"), "extend": _sent("ReconciliationExtension")}
    form = {FORM: {"schema": {"type": "object", "properties": asked}}}
    given = [parameter(name, "query", schema, "JSON") for name, schema in asked.items()]
    return {
        "/reconcile": {
            "get": operation(
                "Reconciliation Service API 0.2: the manifest or, with parameters, as POST",
                manifest,
                *RUNNING,
                parameters=given,
            ),
            "post": operation(
                "Candidates for a batch of names, or values of things",
                answers,
                415,
                *RUNNING,
                body=form,
            ),
        },
        "/reconcile/suggest/entity": _suggest("Things", _TYPE),
        "/reconcile/suggest/type": _suggest("Types"),
        "/reconcile/suggest/property": _suggest("Properties"),
        "/reconcile/properties": {
            "get": operation(
                "Properties with which a list of things can be extended",
                ok({JSON: OBJECT}),
                *(400, 406),
                parameters=[_TYPE, _limit()],
            )
        },
        "/reconcile/preview": {
            "get": operation(
                "A small page about a thing, to show in a frame",
                ok(HTML),
                404,
                *RUNNING,
                parameters=[_ID],
            )
        },
        "/reconcile/view": {
            "get": operation(
                "Redirects to the page of a thing",
                {"303": {"description": "See other", "headers": {"Location": {"schema": STRING}}}},
                404,
                *RUNNING,
                parameters=[_ID],
            )
        },
        "/reconcile/help": {"get": operation("How to match a list with OpenRefine", ok(HTML), 406)},
    }


def _suggest(what: str, *more: Object) -> Object:
    answers, parameters = ok({JSON: ref("ReconciliationSuggestions")}), [_PREFIX, _CURSOR, *more]
    return {
        "get": operation(f"{what} for what was typed", answers, *RUNNING, parameters=parameters)
    }


def _limit() -> Object:
    whole: Object = {"type": "integer", "minimum": 1, "maximum": 10**9 - 1}
    return parameter("limit", "query", whole, "Most properties")


def _sent(name: str) -> Object:
    """A field that holds JSON."""
    return STRING | {"contentMediaType": JSON, "contentSchema": ref(name)}


def _many(item: Object, most: int) -> Object:
    return {"type": "array", "items": item, "maxItems": most}


_PROPERTY: Object = {"enum": [*PROPERTIES]}
_ENTITY = record({"id": STRING, "name": STRING}, description=STRING)
_NAMED = record({"id": STRING, "name": STRING}, broader=_many(OBJECT, 1))
_CANDIDATE = record(
    {
        "id": STRING,
        "name": STRING,
        "description": STRING,
        "type": _many(_NAMED, 1),
        "score": {"type": "number", "minimum": 0, "maximum": 100},
        "match": {"type": "boolean"},
        "features": {"type": "array", "items": record({"id": STRING, "value": {}})},
    }
)
_QUERY: Object = {
    "type": "object",
    "properties": {
        "query": STRING,
        "type": {"anyOf": [STRING, {"type": "array", "items": STRING}]},
        "limit": {"type": "integer", "minimum": 1},
        "properties": {"type": "array", "items": record({"pid": _PROPERTY, "v": {}})},
        "type_strict": {"enum": ["any", "all", "should"]},
    },
    "anyOf": [{"required": ["query"]}, {"required": ["properties"]}],
}

SCHEMAS: Object = {
    "ReconciliationQueries": {
        "type": "object",
        "additionalProperties": _QUERY,
        "maxProperties": BATCH,
    },
    "ReconciliationResults": {
        "type": "object",
        "additionalProperties": record({"result": _many(_CANDIDATE, CANDIDATES)}),
    },
    "ReconciliationExtension": record(
        {"ids": _IDS, "properties": _many(record({"id": _PROPERTY}), COLUMNS)}
    ),
    "ReconciliationValues": record({"meta": {"type": "array", "items": _ENTITY}, "rows": OBJECT}),
    "ReconciliationSuggestions": record({"result": {"type": "array", "items": _ENTITY}}),
}
"""The schemas of what is sent to the service and of its answers."""

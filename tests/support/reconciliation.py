"""The shapes that the Reconciliation Service API 0.2 gives to what a service sends.

Written after the specification, as JSON Schema; not a copy of its schemas.
https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs

Shape = dict[str, Any]

_TEXT: Shape = {"type": "string", "minLength": 1}
_ADDRESS: Shape = {"type": "string", "pattern": "^https?://"}
_WITH_ID: Shape = {"type": "string", "pattern": "^https?://.*\\{\\{id\\}\\}"}


def _record(needed: Shape, **more: Any) -> Shape:
    return {"type": "object", "properties": needed | more, "required": [*needed]}


def _several(item: Shape) -> Shape:
    return {"type": "array", "items": item}


_NAMED = _record({"id": _TEXT, "name": _TEXT}, description={"type": "string"})
_TYPE = _record({"id": _TEXT, "name": _TEXT}, broader=_several(_NAMED))
_PLACE = _record({"service_url": _ADDRESS, "service_path": _TEXT})

MANIFEST = _record(
    {
        "versions": {"type": "array", "contains": {"const": "0.2"}},
        "name": _TEXT,
        "identifierSpace": _ADDRESS,
        "schemaSpace": _ADDRESS,
    },
    documentation=_ADDRESS,
    logo=_ADDRESS,
    serviceVersion=_TEXT,
    defaultTypes=_several(_TYPE) | {"uniqueItems": True},
    view=_record({"url": _WITH_ID}),
    preview=_record({"url": _WITH_ID, "width": {"type": "integer"}, "height": {"type": "integer"}}),
    suggest={"type": "object", "additionalProperties": _PLACE},
    extend=_record({}, propose_properties=_PLACE, property_settings={"type": "array"}),
    batchSize={"type": "integer", "minimum": 1},
)

_FEATURE = _record({"id": _TEXT, "value": {"type": ["boolean", "number"]}})
_CANDIDATE = _record(
    {"id": _TEXT, "name": _TEXT, "score": {"type": "number", "minimum": 0, "maximum": 100}},
    description={"type": "string"},
    type=_several(_TYPE),
    match={"type": "boolean"},
    features=_several(_FEATURE),
)
RESULTS: Shape = {
    "type": "object",
    "additionalProperties": _record({"result": _several(_CANDIDATE)}),
}

_SUGGESTION = _record(
    {"id": _TEXT, "name": _TEXT}, description={"type": "string"}, notable=_several(_TYPE)
)
SUGGESTIONS = _record({"result": _several(_SUGGESTION)})

PROPOSALS = _record(
    {"properties": _several(_NAMED), "type": {"type": "string"}}, limit={"type": "integer"}
)

_CELL: Shape = {
    "oneOf": [
        _record({"id": _TEXT, "name": _TEXT}) | {"additionalProperties": False},
        *(
            _record({kind: shape}) | {"additionalProperties": False}
            for kind, shape in {
                "str": {"type": "string"},
                "int": {"type": "integer"},
                "date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
            }.items()
        ),
    ]
}
VALUES = _record(
    {
        "meta": _several(_NAMED),
        "rows": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": _several(_CELL)},
        },
    }
)


def conforms(shape: Shape, sent: Any) -> None:
    """Raises if what was sent has not the shape."""
    jsonschema_rs.validate(shape, sent)

"""Reads what a client of the reconciliation service sends: questions, and properties to add."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import request

from missiongraph.publishing.reconciliation.candidates import Question
from missiongraph.publishing.reconciliation.matchable import KINDS, PROPERTIES, TYPES, Property
from missiongraph.server.http.problems import Problem

from .sparql import FORM

BATCH = 50
"""Most queries in a batch."""

CHARACTERS = 300
"""Characters of a name that are compared; the rest is ignored."""

CANDIDATES, USUAL = 50, 10
"""Most candidates of a query, and how many there are if it does not say."""

GIVEN = 10
"""Most properties of a query, and most values of each."""

IDS, COLUMNS = 500, 30
"""Most things, and most properties, in a request for values."""

JSON_VALUE = Any  # what json.loads returns


@dataclass(frozen=True)
class Extension:
    """The things whose values are asked for, by identifier, and the properties."""

    ids: tuple[str, ...]
    properties: tuple[Property, ...]


def field(name: str) -> str | None:
    """A field of the form or of the address; None if it is not there.

    Raises :class:`Problem` (415) for a body that is not a form.
    """
    if request.method == "POST" and request.mimetype != FORM:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"POST a form, as {FORM}.")
    return request.values.get(name)


def questions(text: str) -> dict[str, tuple[Question, int]]:
    """The questions of a batch with their numbers of candidates, by key."""
    batch = _object(_json("queries", text), "queries")
    _limited(batch, BATCH, "queries in a batch")
    return {key: _question(each, f"queries['{key[:40]}']") for key, each in batch.items()}


def extension(text: str) -> Extension:
    """The things and properties that are asked for."""
    sent = _object(_json("extend", text), "extend")
    ids = _texts(_list(sent.get("ids"), "extend.ids"), "extend.ids")
    columns = _list(sent.get("properties"), "extend.properties")
    _limited(ids, IDS, "identifiers")
    _limited(columns, COLUMNS, "properties")
    named = (_object(each, "a property of extend").get("id") for each in columns)
    return Extension(tuple(ids), tuple(_property(name, "extend.properties") for name in named))


def kinds(types: Iterable[str], *, all_of: bool = False) -> frozenset[str]:
    """The kinds of things that have one of ``types``, or all of them; all kinds without types."""
    chosen = [_kinds_of(name) for name in types]
    if not chosen:
        return frozenset(KINDS)
    return frozenset.intersection(*chosen) if all_of else frozenset.union(*chosen)


def whole_number(name: str, usual: int, least: int = 0) -> int:
    """A parameter that is a whole number, or ``usual``."""
    text = request.args.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise _bad(f"{name} must be a whole number from {least}.")
    return int(text)


# --- parts


def _question(value: JSON_VALUE, where: str) -> tuple[Question, int]:
    sent = _object(value, where)
    if not {"query", "properties"} & {*sent}:
        raise _bad(f"{where} needs 'query' or 'properties'.")
    text, strict = sent.get("query", ""), sent.get("type_strict", "any")
    if not isinstance(text, str):
        raise _bad(f"{where}.query must be a text.")
    if strict not in ("any", "all", "should"):
        raise _bad(f"{where}.type_strict must be any, all or should.")
    types = sent.get("type") or []
    named = [_id(each, f"{where}.type") for each in (types if isinstance(types, list) else [types])]
    asked = Question(
        text[:CHARACTERS].strip(), kinds(named, all_of=strict == "all"), _given(sent, where)
    )
    return asked, _limit(sent.get("limit", USUAL), where)


def _given(sent: Mapping[str, JSON_VALUE], where: str) -> dict[str, tuple[str, ...]]:
    """The values of the properties of a query, by property."""
    listed = _list(sent.get("properties") or [], f"{where}.properties")
    _limited(listed, GIVEN, "properties of a query")
    given: dict[str, tuple[str, ...]] = {}
    for each in listed:
        pair = _object(each, f"{where}.properties")
        values = pair.get("v")
        texts = [*_values(values if isinstance(values, list) else [values], where)]
        _limited(texts, GIVEN, "values of a property")
        if texts:
            given[_property(pair.get("pid"), f"{where}.properties").id] = tuple(texts)
    return given


def _values(values: list[JSON_VALUE], where: str) -> Iterator[str]:
    """Values as texts; empty ones, which come from empty cells, are left out."""
    for value in values:
        if isinstance(value, bool | int | float | None):
            text = "" if value is None else json.dumps(value)
        else:
            text = _id(value, f"{where}.properties")
        if text.strip():
            yield text[:CHARACTERS].strip()


def _limit(value: JSON_VALUE, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1:
        raise _bad(f"{where}.limit must be a whole number from 1.")
    return int(min(value, CANDIDATES))


def _id(value: JSON_VALUE, where: str) -> str:
    """A text, or the identifier of an object that has one."""
    text = value.get("id") if isinstance(value, dict) else value
    if not isinstance(text, str):
        raise _bad(f"{where} must be a text, or an object with an id.")
    return text


def _kinds_of(name: str) -> frozenset[str]:
    if name not in TYPES:
        raise _bad(f"There is no type '{name[:40]}'; the types are {', '.join(TYPES)}.")
    return TYPES[name]


def _property(name: JSON_VALUE, where: str) -> Property:
    if not isinstance(name, str) or name not in PROPERTIES:
        known = ", ".join(PROPERTIES)
        raise _bad(f"{where}: there is no property '{str(name)[:40]}'; there are {known}.")
    return PROPERTIES[name]


def _json(name: str, text: str) -> JSON_VALUE:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(f"{name} is not JSON: {error}.") from error


def _object(value: JSON_VALUE, where: str) -> dict[str, JSON_VALUE]:
    if not isinstance(value, dict):
        raise _bad(f"{where} must be an object.")
    return value


def _list(value: JSON_VALUE, where: str) -> list[JSON_VALUE]:
    if not isinstance(value, list):
        raise _bad(f"{where} must be an array.")
    return value


def _texts(values: list[JSON_VALUE], where: str) -> list[str]:
    if not all(isinstance(value, str) for value in values):
        raise _bad(f"{where} must hold texts.")
    return values


def _limited(items: Mapping[str, object] | list[Any], most: int, what: str) -> None:
    if len(items) > most:
        detail = f"There may be {most} {what}; send the others in another request."
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, limit=what, allowed=most)


def _bad(detail: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, detail)

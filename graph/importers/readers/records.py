"""Reads JSON arrays, JSON Lines and objects written one after the other, and finds values in them.

A path names a value in a record: ``country.country_code``, ``links[].value`` (of each item),
``names[types=acronym].value`` (of the items whose ``types`` is or holds that). Several values of
one path are joined with :data:`LIST`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

LIST = "\x1f"
"""Between the values of a list in one cell: the unit separator, which no text holds."""

TEXT = "#"
"""The key of the text of an element that has attributes or children, too."""

_STEP = re.compile(r"([^.\[\]]+)(?:\[([^\]=]*)(?:=([^\]]*))?\])?(?:\.|$)")
_CONTENT = re.compile(r"[^\s,\[\]]")

Record = dict[str, Any]


def read(text: str) -> Iterator[tuple[int, Record | str]]:
    """The objects in a text, each with its number from 1; a text in place of one is a fault.

    After a fault, reading goes on with the next line that begins an object. An object that holds
    the records in a list, as ``{"grants": […]}``, gives those.
    """
    decoder, at, number = json.JSONDecoder(), 0, 0
    while begin := _CONTENT.search(text, at):
        number += 1
        try:
            value, at = decoder.raw_decode(text, begin.start())
        except ValueError as error:
            line_end = text.find("\n", begin.start())
            yield number, f"is not JSON: {error}"
            at = line_end if line_end >= 0 else len(text)
            continue
        if not isinstance(value, dict):
            yield number, "is no JSON object"
        elif inner := _inner(value):
            yield from enumerate(inner, start=number)
        else:
            yield number, value


def _inner(value: Record) -> list[Record] | None:
    """The records that an object holds in the only list of objects that it has."""
    lists = [item for item in value.values() if isinstance(item, list)]
    if len(value) <= 3 and len(lists) == 1 and lists[0]:
        records = [item for item in lists[0] if isinstance(item, dict)]
        return records if len(records) == len(lists[0]) else None
    return None


def value(record: Record, path: str) -> str | None:
    """The value at a path as text; ``None`` where there is none."""
    items: list[Any] = [record]
    for name, condition, wanted in _steps(path):
        inner = [item.get(name) for item in items if isinstance(item, dict)]
        items = []
        for each in inner:
            items += each if isinstance(each, list) else [each]
        if condition:
            items = [item for item in items if _fits(item, condition, wanted)]
    texts = [text for item in items if (text := _text(item))]
    return LIST.join(texts) or None


def has(record: Record, path: str) -> bool:
    """Whether the record has the first key of a path, with or without a value."""
    return first(path) in record


def first(path: str) -> str:
    """The first key of a path."""
    return _steps(path)[0][0]


@cache
def _steps(path: str) -> tuple[tuple[str, str | None, str | None], ...]:
    return tuple((step[1], step[2], step[3]) for step in _STEP.finditer(path))


def _fits(item: Any, key: str, wanted: str | None) -> bool:
    held = item.get(key) if isinstance(item, dict) else None
    return held == wanted or (isinstance(held, list) and wanted in held)


def _text(item: Any) -> str:
    if isinstance(item, dict):
        item = item.get(TEXT)
    if item is None or isinstance(item, dict | list):
        return ""
    if isinstance(item, bool):
        return str(item).lower()
    return str(item).strip()

"""Reads the elements of one name in an XML file as records, as JSON would have them.

``<org ref="X">Name</org>`` becomes ``{"@ref": "X", "#": "Name"}``, an element without attributes
its text, and what occurs several times a list. Namespaces are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from missiongraph.errors import DataError

from .records import TEXT, Record


def read(data: bytes, element: str, file: str) -> Iterator[tuple[int, Record | str]]:
    """The elements of a name, each with its number from 1; a text in place of one is a fault.

    After a fault nothing more can be read. Raises :class:`DataError` for a file that declares
    entities, as they may stand for text without end.
    """
    if b"<!ENTITY" in data:
        raise DataError(f"{file}: declares entities: replace them by what they stand for")
    number = 0
    try:
        for _, found in ElementTree.iterparse(BytesIO(data)):
            if _local(found.tag) == element:
                number += 1
                record = _record(found)
                yield number, record if isinstance(record, dict) else {TEXT: record}
                found.clear()
    except ElementTree.ParseError as error:
        yield number + 1, f"is not XML from here on: {error}"


def _record(element: ElementTree.Element) -> Any:  # Any: as of JSON
    made: Record = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    for child in element:
        name, value = _local(child.tag), _record(child)
        if name not in made:
            made[name] = value
        elif isinstance(made[name], list):
            made[name].append(value)
        else:
            made[name] = [made[name], value]
    text = (element.text or "").strip()
    if not made:
        return text
    return made | ({TEXT: text} if text else {})


def _local(name: str) -> str:
    return name.rpartition("}")[2]

"""JSON is read in each form that publishers use, and paths find values in it."""

from __future__ import annotations

from typing import Any

import pytest

from missiongraph.importers.readers.records import LIST, read, value

TWO: list[dict[str, Any]] = [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1}, {"id": 2}]',
        '{"id": 1}\n{"id": 2}\n',
        '{"id": 1}{"id": 2}',
        '{"grants": [{"id": 1}, {"id": 2}]}',
        "",
    ],
)
def test_records_are_read(text: str) -> None:
    assert [record for _, record in read(text)] == (TWO if text else [])


def test_a_line_that_is_no_json_is_a_fault_and_the_next_is_read() -> None:
    found = [*read('{"id": 1}\n{"id": \n{"id": 2}\n')]
    assert [number for number, _ in found] == [1, 2, 3]
    assert [record for _, record in found if isinstance(record, dict)] == TWO


RECORD = {
    "name": "A",
    "names": [
        {"types": ["label", "ror_display"], "value": "University"},
        {"types": ["acronym"], "value": "U"},
        {"types": ["acronym"], "value": "UU"},
    ],
    "country": {"code": "SE"},
    "links": ["https://a.example", "https://b.example"],
    "active": True,
    "empty": None,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name", "A"),
        ("country.code", "SE"),
        ("names[types=ror_display].value", "University"),
        ("names[types=acronym].value", f"U{LIST}UU"),
        ("links", f"https://a.example{LIST}https://b.example"),
        ("active", "true"),
        ("empty", None),
        ("absent.inner", None),
        ("country", None),
    ],
)
def test_a_path_finds_a_value(path: str, found: str | None) -> None:
    assert value(RECORD, path) == found

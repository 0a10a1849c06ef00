"""XML is read by its elements, in the older and the newer form of a standard."""

from __future__ import annotations

from pathlib import Path

import pytest

from missiongraph.errors import DataError
from missiongraph.importers import recipe
from missiongraph.importers.readers import xml
from missiongraph.importers.readers.records import LIST, value
from missiongraph.importers.running import Options, run

NEW = """<?xml version="1.0" encoding="ISO-8859-1"?>
<iati-activities version="2.03" xmlns:xml="http://www.w3.org/XML/1998/namespace">
 <iati-activity default-currency="EUR">
  <iati-identifier>XX-1</iati-identifier>
  <title><narrative>Wälder</narrative><narrative xml:lang="fr">Forêts</narrative></title>
  <participating-org ref="A" role="1"><narrative>Giver</narrative></participating-org>
  <participating-org ref="B" role="4"><narrative>Doer</narrative></participating-org>
 </iati-activity>
 <iati-activity><iati-identifier>XX-2</iati-identifier><title>Old form</title></iati-activity>
</iati-activities>
""".encode("iso-8859-1")


def records(data: bytes = NEW) -> list[object]:
    return [record for _, record in xml.read(data, "iati-activity", "x.xml")]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("iati-identifier", "XX-1"),
        ("@default-currency", "EUR"),
        ("title.narrative", f"Wälder{LIST}Forêts"),
        ("participating-org.@ref", f"A{LIST}B"),
        ("participating-org[@role=4].narrative", "Doer"),
    ],
)
def test_paths_find_texts_and_attributes(path: str, found: str) -> None:
    record = records()[0]
    assert isinstance(record, dict)
    assert value(record, path) == found


def test_a_file_that_is_cut_gives_a_fault_after_what_is_whole() -> None:
    first, second, fault = records(NEW[:-10])
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert isinstance(fault, str)
    assert fault.startswith("is not XML from here on")


def test_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    with pytest.raises(DataError, match=r"x\.xml: declares entities"):
        records(bomb)


def test_elements_are_rows_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        """
        name = "mine"
        title = "Activities"
        publisher = "A publisher"
        site = "example.org"
        page = "https://example.org/"
        licence = "https://creativecommons.org/licenses/by/4.0/"
        [tables.activity]
        record = "iati-activity"
        key = ["id"]
        columns = { id = "iati-identifier", title = ["title.narrative", "title"] }
        """,
        "utf-8",
    )
    (tmp_path / "x.xml").write_bytes(NEW)
    importer = recipe.find(str(tmp_path / "mine.toml"))
    [account] = run(importer, [tmp_path / "x.xml"], Options("x")).report.tables
    assert (account.read, account.written, account.silent) == (2, 2, 2)
    assert account.new_columns == ["@default-currency", "participating-org"]

"""Workbooks are read as they are, whatever they declare."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from missiongraph.errors import DataError
from missiongraph.importers import recipe
from missiongraph.importers.readers import sheets
from missiongraph.importers.running import Options, run

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(path: Path, rows: Sequence[Sequence[str]], dimension: str = "A1") -> Path:
    """Write a workbook with one sheet, which declares any dimension."""
    cells = "".join(
        f'<row r="{n}">'
        + "".join(
            f'<c r="{chr(65 + m)}{n}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
            for m, cell in enumerate(row)
        )
        + "</row>"
        for n, row in enumerate(rows, start=1)
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml"'
            f' ContentType="{_KIND}.worksheet+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="a"'
            f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="Data" sheetId="1" r:id="a"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="a"'
            f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{_SHEET}"><dimension ref="{dimension}"/>'
            f"<sheetData>{cells}</sheetData></worksheet>",
        )
    return path


ROWS = (("id", "acronym", "ecMaxContribution"), ("101", "A & B", "5"), ("102", "C", ""))


def test_all_cells_are_read_though_the_sheet_declares_one(tmp_path: Path) -> None:
    path = workbook(tmp_path / "project.xlsx", ROWS)
    [(name, rows)] = sheets.read(path.read_bytes(), path.name)
    assert (name, rows) == ("Data", [list(row) for row in ROWS])


def test_a_workbook_is_imported_as_other_tables_are(tmp_path: Path) -> None:
    path = workbook(tmp_path / "project.xlsx", ROWS)
    [account] = run(recipe.find("cordis"), [path], Options("x")).report.tables
    assert (account.read, account.written) == (2, 2)


def test_a_second_header_row_is_passed_over(tmp_path: Path) -> None:
    header, *rows = ROWS
    meanings = ("the number", "the short name", "in euros")
    path = workbook(tmp_path / "list.xlsx", (header, meanings, *rows))
    (tmp_path / "mine.toml").write_text(
        """
        name = "mine"
        title = "A list"
        publisher = "A publisher"
        site = "example.org"
        page = "https://example.org/"
        licence = "https://creativecommons.org/licenses/by/4.0/"
        [tables.list]
        header_rows = 2
        columns = { id = "id", acronym = "acronym" }
        """,
        "utf-8",
    )
    importer = recipe.find(str(tmp_path / "mine.toml"))
    [account] = run(importer, [path], Options("x")).report.tables
    assert (account.read, account.written) == (2, 2)


def test_a_workbook_that_is_damaged_is_an_error(tmp_path: Path) -> None:
    path = workbook(tmp_path / "project.xlsx", ROWS)
    with pytest.raises(DataError, match=r"project\.xlsx: is no workbook that can be read"):
        [*sheets.read(path.read_bytes()[:-60], path.name)]

"""Reads the sheets of an ``.xlsx`` file as text, whatever dimension the file declares."""

from __future__ import annotations

from collections.abc import Iterator

from missiongraph.errors import DataError


def read(data: bytes, name: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Each sheet with its rows, empty cells as empty text.

    Raises :class:`DataError` if the file is no workbook. CORDIS declares that its sheets hold one
    cell; the cells themselves are read here.
    """
    import fastexcel  # slow to import

    try:
        book = fastexcel.read_excel(data)
        for sheet in book.sheet_names:
            frame = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
            yield sheet, [["" if cell is None else cell for cell in row] for row in frame.rows()]
    except fastexcel.FastExcelError as error:
        raise DataError(f"{name}: is no workbook that can be read: {error}") from error

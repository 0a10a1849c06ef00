"""Delimited text is read as it is published, also where it is quoted wrongly."""

from __future__ import annotations

import pytest

from missiongraph.importers.readers import delimited

HEADER = '"projectID";"topic";"title"\n'


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(mark: str) -> None:
    read = delimited.read(f"a{mark}b\n1{mark}2\n")
    assert (read.separator, read.rows) == (mark, [["a", "b"], ["1", "2"]])


def test_a_cell_that_is_quoted_twice_is_read_once() -> None:
    read = delimited.read(
        HEADER + '"1";"T-1";""Made for the ""Fit for 55"" package""\n"2";"T-2";"x"\n'
    )
    assert read.rows[1:] == [
        ["1", "T-1", 'Made for the "Fit for 55" package'],
        ["2", "T-2", "x"],
    ]
    assert (read.repaired, read.bad) == (1, [])


def test_a_cell_quoted_twice_may_hold_separators_and_line_breaks() -> None:
    read = delimited.read(HEADER + '"1";"T-1";""One; ""two""\nand three""\n"2";"T-2";"x"\n')
    assert read.rows[1:] == [["1", "T-1", 'One; "two"\nand three'], ["2", "T-2", "x"]]


def test_quotes_doubled_as_they_should_be_stay_text() -> None:
    read = delimited.read(HEADER + '"1";"T-1";"an ""inner"" quote; and a\nline"\n')
    assert read.rows[1] == ["1", "T-1", 'an "inner" quote; and a\nline']
    assert read.repaired == 0


def test_a_row_with_too_few_cells_is_rejected_alone() -> None:
    read = delimited.read("a;b;c\n1;2\n3;4;5\n")
    assert read.rows[1:] == [["3", "4", "5"]]
    assert [(number, text) for number, text, _ in read.bad] == [(2, "1;2")]
    assert read.numbers == [1, 3]


def test_a_file_cut_within_a_cell_loses_its_last_row_only() -> None:
    read = delimited.read(HEADER + '"1";"T-1";"x"\n"2";"T-2";"half a ti')
    assert read.rows[1:] == [["1", "T-1", "x"]]
    assert [number for number, _, _ in read.bad] == [3]


def test_blank_lines_are_no_rows() -> None:
    read = delimited.read("a,b\n\n1,2\n,\n\n")
    assert (read.rows[1:], read.bad) == ([["1", "2"]], [])


def test_an_empty_text_has_no_rows() -> None:
    assert delimited.read("").rows == []

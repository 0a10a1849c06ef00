"""Files are opened as they are given, and damaged ones are named."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from pathlib import Path

import pytest

from missiongraph.errors import DataError
from missiongraph.importers.readers.files import given, parts


def test_a_gzipped_file_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(gzip.compress(b"a,b\n"))
    assert [part.data for part in parts([path])] == [b"a,b\n"]


def test_the_tables_of_an_archive_are_read_and_its_other_members_passed_over(
    tmp_path: Path,
) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("csv/project.csv", "a")
        archive.writestr("csv/topics.csv", "b")
        archive.writestr("LICENCE.pdf", "c")
    found = [(part.name, part.data, part.packed) for part in parts([path])]
    assert found == [("csv/project.csv", b"a", True), ("csv/topics.csv", b"b", True)]


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.95])
def test_an_archive_cut_anywhere_is_an_error_that_names_it(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "cut.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.csv", "".join(f"{n};{n * 7919}\n" for n in range(2000)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(DataError, match=r"cut\.zip: is damaged or cut.*download it again"):
        [*parts([path])]


def test_an_archive_with_a_changed_byte_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("project.csv", "a;b\n1;2\n")
    path.write_bytes(path.read_bytes().replace(b"1;2", b"1;3"))
    with pytest.raises(DataError, match=r"bad\.zip: is damaged"):
        [*parts([path])]


def test_a_gzipped_file_that_is_cut_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"a;b\n" * 1000)[:-12])
    with pytest.raises(DataError, match=r"cut\.csv\.gz: is damaged or cut"):
        [*parts([path])]


def test_a_file_is_identified_by_its_sha256(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n")
    assert given(path).sha256 == hashlib.sha256(b"a\n").hexdigest()

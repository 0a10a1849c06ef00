"""The mapper: a whole table into an RDF file, in a stream."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest

from missiongraph.errors import MappingError, TableError
from missiongraph.ingest.convert import map_file
from missiongraph.ingest.mapping import Mapping


@pytest.fixture
def long_table(tmp_path: Path) -> Path:
    path = tmp_path / "long.csv.gz"
    rows = "".join(f"m{n},{n}.50,s{n % 3}\n" for n in range(12_000))
    path.write_bytes(gzip.compress(f"id,value,source\n{rows}".encode()))
    return path


LONG = Mapping.parse(
    "# column id thing mission\n# column value decimal\n# column source source\n"
    "CONSTRUCT { ?id <p:> ?value ; a <c:> } WHERE {}"
)


@pytest.mark.parametrize("suffix", ["nt", "ttl", "nq", "trig", "trig.gz"])
def test_a_long_table_maps_into_every_format(tmp_path: Path, long_table: Path, suffix: str) -> None:
    target = tmp_path / f"out.{suffix}"
    mapped = map_file(long_table, LONG, target)
    data = target.read_bytes()
    data = gzip.decompress(data) if suffix.endswith(".gz") else data
    format = ox.RdfFormat.from_extension(suffix.removesuffix(".gz"))
    assert format is not None
    graphs = {str(quad.graph_name) for quad in ox.parse(data, format)}
    assert b"GRAPH" not in data  # a word of TriG 1.1 that older readers do not know
    assert mapped.rows == 12_000
    assert len(graphs) == (1 if suffix in ("nt", "ttl") else 3)


def test_the_number_of_workers_changes_no_byte(tmp_path: Path, long_table: Path) -> None:
    for workers in (1, 3):
        map_file(long_table, LONG, tmp_path / f"{workers}.nq", workers=workers)
    assert (tmp_path / "1.nq").read_bytes() == (tmp_path / "3.nq").read_bytes()


def test_a_bad_cell_late_in_a_table_leaves_the_old_file(tmp_path: Path) -> None:
    rows = "".join(f"m{n},1,s\n" for n in range(11_000))
    table, target = tmp_path / "table.csv", tmp_path / "out.nq"
    table.write_text(f"id,value,source\n{rows}m,none,s\n")
    target.write_text("old")
    with pytest.raises(TableError, match="row 11002, column value"):
        map_file(table, LONG, target)
    assert target.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.nq", "table.csv"]


def test_an_unknown_suffix_is_refused_before_work_begins(tmp_path: Path, long_table: Path) -> None:
    with pytest.raises(MappingError, match=r"the name must end in \.nt"):
        map_file(long_table, LONG, tmp_path / "out.docx")


def test_progress_ends_with_all_bytes_read(tmp_path: Path, long_table: Path) -> None:
    told: list[tuple[str, int, int]] = []
    map_file(long_table, LONG, tmp_path / "o.nt", progress=lambda *step: told.append(step))
    assert told[-1] == ("long.csv.gz", long_table.stat().st_size, long_table.stat().st_size)

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


# --- codes

CODES = """
# column id   thing organisation
# column type code{optional}
PREFIX org: <http://www.w3.org/ns/org#>
CONSTRUCT {{ ?id org:classification ?kind }}
WHERE {{ VALUES (?type ?kind) {{ {codes} }} }}
"""
TWO = '("10" <x:state>) ("40" <x:school>)'


def of_codes(optional: str = "", codes: str = TWO) -> Mapping:
    return Mapping.parse(CODES.format(optional=optional, codes=codes), "codes.rq")


def test_codes_become_what_the_mapping_pairs_them_with(tmp_path: Path) -> None:
    table, target = tmp_path / "t.csv", tmp_path / "out.nt"
    table.write_text("id,type\na,40\nb,10\n", "utf-8")
    assert map_file(table, of_codes(), target).triples == 2
    objects = [str(quad.object) for quad in ox.parse(target.read_bytes(), ox.RdfFormat.N_TRIPLES)]
    assert sorted(objects) == ["<x:school>", "<x:state>"]


def test_a_code_that_the_mapping_does_not_list_is_named(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,type\na,40\nb,99\n", "utf-8")
    with pytest.raises(TableError, match=r"row 3, column type: '99' .*, 10, 40: list it"):
        map_file(table, of_codes(), tmp_path / "out.nt")


@pytest.mark.parametrize(
    ("optional", "codes", "told"),
    [
        (" ?", TWO, "every row needs one"),
        ("", "", "list the codes of 'type' with VALUES"),
        ("", "(10 <x:ten>)", "write the code .10.*integer> as a plain string"),
        ("", '("A"@en <x:a>)', 'write the code "A"@en as a plain string'),
    ],
)
def test_a_mapping_whose_codes_could_not_be_checked_is_refused(
    optional: str, codes: str, told: str
) -> None:
    with pytest.raises(MappingError, match=told):
        of_codes(optional, codes)

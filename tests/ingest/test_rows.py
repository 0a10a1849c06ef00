"""Rows in = rows that gave triples + rows that gave none, and tables as spreadsheets write them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.errors import MappingError, TableError
from missiongraph.ingest.convert import Mapped, map_file
from missiongraph.ingest.mapping import Mapping
from missiongraph.ingest.tables import Batch, map_batch, read_batches
from missiongraph.server.cli.program import main

FORMATS = ("nt", "ttl", "nq", "trig", "nt.gz", "trig.gz")
KNOWN_CODES = """# column id iri
# column code text ?
CONSTRUCT { ?id <x:code> ?known } WHERE { VALUES (?code ?known) { ("A" <x:a>) ("B" <x:b>) } }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, "utf-8", newline="")
    return path


def mapped(folder: Path, text: str, mapping: str, suffix: str = "nt") -> Mapped:
    return map_file(write(folder, text), Mapping.parse(mapping), folder / f"out.{suffix}")


def numbers(result: Mapped) -> list[int]:
    return [number for some in result.without for number in some]


def test_rows_that_a_pattern_drops_are_counted_and_numbered(tmp_path: Path) -> None:
    text = "id,code\nx:1,A\nx:2,C\nx:3,C\nx:4,B\nx:5,\nx:6,D\n"
    result = mapped(tmp_path, text, KNOWN_CODES)
    # an empty cell joins with every code, as an unbound variable does
    assert (result.rows, result.rows_without, result.triples) == (6, 3, 4)
    assert result.without == (range(3, 5), range(7, 8))


@pytest.mark.parametrize(
    "template",
    [
        "?id a <x:T> ; <x:p> ?a",
        "?id <x:p> ?a , <x:t>",
        "?id <x:p> ?a . ?id a <x:T>",
        "?id <x:p> ?a; <x:q> ?b",
        "<x:s> <x:p> ?a . <x:s> <x:p> ?b",
        "?a <x:p> ?id . ?id <x:q> ?b",  # a literal is no subject
        "[] <x:p> ?a ; <x:q> ?b",
        "[ <x:p> ?a ] <x:q> ?b",
        '?id <x:p> "a, b"@en , ?a',
        "?id <x:p> 1.5 , ?a",
        "?id e:p e:o. ?id e:q ?b",
        "?id e:p ?a. ?id e:q ?b",
        "?id <x:p> (?a ?b)",
    ],
)
def test_the_rows_that_give_something_are_those_that_give_it_alone(
    tmp_path: Path, template: str
) -> None:
    mapping = Mapping.parse(
        "# column id iri ?\n# column a text ?\n# column b text *\n"
        f"PREFIX e: <x:e/> CONSTRUCT {{ {template} }} WHERE {{ FILTER(?b != 'no') }}"
    )
    cells = [(i, a, b) for i in ("x:i", "") for a in ("1", "") for b in ("u|v", "no", "no|u", "")]
    rows = [f"{i},{a},{b},." for i, a, b in cells]
    (batch,) = read_batches(write(tmp_path, "\n".join(["id,a,b,end", *rows])), mapping)
    together = map_batch("t", batch, mapping)
    alone = set()
    for number, row in enumerate(rows, 2):
        (single,) = read_batches(write(tmp_path, f"id,a,b,end\n{row}\n"), mapping)
        if any(part.data for part in map_batch("t", single, mapping)):
            alone.add(number)
    assert {number for part in together for number in part.rows} == alone
    assert sum(part.count for part in together) == sum(p.data.count(b"\n") for p in together)


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_count_of_triples_is_that_of_the_file_in_every_format(
    tmp_path: Path, suffix: str
) -> None:
    text = "id,code,source\n" + "".join(f"x:s,c{n},s{n % 2}\n" for n in range(1500))
    mapping = (
        "# column id iri\n# column source source\nCONSTRUCT { ?id <x:p> ?code ; a <x:T> } WHERE {}"
    )
    result = mapped(tmp_path, text, mapping, suffix)
    data = (tmp_path / f"out.{suffix}").read_bytes()
    data = gzip.decompress(data) if suffix.endswith(".gz") else data
    format = ox.RdfFormat.from_extension(suffix.removesuffix(".gz"))
    found = set(ox.parse(data, format))
    assert result.triples == 1500 + 2  # the type once for each source
    assert len(found) == 1500 + (2 if suffix.startswith(("nq", "trig")) else 1)


def test_trig_is_read_by_readers_that_do_not_know_the_word_graph(tmp_path: Path) -> None:
    mapping = "# column id iri\n# column source source\nCONSTRUCT { ?id a <x:T> } WHERE {}"
    mapped(tmp_path, "id,source\nx:1,s\n", mapping, "trig")
    assert b"GRAPH" not in (tmp_path / "out.trig").read_bytes()


ROWS = st.lists(
    st.tuples(st.sampled_from(["x:1", "x:2", ""]), st.sampled_from(["A", "B", "C", "A|C", ""])),
    max_size=12,
)


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, suffix=st.sampled_from(["nt", "trig"]), workers=st.integers(1, 3))
def test_rows_read_are_rows_that_gave_and_rows_that_gave_none(
    tmp_path: Path, rows: list[tuple[str, str]], suffix: str, workers: int
) -> None:
    mapping = Mapping.parse(KNOWN_CODES.replace("id iri", "id iri ?").replace("text ?", "text *"))
    table = write(tmp_path, "\n".join(["id,code", *(f"{i},{c}" for i, c in rows)]) + "\n")
    result = map_file(table, mapping, tmp_path / f"out.{suffix}", workers=workers)
    silent = [n for n, (i, c) in enumerate(rows, 2) if (i or c) and (not i or c == "C")]
    assert numbers(result) == silent
    assert result.rows + result.empty == len(rows)
    assert result.empty == rows.count(("", ""))


def test_rows_of_nothing_are_passed_over_and_counted(tmp_path: Path) -> None:
    result = mapped(tmp_path, "id,code\nx:1,A\n,\n\nx:2,B\n , \n,,,\n", KNOWN_CODES)
    assert (result.rows, result.triples, result.empty) == (2, 2, 4)
    assert not result.without


def test_a_row_keeps_its_number_after_rows_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="row 4, column id"):
        mapped(tmp_path, "id,code\n,\n\nno iri,A\n", KNOWN_CODES)


@pytest.mark.parametrize("modifier", ["LIMIT 5", "OFFSET 1", "GROUP BY ?id", "HAVING (1 = 1)"])
def test_what_would_apply_to_a_part_of_the_table_is_refused(modifier: str) -> None:
    with pytest.raises(MappingError, match=f"line 1: remove {modifier.split()[0]}"):
        Mapping.parse(f"CONSTRUCT {{ ?id a <x:T> }} WHERE {{}} {modifier}")


def test_a_query_inside_a_mapping_may_count(tmp_path: Path) -> None:
    mapping = "CONSTRUCT { ?id a ?n } WHERE { { SELECT (IRI('x:n') AS ?n) {} LIMIT 1 } }"
    assert mapped(tmp_path, "id,code\nx:1,A\n", "# column id iri\n" + mapping).triples == 1


# --- tables as spreadsheets and publishers write them


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_what_parts_the_cells_is_read_off_the_header(
    tmp_path: Path, delimiter: str, start: str
) -> None:
    text = start + '"id";"code"\r\n"x:1";"A"\r\nx:2;B\r\n'.replace(";", delimiter)
    assert mapped(tmp_path, text, KNOWN_CODES).triples == 2


def test_a_first_line_may_name_the_delimiter(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="row 4, column id"):  # numbered as in the file
        mapped(tmp_path, "sep=;\nid;code\nx:1;A\nno iri;B\n", KNOWN_CODES)


def test_a_delimiter_of_ones_own_is_obeyed(tmp_path: Path) -> None:
    table = write(tmp_path, "id^code\nx:1^A\n")
    mapping = Mapping.parse(KNOWN_CODES)
    assert map_file(table, mapping, tmp_path / "o.nt", delimiter="^").triples == 1
    with pytest.raises(TableError, match=r"read with commas between cells, the header has: id\^"):
        map_file(table, mapping, tmp_path / "o.nt")


def test_a_comma_in_one_cell_of_a_header_does_not_mislead(tmp_path: Path) -> None:
    text = 'id;"code";"a, b, c"\nx:1;A;z\n'
    assert mapped(tmp_path, text, KNOWN_CODES).triples == 1


def test_a_row_of_another_width_says_what_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="has 3 cells, the header 2: check its semicolons"):
        mapped(tmp_path, "id;code\nx:1;A;B\n", KNOWN_CODES)


@pytest.mark.parametrize("declared", ["Amount_Awarded_EUR_", '"Amount Awarded (EUR)"'])
def test_a_header_with_spaces_is_a_variable_with_underscores(tmp_path: Path, declared: str) -> None:
    mapping = (
        f"# column id iri\n# column {declared} decimal\n"
        "CONSTRUCT { ?id <x:a> ?Amount_Awarded_EUR_ ; <x:n> ?Org_0_Name ; <x:y> ?_2020 ;"
        " <x:g> ?Größe } WHERE {}"
    )
    text = "id,Amount Awarded (EUR),Org:0:Name,2020,Größe\nx:1,100.50,Ada,z,9\n"
    assert mapped(tmp_path, text, mapping).triples == 4


def test_two_headers_of_one_variable_are_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="column a_b: occurs more than once: rename one"):
        mapped(tmp_path, "a b,a.b\n1,2\n", "CONSTRUCT { <x:s> <x:p> ?a_b } WHERE {}")


def test_columns_that_the_mapping_does_not_use_may_have_one_name(tmp_path: Path) -> None:
    assert mapped(tmp_path, "id,code,,,x,x\nx:1,A,,,1,2\n", KNOWN_CODES).triples == 1


def test_a_cell_may_be_long(tmp_path: Path) -> None:
    mapping = "# column id iri\nCONSTRUCT { ?id <x:t> ?text } WHERE {}"
    mapped(tmp_path, f"id,text\nx:1,{'x' * 300_000}\n", mapping)
    assert (tmp_path / "out.nt").stat().st_size > 300_000


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    whole = gzip.compress(b"id,code\n" + b"x:1,A\n" * 50_000)
    for name, data in (("cut", whole[:-200]), ("spoilt", whole[:60] + b"\0" * 60 + whole[120:])):
        path = tmp_path / f"{name}.csv.gz"
        path.write_bytes(data)
        with pytest.raises(TableError, match=rf"{name}\.csv\.gz, row \d+"):
            map_file(path, Mapping.parse(KNOWN_CODES), tmp_path / "out.nt")
        assert not (tmp_path / "out.nt").exists()


# --- on the command line


def run(folder: Path, text: str, mapping: str, *options: str) -> Result:
    (folder / "m.rq").write_text(mapping, "utf-8")
    command = ["map", str(write(folder, text)), str(folder / "m.rq"), "-o", str(folder / "o.nt")]
    return CliRunner().invoke(main, [*command, *options])


def test_the_command_lists_the_rows_that_gave_nothing(tmp_path: Path) -> None:
    text = "id,code\nx:1,A\nx:2,C\nx:3,C\n,\nx:4,D\n"
    told = run(tmp_path, text, KNOWN_CODES)
    assert told.exit_code == 0
    assert "4 rows, 1 triples" in told.stderr
    assert "3 rows gave no triple: 3-4, 6\n" in told.stderr
    assert "1 empty row was skipped" in told.stderr
    assert run(tmp_path, text, KNOWN_CODES, "--strict").exit_code == 1
    assert run(tmp_path, "id,code\nx:1,A\n", KNOWN_CODES, "--strict").exit_code == 0


def test_a_table_that_gives_nothing_at_all_is_no_success(tmp_path: Path) -> None:
    assert run(tmp_path, "id,code\nx:1,C\n", KNOWN_CODES).exit_code == 1


@pytest.mark.parametrize(("given", "parts"), [(";", ";"), ("tab", "\t"), (r"\t", "\t"), ("¦", "¦")])
def test_the_command_takes_a_delimiter(tmp_path: Path, given: str, parts: str) -> None:
    text = f"id{parts}code\nx:1{parts}A\n"
    assert run(tmp_path, text, KNOWN_CODES, "--delimiter", given).exit_code == 0


@pytest.mark.parametrize("given", [";;", '"', "\n"])
def test_a_delimiter_is_one_character(tmp_path: Path, given: str) -> None:
    assert run(tmp_path, "id,code\n", KNOWN_CODES, "--delimiter", given).exit_code == 2


PIECES = [*'ab"\\', " , ", " .\n", " ;\n\t", "\n<urn:"]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map("".join), min_size=1, max_size=5))
def test_triples_are_counted_whatever_their_strings_hold(texts: list[str]) -> None:
    mapping = Mapping.parse(
        "# column id iri\n# column text text\n"
        'CONSTRUCT { ?id <p:one> ?text , 1 , "a , b" ; <p:two> ?text } WHERE {}'
    )
    rows = [[f"x:{n % 2}", text] for n, text in enumerate(texts) if text.strip()]
    for format in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.TURTLE):
        for part in map_batch("t.csv", Batch(2, ("id", "text"), rows), mapping, format):
            assert part.count == len(list(ox.parse(part.data, format)))
            assert part.rows == {*range(2, 2 + len(rows))}

"""The build: the same tables give the same bytes, and tables that do not fit stop it."""

from __future__ import annotations

import csv
import hashlib
import random
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from missiongraph.errors import BuildError, DataError, MappingError, TableError
from missiongraph.ingest.build import build
from missiongraph.namespaces import GRAPH, ID, MOI
from missiongraph.resources import Inputs

SMALL = Path(__file__).parents[1] / "fixtures" / "small"


def inputs_in(folder: Path) -> Inputs:
    return Inputs(folder / "data", folder / "mappings", folder / "rules", folder / "ontology")


@pytest.fixture
def small(tmp_path: Path) -> Inputs:
    """A copy of the small dataset, to be spoilt."""
    return inputs_in(Path(shutil.copytree(SMALL, tmp_path / "small")))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MISSIONGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_every_statement_stands_in_a_named_graph_once(tmp_path: Path, small: Inputs) -> None:
    built = lines(build(tmp_path / "out.nq", inputs=small).path)
    assert built == sorted(set(built), key=str.encode)
    assert all(line.rpartition(" <")[2].startswith(GRAPH) for line in built)


def test_two_builds_have_the_same_bytes(tmp_path: Path, small: Inputs) -> None:
    first, second = (build(tmp_path / name, inputs=small) for name in ("a.nq", "b.nq"))
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.fingerprint == hashlib.sha256(first.path.read_bytes()).hexdigest()


def test_the_order_of_rows_changes_no_byte(tmp_path: Path, small: Inputs) -> None:
    before = build(tmp_path / "a.nq", inputs=small)
    for table in small.data.glob("*.csv"):
        header, *rows = table.read_text("utf-8").splitlines(keepends=True)
        random.Random(7).shuffle(rows)
        table.write_text("".join([header, *rows]), "utf-8")
    assert build(tmp_path / "b.nq", inputs=small).fingerprint == before.fingerprint


def test_a_source_says_its_rows_in_its_own_graph(tmp_path: Path, small: Inputs) -> None:
    built = lines(build(tmp_path / "out.nq", inputs=small).path)
    mine = [line for line in built if line.endswith(f"<{GRAPH}source/news> .")]
    assert any(f"<{ID}mission/clean-sea>" in line for line in mine)
    assert not any(f"<{ID}mission/clean-river> <{MOI}start>" in line for line in mine)
    origin = f"<{GRAPH}source/news> <http://www.w3.org/ns/prov#wasDerivedFrom> <{ID}source/news> "
    assert any(line.startswith(origin) for line in mine)


def test_rules_see_what_earlier_rules_derived_and_repeat_nothing(
    tmp_path: Path, small: Inputs
) -> None:
    built = build(tmp_path / "out.nq", inputs=small)
    derived = [line for line in lines(built.path) if line.endswith(f"<{GRAPH}inferred> .")]
    assert sum(f"<{MOI}partOfInitiative>" in line for line in derived) == 2
    assert sum(f"<{MOI}Initiative>" in line for line in derived) == 1
    assert not any(f"<{MOI}Mission> <" in line for line in derived)
    assert built.counts["rules/01-nesting"] == 2


def test_counts_add_up_to_the_lines_of_the_file(tmp_path: Path, small: Inputs) -> None:
    built = build(tmp_path / "out.nq", inputs=small)
    assert sum(built.counts.values()) == len(lines(built.path))


def test_a_reference_to_nothing_names_its_cell(tmp_path: Path, small: Inputs) -> None:
    edit(small.data / "missions.csv", ",clean-river,,city-report", ",clean-rivr,,city-report")
    with pytest.raises(BuildError) as error:
        build(tmp_path / "out.nq", inputs=small)
    (fault,) = error.value.faults
    place = (fault.file, fault.row, fault.column, fault.value)
    assert place == ("missions.csv", 4, "parent", "clean-rivr")
    assert not (tmp_path / "out.nq").exists()


def test_a_concept_of_no_vocabulary_names_its_cell(tmp_path: Path, small: Inputs) -> None:
    edit(small.data / "missions.csv", "accelerator|transformer", "accelerator|transformr")
    with pytest.raises(
        BuildError, match="row 2, column types: 'transformr' is not described anywhere"
    ):
        build(tmp_path / "out.nq", inputs=small)


def test_a_reference_that_a_mapping_makes_up_names_its_statement(
    tmp_path: Path, small: Inputs
) -> None:
    edit(small.mappings / "missions.rq", "a moi:Mission ;", f"a moi:Mission ; moi:x <{ID}goal/g> ;")
    with pytest.raises(BuildError, match=f"graph/source/.*'{ID}goal/g' of "):
        build(tmp_path / "out.nq", inputs=small)


def test_bad_cells_of_all_tables_are_named_together(tmp_path: Path, small: Inputs) -> None:
    edit(small.data / "missions.csv", "2018-06", "June 2018")
    edit(small.data / "sources.csv", "https://example.org/news", "example.org/news")
    with pytest.raises(TableError) as error:
        build(tmp_path / "out.nq", inputs=small)
    assert {fault.file for fault in error.value.faults} == {"missions.csv", "sources.csv"}


def test_a_mapping_without_a_table_is_named(tmp_path: Path, small: Inputs) -> None:
    (small.data / "missions.csv").unlink()
    with pytest.raises(BuildError, match=r"missions\.csv.*the table is missing"):
        build(tmp_path / "out.nq", inputs=small)


def test_a_table_of_the_graph_says_its_sources(tmp_path: Path, small: Inputs) -> None:
    edit(small.mappings / "missions.rq", "# column source  source", "# column source  text")
    with pytest.raises(MappingError, match="has no source column"):
        build(tmp_path / "out.nq", inputs=small)


def test_a_mapping_that_makes_blank_nodes_is_refused(tmp_path: Path, small: Inputs) -> None:
    edit(small.mappings / "missions.rq", "a moi:Mission ;", "a moi:Mission ; moi:x [] ;")
    with pytest.raises(MappingError, match="makes blank nodes"):
        build(tmp_path / "out.nq", inputs=small)


def test_a_text_that_looks_like_a_blank_node_is_none(tmp_path: Path, small: Inputs) -> None:
    edit(small.data / "missions.csv", "Small river,", "Small _:b river _:c,")
    assert build(tmp_path / "out.nq", inputs=small).counts["missions"]


def test_a_rule_that_is_no_sparql_names_file_and_line(tmp_path: Path, small: Inputs) -> None:
    (small.rules / "03-bad.rq").write_text("# A rule.\nCONSTRUCT { ?s ?p } WHERE {}")
    with pytest.raises(MappingError, match=r"03-bad\.rq, line 2"):
        build(tmp_path / "out.nq", inputs=small)


def test_an_ontology_that_is_no_turtle_names_file_and_line(tmp_path: Path, small: Inputs) -> None:
    (small.ontology / "broken.ttl").write_text("<a:> <b:>\n<c:> .\n<d:> oops .")
    with pytest.raises(DataError, match=r"broken\.ttl, line 3"):
        build(tmp_path / "out.nq", inputs=small)


def test_shapes_are_no_part_of_the_graph(tmp_path: Path, small: Inputs) -> None:
    before = build(tmp_path / "a.nq", inputs=small).fingerprint
    (small.ontology / "shapes.ttl").write_text("<s:> <p:> <o:> .")
    assert build(tmp_path / "b.nq", inputs=small).fingerprint == before


def test_progress_names_every_step(tmp_path: Path, small: Inputs) -> None:
    told: list[tuple[str, int, int]] = []
    build(tmp_path / "out.nq", lambda *step: told.append(step), inputs=small)
    assert [done for _, done, _ in told] == list(range(7))
    assert {total for _, _, total in told} == {6}
    assert [name for name, _, _ in told][:2] == ["missions", "sources"]


def test_literals_survive_the_store_unchanged(tmp_path: Path, small: Inputs) -> None:
    built = build(tmp_path / "out.nq", inputs=small)
    assert_literals_survive(built.path)


def assert_literals_survive(path: Path) -> None:
    """What rdflib reads from the file is what the store gives back."""
    store = ox.Store()
    store.load(path=str(path), format=ox.RdfFormat.N_QUADS)
    written = path.read_bytes().splitlines()
    kept = (store.dump(format=ox.RdfFormat.N_QUADS) or b"").splitlines()
    assert sorted(filter(is_ground, kept)) == sorted(filter(is_ground, written))
    said = {line[line.index(b'"') : line.rindex(b" <")] for line in written if b'"' in line}
    each = b"".join(b"<x:s> <x:p> %b .\n" % literal for literal in said)
    ours = {term.n3() for term in rdflib.Graph().parse(data=each, format="nt").objects()}
    theirs = {
        rdflib.Literal(
            literal.value,
            lang=literal.language,
            datatype=None if literal.language else rdflib.URIRef(literal.datatype.value),
            normalize=False,
        ).n3()
        for literal in {quad.object for quad in store}
        if isinstance(literal, ox.Literal)
    }
    assert len(ours) == len(theirs) == len(said)
    assert {plain(term) for term in ours} == {plain(term) for term in theirs}


def is_ground(line: bytes) -> bool:
    """Blank nodes get new names when they are read."""
    return not line.startswith(b"_:") and b"> _:" not in line


def plain(term: str) -> str:
    return term.removesuffix("^^<http://www.w3.org/2001/XMLSchema#string>")


def test_a_dataset_is_built_once_for_the_same_inputs(cache: Path, small: Inputs) -> None:
    first = build(inputs=small)
    assert first.path.is_relative_to(cache)
    made = first.path.stat().st_mtime_ns
    assert build(inputs=small) == first
    assert first.path.stat().st_mtime_ns == made


@pytest.mark.parametrize("changed", ["data/missions.csv", "rules/01-nesting.rq"])
def test_a_changed_input_makes_a_new_dataset(cache: Path, small: Inputs, changed: str) -> None:
    before = build(inputs=small).path
    path = small.data.parent / changed
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert build(inputs=small).path != before


def test_a_damaged_cache_is_built_anew(cache: Path, small: Inputs) -> None:
    first = build(inputs=small)
    first.path.write_text("half a line")
    again = build(inputs=small)
    assert again.fingerprint == hashlib.sha256(again.path.read_bytes()).hexdigest()


def test_a_cache_that_cannot_be_written_stops_nobody(
    tmp_path: Path, small: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("MISSIONGRAPH_CACHE", str(tmp_path / "file"))
    built = build(inputs=small)
    assert built.path.exists()
    assert (tmp_path / "file").read_text() == "no folder"


def test_a_build_that_fails_leaves_the_old_file(tmp_path: Path, small: Inputs) -> None:
    target = tmp_path / "out.nq"
    target.write_text("old")
    edit(small.data / "missions.csv", "2018-06", "June 2018")
    with pytest.raises(TableError):
        build(target, inputs=small)
    assert target.read_text() == "old"


class TestShipped:
    """The curated tables."""

    def test_build_is_repeatable(self, tmp_path: Path) -> None:
        assert build(tmp_path / "again.nq").fingerprint == build().fingerprint

    def test_literals_survive_the_store_unchanged(self) -> None:
        assert_literals_survive(build().path)

    def test_every_table_has_a_mapping(self) -> None:
        shipped = Inputs.shipped()
        mapped = {path.stem for path in shipped.mappings.glob("*.rq")}
        audit = {"same_as", "removed", "draws"}  # read by people and the server, not mapped
        assert {path.stem for path in shipped.data.glob("*.csv")} - audit == mapped

    def test_every_table_is_sorted_by_its_first_column(self) -> None:
        for _, table in Inputs.shipped().tables():
            with table.open(encoding="utf-8", newline="") as file:
                keys = [row[0] for row in list(csv.reader(file))[1:]]
            assert keys == sorted(keys), table.name


def test_a_row_that_gives_no_statement_stops_the_build(tmp_path: Path, small: Inputs) -> None:
    (small.mappings / "notes.rq").write_text(
        "# column id thing mission\n# column source source\n# column note text ?\n"
        "CONSTRUCT { ?id <x:note> ?note } WHERE {}",
        "utf-8",
    )
    (small.data / "notes.csv").write_text(
        "id,source,note\nclean-sea,news,wide\nclean-sea,news,\n", "utf-8"
    )
    with pytest.raises(TableError, match=r"notes\.csv, row 3: gives no statement"):
        build(tmp_path / "out.nq", inputs=small)


def test_a_column_that_reaches_no_statement_stops_a_build(tmp_path: Path, small: Inputs) -> None:
    """Else its cells would be lost without a word."""
    table = small.data / "missions.csv"
    head, *rows = table.read_text("utf-8").splitlines()
    table.write_text("\n".join([f"{head},founded", *(f"{row},2018" for row in rows)]), "utf-8")
    with pytest.raises(TableError, match=r"row 1, column founded: .*reaches no statement"):
        build(tmp_path / "out.nq", inputs=small)


def test_a_column_may_be_left_out_on_purpose(tmp_path: Path, small: Inputs) -> None:
    table = small.data / "sources.csv"
    head, *rows = table.read_text("utf-8").splitlines()
    table.write_text("\n".join([f"{head},aside", *(f"{row},x" for row in rows)]), "utf-8")
    mapping = small.mappings / "sources.rq"
    mapping.write_text(f"# unused aside — for those who check it\n{mapping.read_text('utf-8')}")
    build(tmp_path / "out.nq", inputs=small)


def test_a_column_without_a_type_stops_a_build(tmp_path: Path, small: Inputs) -> None:
    edit(small.mappings / "missions.rq", "# column start   date ?\n", "")
    with pytest.raises(TableError, match=r"row 1, column start: .*# column NAME TYPE"):
        build(tmp_path / "out.nq", inputs=small)
